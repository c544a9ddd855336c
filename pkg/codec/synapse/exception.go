package synapse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Exception returns what Python 3 shows, by repr, of the exception that a
// dialect's program raises over the payload of f; "" when it takes it. The
// words for faults of JSON are those of Python's own library in the versions
// that use it; for the older ones, with ujson and simplejson, not all were
// seen. The line is UTF-8: of others the program reads no payload.
//
//	ValueError('not enough values to unpack (expected 2, got 1)')
//	ValueError("invalid literal for int() with base 10: 'abc'")
//	Exception("Invalid USER_SYNC state 'stop'")
//	JSONDecodeError('Expecting value: line 1 column 1 (char 0)')
//	KeyError('BOGUS')
func (f *Frame) Exception(dialect string) string {
	as, err := lookup(dialect)
	if err != nil || as == none {
		return ""
	}
	g := Frame{reading: reading{unit: f.unit, line: f.line, head: f.head, tail: f.tail}}
	spaced := g.cutName()
	body := g.body()
	if !spaced && as&oneWord == none {
		return "ValueError('not enough values to unpack (expected 2, got 1)')"
	}
	if g.cmd < 0 || commands[g.cmd].in()&as == none {
		return "KeyError(" + Repr(string(body[:g.name])) + ")"
	}
	c := Conversation{fixed: as, nesting: codec.DefaultMaxNesting}
	var t trouble
	in := c.choose(&g, spaced, &t)
	switch {
	case g.lay >= 0:
		return ""
	case t.of == nil:
		return fmt.Sprintf("Exception(%s)", Repr("no layout of "+in.String()))
	}
	return g.raise(t, as)
}

// raise returns the repr of the exception for t.
func (f *Frame) raise(t trouble, as set) string {
	body := f.body()
	switch t.what {
	case tooFew:
		return fmt.Sprintf("ValueError('not enough values to unpack (expected %d, got %d)')", len(t.of.parts), t.got)
	case tooMany:
		return fmt.Sprintf("ValueError('too many values to unpack (expected %d)')", len(t.of.parts))
	case noNumber:
		const most = 200 // characters of the repr
		shown := []rune(Repr(string(f.numberAt(t))))
		return "ValueError(" + Repr("invalid literal for int() with base 10: "+string(shown[:min(most, len(shown))])) + ")"
	case noState:
		return "Exception(" + Repr("Invalid USER_SYNC state "+Repr(string(body[t.at:t.end]))) + ")"
	case wrongCount:
		switch {
		case t.got < 0:
			return "TypeError('cannot unpack non-iterable " + pyType(trimJSON(body[t.at:])) + " object')"
		case t.got < len(t.of.list):
			return fmt.Sprintf("ValueError('not enough values to unpack (expected %d, got %d)')", len(t.of.list), t.got)
		}
		return fmt.Sprintf("ValueError('too many values to unpack (expected %d)')", len(t.of.list))
	}
	return jsonException(body[f.jsonStart(t):], as)
}

// jsonStart returns where the JSON of the layout of t begins.
func (f *Frame) jsonStart(t trouble) int {
	at := f.rest
	for range t.part {
		at += strings.IndexByte(string(f.body()[at:]), ' ') + 1
	}
	return at
}

// pyType names the Python type of a JSON value that cannot be unpacked.
func pyType(b []byte) string {
	switch jsonv.KindOf(b) {
	case jsonv.Null:
		return "NoneType"
	case jsonv.Bool:
		return "bool"
	}
	if strings.ContainsAny(string(b), ".eEnN") {
		return "float"
	}
	return "int"
}

// Repr returns a string as repr of Python 3 writes it.
func Repr(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b := []byte{quote}
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(quote):
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == ' ' || r < utf8.RuneSelf && unicode.IsPrint(r), r >= utf8.RuneSelf && unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r < 0x100:
			b = fmt.Appendf(b, `\x%02x`, r)
		case r < 0x10000:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = fmt.Appendf(b, `\U%08x`, r)
		}
	}
	return string(append(b, quote))
}
