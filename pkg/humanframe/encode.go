package humanframe

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// An Item is what a line of a document stands for on the wire: bytes, or
// bytes that are missing.
type Item struct {
	Proto    string
	Dialect  string
	Dir      codec.Direction
	Conn     int // from 1
	Exchange int // from 1; 0 when there is none
	At       time.Duration
	Timed    bool   // At was given
	Bytes    []byte // good until the next call of Encode
	Gap      int64  // so many bytes are missing; Bytes is empty then
}

// An Encoder makes bytes of lines. Each connection of a document has its own
// state.
type Encoder struct {
	lookup  func(name string) (codec.Protocol, error)
	options codec.Options
	proto   codec.Protocol
	name    string // of proto
	dialect string
	parsers map[parserKey]codec.Parser
	last    lastParser
	buf     []byte
	start   time.Time
	dir     codec.Direction
}

type parserKey struct {
	proto, dialect string
	conn, exchange int
}

// lastParser is the parser of the last line, of the protocol in force: that of
// the next line, mostly. It is nil for none.
type lastParser struct {
	codec.Parser
	conn, exchange int
}

// NewEncoder returns an Encoder that finds protocols by lookup. Lines without
// a direction have the direction dir.
func NewEncoder(lookup func(name string) (codec.Protocol, error), dir codec.Direction, o codec.Options) *Encoder {
	return &Encoder{lookup: lookup, options: o, dir: dir, parsers: map[parserKey]codec.Parser{}}
}

// Use sets the protocol of the lines to come, as the directive @proto does.
func (e *Encoder) Use(proto, dialect string) error {
	p, err := e.lookup(proto)
	if err != nil {
		return err
	}
	if dialect != "" {
		d, err := p.Info().Dialect(dialect)
		if err != nil {
			return err
		}
		dialect = d.Name
	}
	e.proto, e.name, e.dialect = p, p.Info().Name, dialect
	e.last = lastParser{}
	return nil
}

// Start returns the time that @start gave; it is zero without one.
func (e *Encoder) Start() time.Time { return e.start }

// Encode makes the bytes of l. A directive has none: the Item is then not
// ok. Errors are of type [*Error].
func (e *Encoder) Encode(l *Line) (item Item, ok bool, err error) {
	ok, err = e.EncodeItem(l, &item)
	return item, ok, err
}

// EncodeItem is Encode for those who have an Item.
func (e *Encoder) EncodeItem(l *Line, item *Item) (ok bool, err error) {
	e.place(l, item)
	if l.Directive != "" {
		item.Gap, err = e.directive(l)
		return item.Gap > 0, err
	}
	if e.proto != nil {
		item.Dialect = e.dialect
	}
	if l.Raw != nil {
		item.Bytes = l.Raw
		return true, nil
	}
	f, err := e.parse(l, item)
	if err != nil {
		return false, err
	}
	if e.buf, err = f.AppendBinary(e.buf[:0]); err != nil {
		return false, l.fault(err)
	}
	item.Bytes = e.buf
	return true, nil
}

// Parse makes the frame of l, which is neither raw nor a directive. The frame
// is good until the next call. Errors are of type [*Error].
func (e *Encoder) Parse(l *Line) (codec.Frame, error) {
	var item Item
	e.place(l, &item)
	return e.parse(l, &item)
}

// place makes item one without bytes that stands where l does.
func (e *Encoder) place(l *Line, item *Item) {
	*item = Item{}
	item.Dir, item.Conn, item.Exchange, item.At, item.Timed = l.Dir, max(1, l.Conn), l.Exchange, l.At, l.Timed
	if !l.Marked {
		item.Dir = e.dir
	}
	if l.Directive == "" {
		item.Proto = e.name
	}
}

