package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// Limits of a document.
const (
	maxErrors   = 20      // faults that are told of one document
	maxLines    = 1 << 20 // lines, those of includes counted each time
	maxIncludes = 16      // includes in each other
	maxBlocks   = 16      // blocks in each other
)

// Parse reads a document. The name is for errors and for Include. An error is
// of type [Errors]; there is no Document then.
func Parse(name string, src []byte, o Options) (*Document, error) {
	p := newParser(o)
	if o.Proto != "" {
		if err := p.enc.Use(o.Proto, o.Dialect); err != nil {
			return nil, Errors{{File: name, Line: 1, Message: err.Error()}}
		}
		p.proto, p.dialect = o.Proto, o.Dialect
	}
	p.source(name, src)
	for len(p.errs) < maxErrors && len(p.blocks) > 1 {
		b := p.blocks[len(p.blocks)-1]
		p.blocks = p.blocks[:len(p.blocks)-1]
		p.fail(b.line.Fault(&codec.TextError{End: 1 + len(b.line.Directive), Message: "@" + b.line.Directive + " has no @end", Hint: "write @end after its last line"}))
	}
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	return &Document{Name: name, Steps: p.blocks[0].steps, Start: p.enc.Start(), Recorded: p.recorded, o: o}, nil
}

func newParser(o Options) *parser {
	p := &parser{o: o, vars: map[string]string{}, blocks: []*block{{}}, ignore: slices.Clip(o.Ignore)}
	maps.Copy(p.vars, o.Vars)
	p.enc = humanframe.NewEncoder(o.Lookup, o.sends(), o.Codec)
	return p
}

// A parser reads documents.
type parser struct {
	o      Options
	enc    *humanframe.Encoder // for @proto and @start, and to see whether frames are good
	errs   Errors
	count  int               // lines that were read
	files  []string          // that are being read
	vars   map[string]string // what they are at this line; "" when only a run knows
	sorted []string          // the names of vars

	proto, dialect string
	recorded       string
	script         script

	// What concerns the frames to come.
	timeout  time.Duration
	ignore   []Path
	optional *humanframe.Line

	last    *Expect // the step before, if it is one
	request *HTTP   // likewise
	blocks  []*block
}

// A block is a list of steps that ends in @end. The first is the document.
type block struct {
	line    *humanframe.Line
	steps   []Step
	expects []*Expect
	end     func(b *block) Step // nil when its first line is wrong
	timeout time.Duration       // as it was before the block
	ignore  []Path
}

// anyOrder says whether only what is expected may stand in b.
func (b *block) anyOrder() bool { return b.line != nil && b.line.Directive == "any-order" }

func (p *parser) fail(err error) {
	if e, ok := errors.AsType[*humanframe.Error](err); ok && len(p.errs) < maxErrors {
		p.errs = append(p.errs, e)
	}
}

// source reads one file.
func (p *parser) source(name string, src []byte) {
	p.files = append(p.files, name)
	defer func() { p.files = p.files[:len(p.files)-1] }()
	s := humanframe.NewScanner(name, bytes.NewReader(src))
	s.Keep()
	for len(p.errs) < maxErrors {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if p.count++; p.count > maxLines {
			p.fail(&humanframe.Error{File: name, Line: 1, Message: fmt.Sprintf("over %d lines, those of includes counted", maxLines)})
			break
		}
		if err != nil {
			p.fail(err)
			continue
		}
		own := *l // the scanner uses its own again
		p.line(&own)
	}
	p.script = script{}
	p.noFrame("the document ends")
}

// line reads one line.
func (p *parser) line(l *humanframe.Line) {
	if l.Blank || l.Comment {
		return
	}
	t, taken := p.script.line(l, p.proto)
	if !taken {
		p.plain(l)
		return
	}
	if t.err != nil {
		p.fail(t.err)
	}
	for _, text := range t.lines {
		if strings.HasPrefix(text, "#") {
			continue
		}
		nl, err := humanframe.ParseLine(l.File, l.Number, text)
		if err == nil {
			before := len(p.errs)
			p.plain(nl)
			for _, e := range p.errs[before:] {
				t.replace(l, e)
			}
			continue
		}
		if e, ok := errors.AsType[*humanframe.Error](err); ok {
			t.replace(l, e)
			p.fail(e)
		}
	}
}

