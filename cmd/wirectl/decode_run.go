package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

// runDecode reads the captures and shows their records.
func runDecode(ctx context.Context, e *env, o *decodeOptions, args []string) error {
	if len(args) == 0 && e.StdinTTY && o.iface == "" {
		return &hinted{ui.Usagef("there is nothing to read"), "name a FILE, or give standard input"}
	}
	opts, err := o.session()
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if _, err := decode.NewSession(opts); err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if err := o.choosing.compile(o.protocol); err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if err := o.checkAhead(o.live()); err != nil {
		return err
	}
	if len(args) == 0 && o.iface == "" {
		args = []string{"-"}
	}
	defer collectSooner()()
	show := newShower(e, o)
	if o.each && o.output == columnarOutput {
		return ui.Usagef("--each and -o %s do not go together: a file is of one capture", columnarOutput)
	}
	if o.each {
		return show.finish(decodeEach(ctx, e, o, opts, args, show))
	}
	if o.documents = o.input == documentInput; o.documents {
		if err := o.checkDocument(); err != nil {
			return err
		}
	}
	src, done, err := o.source(ctx, e, args)
	if err != nil {
		return err
	}
	defer done()
	show.marks(!oneDirection(src.Info().Format))
	var list []*decode.Summary
	switch {
	case o.output == columnarOutput && !o.list:
		err = decodeColumns(ctx, e, o, opts, src, show)
	case o.parallel():
		list, err = decodeParallel(ctx, e, o, opts, src, show)
	default:
		list, err = decodeInTurn(ctx, e, o, opts, src, show)
	}
	if o.list && err == nil {
		err = listConversations(e, show.listed(list), show.joiner.Unanswered(), o.stats)
	}
	return show.finish(err)
}

// collectSooner has the garbage collector run when there is two fifths as much
// garbage as is in use, unless the user said when; it returns what undoes that.
// What is in use is what many conversations wait with, and that is to stay
// small. It costs no CPU time where decoding leaves no garbage, as most does; up
// to a twelfth where it leaves some, as JSON of small messages of msgq.
func collectSooner() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(40)
	return func() { debug.SetGCPercent(before) }
}

// session returns the options of the decoding.
func (o *decodeOptions) session() (decode.Options, error) {
	opts := decode.Options{
		Protocol: o.protocol,
		Codec:    codec.Options{Dialect: o.dialect, MaxFrame: int(o.maxFrame), Compat: o.compat, Account: o.list},
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

// oneDirection says whether a format holds one direction of one conversation.
func oneDirection(f capture.Format) bool {
	switch f {
	case capture.Raw, capture.Hex, capture.XXD, capture.Hexdump, capture.OD, capture.Base64, capture.CArray:
		return true
	}
	return false
}

// parallel says whether several goroutines may decode: when nobody waits for
// a record at once, nothing is done between the records, and something is done
// with each.
func (o *decodeOptions) parallel() bool {
	if o.list && !o.chooses() {
		return false
	}
	return runtime.GOMAXPROCS(0) > 1 && o.count == 0 && !o.live() && o.write == "" && !o.documents
}

// decodeInTurn decodes one event after the other, which may go to a file as
// well, or reads a document.
func decodeInTurn(ctx context.Context, e *env, o *decodeOptions, opts decode.Options, src capture.Source, show *shower) ([]*decode.Summary, error) {
	if text, ok := src.(*documentSource); ok {
		show.about = text.reader(opts, o.dir())
		return showDocument(ctx, text, show)
	}
	s, err := decode.NewSession(opts)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	show.about = sessionConversations{s}
	file, err := newCaptureFile(o.write, o.printer())
	if err != nil {
		return nil, err
	}
	defer file.abort()
	var failed error
	full := false
	emit := func(r *codec.Record) bool {
		if file == nil && show.straight {
			if err := show.addStraight(r); err != nil {
				failed = err
				return false
			}
			return true
		}
		chosen, err := show.add(r)
		failed = err
		if chosen {
			file.note(r)
		}
		full = show.full()
		return failed == nil && !full
	}
	events := src.Events()
	if file != nil { // which has a packet for each
		events = capture.Singly(events)
	}
	for ev, err := range events {
		if err := show.fault(err); err != nil {
			return nil, err
		}
		if err == nil {
			show.begin(ev.Time)
			s.Event(&ev, emit)
			failed = errors.Join(failed, file.event(&ev))
			if ev.Kind == capture.KindClose && ev.Conn != nil {
				show.closed(ev.Conn.ID)
			}
		}
		if failed != nil || full {
			break
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	if failed == nil && !full {
		s.Finish(emit)
	}
	return s.Summaries(), errors.Join(failed, file.commit())
}

// source opens what is to be read: files as one timeline, or an interface.
func (o *decodeOptions) source(ctx context.Context, e *env, args []string) (capture.Source, func(), error) {
	opts, err := o.capture()
	if err != nil {
		return nil, nil, ui.With(ui.ExitUsage, err)
	}
	if o.iface != "" {
		if opts.Filter, err = capture.ParseFilter(strings.Join(args, " ")); err != nil {
			return nil, nil, ui.With(ui.ExitUsage, err)
		}
		src, err := capture.Live(ctx, o.iface, opts)
		return src, func() {}, ui.With(ui.ExitIO, err)
	}
	var sources []capture.Source
	var closers []io.Closer
	done := func() {
		for _, c := range closers {
			_ = c.Close() // it was only read from
		}
	}
	for _, name := range args {
		r, size, err := e.Open(ctx, name)
		if err != nil {
			done()
			return nil, nil, err
		}
		closers = append(closers, r)
		in := progressReader(e, r, size)
		if o.follow {
			in = capture.Tail(ctx, r, followInterval)
		}
		src, err := o.open(display(name), in, opts)
		if err != nil {
			done()
			return nil, nil, captureError(err)
		}
		sources = append(sources, src)
	}
	if len(sources) == 1 {
		return sources[0], done, nil
	}
	return capture.Merge(sources...), done, nil
}

// mentionInput is the input whose lines tell of the protocol's frames.
const mentionInput = "text"

// open opens one input.
func (o *decodeOptions) open(name string, r io.Reader, opts capture.Options) (capture.Source, error) {
	text, r, err := o.asDocument(name, r)
	if text != nil || err != nil {
		return text, err
	}
	if o.input != mentionInput {
		return capture.Open(name, r, opts)
	}
	p, err := registry.Lookup(o.protocol)
	if err != nil {
		return nil, ui.Usagef("-i %s wants the protocol to be named: -p PROTOCOL", mentionInput)
	}
	m, ok := p.(codec.Mentioner)
	if !ok {
		return nil, ui.Usagef("%s knows of no texts that tell of its frames", o.protocol)
	}
	return decode.Mentions(name, r, m), nil
}

// capture returns the options of reading.
func (o *decodeOptions) capture() (capture.Options, error) {
	if o.input == mentionInput || o.input == documentInput {
		return capture.Options{Follow: o.follow}, nil
	}
	format, err := capture.ParseFormat(o.input)
	if o.logPattern != "" && format == capture.Auto {
		format = capture.Log
	}
	return capture.Options{Format: format, Direction: o.dir(), LogPattern: o.logPattern, Follow: o.follow}, err
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
	if code := ui.Code(err); code != ui.ExitInternal {
		return ui.With(code, err)
	}
	return ui.With(ui.ExitUsage, err) // what is left is about the options
}

// display names an input for messages.
func display(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}
