package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// encodeOptions is what encode can be asked for.
type encodeOptions struct {
	protocol, dialect, direction string
	input, output                string
	files                        []string
	to                           string
	each, compat                 bool
	seed                         uint64
	seeded                       bool
	fresh                        *fresh
}

var (
	encodeInputs  = []string{"text", "json"}
	encodeOutputs = []string{"raw", "hex", "base64", "c", "pcap"}
)

func encodeCommand(e *env) *cli.Command {
	var o encodeOptions
	var files cli.StringSlice
	return &cli.Command{
		Name:      "encode",
		Usage:     "make bytes of text",
		ArgsUsage: "[TEXT…]",
		Description: describe(`Makes the bytes that TEXT stands for: frames in the notation (wirectl spec notation). Each argument is a document of its own, often a single frame. Without arguments the documents are the FILEs, or standard input.

With --each every line of the input is a document of its own. For each there is one line of output: the encoding, or "!" and a message.

  $ wirectl encode -p hg -o hex '1 1 stream-begin command-name eos heads'
  05000001000101116865616473

In a frame's text @FILE can stand for the content of a file, where the protocol's page says so; not with --each.`, ui.ExitUsage, ui.ExitIO),
		Flags: []cli.Flag{
			protocolFlag(&o.protocol, ""),
			dialectFlag(&o.dialect),
			directionFlag(&o.direction),
			choiceFlag(&o.input, "input", "i", "text", "format", encodeInputs, "the `FORMAT` of the input: text, or json for records of decode"),
			choiceFlag(&o.output, "output", "o", "", "format", encodeOutputs, "the `FORMAT` to write: raw (the default), hex, base64, c for a C array, or pcap for a capture of TCP conversations"),
			&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Destination: &files, Usage: "read the text from `FILE`; - is standard input"},
			&cli.StringFlag{Name: "write", Aliases: []string{"w"}, Destination: &o.to, Usage: "write to `FILE` instead of standard output; on failure it is left as it was"},
			&cli.BoolFlag{Name: "each", Destination: &o.each, Usage: "take every line for a document of its own"},
			&cli.Uint64Flag{Name: "seed", Destination: &o.seed, Usage: "make the same values of {{uuid}} and {{now}} each time, by `NUMBER`"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
		},
		Action: func(c *cli.Context) error {
			o.files, o.seeded = files.Value(), c.IsSet("seed")
			return encode(c.Context, e, o, c.Args().Slice())
		},
	}
}

// encode reads the documents and writes their bytes.
func encode(ctx context.Context, e *env, o encodeOptions, texts []string) error {
	if err := o.check(e, texts); err != nil {
		return err
	}
	out := io.Writer(e.Stdout)
	var file *atomicFile
	if o.to != "" && o.to != "-" {
		ctx.Done() // a signal does not leave the file behind
		var err error
		if file, err = createAtomic(o.to); err != nil {
			return err
		}
		defer file.abort()
		out = file
	}
	w := &encodeWriter{form: o.output, each: o.each, out: out}
	for _, d := range o.documents(texts) {
		r, err := d.open(ctx, e)
		if err == nil {
			err = errors.Join(o.document(d.name, r, w), r.Close())
		}
		if err != nil {
			return err
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	if file != nil {
		return file.commit()
	}
	return nil
}

// check refuses what does not go together and settles the output's form.
func (o *encodeOptions) check(e *env, texts []string) error {
	switch {
	case len(texts) > 0 && len(o.files) > 0:
		return ui.Usagef("encode takes TEXT or --file, not both")
	case len(texts) == 0 && len(o.files) == 0 && e.StdinTTY:
		return &hinted{ui.Usagef("encode has nothing to read"), "give TEXT, --file FILE, or standard input"}
	case o.each && o.output != "" && o.output != "hex" && o.output != "base64":
		return ui.Usagef("--each writes one line for each document: -o hex or -o base64")
	case o.each && o.output == "":
		o.output = "hex"
	case o.output == "pcap" && o.to == "" && e.Stdout.TTY:
		return &hinted{ui.Usagef("a capture file would go to a terminal"), "give -w FILE"}
	case o.output == "" && o.to == "" && e.Stdout.TTY:
		return &hinted{ui.Usagef("raw bytes would go to a terminal"), "give -o hex to see them, -o raw to have them all the same, or -w FILE"}
	case o.output == "":
		o.output = "raw"
	}
	_, err := o.encoder()
	return ui.With(ui.ExitUsage, err)
}

// A document is one text to encode.
type document struct {
	name string
	text string // when it is no file
	file bool
}

func (o *encodeOptions) documents(texts []string) []document {
	var docs []document
	for i, t := range texts {
		docs = append(docs, document{name: fmt.Sprintf("argument %d", i+1), text: t})
	}
	for _, f := range o.files {
		docs = append(docs, document{name: f, file: true})
	}
	if len(docs) == 0 {
		docs = append(docs, document{name: "-", file: true})
	}
	return docs
}

func (d document) open(ctx context.Context, e *env) (io.ReadCloser, error) {
	if !d.file {
		return io.NopCloser(strings.NewReader(d.text)), nil
	}
	r, _, err := e.Open(ctx, d.name)
	return r, err
}

// encoder returns an encoder without any state.
func (o *encodeOptions) encoder() (*humanframe.Encoder, error) {
	if o.fresh == nil {
		o.fresh = newFresh(o.seed, o.seeded)
	}
	opts := codec.Options{Compat: o.compat, Fresh: o.fresh.value}
	if !o.each {
		opts.ReadFile = readTextFile
	}
	dir := codec.ToServer
	if o.direction == codec.ToClient.String() {
		dir = codec.ToClient
	}
	enc := humanframe.NewEncoder(registry.Lookup, dir, opts)
	if o.protocol != "" {
		return enc, enc.Use(o.protocol, o.dialect)
	}
	if o.dialect != "" {
		return nil, ui.Usagef("--dialect goes with -p PROTOCOL")
	}
	return enc, nil
}

// readTextFile reads a file that a text names.
func readTextFile(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, pathCause(err))
	}
	return b, nil
}

