package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// decodeOptions is what decode and dump can be asked for.
type decodeOptions struct {
	protocol, dialect, direction string
	input, output                string
	rules                        []string
	each, list, compat           bool
	allowDamage, secrets, all    bool
	depth, count                 int
	maxFrame                     int64
}

var decodeOutputs = []string{"wire", "json", "dump", "tree", "table"}

func decodeCommand(e *env) *cli.Command {
	var o decodeOptions
	return &cli.Command{
		Name:      "decode",
		Usage:     "show the frames in captured bytes",
		ArgsUsage: "[FILE…]",
		Description: describe(`Reads captures and shows what they hold: frames, stretches of bytes that are no frame, with the reason, and gaps. Every byte is in exactly one record. Without FILE, or for "-", standard input is read.

A capture is a packet capture (pcap, pcapng), the bytes of one direction as they are, or text that holds bytes, such as a hexdump. What it is, is found out by its first bytes unless --input says it.

  $ wirectl decode -p hg -i hex <<< 05000001000101116865616473
  @proto hg dialect=seed
  1 1 stream-begin command-name eos heads

What "decode -o wire" prints, encode turns back to the same bytes.`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append(decodeFlags(&o),
			choiceFlag(&o.output, "output", "o", "wire", "format", decodeOutputs, "the `FORMAT` to show: wire (the notation), json, dump, tree or table"),
			&cli.BoolFlag{Name: "list", Aliases: []string{"l"}, Destination: &o.list, Usage: "list the conversations instead of their frames"},
		),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			return runDecode(c.Context, e, o, c.Args().Slice())
		},
	}
}

func dumpCommand(e *env) *cli.Command {
	o := decodeOptions{output: "dump"}
	return &cli.Command{
		Name:      "dump",
		Usage:     "show every byte of captured frames under its name",
		ArgsUsage: "[FILE…]",
		Description: describe(`Shows captures as "decode -o dump" does: offset, bytes, text, and the field that they are. Every byte stands in one row.

  $ wirectl dump -p hg -i hex <<< 05000001000101116865616473`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: decodeFlags(&o),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			return runDecode(c.Context, e, o, c.Args().Slice())
		},
	}
}

// decodeFlags are the flags of all commands that read captures and show them.
func decodeFlags(o *decodeOptions) []cli.Flag {
	return []cli.Flag{
		protocolFlag(&o.protocol, decode.Auto, decode.Auto),
		dialectFlag(&o.dialect),
		choiceFlag(&o.input, "input", "i", capture.Auto.String(), "format", capture.Formats(), "the `FORMAT` of the input"),
		directionFlag(&o.direction),
		&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}, Usage: "decode a port's conversations by a protocol: `RULE` is tcp.port==N,PROTOCOL"},
		&cli.BoolFlag{Name: "each", Destination: &o.each, Usage: "take every line of the input for a stream of its own, in hex or base64"},
		&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "end with status 0 even if the capture is damaged"},
		secretsFlag(&o.secrets),
		&cli.IntFlag{Name: "depth", Destination: &o.depth, Usage: "open `N` levels of opaque payload"},
		&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Destination: &o.count, Usage: "stop after `N` records"},
		&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "show long fields whole in a dump"},
		sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
		&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
	}
}

// runDecode reads the captures and shows their records.
func runDecode(ctx context.Context, e *env, o decodeOptions, files []string) error {
	if len(files) == 0 && e.StdinTTY {
		return &hinted{ui.Usagef("there is nothing to read"), "name a FILE, or give standard input"}
	}
	opts, err := o.session()
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	session, err := decode.NewSession(opts)
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	show := newShower(e, o)
	if o.each {
		return show.finish(decodeEach(ctx, e, o, opts, files, show))
	}
	src, done, err := openSources(ctx, e, o, files)
	if err != nil {
		return err
	}
	defer done()
	show.marks(src)
	for r, err := range session.Records(src) {
		switch damage, ok := errors.AsType[*capture.Damage](err); {
		case ok:
			show.damage(damage)
			continue
		case err != nil:
			return show.finish(ui.With(ui.ExitIO, err))
		}
		if err := context.Cause(ctx); err != nil {
			return show.finish(err)
		}
		if err := show.record(r); err != nil {
			return show.finish(err)
		}
		if o.count > 0 && show.records == o.count {
			break
		}
	}
	if o.list {
		return show.finish(listConversations(e, session.Summaries()))
	}
	return show.finish(nil)
}

