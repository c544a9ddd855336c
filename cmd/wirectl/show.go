package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A shower writes records in one of the forms of decode.
type shower struct {
	e       *env
	o       decodeOptions
	printer *humanframe.Printer
	form    dump.Renderer // nil for the notation
	buf     []byte
	records int
	damaged int
	first   error // the first damage, for the message at the end
	frames  bool  // there was a frame
	unknown error // the first bytes of no protocol of ours
}

func newShower(e *env, o decodeOptions) *shower {
	view := codec.View{Secrets: o.secrets, Depth: o.depth}
	s := &shower{e: e, o: o, printer: humanframe.NewPrinter(registry.Lookup, view)}
	s.printer.Reasons = true
	opts := dump.Options{View: view, Wire: s.printer.AppendText, Width: e.Stdout.Columns(dump.DefaultWidth), Styles: e.Stdout.Dump()}
	if o.all {
		opts.Rows = -1
	}
	switch o.output {
	case "json":
		s.form = dump.NewJSON(opts)
	case "dump":
		s.form = dump.NewHex(opts)
	case "tree":
		s.form = dump.NewTree(opts)
	case "table":
		s.form = dump.NewTable(opts)
	}
	if s.form != nil && !o.list {
		s.buf = s.form.AppendHeader(s.buf)
	}
	return s
}

// marks settles whether lines of the notation have directions and brackets:
// not when the input is one direction that needs none to be told.
func (s *shower) marks(src capture.Source) {
	s.printer.Marks = src.Info().Format != capture.Raw && src.Info().Format != capture.Hex
}

// record shows a record.
func (s *shower) record(r *codec.Record) error {
	s.records++
	s.judge(r)
	if s.o.list {
		return nil
	}
	if s.form != nil {
		s.buf = s.form.AppendRecord(s.buf, r)
	} else {
		s.buf = s.printer.AppendRecord(s.buf, r)
	}
	if len(s.buf) >= flushAt {
		return s.flush()
	}
	return nil
}

// judge remembers what decides how the command ends.
func (s *shower) judge(r *codec.Record) {
	place := func() error { return fmt.Errorf("conn %d %s: %w", r.Conn, r.Dir, r.Err) }
	switch {
	case decode.Damaged(r):
		s.damaged++
		if s.first == nil && r.Err != nil {
			s.first = place()
		}
	case r.Err == nil:
		s.frames = true
	case r.Err.Code == decode.CodeUnknown && s.unknown == nil:
		s.unknown = place()
	}
}

func (s *shower) flush() error {
	_, err := s.e.Stdout.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// damage tells at once about damage of the capture itself.
func (s *shower) damage(d *capture.Damage) {
	s.damaged++
	if s.first == nil {
		s.first = d
	}
}

// finish writes what is left and returns how the command ends.
func (s *shower) finish(err error) error {
	if ferr := s.flush(); err == nil {
		err = ferr
	}
	if err != nil || s.o.allowDamage {
		return err
	}
	if !s.frames && s.unknown != nil {
		return ui.With(ui.ExitDamage, &hinted{s.unknown, "-p PROTOCOL decodes it all the same"})
	}
	if s.damaged == 0 {
		return nil
	}
	what := errors.New("the capture has gaps")
	if s.first != nil {
		what = s.first
	}
	if s.damaged > 1 {
		return ui.With(ui.ExitDamage, &hinted{fmt.Errorf("%w, and %d more places are damaged", what, s.damaged-1), "--allow-damage makes this status 0"})
	}
	return ui.With(ui.ExitDamage, what)
}

// grouped returns n for people.
func grouped(n int64) string { return string(dump.AppendGrouped(nil, n)) }

// roundDuration returns d for people.
func roundDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
