package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
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

// args are the words that follow a directive.
type args struct {
	l     *humanframe.Line
	form  string
	words []word
}

// A word is a piece of a line without blanks.
type word struct {
	text string
	at   int // counted from where the directive begins
}

func argsOf(l *humanframe.Line, form string) args {
	a := args{l: l, form: form}
	text := l.Text()[l.Lead():]
	for i := 1 + len(l.Directive); i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		n := strings.IndexAny(text[i:], " \t")
		if n < 0 {
			n = len(text) - i
		}
		a.words = append(a.words, word{text[i : i+n], i})
		i += n
	}
	return a
}

// from returns the text from word i to the end of the line, and where it is.
func (a args) from(i int) (string, int) {
	text := a.l.Text()[a.l.Lead():]
	if i >= len(a.words) {
		return "", len(text)
	}
	at := a.words[i].at
	return strings.TrimRight(text[at:], " \t"), at
}

// fault is an error about word i, which may be the one that is missing.
func (a args) fault(i int, format string, more ...any) error {
	e := &codec.TextError{End: 1 + len(a.l.Directive), Message: fmt.Sprintf(format, more...), Hint: "write " + a.form}
	if i < len(a.words) {
		e.Start, e.End = a.words[i].at, a.words[i].at+len(a.words[i].text)
	}
	return a.l.Fault(e)
}

// count refuses other numbers of words than from low to high.
func (a args) count(low, high int) error {
	switch n := len(a.words); {
	case n < low:
		return a.fault(n, "@%s needs more", a.l.Directive)
	case n > high:
		return a.fault(high, "%q is too much for @%s", a.words[high].text, a.l.Directive)
	}
	return nil
}

// duration reads word i.
func (a args) duration(i int) (time.Duration, error) {
	text := a.words[i].text
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		e := a.fault(i, "%q is no duration", text).(*humanframe.Error)
		e.HintText = "such as 1.5s, 20ms or 2m"
		return 0, e
	}
	return d, nil
}

// settings reads the words from i on as NAME=VALUE.
func (a args) settings(i int) ([]Setting, error) {
	var list []Setting
	for ; i < len(a.words); i++ {
		name, value, ok := strings.Cut(a.words[i].text, "=")
		if !ok || name == "" {
			return nil, a.fault(i, "%q is no setting", a.words[i].text)
		}
		list = append(list, Setting{name, value})
	}
	return list, nil
}

// conn reads the first word when it is a connection, #N.
func (a *args) conn() (int, error) {
	if len(a.words) == 0 || !strings.HasPrefix(a.words[0].text, "#") {
		return 0, nil
	}
	n, err := strconv.Atoi(a.words[0].text[1:])
	if err != nil || n < 1 {
		return 0, a.fault(0, "%q is no connection", a.words[0].text)
	}
	a.words = a.words[1:]
	return n, nil
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

func (p *parser) connect(l *humanframe.Line, a args) error {
	n, err := a.conn()
	if err != nil {
		return err
	}
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	c := &Connect{Place: place(l), Conn: n, URL: a.words[0].text}
	schemes := []string{"tcp://", "tls://", "unix:", "exec:", "http://", "https://"}
	if !strings.HasPrefix(c.URL, "$") && !slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(c.URL, s) }) {
		e := a.fault(0, "%q is no address", c.URL).(*humanframe.Error)
		e.Allowed = schemes
		return e
	}
	if strings.HasPrefix(c.URL, "exec:") { // a command with its arguments
		c.URL, _ = a.from(0)
	} else if c.Settings, err = a.settings(1); err != nil {
		return err
	}
	return p.add(l, c)
}

func (p *parser) serve(l *humanframe.Line, a args) error {
	n, err := a.conn()
	if err != nil {
		return err
	}
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	s := &Serve{Place: place(l), Conn: n, Proto: a.words[0].text}
	if _, err := p.o.Lookup(s.Proto); err != nil {
		w := a.words[0]
		if u, ok := err.(*codec.UnknownNameError); ok {
			return l.Fault(lex.UnknownName(u.What, u.Name, w.at, w.at+len(w.text), u.Allowed))
		}
		return a.fault(0, "%v", err)
	}
	if s.Settings, err = a.settings(1); err != nil {
		return err
	}
	return p.add(l, s)
}

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
		p.ignore = nil
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