// session returns the options of the decoding.
func (o *decodeOptions) session() (decode.Options, error) {
	opts := decode.Options{
		Protocol: o.protocol,
		Codec:    codec.Options{Dialect: o.dialect, MaxFrame: int(o.maxFrame), Compat: o.compat},
	}
	for _, text := range o.rules {
		r, err := decode.ParseRule(text)
		if err != nil {
			return opts, err
		}
		opts.Rules = append(opts.Rules, r)
	}
	return opts, nil
}

// openSources opens the files as one timeline.
func openSources(ctx context.Context, e *env, o decodeOptions, files []string) (capture.Source, func(), error) {
	var sources []capture.Source
	var closers []io.Closer
	done := func() {
		for _, c := range closers {
			_ = c.Close() // it was only read from
		}
	}
	format, err := capture.ParseFormat(o.input)
	if err != nil {
		return nil, nil, ui.With(ui.ExitUsage, err)
	}
	for _, name := range files {
		r, size, err := e.Open(ctx, name)
		if err != nil {
			done()
			return nil, nil, err
		}
		closers = append(closers, r)
		src, err := capture.Open(display(name), progressReader(e, r, size), capture.Options{Format: format, Direction: o.dir()})
		if err != nil {
			done()
			return nil, nil, captureError(err)
		}
		sources = append(sources, src)
	}
	if len(sources) == 1 {
		return sources[0], done, nil
	}
	done()
	return nil, nil, ui.Usagef("one FILE at a time")
}

// dir returns the direction of inputs that do not tell it.
func (o *decodeOptions) dir() codec.Direction {
	if o.direction == codec.ToClient.String() {
		return codec.ToClient
	}
	return codec.ToServer
}

// captureError gives an error of opening a capture its status.
func captureError(err error) error {
	if _, ok := errors.AsType[*capture.Damage](err); ok {
		return ui.With(ui.ExitDamage, err)
	}
	return ui.With(ui.ExitIO, err)
}

// display names an input for messages.
func display(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// progressReader shows how much of r has been read.
func progressReader(e *env, r io.Reader, size int64) io.Reader {
	if !e.Stderr.TTY || e.Stdout.TTY {
		return r // nobody looks, or the records themselves are the progress
	}
	return &countingReader{r: r, p: ui.NewProgress(e.Stderr), size: size}
}

type countingReader struct {
	r          io.Reader
	p          *ui.Progress
	done, size int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	if err != nil {
		c.p.Clear()
	} else {
		c.p.Update(c.done, c.size)
	}
	return n, err
}

// listConversations prints a table of the conversations.
func listConversations(e *env, list []*decode.Summary) error {
	st := e.Stdout.Styles()
	t := ui.Table{
		Head:      []string{"conn", "client", "server", "start", "duration", "proto", "> frames", "bytes", "< frames", "bytes", "note"},
		HeadStyle: st.Heading,
		Right:     []bool{true, false, false, false, true, false, true, true, true, true},
	}
	for _, s := range list {
		t.Add(conversationRow(s)...)
	}
	return t.Write(e.Stdout)
}

func conversationRow(s *decode.Summary) []string {
	c := s.Conn
	proto := s.Protocol
	if proto == "" {
		proto = "–"
	} else if s.Dialect != "" {
		proto += " " + s.Dialect
	}
	note := s.Why
	if c.JoinedMidstream {
		note += ", joined mid-stream"
	}
	if s.Gaps > 0 {
		note += fmt.Sprintf(", %d gaps of %s", s.Gaps, ui.Size(s.Missing))
	}
	start, took := "", ""
	if !c.Start.IsZero() {
		start, took = c.Start.UTC().Format("15:04:05"), roundDuration(c.End.Sub(c.Start))
	}
	return []string{
		fmt.Sprint(c.ID), c.Client.String(), c.Server.String(), start, took, proto,
		grouped(int64(s.Frames[0])), ui.Size(c.ToServer.Bytes), grouped(int64(s.Frames[1])), ui.Size(c.ToClient.Bytes), note,
	}
}
