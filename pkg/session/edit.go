package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// Quote returns text so that in a line which is expected it means itself, and
// no pattern or variable. The names are those of the variables that the
// document has.
func Quote(text string, names ...string) string {
	s := scan{src: text, expected: true, known: func(n string) bool { return slices.Contains(names, n) }, names: func() []string { return names }}
	quotes := Quotes(text)
	var b strings.Builder
	for s.i < len(text) {
		s.quoted, s.from = quotes[s.i], s.i
		rest := text[s.i:]
		n, err := s.special()
		switch {
		case n == 0 && err == nil:
			b.WriteByte(rest[0])
			s.i++
		case rest[0] == '$': // one more, for the last of a row of them
			m := len(rest) - len(strings.TrimLeft(rest, "$"))
			b.WriteString(rest[:m])
			b.WriteByte('$')
			s.i += m
		case rest[0] == '{':
			b.WriteString("{{:{{}}")
			s.i += len("{{")
		default:
			n = s.loneEnd()
			b.WriteString("{{:")
			b.WriteString(globQuoter.Replace(rest[:n]))
			b.WriteString("}}")
			s.i += n
		}
	}
	return b.String()
}

var globQuoter = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `\`, `\\`, `/`, `\/`)

// An Edit is what becomes of a line of a document.
type Edit struct {
	Before []string // lines that come before it
	After  []string // lines that come after it

	// Change says that Text takes its place; "" takes it out. All that a line
	// goes on in is part of it.
	Change bool
	Text   string
}

// Rewrite returns a document with other lines, by the numbers that a [Place]
// gives. What is not changed stays as it is, comments too.
func Rewrite(src []byte, edits map[int]Edit) ([]byte, error) {
	s := humanframe.NewScanner("", bytes.NewReader(src))
	s.Keep()
	var out []byte
	put := func(lines ...string) {
		for _, text := range lines {
			out = append(append(out, text...), '\n')
		}
	}
	for number := 1; ; {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		e := edits[number]
		number += 1 + strings.Count(l.Source(), "\n")
		put(e.Before...)
		switch {
		case !e.Change:
			put(l.Source())
		case e.Text != "":
			put(e.Text)
		}
		put(e.After...)
	}
}

// Accept returns the line of e as it has to be for rec to match: the frame's
// own text, with the holes and variables of e where they still stand for a
// part of it. The result is that of the new line; it is for Take.
func (r *Run) Accept(e *Expect, rec *codec.Record) (line string, res *Result) {
	m := &matching{run: r, res: &Result{Expect: e}, e: e, rec: rec}
	marks := e.Text[:e.text.lead]
	m.text = r.ownText(rec, e.Raw)
	plain := marks + Quote(m.text, e.vars...)
	var err error
	if m.parts, err = r.resolve(e.Place, &e.text); err == nil {
		kept := marks + m.keep()
		if o := r.again(e, kept); o != nil && slices.Equal(o.Captures, e.Captures) {
			if res := r.Match(o, rec, 0); res.OK {
				return kept, res
			}
		}
	}
	if o := r.again(e, plain); o != nil {
		res = r.Match(o, rec, 0)
	}
	return plain, res
}

// ownText returns the text of a record as a line of a document has it.
func (r *Run) ownText(rec *codec.Record, raw bool) string {
	if rec.Frame != nil && !raw {
		return string(r.printer.AppendText(nil, rec))
	}
	return rawText(rec)
}

// Insert returns a line that expects rec, for a place where the document has
// none. The names are those of the variables that the document has there.
func (r *Run) Insert(rec *codec.Record, names ...string) string {
	lead := rec.Dir.String() + " "
	switch {
	case rec.Exchange > 0:
		lead += fmt.Sprintf("[#%d/%d] ", max(rec.Conn, 1), rec.Exchange)
	case rec.Conn > 1:
		lead += fmt.Sprintf("[#%d] ", rec.Conn)
	}
	return lead + Quote(r.ownText(rec, false), names...)
}

// Variables returns the names that the document has for variables where e
// stands.
func (e *Expect) Variables() []string { return e.vars }

// again reads a line in the place of e.
func (r *Run) again(e *Expect, line string) *Expect {
	l, err := humanframe.ParseLine(e.File, e.Line, line)
	if err != nil {
		return nil
	}
	o := r.doc.o
	o.Vars = map[string]string{}
	for _, name := range e.vars {
		o.Vars[name] = r.vars[name]
	}
	p := newParser(o)
	p.proto, p.dialect = e.Proto, e.Dialect
	if e.Proto != "" && p.enc.Use(e.Proto, e.Dialect) != nil {
		return nil
	}
	if p.plain(l); len(p.errs) > 0 || len(p.blocks[0].steps) != 1 {
		return nil
	}
	again, _ := p.blocks[0].steps[0].(*Expect)
	return again
}

// keep puts the holes and variables of the expectation into the text that
// came, where their values are found in their order.
func (m *matching) keep() string {
	values := make([]string, len(m.parts))
	if m.rec.Frame != nil && !m.e.Raw {
		if s, ok := m.shape(); ok {
			got := treeOf(m.rec.Frame)
			for i, p := range m.parts {
				if p.kind == hole {
					values[i], _, _ = m.hole(s, i, got)
				}
			}
		}
	}
	var b strings.Builder
	rest := m.text
	for i, p := range m.e.text.parts {
		if p.kind == use {
			values[i] = m.parts[i].text
		}
		at := strings.Index(rest, values[i])
		if p.kind == literal || values[i] == "" || at < 0 {
			continue
		}
		b.WriteString(Quote(rest[:at], m.e.vars...))
		b.WriteString(m.e.text.source(m.e.Text, &p))
		rest = rest[at+len(values[i]):]
	}
	b.WriteString(Quote(rest, m.e.vars...))
	return b.String()
}
