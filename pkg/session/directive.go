package session

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A directive is what a line that begins with @ may be.
type directive struct {
	name   string
	form   string // how it is written
	marks  bool   // a direction may stand before it
	behind bool   // it is about the step before it
	block  bool   // it begins a block

	verbatim bool // blanks within what follows it mean something
	run      func(p *parser, l *humanframe.Line, a args) error
}

// directives lists them in the order of docs/session.md. It is a function
// since the directives look at the list.
func directives() []directive {
	return []directive{
		{name: "proto", form: "@proto NAME [dialect=NAME]", run: (*parser).proto_},
		{name: "start", form: "@start TIME", run: (*parser).start},
		{name: "recorded", form: "@recorded SOURCE", verbatim: true, run: (*parser).recorded_},
		{name: "connect", form: "@connect [#N] URL [NAME=VALUE…]", verbatim: true, run: (*parser).connect},
		{name: "serve", form: "@serve [#N] PROTOCOL [NAME=VALUE…]", run: (*parser).serve},
		{name: "include", form: "@include FILE", verbatim: true, run: (*parser).include},
		{name: "set", form: "@set NAME=VALUE", verbatim: true, run: (*parser).set},
		{name: "sleep", form: "@sleep 1.5s", run: (*parser).sleep},
		{name: "timeout", form: "@timeout 1.5s, or @timeout none", run: (*parser).timeout_},
		{name: "ignore", form: "@ignore FIELD…, or @ignore none", run: (*parser).ignore_},
		{name: "optional", form: "@optional", run: (*parser).optional_},
		{name: "assert", form: `@assert EXPRESSION, such as @assert type == "reply"`, behind: true, verbatim: true, run: (*parser).assert},
		{name: "any-order", form: "@any-order", block: true, run: (*parser).anyOrder},
		{name: "repeat", form: "@repeat COUNT [NAME]", block: true, run: (*parser).repeat},
		{name: "retry", form: "@retry COUNT [every 100ms]", block: true, run: (*parser).retry},
		{name: "end", form: "@end", run: (*parser).end},
		{name: "http", form: "@http METHOD PATH", marks: true, run: (*parser).http},
		{name: "header", form: "@header NAME: VALUE", behind: true, verbatim: true, run: (*parser).header},
		{name: "eof", form: "> @eof, or < @eof", marks: true, run: (*parser).eof},
		{name: "gap", form: "@gap BYTES", marks: true, run: (*parser).gap},
	}
}

func directiveNamed(name string) (directive, bool) {
	all := directives()
	i := slices.IndexFunc(all, func(d directive) bool { return d.name == name })
	if i < 0 {
		return directive{}, false
	}
	return all[i], true
}

// directive reads a line that begins with @.
func (p *parser) directive(l *humanframe.Line) error {
	d, ok := directiveNamed(l.Directive)
	if !ok {
		return l.Fault(unknownDirective(l.Directive))
	}
	if l.Marked && !d.marks {
		e := l.Fault(&codec.TextError{End: 1 + len(d.name), Message: "@" + d.name + " has no direction", Hint: "write " + d.form})
		e.Start, e.End = 0, 1
		return e
	}
	if !d.behind {
		p.last, p.request = nil, nil
	}
	depth := len(p.blocks)
	err := d.run(p, l, argsOf(l, d.form))
	if err != nil && d.block && depth == len(p.blocks) { // so that its @end is none too many
		p.blocks = append(p.blocks, &block{line: l, timeout: p.timeout, ignore: p.ignore})
	}
	return err
}

// encoder lets package humanframe read the line.
func (p *parser) encoder(l *humanframe.Line) error {
	_, _, err := p.enc.Encode(l)
	return err
}

func (p *parser) proto_(l *humanframe.Line, a args) error {
	if err := p.encoder(l); err != nil {
		return err
	}
	p.proto, p.dialect = a.words[0].text, ""
	for _, w := range a.words[1:] {
		_, p.dialect, _ = strings.Cut(w.text, "=")
	}
	return nil
}

func (p *parser) start(l *humanframe.Line, _ args) error { return p.encoder(l) }

func (p *parser) recorded_(_ *humanframe.Line, a args) error {
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	p.recorded, _ = a.from(0)
	return nil
}
