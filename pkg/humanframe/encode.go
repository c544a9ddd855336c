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
	Bytes    []byte // good until the next call of Encode, or as long as what they were appended to
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
	binary         codec.BinaryParser // the same, or nil when it is none
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
	e.buf, ok, err = e.AppendItem(e.buf[:0], l, &item)
	return item, ok, err
}

// AppendItem is Encode for those who have memory: it makes item what Encode
// returns, with bytes that it appends to dst. What it returns is dst when the
// Item is not ok.
func (e *Encoder) AppendItem(dst []byte, l *Line, item *Item) (out []byte, ok bool, err error) {
	e.place(l, item)
	switch {
	case l.Directive != "":
		item.Gap, err = e.directive(l)
		return dst, item.Gap > 0, err
	case l.Raw != nil:
		out = append(dst, l.Raw...)
	default:
		if out, err = e.append(dst, l, item); err != nil {
			return dst, false, err
		}
	}
	item.Bytes = out[len(dst):]
	return out, true, nil
}

// append appends the bytes of the frame of l.
func (e *Encoder) append(dst []byte, l *Line, item *Item) (out []byte, err error) {
	if !e.last.of(item) {
		if err := e.turn(l, item); err != nil {
			return nil, err
		}
	}
	if e.last.binary != nil {
		out, err = e.last.binary.AppendParsed(dst, item.Dir, l.Frame)
	} else {
		var f codec.Frame
		if f, err = e.last.Parse(item.Dir, l.Frame); err == nil {
			out, err = f.AppendBinary(dst)
		}
	}
	if err != nil {
		return nil, l.fault(err)
	}
	return out, nil
}

// Parse makes the frame of l, which is neither raw nor a directive. The frame
// is good until the next call. Errors are of type [*Error].
func (e *Encoder) Parse(l *Line) (codec.Frame, error) {
	var item Item
	e.place(l, &item)
	if err := e.turn(l, &item); err != nil {
		return nil, err
	}
	f, err := e.last.Parse(item.Dir, l.Frame)
	if err != nil {
		return nil, l.fault(err)
	}
	return f, nil
}

// place makes item one without bytes that stands where l does.
func (e *Encoder) place(l *Line, item *Item) {
	item.Proto, item.Dialect = "", ""
	item.Dir, item.Conn, item.Exchange, item.At, item.Timed = l.Dir, max(1, l.Conn), l.Exchange, l.At, l.Timed
	item.Bytes, item.Gap = nil, 0
	if !l.Marked {
		item.Dir = e.dir
	}
	if l.Directive == "" {
		item.Proto, item.Dialect = e.name, e.dialect
	}
}

// turn makes the parser of the line's conversation the last one.
func (e *Encoder) turn(l *Line, item *Item) error {
	if e.last.of(item) {
		return nil
	}
	p, err := e.parser(l, item)
	if err != nil {
		return err
	}
	binary, _ := p.(codec.BinaryParser)
	e.last = lastParser{p, binary, item.Conn, item.Exchange}
	return nil
}

// of says whether there is a parser and it is that of the item's conversation.
func (p *lastParser) of(item *Item) bool {
	return p.Parser != nil && p.conn == item.Conn && p.exchange == item.Exchange
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
