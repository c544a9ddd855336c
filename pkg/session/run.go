package session

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A Run is one run of a document: its variables, and what the parsers of its
// connections know. It is for one goroutine.
type Run struct {
	doc     *Document
	vars    map[string]string
	enc     *humanframe.Encoder // of what is sent
	probe   *humanframe.Encoder // of what is expected: it reads texts that never come
	printer *humanframe.Printer
	proto   [2]string         // what both were last told to use
	choices map[*Expect][]int // which stopgaps do for its holes; nil when none do
}

// Begin returns a new run.
func (d *Document) Begin() *Run {
	r := &Run{doc: d, vars: map[string]string{}, choices: map[*Expect][]int{}}
	maps.Copy(r.vars, d.o.Vars)
	r.enc = humanframe.NewEncoder(d.o.Lookup, d.o.sends(), d.o.Codec)
	o := d.o.Codec
	o.Fresh = nil // a value is for one frame
	r.probe = humanframe.NewEncoder(d.o.Lookup, d.o.sends(), o)
	r.printer = humanframe.NewPrinter(d.o.Lookup, codec.View{Secrets: true})
	return r
}

// Again begins the document once more on the connections that there are: the
// variables are those of a new run, and what the parsers know stays.
func (r *Run) Again() {
	clear(r.vars)
	maps.Copy(r.vars, r.doc.o.Vars)
}

// Var returns the value of a variable.
func (r *Run) Var(name string) (value string, ok bool) {
	value, ok = r.vars[name]
	return value, ok
}

// Vars returns a copy of the variables.
func (r *Run) Vars() map[string]string { return maps.Clone(r.vars) }

// SetVar gives a variable a value, as the runner of a Repeat does to its Name.
func (r *Run) SetVar(name, value string) { r.vars[name] = value }

// Set does what s says. Errors are of type [*humanframe.Error].
func (r *Run) Set(s *Set) error {
	if s.Env != "" {
		r.vars[s.Name], _ = r.doc.o.Getenv(s.Env)
		return nil
	}
	parts, err := r.resolve(s.Place, &s.text)
	if err != nil {
		return err
	}
	value := join(parts)
	if value == codec.Redacted { // of a recording: it is to be filled in
		if _, given := r.doc.o.Vars[s.Name]; given {
			return nil
		}
		return &humanframe.Error{
			File: s.File, Line: s.Line, Text: s.Text, Start: s.text.lead, End: len(s.Text),
			Message: fmt.Sprintf("the secret %q is not filled in", s.Name), HintText: "write it here, or give it by --var " + s.Name + "=…",
		}
	}
	if fresh := r.doc.o.Codec.Fresh; fresh != nil {
		for _, name := range []string{"uuid", "now"} {
			if text := "{{" + name + "}}"; strings.Contains(value, text) {
				if made, ok := fresh(name); ok {
					value = strings.ReplaceAll(value, text, made)
				}
			}
		}
	}
	r.vars[s.Name] = value
	return nil
}

// Expand returns a text of a Connect, Serve or HTTP with the values of its
// variables.
func (r *Run) Expand(text string) string {
	s := scan{src: text, known: func(name string) bool { _, ok := r.vars[name]; return ok }, names: func() []string { return nil }}
	t, err := s.parse()
	if err != nil {
		return text
	}
	for i := range t.parts {
		if p := &t.parts[i]; p.kind == use {
			p.text = r.vars[p.text]
			if p.plus != "" {
				p.text, _ = added(p.text, p.plus)
			}
		}
	}
	return join(t.parts)
}

// Frame returns the frame that s asks for. It is nil for raw bytes, and good
// until the next call. Errors are of type [*humanframe.Error].
func (r *Run) Frame(s *Send) (codec.Frame, error) {
	if s.Raw {
		return nil, nil
	}
	l, err := r.line(s)
	if err != nil {
		return nil, err
	}
	r.hear(r.probe, l)
	return r.enc.Parse(l)
}

// Other returns a frame that we send though the document does not say so: that
// of a text, without a direction. It is good until the next call.
func (r *Run) Other(proto, dialect, text string) (codec.Frame, error) {
	if r.proto[0] != proto { // else what it knows of the connection would be lost
		if err := r.use(&Head{Proto: proto, Dialect: dialect}); err != nil {
			return nil, err
		}
	}
	l, err := humanframe.ParseLine("", 1, text)
	if err != nil {
		return nil, err
	}
	return r.enc.Parse(l)
}

// Bytes returns the bytes that s asks for. They are good until the next call.
// Errors are of type [*humanframe.Error]. Of Frame and Bytes one is to be
// called, once for each time that the frame is sent: some frames depend on how
// often one of their kind was made.
func (r *Run) Bytes(s *Send) ([]byte, error) {
	l, err := r.line(s)
	if err != nil {
		return nil, err
	}
	r.hear(r.probe, l)
	item, _, err := r.enc.Encode(l)
	return item.Bytes, err
}

// line returns the line of s with the values of its variables.
func (r *Run) line(s *Send) (*humanframe.Line, error) {
	parts, err := r.resolve(s.Place, &s.text)
	if err != nil {
		return nil, err
	}
	if err := r.use(&s.Head); err != nil {
		return nil, err
	}
	return humanframe.ParseLine(s.File, s.Line, s.Text[:s.text.lead]+join(parts))
}

// use tells the encoder the protocol of a step.
func (r *Run) use(h *Head) error {
	if h.Proto == "" || r.proto == [2]string{h.Proto, h.Dialect} {
		return nil
	}
	r.proto = [2]string{h.Proto, h.Dialect}
	return errors.Join(r.enc.Use(h.Proto, h.Dialect), r.probe.Use(h.Proto, h.Dialect))
}

// hear lets a parser learn of a frame. What it learns is all there is to it.
func (r *Run) hear(enc *humanframe.Encoder, l *humanframe.Line) {
	if l.Raw == nil {
		_, _ = enc.Parse(l)
	}
}

// resolve returns the parts of a template with the values of its variables.
func (r *Run) resolve(at Place, t *template) ([]part, error) {
	parts := make([]part, len(t.parts))
	for i, p := range t.parts {
		if p.kind == use {
			value, ok := r.vars[p.text]
			if !ok {
				return nil, &humanframe.Error{
					File: at.File, Line: at.Line, Text: at.Text, Start: t.lead + p.start, End: t.lead + p.end,
					Message: fmt.Sprintf("the variable %q has no value", p.text), HintText: "what would have set it did not come",
				}
			}
			if p.plus != "" {
				var err error
				if value, err = added(value, p.plus); err != nil {
					return nil, &humanframe.Error{
						File: at.File, Line: at.Line, Text: at.Text, Start: t.lead + p.start, End: t.lead + p.end,
						Message: fmt.Sprintf("the variable %q is %q, and %v", p.text, value, err),
					}
				}
			}
			p.kind, p.text = literal, value
		}
		parts[i] = p
	}
	return parts, nil
}

// join returns the text of parts without holes.
func join(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// Take takes in what met an expectation: the captures of res become
// variables, and the parsers learn of the frame.
func (r *Run) Take(res *Result, rec *codec.Record) {
	for _, c := range res.Captures {
		r.vars[c.Name] = c.Value
	}
	if rec.Frame == nil || rec.Err != nil || r.use(&res.Expect.Head) != nil {
		return
	}
	e := res.Expect
	text := string(r.printer.AppendText(nil, rec))
	if l, err := humanframe.ParseLine(e.File, e.Line, e.Text[:e.text.lead]+text); err == nil {
		r.hear(r.enc, l)
		r.hear(r.probe, l)
	}
}
