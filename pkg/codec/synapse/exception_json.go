package synapse

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Sets of dialects by their JSON library.
const (
	simplejson = v100 | v112 | v113
	noConstant = every &^ constants // NaN and Infinity raise an exception
)

// jsonException returns the repr of what a dialect's JSON library raises
// over b; "" when it takes it.
func jsonException(b []byte, as set) string {
	s := jsonFault{src: b, as: as}
	at, ok := s.value(s.space(0), 0)
	if ok {
		if at = s.space(at); at == len(b) {
			return ""
		}
		s.trailing(at)
	}
	switch {
	case s.constant != "":
		return "ValueError(" + Repr("Invalid JSON value: '"+s.constant+"'") + ")"
	case s.deep:
		return "RecursionError('maximum recursion depth exceeded')"
	}
	return "JSONDecodeError(" + Repr(s.what) + ")"
}

// A jsonFault looks for the first fault of a JSON text in the order in which
// Python's decoder does, and names it.
type jsonFault struct {
	src      []byte
	as       set
	what     string
	constant string
	deep     bool
}

// fail notes a fault at an offset. older are the words of ujson, which tells
// no place.
func (s *jsonFault) fail(at int, what, older string) (int, bool) {
	if s.as&ujson != none {
		s.what = older
		return at, false
	}
	n := utf8.RuneCount(s.src[:min(at, len(s.src))])
	s.what = fmt.Sprintf("%s: line 1 column %d (char %d)", what, n+1, n)
	return at, false
}

// trailing notes that there is more after the value.
func (s *jsonFault) trailing(at int) {
	s.fail(at, "Extra data", "Trailing data")
	if s.as&simplejson != none {
		n, end := utf8.RuneCount(s.src[:at]), utf8.RuneCount(s.src)
		s.what = fmt.Sprintf("Extra data: line 1 column %d - line 1 column %d (char %d - %d)", n+1, end+1, n, end)
	}
}

const ujsonValue = "Expected object or value"

func (s *jsonFault) at(i int) byte {
	if i < len(s.src) {
		return s.src[i]
	}
	return 0
}

func (s *jsonFault) space(i int) int {
	for i < len(s.src) && bytes.IndexByte([]byte(" \t\n\r"), s.src[i]) >= 0 {
		i++
	}
	return i
}

// value reads the value at i, and returns where it ends.
func (s *jsonFault) value(i, depth int) (int, bool) {
	if depth > codec.DefaultMaxNesting {
		s.deep = true
		return i, false
	}
	switch c := s.at(i); {
	case i >= len(s.src):
	case c == '"':
		return s.str(i)
	case c == '[':
		return s.array(i+1, depth+1)
	case c == '{':
		return s.object(i+1, depth+1)
	case c == '-' || c-'0' <= 9:
		if end := s.number(i); end > i {
			return end, true
		}
	}
	for _, word := range []string{"null", "true", "false", "NaN", "Infinity", "-Infinity"} {
		if !bytes.HasPrefix(s.src[min(i, len(s.src)):], []byte(word)) {
			continue
		}
		if word[0] < 'a' && s.as&noConstant != none {
			s.constant = word
			return i, false
		}
		return i + len(word), true
	}
	return s.fail(i, "Expecting value", ujsonValue)
}

// number returns where the number at i ends, i when there is none.
func (s *jsonFault) number(i int) int {
	at := i
	digits := func(from int) int {
		for s.at(from)-'0' <= 9 {
			from++
		}
		return from
	}
	if s.at(at) == '-' {
		at++
	}
	switch {
	case s.at(at) == '0':
		at++
	case digits(at) == at:
		return i
	default:
		at = digits(at)
	}
	if s.at(at) == '.' && digits(at+1) > at+1 {
		at = digits(at + 1)
	}
	if s.at(at)|0x20 == 'e' {
		from := at + 1
		if c := s.at(from); c == '+' || c == '-' {
			from++
		}
		if end := digits(from); end > from {
			at = end
		}
	}
	return at
}

func (s *jsonFault) array(i, depth int) (int, bool) {
	i = s.space(i)
	if s.at(i) == ']' {
		return i + 1, true
	}
	if i >= len(s.src) && s.as&simplejson != none {
		return s.fail(i, "Expecting value or ']'", "")
	}
	for {
		if s.as&ujson != none && s.at(i) == ']' {
			return s.fail(i, "", "Unexpected character found when decoding array value (1)")
		}
		end, ok := s.value(i, depth)
		if !ok {
			return end, false
		}
		i = s.space(end)
		switch s.at(i) {
		case ']':
			return i + 1, true
		case ',':
			i = s.space(i + 1)
			continue
		}
		what := "Expecting ',' delimiter"
		if s.as&simplejson != none {
			what += " or ']'"
		}
		return s.fail(i, what, "Unexpected character found when decoding array value (2)")
	}
}

func (s *jsonFault) object(i, depth int) (int, bool) {
	i = s.space(i)
	if s.at(i) == '}' {
		return i + 1, true
	}
	for {
		if s.at(i) != '"' {
			return s.fail(i, "Expecting property name enclosed in double quotes", ujsonValue)
		}
		end, ok := s.str(i)
		if !ok {
			return end, false
		}
		if i = s.space(end); s.at(i) != ':' {
			return s.fail(i, "Expecting ':' delimiter", "No ':' found when decoding object value")
		}
		if end, ok = s.value(s.space(i+1), depth); !ok {
			return end, false
		}
		i = s.space(end)
		switch s.at(i) {
		case '}':
			return i + 1, true
		case ',':
			i = s.space(i + 1)
			continue
		}
		what := "Expecting ',' delimiter"
		if s.as&simplejson != none {
			what += " or '}'"
		}
		return s.fail(i, what, "Unexpected character in found when decoding object value")
	}
}

// str reads the string whose quotation mark is at i.
func (s *jsonFault) str(i int) (int, bool) {
	const open, openOld = "Unterminated string starting at", `Unmatched ''"' when when decoding 'string'`
	for at := i + 1; at < len(s.src); at++ {
		switch c := s.src[at]; {
		case c == '"':
			return at + 1, true
		case c < ' ' && s.as&ujson == none:
			what := "Invalid control character at"
			if s.as&simplejson != none {
				what = "Invalid control character " + Repr(string(rune(c))) + " at"
			}
			return s.fail(at, what, "")
		case c != '\\':
		case at+1 == len(s.src):
			return s.fail(i, open, openOld)
		case s.src[at+1] == 'u':
			if at+6 >= len(s.src) || !hex4(s.src[at+2:at+6]) {
				return s.fail(at+1, `Invalid \uXXXX escape`, "Unexpected character in unicode escape sequence when decoding 'string'")
			}
			at += 5
		case bytes.IndexByte([]byte(`"\/bfnrt`), s.src[at+1]) < 0:
			return s.fail(at, `Invalid \escape`, "Unrecognized escape sequence when decoding 'string'")
		default:
			at++
		}
	}
	return s.fail(i, open, openOld)
}

// hex4 says whether b is of hexadecimal digits.
func hex4(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 && (c|0x20)-'a' > 5 {
			return false
		}
	}
	return true
}