// plain reads a line of the notation.
func (p *parser) plain(l *humanframe.Line) {
	var err error
	switch {
	case l.Directive != "":
		err = p.directive(l)
	case l.Marked && l.Dir != p.o.sends():
		err = p.expect(l)
	default:
		err = p.send(l)
	}
	if err != nil {
		p.fail(err)
	}
}

func place(l *humanframe.Line) Place { return Place{File: l.File, Line: l.Number, Text: l.Text()} }

func (p *parser) head(l *humanframe.Line) Head {
	h := Head{
		Place: place(l), Dir: l.Dir, Conn: max(1, l.Conn), Exchange: l.Exchange,
		At: l.At, Timed: l.Timed, Proto: p.proto, Dialect: p.dialect,
	}
	if !l.Marked {
		h.Dir = p.o.sends()
	}
	return h
}

// add puts a step at the end of the block at hand.
func (p *parser) add(l *humanframe.Line, s Step) error {
	b := p.blocks[len(p.blocks)-1]
	e, expected := s.(*Expect)
	p.last, p.request = e, nil
	if expected && b.anyOrder() {
		b.expects = append(b.expects, e)
		return nil
	}
	if b.anyOrder() {
		return l.Fault(&codec.TextError{End: len(l.Text()) - l.Lead(), Message: "only what is expected can stand in @any-order", Hint: "write @end before it"})
	}
	b.steps = append(b.steps, s)
	return nil
}

// noFrame is called where no frame follows, which some directives wait for.
func (p *parser) noFrame(why string) {
	if l := p.optional; l != nil {
		p.fail(l.Fault(&codec.TextError{End: len(l.Text()), Message: "@optional stands before a line that is expected, and here " + why}))
	}
	p.optional, p.last, p.request = nil, nil, nil
}

func (p *parser) known(name string) bool { _, ok := p.vars[name]; return ok }

// names returns the variables there are at this line, sorted. The slice does
// not change.
func (p *parser) names() []string {
	if len(p.sorted) != len(p.vars) { // none goes away
		p.sorted = slices.Sorted(maps.Keys(p.vars))
	}
	return p.sorted
}

// template reads the text that follows the marks.
func (p *parser) template(l *humanframe.Line, expected bool) (template, error) {
	s := scan{src: l.Text()[l.Lead():], expected: expected, known: p.known, names: p.names}
	t, err := s.parse()
	t.lead = l.Lead()
	if err != nil {
		return t, l.Fault(err)
	}
	return t, nil
}

func (p *parser) send(l *humanframe.Line) error {
	p.noFrame("a line is sent")
	t, err := p.template(l, false)
	if err != nil {
		return err
	}
	s := &Send{Head: p.head(l), Raw: l.Raw != nil, text: t}
	if err := p.check(l, &t); err != nil {
		return err
	}
	return p.add(l, s)
}

func (p *parser) expect(l *humanframe.Line) error {
	t, err := p.template(l, true)
	optional := p.optional != nil
	p.optional = nil
	if err != nil {
		return err
	}
	e := &Expect{Head: p.head(l), Raw: l.Raw != nil, Optional: optional, Timeout: p.timeout, Ignore: p.ignore, text: t, vars: p.names()}
	for _, part := range t.parts {
		if part.kind == hole && part.text != "" {
			e.Captures = append(e.Captures, part.text)
		}
	}
	err = p.check(l, &t)
	for _, name := range e.Captures { // also after an error, which is then the only one
		p.vars[name] = ""
	}
	if err != nil {
		return err
	}
	return p.add(l, e)
}

// check sees whether the frame of a line can be made.
func (p *parser) check(l *humanframe.Line, t *template) error {
	f := filler{file: l.File, number: l.Number, line: l.Text(), t: t, parse: p.parse, value: func(name string) string { return p.vars[name] }}
	return f.check()
}

// parse makes the frame of a line, or sees that its bytes are good.
func (p *parser) parse(l *humanframe.Line) (codec.Frame, error) {
	if l.Raw != nil {
		return nil, nil
	}
	return p.enc.Parse(l)
}
