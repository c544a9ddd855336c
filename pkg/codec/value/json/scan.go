package jsonv

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A scanner walks over values. Its methods take the offset where something
// begins and return the one where it ends.
type scanner struct {
	src   []byte
	allow Allow
	max   int    // deepest nesting
	utf8  bool   // src is known to be UTF-8
	notes *Notes // takes the members of the outermost object, if not nil
}

func newScanner(src []byte, o Options) scanner {
	return scanner{src: src, allow: o.Allow, max: o.depth(), utf8: o.UTF8}
}

func (s *scanner) may(a Allow) bool { return s.allow&a != 0 }

// space skips blanks. It is small, to be inlined: mostly there is none.
func (s *scanner) space(i int) int {
	if i < len(s.src) && s.src[i] > ' ' {
		return i
	}
	return s.blanks(i)
}

// oneSpace is space where mostly there is one blank.
func (s *scanner) oneSpace(i int) int {
	if i < len(s.src) && s.src[i] == ' ' {
		i++
	}
	return s.space(i)
}

func (s *scanner) blanks(i int) int {
	for ; i < len(s.src); i++ {
		switch s.src[i] {
		case ' ', '\t', '\n', '\r':
		case '\b', '\f':
			if !s.may(wideSpace) {
				return i
			}
		default:
			return i
		}
	}
	return i
}

// value walks over the value at i, which depth containers enclose.
func (s *scanner) value(i, depth int) (int, *codec.SyntaxError) {
	i = s.space(i)
	if i >= len(s.src) {
		return 0, s.truncated("a value expected, the text ends")
	}
	switch c := s.src[i]; {
	case isDigit(c), c == '-' && !(s.may(Constants) && s.at(i+1, 'I')):
		return s.anyNumber(i)
	case c == '"':
		return s.str(i)
	case c == '{' || c == '[':
		if depth >= s.max {
			return 0, codec.Faultf(codec.CodeLimit, i, "", "nested deeper than the limit of %d", s.max)
		}
		if c == '{' {
			return s.object(i, depth+1)
		}
		return s.array(i, depth+1)
	case (c == '+' || c == '.') && s.may(looseNumbers):
		return s.looseNumber(i)
	}
	return s.word(i)
}

func (s *scanner) object(i, depth int) (int, *codec.SyntaxError) {
	src := s.src
	if i = s.space(i + 1); s.at(i, '}') {
		return i + 1, nil
	}
	for {
		if uint(i) >= uint(len(src)) || src[i] != '"' {
			return 0, s.expected(i, "a key in quotation marks")
		}
		start := i
		end, fault := s.str(i)
		if fault != nil {
			return 0, fault
		}
		if i = end; uint(i) >= uint(len(src)) || src[i] != ':' {
			if i = s.space(i); !s.at(i, ':') {
				return 0, inMember(s.expected(i, `":"`), src[start:end])
			}
		}
		if i++; uint(i) < uint(len(src)) && src[i] == ' ' {
			i++
		}
		from := i
		if uint(i) < uint(len(src)) && src[i] == '"' {
			i, fault = s.str(i)
		} else {
			i, fault = s.value(i, depth)
		}
		if fault != nil {
			return 0, inMember(fault, src[start:end])
		}
		if depth == 1 && s.notes != nil {
			s.notes.add(uint(start), uint(end), uint(s.space(from)), uint(i))
		}
		if uint(i) >= uint(len(src)) || src[i] != ',' {
			if i = s.space(i); s.at(i, '}') {
				return i + 1, nil
			}
			if !s.at(i, ',') {
				return 0, s.expected(i, `"," or "}"`)
			}
		}
		i = s.oneSpace(i + 1)
	}
}