// maxTextErrors is how many faults of one document are told.
const maxTextErrors = 10

// document encodes one document. It tells more than one fault, but nothing is
// encoded after the first.
func (o *encodeOptions) document(name string, r io.Reader, w *encodeWriter) error {
	enc, err := o.encoder()
	if err != nil {
		return err
	}
	if name == "-" {
		name = "standard input"
	}
	lines := o.scanner(name, r)
	var faults []error
	var item humanframe.Item
	for {
		l, err := lines.Next()
		if err != nil && errors.Is(err, io.EOF) {
			return ui.With(ui.ExitUsage, errors.Join(faults...))
		}
		ok := false
		if err == nil && (!o.each || l.Directive == "") {
			ok, err = w.encode(enc, l, &item, len(faults) == 0)
		}
		if err == nil && ok && len(faults) == 0 && !o.each { // by far the most
			if err = w.item(&item, enc.Start()); err != nil {
				return err
			}
			continue
		}
		fault, isText := errors.AsType[*humanframe.Error](err)
		switch {
		case isText && o.each:
			err = w.fault(fault)
		case isText:
			if faults = append(faults, fault); len(faults) == maxTextErrors {
				return ui.With(ui.ExitUsage, errors.Join(faults...))
			}
			err = nil
		case err != nil:
		case ok && len(faults) == 0:
			err = w.item(&item, enc.Start())
		case o.each:
			err = w.fault(&humanframe.Error{Message: "a directive is no frame"})
		}
		if err != nil {
			return err
		}
		if o.each { // a document is a line: the next knows nothing of it
			if enc, err = o.encoder(); err != nil {
				return err
			}
		}
	}
}

// scanner returns the reader of the document's lines.
func (o *encodeOptions) scanner(name string, r io.Reader) interface {
	Next() (*humanframe.Line, error)
} {
	s := humanframe.NewScanner(name, r)
	if o.input == "json" {
		return humanframe.NewRecordScanner(s)
	}
	if o.each {
		s.Alone()
	}
	return s
}

// An atomicFile is a file that takes its name only when it is complete.
type atomicFile struct {
	*os.File
	name string
	mode os.FileMode
	done bool
}

func createAtomic(name string) (*atomicFile, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, ui.IOf("%s: %w", name, pathCause(err))
	}
	return &atomicFile{File: f, name: name, mode: 0o644}, nil
}

// commit gives the file its name.
func (f *atomicFile) commit() error {
	f.done = true
	err := errors.Join(f.Chmod(f.mode), f.Close(), os.Rename(f.File.Name(), f.name))
	if err != nil {
		_ = os.Remove(f.File.Name()) // it is of no use
		return ui.IOf("%s: %w", f.name, err)
	}
	return nil
}

// abort removes the file unless it was committed.
func (f *atomicFile) abort() {
	if !f.done {
		_, _ = f.Close(), os.Remove(f.File.Name()) // it is of no use
	}
}

// oneLine makes a message fit a line of --each.
func oneLine(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, []byte(s)))
}
