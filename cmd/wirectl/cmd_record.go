package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/record"
	"github.com/wirectl/wirectl/pkg/session"
)

// recordOptions is what record can be asked for.
type recordOptions struct {
	file     string
	conns    []int
	from, to time.Duration
	mask     []string
	bodies   bool
	lasts    time.Duration

	decodeOptions // how to read
}

func recordCommand(e *env) *cli.Command {
	var o recordOptions
	return &cli.Command{
		Name:      "record",
		Usage:     "make a session document of a capture, to be replayed",
		ArgsUsage: "CAPTURE [CAPTURE]",
		Description: describe(`Makes a document of a capture: what the client sent is sent again when it is replayed, and what the server answered is expected. Ids, tokens, times and names that another run has otherwise become captures and their uses, or are made anew. "wirectl spec record" tells which.

With two captures of the same run it finds what differs in them: that is then no longer expected as it stands. The document is that of the first.

  $ wirectl record today.pcapng -o today.wire
  $ wirectl replay today.wire --to tcp://127.0.0.1:8100`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.file, Value: "-", Usage: "write the document to `FILE`"},
			protocolFlag(&o.protocol, decode.Auto, decode.Auto),
			dialectFlag(&o.dialect),
			choiceFlag(&o.input, "input", "i", capture.Auto.String(), "format", append(capture.Formats(), mentionInput, documentInput), "the `FORMAT` of the input, as for decode; wire is a document of the notation, such as tap records"),
			directionFlag(&o.direction),
			&cli.StringFlag{Name: "interface", Aliases: []string{"I"}, Destination: &o.iface, Usage: "record off the network `INTERFACE`, until SIGINT; the arguments are then a filter, such as 'tcp port 8000'"},
			&cli.DurationFlag{Name: "for", Destination: &o.lasts, Usage: "with --interface, end after `TIME`"},
			&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}, Usage: "decode a port's conversations by a protocol: `RULE` is tcp.port==N,PROTOCOL"},
			&cli.StringSliceFlag{Name: "conn", Usage: "take conversation `N` alone; may be given again for others"},
			&cli.DurationFlag{Name: "from", Destination: &o.from, Usage: "leave out what came in the first `TIME` of the capture, such as 1.5s"},
			&cli.DurationFlag{Name: "to", Destination: &o.to, Usage: "leave out what came after `TIME`, counted from the begin of the capture; 0 is all"},
			whereFlag(&o.choosing, "take"),
			&cli.StringSliceFlag{Name: "mask", Usage: "a `FIELD` that may be anything in what is expected, such as header.seq; may be given again"},
			&cli.BoolFlag{Name: "bodies", Destination: &o.bodies, Usage: "also expect what HTTP carries beside the protocol, such as Mercurial's ?cmd=capabilities"},
			secretsFlag(&o.secrets),
			&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "end with status 0 even if the capture is damaged"},
			sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
			&cli.StringFlag{Name: "log-pattern", Destination: &o.logPattern, Usage: "read lines of a log by `PATTERN`: a regular expression with groups named data, and if need be dir and time, or a preset's name"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
		},
		Action: func(c *cli.Context) error {
			o.rules, o.mask = c.StringSlice("decode-as"), c.StringSlice("mask")
			if o.iface == "" && (c.NArg() < 1 || c.NArg() > 2) {
				return &hinted{ui.Usagef("record takes one CAPTURE, or two of the same run"), `"-" is standard input`}
			}
			if err := o.check(c.StringSlice("conn")); err != nil {
				return err
			}
			if err := o.compileWants(); err != nil {
				return err
			}
			if o.iface != "" {
				return runRecordLive(c.Context, e, &o, strings.Join(c.Args().Slice(), " "))
			}
			return runRecord(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// check reads what the flags leave as text.
func (o *recordOptions) check(conns []string) error {
	for _, text := range conns {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return &hinted{ui.Usagef("--conn %q is no conversation", text), `"wirectl decode --list" numbers them from 1`}
		}
		o.conns = append(o.conns, n)
	}
	for _, m := range o.mask {
		if _, err := session.ParsePath(m); err != nil {
			return ui.Usagef("--mask: %w", err)
		}
	}
	if o.lasts != 0 && o.iface == "" {
		return ui.Usagef("--for is about --interface; --to is the time of a capture")
	}
	if o.to != 0 && o.to < o.from {
		return ui.Usagef("--to %v comes before --from %v", o.to, o.from)
	}
	return nil
}

// runRecord records the captures.
func runRecord(ctx context.Context, e *env, o *recordOptions, names []string) error {
	var list []*record.Recorder
	var damage error
	for _, name := range names {
		r, err := recordCapture(ctx, e, o, name, &damage)
		if err != nil {
			return err
		}
		if r.Lines() == 0 {
			return o.nothing(name, r)
		}
		list = append(list, r)
	}
	if len(list) == 2 {
		list[0].Compare(list[1])
	}
	if err := o.write(e, names[0], list[0]); err != nil || o.allowDamage {
		return err
	}
	return damage
}

// runRecordLive records what passes on an interface. What had been said by the
// time that ctx ends is written.
func runRecordLive(ctx context.Context, e *env, o *recordOptions, filter string) error {
	opts, err := o.capture()
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if opts.Filter, err = capture.ParseFilter(filter); err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	until := ctx
	if o.lasts > 0 {
		var cancel context.CancelFunc
		until, cancel = context.WithTimeout(ctx, o.lasts)
		defer cancel()
	}
	src, err := capture.Live(until, o.iface, opts)
	if err != nil {
		return ui.With(ui.ExitIO, err)
	}
	var damage error
	r, err := o.take(o.iface, &damage, func(s *decode.Session, _ decode.Options) (iter.Seq2[*codec.Record, error], error) {
		return s.Records(src), nil
	})
	switch {
	case err != nil:
		return err
	case r.Lines() > 0:
		if err := o.write(e, o.iface, r); err != nil {
			return err
		}
	case context.Cause(ctx) == nil:
		return o.nothing(o.iface, r)
	}
	if err := context.Cause(ctx); err != nil || o.allowDamage {
		return err
	}
	return damage
}

// write writes the document, and tells what is not in it.
func (o *recordOptions) write(e *env, name string, r *record.Recorder) error {
	for _, conn := range slices.Sorted(maps.Keys(r.Left())) {
		fmt.Fprintf(e.Stderr, "wirectl: %s: conversation %d is of no protocol of ours, and left out\n", display(name), conn)
	}
	doc := r.Document()
	if beside := r.Beside(); len(beside) > 0 {
		fmt.Fprintf(e.Stderr, "wirectl: %s: left out, as it is not of the protocol: %s (--bodies has it)\n", display(name), strings.Join(beside, ", "))
	}
	return writeDocument(e, o.file, doc)
}

// nothing says why there is no document.
func (o *recordOptions) nothing(name string, r *record.Recorder) error {
	hint := "wirectl decode --list shows its conversations"
	if len(r.Left()) > 0 {
		hint = "-p PROTOCOL decodes its conversations all the same"
	}
	return &hinted{ui.With(ui.ExitDamage, fmt.Errorf("%s: there is nothing to record", display(name))), hint}
}

// recordCapture reads one capture. Damage that was found is kept.
func recordCapture(ctx context.Context, e *env, o *recordOptions, name string, damage *error) (*record.Recorder, error) {
	in, size, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	buf := bufio.NewReaderSize(progressReader(e, in, size), sniffLength)
	r, err := o.take(name, damage, func(s *decode.Session, opts decode.Options) (iter.Seq2[*codec.Record, error], error) {
		return o.records(s, opts, display(name), buf)
	})
	if err != nil {
		return nil, err
	}
	return r, context.Cause(ctx)
}

// take records what open gives.
func (o *recordOptions) take(name string, damage *error, open func(*decode.Session, decode.Options) (iter.Seq2[*codec.Record, error], error)) (*record.Recorder, error) {
	opts, err := o.session()
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	s, err := decode.NewSession(opts)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	r := record.New(record.Options{
		Source: sourceName(name), Lookup: registry.Lookup, Conns: o.conns, From: o.from, To: o.to, Mask: o.mask, Secrets: o.secrets, Bodies: o.bodies,
	})
	found := func(err error) {
		if *damage == nil {
			*damage = ui.With(ui.ExitDamage, fmt.Errorf("%s: %w", display(name), err))
		}
	}
	records, err := open(s, opts)
	if err != nil {
		return nil, captureError(err)
	}
	wants := o.wants(firstTime) // --from and --to of record are times of their own
	for rec, err := range records {
		if _, bad := err.(*capture.Damage); bad {
			found(err)
			continue
		}
		if _, bad := err.(*humanframe.Error); bad {
			return nil, ui.With(ui.ExitUsage, err)
		}
		if err != nil {
			return nil, captureError(err)
		}
		if !wants(rec) {
			continue
		}
		before := r.Lines()
		r.Add(rec)
		if r.Lines() == before || !decode.Damaged(rec) {
			continue
		}
		if rec.IsGap() {
			found(fmt.Errorf("%d bytes are missing in conversation %d", rec.Span.Len(), rec.Conn))
		} else {
			found(fmt.Errorf("conversation %d %s: %w", rec.Conn, rec.Dir, rec.Err))
		}
	}
	for _, sum := range s.Summaries() {
		c := sum.Conn
		r.Closed(c.ID, c.ToServer.Ended, c.ToClient.Ended)
		if c.Server.Addr.IsValid() {
			r.Server(c.ID, c.Server.String())
		}
	}
	return r, nil
}

// records reads the records of a capture, or of a document of the notation.
func (o *recordOptions) records(s *decode.Session, opts decode.Options, name string, r *bufio.Reader) (iter.Seq2[*codec.Record, error], error) {
	head, err := r.Peek(sniffLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, ui.With(ui.ExitIO, err)
	}
	if o.input != documentInput && (o.input != capture.Auto.String() || !isDocument(head)) {
		copts, err := o.capture()
		if err != nil {
			return nil, ui.With(ui.ExitUsage, err)
		}
		src, err := o.open(name, r, copts)
		if err != nil {
			return nil, err
		}
		return s.Records(src), nil
	}
	return func(yield func(*codec.Record, error) bool) {
		for w, err := range decode.Document(name, r, opts, o.dir()) {
			if !yield(w.Record, err) {
				return
			}
		}
	}, nil
}

// sourceName names a capture in its document, without its folder.
func sourceName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// writeDocument writes a document to a file, which it has whole or not at
// all, or to standard output.
func writeDocument(e *env, name string, doc []byte) error {
	if name == "-" {
		_, err := e.Stdout.Write(doc)
		return err
	}
	f, err := createAtomic(name)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := f.Write(doc); err != nil {
		return ui.With(ui.ExitIO, err)
	}
	return f.commit()
}