func (e *Encoder) parse(l *Line, item *Item) (codec.Frame, error) {
	parser := e.last.Parser
	if parser == nil || e.last.conn != item.Conn || e.last.exchange != item.Exchange {
		var err error
		if parser, err = e.parser(l, item); err != nil {
			return nil, err
		}
		e.last = lastParser{parser, item.Conn, item.Exchange}
	}
	f, err := parser.Parse(item.Dir, l.Frame)
	if err != nil {
		return nil, l.fault(err)
	}
	return f, nil
}

// parser returns the parser of the line's conversation.
func (e *Encoder) parser(l *Line, item *Item) (codec.Parser, error) {
	if e.proto == nil {
		return nil, l.fault(&codec.TextError{End: len(l.Frame.Body), Message: "no protocol is named", Hint: "give -p PROTOCOL, or a line @proto NAME before the frames"})
	}
	key := parserKey{item.Proto, e.dialect, item.Conn, item.Exchange}
	if p, ok := e.parsers[key]; ok {
		return p, nil
	}
	o := e.options
	o.Dialect = e.dialect
	p, err := e.proto.Parser(o)
	if err != nil {
		return nil, l.fault(err)
	}
	e.parsers[key] = p
	return p, nil
}

// Directives that a document may have. Those without a function concern a
// session with a live peer, and make no bytes.
var directives = []struct {
	name string
	run  func(e *Encoder, l *Line) (gap int64, err error)
}{
	{"proto", (*Encoder).protoDirective},
	{"start", (*Encoder).startDirective},
	{"gap", (*Encoder).gapDirective},
	{"connect", nil},
}

// Directive says whether the Encoder knows a directive.
func Directive(name string) bool {
	for _, d := range directives {
		if d.name == name {
			return true
		}
	}
	return false
}

func (e *Encoder) directive(l *Line) (gap int64, err error) {
	var names []string
	for _, d := range directives {
		if d.name == l.Directive && d.run == nil {
			return 0, nil
		}
		if d.name == l.Directive {
			gap, err = d.run(e, l)
			if err != nil {
				return 0, l.fault(err)
			}
			return gap, nil
		}
		names = append(names, d.name)
	}
	return 0, l.fault(lex.UnknownName("directive", l.Directive, 1, 1+len(l.Directive), names))
}

// protoDirective reads @proto NAME [dialect=NAME].
func (e *Encoder) protoDirective(l *Line) (int64, error) {
	fail := func(word, message string) (int64, error) {
		at := max(0, strings.Index(string(l.text[l.body:]), word))
		return 0, &codec.TextError{Start: at, End: at + max(1, len(word)), Message: message, Hint: "@proto NAME dialect=NAME"}
	}
	if len(l.Args) == 0 {
		return fail(l.Directive, "no protocol is named")
	}
	dialect := ""
	for _, arg := range l.Args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		if name != "dialect" || value == "" {
			return fail(arg, fmt.Sprintf("%q is no setting of @proto", arg))
		}
		dialect = value
	}
	err := e.Use(l.Args[0], dialect)
	if unknown, ok := err.(*codec.UnknownNameError); ok {
		at := strings.Index(string(l.text[l.body:]), unknown.Name)
		return 0, lex.UnknownName(unknown.What, unknown.Name, at, at+len(unknown.Name), unknown.Allowed)
	}
	return 0, err
}

// startDirective reads @start TIME.
func (e *Encoder) startDirective(l *Line) (int64, error) {
	if len(l.Args) == 1 {
		if t, err := time.Parse(time.RFC3339Nano, l.Args[0]); err == nil {
			e.start = t
			return 0, nil
		}
	}
	return 0, &codec.TextError{End: len(l.text) - l.body, Message: "@start wants one time", Hint: "such as @start 2026-01-02T03:04:05.000000006Z"}
}

// gapDirective reads @gap BYTES.
func (e *Encoder) gapDirective(l *Line) (int64, error) {
	if len(l.Args) == 1 {
		if n, err := strconv.ParseInt(l.Args[0], 10, 64); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, &codec.TextError{End: len(l.text) - l.body, Message: "@gap wants one number of bytes", Hint: "such as @gap 1448"}
}
