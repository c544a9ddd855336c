package main

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/session"
)

// sessionWords are directives that only sessions have.
var sessionWords = []string{
	"@connect", "@serve", "@include", "@set", "@sleep", "@timeout", "@ignore", "@optional", "@assert",
	"@any-order", "@repeat", "@retry", "@header", "@recorded",
}

// isSession says whether the text of a document is more than decode prints: it
// has directives or patterns of sessions.
func isSession(text []byte) bool {
	for line := range bytes.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimRight(string(line[:min(len(line), 40)]), "\r\n"), " ")
		if slices.Contains(sessionWords, word) {
			return true
		}
		if (line[0] == '<' || line[0] == '>') && bytes.Contains(bytes.ReplaceAll(line, []byte(codec.Redacted), nil), []byte("{{")) {
			return true
		}
	}
	return false
}

// sketched is a frame of a session. Its text is that of its line.
type sketched struct {
	codec.Frame
	text string
}

// Clone implements [codec.Frame].
func (s sketched) Clone() codec.Frame { return sketched{s.Frame.Clone(), s.text} }

// AppendText implements [codec.Frame].
func (s sketched) AppendText(dst []byte, _ codec.View) []byte { return append(dst, s.text...) }

// Link implements [codec.Linked].
func (s sketched) Link() codec.Link {
	if l, ok := s.Frame.(codec.Linked); ok {
		return l.Link()
	}
	return codec.Link{}
}

// sketches reads a session: what it sends and expects.
func (s *diffSide) sketches(text []byte) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		o := replayOptions{protocol: s.o.protocol, dialect: s.o.dialect, compat: s.o.compat}
		if o.protocol == decode.Auto {
			o.protocol, o.dialect = "", ""
		}
		so, err := o.reading()
		var doc *session.Document
		if err == nil {
			doc, err = session.Parse(s.Name, text, so)
		}
		if err != nil {
			yield(diff.Record{}, ui.With(ui.ExitUsage, err))
			return
		}
		seqs := map[int]int{}
		at := map[[2]int]int64{}
		for _, k := range doc.Sketches() {
			way := [2]int{k.Conn, int(k.Dir)}
			r := codec.Record{
				Proto: k.Proto, Dialect: k.Dialect, Conn: k.Conn, Exchange: k.Exchange, Dir: k.Dir, Seq: seqs[k.Conn],
				Bytes: k.Bytes, Span: codec.Span{Start: at[way], End: at[way] + int64(len(k.Bytes))},
			}
			seqs[k.Conn]++
			at[way] = r.Span.End
			if k.Frame != nil {
				r.Frame = sketched{k.Frame, k.Body()}
			} else {
				r.Err = codec.Faultf(decode.CodeNotFrames, 0, "", "no frame, says the session")
			}
			rec := diff.Record{Record: &r, Line: k.Line, Masked: true, Alone: true}
			for _, p := range k.Open {
				rec.Open = append(rec.Open, p)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// whole reads all of a side that is a document.
func (s *diffSide) whole() ([]byte, error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxHeld))
	return text, ui.With(ui.ExitIO, err)
}
