package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diff"
)

// A diffSide is one of two recordings that are compared.
type diffSide struct {
	diff.Side
	o        *decodeOptions
	open     func() (io.ReadCloser, error) // from the beginning, each time
	document bool
	session  bool
	damages  []*capture.Damage // of the first reading
	read     bool
}

// maxHeld is how much is held of an input that cannot be read twice.
const maxHeld = 1 << 30

// side opens one of the recordings.
func (o *decodeOptions) side(ctx context.Context, e *env, name string) (*diffSide, error) {
	opts, err := o.session()
	if err == nil {
		_, err = decode.NewSession(opts)
	}
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	s := &diffSide{o: o}
	s.Name = display(name)
	s.open = func() (io.ReadCloser, error) {
		r, size, err := e.Open(ctx, name)
		if err != nil {
			return nil, err
		}
		return readCloser{progressReader(e, r, size), r}, nil
	}
	r, size, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, ui.With(ui.ExitIO, fmt.Errorf("%s: %w", s.Name, err))
	}
	head = head[:n]
	if size < 0 {
		all, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(head), r), maxHeld+1))
		if err != nil {
			return nil, ui.With(ui.ExitIO, fmt.Errorf("%s: %w", s.Name, err))
		}
		if len(all) > maxHeld {
			return nil, ui.IOf("%s: more than %s; only a file may be larger", s.Name, ui.Size(maxHeld))
		}
		s.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(all)), nil }
	}
	s.document = o.input == documentInput || o.input == capture.Auto.String() && isDocument(head)
	s.reads(opts)
	if s.document || o.input == capture.Auto.String() && mayBeSession(head) {
		text, err := s.whole()
		if err != nil {
			return nil, err
		}
		if isSession(text) {
			s.session = true
			s.Read = func() iter.Seq2[diff.Record, error] { return s.sketches(text) }
		}
	}
	return s, nil
}

// reads settles how the side is read.
func (s *diffSide) reads(opts decode.Options) {
	s.Read = func() iter.Seq2[diff.Record, error] { return s.records(opts) }
}

// sniffLength is how much is looked at to tell a document.
const sniffLength = 4 << 10

// isDocument says whether a text is a document of the notation: its first line
// that is no comment is a directive.
func isDocument(head []byte) bool { return beginsWith(head, "@proto ", "@start ") }

// mayBeSession says the same of a session.
func mayBeSession(head []byte) bool {
	return beginsWith(head, "@connect ", "@serve ", "@include ", "@set ", "@timeout ", "@ignore ", "@recorded ")
}

// beginsWith says whether the first line that is no comment begins with one of
// these words.
func beginsWith(head []byte, words ...string) bool {
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		return slices.ContainsFunc(words, func(w string) bool { return bytes.HasPrefix(line, []byte(w)) })
	}
	return false
}

// records reads the side once.
func (s *diffSide) records(opts decode.Options) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		r, err := s.open()
		if err != nil {
			yield(diff.Record{}, err)
			return
		}
		defer r.Close()
		var start time.Time
		first := !s.read
		s.read = true
		if s.document {
			wants := s.o.wants(firstTime)
			for w, err := range decode.Document(s.Name, r, opts, s.o.dir()) {
				if err == nil && !wants(w.Record) {
					continue
				}
				if !yield(diff.Record{Record: w.Record, Masked: w.Masked, Line: w.Line}, err) {
					return
				}
			}
			return
		}
		copts, err := s.o.capture()
		var src capture.Source
		if err == nil {
			src, err = s.o.open(s.Name, r, copts)
		}
		if err != nil {
			yield(diff.Record{}, captureError(err))
			return
		}
		session, err := decode.NewSession(opts)
		if err != nil {
			yield(diff.Record{}, err)
			return
		}
		ends := map[int][2]string{}
		goOn := true
		wants := s.o.wants(func(*codec.Record) time.Time { return start })
		emit := func(r *codec.Record) bool {
			if !wants(r) {
				return true
			}
			who, known := ends[r.Conn]
			if !known {
				who = endsOf(session, r.Conn)
				ends[r.Conn] = who
			}
			goOn = yield(diff.Record{Record: r, Client: who[0], Server: who[1]}, nil)
			return goOn
		}
		for ev, err := range src.Events() {
			damage, isDamage := errors.AsType[*capture.Damage](err)
			switch {
			case isDamage && first:
				s.damages = append(s.damages, damage)
			case isDamage:
			case err != nil:
				yield(diff.Record{}, ui.With(ui.ExitIO, err))
				return
			default:
				if start.IsZero() {
					start = ev.Time
				}
				session.Event(&ev, emit)
			}
			if !goOn {
				return
			}
		}
		session.Finish(emit)
	}
}

// endsOf returns the client and the server of a conversation.
func endsOf(s *decode.Session, id int) [2]string {
	for _, sum := range slices.Backward(s.Summaries()) {
		if c := sum.Conn; c.ID == id {
			return [2]string{c.Client.String(), c.Server.String()}
		}
	}
	return [2]string{}
}

// damage returns what is wrong with the file, unless that is allowed.
func (s *diffSide) damage(o *decodeOptions) error {
	if len(s.damages) == 0 || o.allowDamage {
		return nil
	}
	what := error(s.damages[0])
	if more := len(s.damages) - 1; more > 0 {
		what = fmt.Errorf("%w, and %d more damages", what, more)
	}
	return ui.With(ui.ExitDamage, &hinted{what, "--allow-damage goes on without this status"})
}
