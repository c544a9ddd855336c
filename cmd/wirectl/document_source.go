package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// conversations tell what the conversations of an input were.
type conversations interface {
	Summaries() []*decode.Summary
	Conn(id int) *capture.Conn // nil when there is none of that number
}

// sessionConversations are those of a capture.
type sessionConversations struct{ *decode.Session }

func (s sessionConversations) Conn(id int) *capture.Conn {
	for _, sum := range slices.Backward(s.Summaries()) {
		if sum.Conn.ID == id {
			return sum.Conn
		}
	}
	return nil
}

// A documentSource is a document of the notation in the place of a capture. It
// has records and no events: who opens inputs with documents set asks for it.
type documentSource struct {
	name string
	r    io.Reader
	dr   *decode.DocumentReader

	masked int // records in which a secret stands masked
}

// asDocument returns an input as a document, nil if it is none, and what there
// is to read of it then.
func (o *decodeOptions) asDocument(name string, r io.Reader) (*documentSource, io.Reader, error) {
	if !o.documents || o.input != documentInput && (o.input != capture.Auto.String() || o.logPattern != "") {
		return nil, r, nil
	}
	if o.input == capture.Auto.String() {
		b := bufio.NewReaderSize(r, sniffLength)
		head, err := b.Peek(sniffLength)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, ui.With(ui.ExitIO, err)
		}
		if r = b; !isDocument(head) {
			return nil, r, nil
		}
	}
	return &documentSource{name: name, r: r}, nil, nil
}

// checkDocument refuses what needs a capture.
func (o *decodeOptions) checkDocument() error {
	switch {
	case o.each:
		return ui.Usagef("--each reads lines, and -i %s a document", documentInput)
	case o.follow:
		return ui.Usagef("--follow waits for more of a capture, and -i %s reads a document to its end", documentInput)
	case o.write != "":
		return &hinted{ui.Usagef("-w writes what was captured, and a document is no capture"), "encode -o pcapng makes one of it"}
	}
	return nil
}

// Info implements [capture.Source].
func (s *documentSource) Info() capture.Info {
	return capture.Info{File: s.name, Format: capture.Log, Why: "a document of the notation"}
}

// Events implements [capture.Source], for those who read several inputs as one.
func (s *documentSource) Events() iter.Seq2[capture.Event, error] {
	return func(yield func(capture.Event, error) bool) {
		yield(capture.Event{}, ui.Usagef("%s is a document of the notation, which is read alone", s.name))
	}
}

// reader returns what reads the document. dir is the direction of lines that
// have none.
func (s *documentSource) reader(o decode.Options, dir codec.Direction) conversations {
	s.dr = decode.NewDocumentReader(o, dir)
	return s.dr
}

// records gives the document's records. An error is its end.
func (s *documentSource) records() iter.Seq2[*codec.Record, error] {
	return func(yield func(*codec.Record, error) bool) {
		for w, err := range s.dr.Records(s.name, s.r) {
			if _, bad := errors.AsType[*humanframe.Error](err); bad {
				err = ui.With(ui.ExitUsage, err)
			} else if err != nil {
				err = ui.With(ui.ExitIO, err)
			}
			if w.Masked {
				s.masked++
			}
			if !yield(w.Record, err) || err != nil {
				return
			}
		}
	}
}

// tell says that something else stands in the place of secrets.
func (s *documentSource) tell(e *env) {
	if s.masked > 0 {
		fmt.Fprintf(e.Stderr, "wirectl: %s: secrets are masked in %s of its records: what stands in their place was not sent\n", s.name, grouped(int64(s.masked)))
	}
}

// showDocument shows the records of a document.
func showDocument(ctx context.Context, src *documentSource, show *shower) ([]*decode.Summary, error) {
	defer src.tell(show.e)
	for r, err := range src.records() {
		if err == nil {
			show.begin(r.Time)
			_, err = show.add(r)
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		if show.full() {
			break
		}
	}
	return src.dr.Summaries(), nil
}