// open begins a block.
func (p *parser) open(l *humanframe.Line, end func(*block) Step) error {
	p.noFrame("a block begins")
	if len(p.blocks) > maxBlocks {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: fmt.Sprintf("over %d blocks in each other", maxBlocks)})
	}
	if b := p.blocks[len(p.blocks)-1]; b.anyOrder() {
		return l.Fault(&codec.TextError{End: 1 + len(l.Directive), Message: "only what is expected can stand in @any-order", Hint: "write @end before it"})
	}
	p.blocks = append(p.blocks, &block{line: l, end: end, timeout: p.timeout, ignore: p.ignore})
	return nil
}

func (p *parser) anyOrder(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	return p.open(l, func(b *block) Step { return &AnyOrder{place(l), b.expects} })
}

// maxCount is how often steps can be done again.
const maxCount = 1_000_000

// times reads word 0, how often.
func (a args) times() (int, error) {
	n, err := strconv.Atoi(a.words[0].text)
	if err != nil || n < 1 || n > maxCount {
		return 0, a.fault(0, "%q is no number from 1 to %d", a.words[0].text, maxCount)
	}
	return n, nil
}

func (p *parser) repeat(l *humanframe.Line, a args) error {
	if err := a.count(1, 2); err != nil {
		return err
	}
	n, err := a.times()
	if err != nil {
		return err
	}
	name := ""
	if len(a.words) == 2 {
		id, k := identifier(a.words[1].text)
		if k != len(a.words[1].text) {
			return a.fault(1, "%q is no name of a variable", a.words[1].text)
		}
		name, p.vars[id] = id, ""
	}
	return p.open(l, func(b *block) Step { return &Repeat{place(l), n, name, b.steps} })
}

func (p *parser) retry(l *humanframe.Line, a args) error {
	if err := a.count(1, 3); err != nil {
		return err
	}
	n, err := a.times()
	if err != nil {
		return err
	}
	every := 100 * time.Millisecond
	if len(a.words) > 1 {
		if len(a.words) < 3 || a.words[1].text != "every" {
			return a.fault(1, "%q is not how @retry goes on", a.words[1].text)
		}
		if every, err = a.duration(2); err != nil {
			return err
		}
	}
	return p.open(l, func(b *block) Step { return &Retry{place(l), n, every, b.steps} })
}

func (p *parser) end(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	p.noFrame("the block ends")
	b := p.blocks[len(p.blocks)-1]
	if b.line == nil {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "@end ends nothing", Hint: "@any-order, @repeat and @retry begin what it ends"})
	}
	p.blocks = p.blocks[:len(p.blocks)-1]
	p.timeout, p.ignore = b.timeout, b.ignore
	if b.end == nil {
		return nil
	}
	if len(b.steps)+len(b.expects) == 0 {
		return b.line.Fault(&codec.TextError{End: 1 + len(b.line.Directive), Message: "@" + b.line.Directive + " has nothing in it"})
	}
	return p.add(b.line, b.end(b))
}

func (p *parser) http(l *humanframe.Line, a args) error {
	if err := a.count(2, 2); err != nil {
		return err
	}
	h := &HTTP{Head: p.head(l), Method: a.words[0].text, Path: a.words[1].text}
	if h.Dir != p.o.sends() {
		return a.fault(0, "a request is sent, not expected")
	}
	err := p.add(l, h)
	p.request = h
	return err
}

func (p *parser) header(l *humanframe.Line, a args) error {
	if p.request == nil {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "@header is about the @http before it, and there is none"})
	}
	text, _ := a.from(0)
	name, value, ok := strings.Cut(text, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return a.fault(0, "%q is no header", text)
	}
	p.request.Header = append(p.request.Header, Setting{name, strings.TrimSpace(value)})
	return nil
}

func (p *parser) eof(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	p.noFrame("nothing more comes")
	return p.add(l, &End{p.head(l), p.timeout})
}

func (p *parser) gap(l *humanframe.Line, _ args) error {
	item, _, err := p.enc.Encode(l)
	if err != nil {
		return err
	}
	h := p.head(l)
	if h.Dir == p.o.sends() {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "bytes are missing here, so they cannot be sent", Hint: "take the line out, or write what is to be sent"})
	}
	return p.add(l, &Gap{h, item.Gap})
}