func (s *scanner) array(i, depth int) (int, *codec.SyntaxError) {
	src := s.src
	for n := 0; ; n++ {
		if i++; uint(i) < uint(len(src)) && src[i] == ' ' {
			i++
		}
		if uint(i) >= uint(len(src)) || src[i] <= ' ' {
			i = s.blanks(i)
		}
		var c byte
		if uint(i) < uint(len(src)) {
			c = src[i]
		}
		var fault *codec.SyntaxError
		switch {
		case c == '"':
			i, fault = s.str(i)
		case isDigit(c):
			i, fault = s.anyNumber(i)
		case c == '[' && depth < s.max:
			i, fault = s.array(i, depth+1)
		case c == ']' && (n == 0 || s.may(trailingComma)):
			return i + 1, nil
		default:
			i, fault = s.value(i, depth)
		}
		if fault != nil {
			fault.Path = fmt.Sprintf("[%d]%s", n, fault.Path)
			return 0, fault
		}
		if uint(i) >= uint(len(src)) || src[i] != ',' {
			if i = s.space(i); s.at(i, ']') {
				return i + 1, nil
			}
			if !s.at(i, ',') {
				return 0, s.expected(i, `"," or "]"`)
			}
		}
	}
}

// str walks over the string that begins with the quotation mark at i. Most are
// short and plain.
func (s *scanner) str(start int) (int, *codec.SyntaxError) {
	src, i := s.src, start+1
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		if m := (w | (w - ones*' ') | (quote - ones) | (slash - ones)) & highs; m != 0 { // as in skipPlain
			i += bits.TrailingZeros64(m) >> 3
			if src[i] == '"' {
				return i + 1, nil
			}
			break
		}
	}
	return s.oddStr(start, i)
}

// simple are the characters that make an escape of two with the backslash.
var simple = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// oddStr is str for strings with something else than plain ASCII in them,
// first at i.
func (s *scanner) oddStr(start, i int) (int, *codec.SyntaxError) {
	src := s.src
	for ; ; i = skipPlain(src, i) {
		if i >= len(src) {
			return 0, s.truncated("the string from offset %d on has no end", start)
		}
		switch c := src[i]; {
		case c == '"':
			return i + 1, nil
		case i+1 < len(src) && (c == '\\' && simple[src[i+1]] || c-0xc2 <= 0xdf-0xc2 && src[i+1]&0xc0 == 0x80):
			i += 2 // by far the most escapes and characters that are no ASCII
			i += vector.String(src[i:], s.utf8)
		case c == '\\':
			n, fault := s.escape(i)
			if fault != nil {
				return 0, fault
			}
			i += n
		case c < ' ':
			if !s.may(Control) || c == 0 && s.may(noNUL) {
				return 0, s.fault(i, "a raw control character %#02x in a string", c)
			}
			i++
		case c < utf8.RuneSelf:
			i++
		case s.utf8:
			i++
			i += vector.String(src[i:], true)
		default:
			r, n := utf8.DecodeRune(src[i:])
			switch {
			case r != utf8.RuneError || n > 1:
				i += n
				i += vector.String(src[i:], false)
			case !utf8.FullRune(src[i:]):
				return 0, s.truncated("the text ends inside a character")
			default:
				return 0, s.fault(i, "a string is UTF-8, not %#02x here", c)
			}
		}
	}
}

// escape returns the length of the escape at i.
func (s *scanner) escape(i int) (int, *codec.SyntaxError) {
	if i+1 >= len(s.src) {
		return 0, s.truncated("the text ends after a backslash")
	}
	switch c := s.src[i+1]; c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		if s.may(noUnicodeEscapes) {
			return 0, s.fault(i, `\u is no escape for this reader`)
		}
		for j := i + 2; j < i+6; j++ {
			if j >= len(s.src) {
				return 0, s.truncated(`the text ends inside \u`)
			}
			if unhex(s.src[j]) < 0 {
				return 0, s.fault(j, `four hexadecimal digits expected after \u, not %s`, s.here(j))
			}
		}
		return 6, nil
	}
	return 0, s.fault(i, `no escape begins with a backslash and %s`, s.here(i+1))
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// skipPlain returns the offset of the first byte from i on that is a
// quotation mark, a backslash, a control character, 7f or above.
func skipPlain(src []byte, i int) int {
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		// A byte's highest bit gets set when it is one of them. A borrow or
		// carry can spoil only the bytes above the first that is.
		m := (w | (w + ones) | (w - ones*0x20) | (quote - ones) | (slash - ones)) & highs
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(src); i++ {
		if c := src[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

func (s *scanner) at(i int, c byte) bool { return i < len(s.src) && s.src[i] == c }

func isDigit(c byte) bool { return c-'0' <= 9 }

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
