package session

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

func (p *parser) include(l *humanframe.Line, a args) error {
	name, at := a.from(0)
	fail := func(message, hint string) error {
		return l.Fault(&codec.TextError{Start: at, End: at + len(name), Message: message, Hint: hint})
	}
	switch {
	case name == "":
		return a.count(1, 1)
	case p.o.Include == nil:
		return fail("no file can be included here", "write its lines in its place")
	case len(p.files) > maxIncludes:
		return fail(fmt.Sprintf("over %d files include each other", maxIncludes), "")
	}
	file, src, err := p.o.Include(l.File, name)
	if err != nil {
		return fail(err.Error(), "the name counts from the folder of "+l.File)
	}
	if slices.Contains(p.files, file) {
		return fail("the file includes itself", strings.Join(append(slices.Clone(p.files), file), " includes "))
	}
	depth := len(p.blocks)
	p.source(file, src)
	if len(p.blocks) > depth {
		b := p.blocks[depth]
		p.blocks = p.blocks[:depth]
		return b.line.Fault(&codec.TextError{End: 1 + len(b.line.Directive), Message: "@" + b.line.Directive + " has no @end in its file", Hint: "write @end after its last line"})
	}
	return nil
}

func (p *parser) set(l *humanframe.Line, a args) error {
	text, at := a.from(0)
	name, n := identifier(text)
	if n == 0 || !strings.HasPrefix(text[n:], "=") {
		if text == "" {
			return a.count(1, 1)
		}
		return a.fault(0, "%q is no NAME=VALUE", text)
	}
	s := &Set{Place: place(l), Name: name}
	value := text[n+1:]
	if env, ok := strings.CutPrefix(value, "env:"); ok {
		if p.o.Getenv == nil {
			return l.Fault(&codec.TextError{Start: at + n + 1, End: at + len(text), Message: "the environment is not read", Hint: "allow it with --env"})
		}
		if _, ok := p.o.Getenv(env); !ok {
			return l.Fault(&codec.TextError{Start: at + n + 1 + len("env:"), End: at + len(text), Message: fmt.Sprintf("the environment has no %q", env)})
		}
		s.Env = env
	}
	t := scan{src: value, known: p.known, names: p.names}
	var err error
	if s.text, err = t.parse(); err != nil {
		return l.Fault(lex.Shift(err, at+n+1))
	}
	s.text.lead = l.Lead() + at + n + 1
	p.vars[name] = ""
	if s.Env == "" && !s.text.has(use) && !strings.Contains(value, "{{") {
		p.vars[name] = value
	}
	return p.add(l, s)
}

func (p *parser) sleep(l *humanframe.Line, a args) error {
	if err := a.count(1, 1); err != nil {
		return err
	}
	d, err := a.duration(0)
	if err != nil {
		return err
	}
	return p.add(l, &Sleep{place(l), d})
}

func (p *parser) timeout_(_ *humanframe.Line, a args) (err error) {
	if err = a.count(1, 1); err != nil {
		return err
	}
	if a.words[0].text == "none" {
		p.timeout = 0
		return nil
	}
	d, err := a.duration(0)
	if err == nil && d == 0 {
		return a.fault(0, "nothing can come in no time")
	}
	p.timeout = d
	return err
}

func (p *parser) ignore_(l *humanframe.Line, a args) error {
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	if len(a.words) == 1 && a.words[0].text == "none" {
		p.ignore = slices.Clip(p.o.Ignore)
		return nil
	}
	list := slices.Clone(p.ignore)
	for _, w := range a.words {
		path, err := ParsePath(w.text)
		if err != nil {
			return l.Fault(lex.Shift(err, w.at))
		}
		list = append(list, path)
	}
	p.ignore = list
	return nil
}

func (p *parser) optional_(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	p.noFrame("another @optional stands")
	p.optional = l
	return nil
}

func (p *parser) assert(l *humanframe.Line, a args) error {
	if p.last == nil {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "@assert is about the expected line before it, and there is none"})
	}
	text, at := a.from(0)
	f, err := filter.CompileFor(text, p.last.Proto)
	if err != nil {
		return l.Fault(lex.Shift(err, at))
	}
	p.last.Asserts = append(p.last.Asserts, &Assert{place(l), text, f})
	return nil
}
