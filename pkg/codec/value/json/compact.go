package jsonv

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/vector"
)

// compact appends the value at the front of src as AppendTyped does, if all that
// it takes is to leave out blanks: its strings have only the usual escapes, its
// numbers are short, and no key comes again. That holds for nearly all that
// programs send, and goes through in one pass, in which what is looked at is
// copied. It says false for all else; what it has appended then is of no use.
func compact(dst, src []byte) ([]byte, bool) {
	c := compactor{src: src}
	dst, end := c.value(slices.Grow(dst, len(src)+8), 0, 0)
	return dst, end >= 0
}

// A compactor copies what a value consists of. Its methods take the offset
// where something begins and return the one where it ends, or -1 for what is to
// be written in another way.
type compactor struct {
	src  []byte
	keys int // in seen
	seen [40]uint64
}

// maxCompact is the deepest nesting of what compact takes.
const maxCompact = 32

// space skips blanks. It is small, to be inlined: mostly there is one or none.
func (c *compactor) space(i int) int {
	if i < len(c.src) && c.src[i] == ' ' {
		i++
	}
	if i < len(c.src) && c.src[i] > ' ' {
		return i
	}
	return c.blanks(i)
}

func (c *compactor) blanks(i int) int {
	for i < len(c.src) && (c.src[i] == ' ' || c.src[i] == '\n' || c.src[i] == '\t' || c.src[i] == '\r') {
		i++
	}
	return i
}

func (c *compactor) value(dst []byte, i, depth int) ([]byte, int) {
	if i = c.space(i); i >= len(c.src) {
		return dst, -1
	}
	switch b := c.src[i]; {
	case b == '"':
		return c.str(dst, i)
	case isDigit(b):
		return c.number(dst, i)
	case b == '{' && depth < maxCompact:
		return c.object(dst, i, depth+1)
	case b == '[' && depth < maxCompact:
		return c.array(dst, i, depth+1)
	case b == 't':
		return c.word(dst, i, "true")
	case b == 'f':
		return c.word(dst, i, "false")
	case b == 'n':
		return c.word(dst, i, "null")
	}
	return dst, -1
}

func (c *compactor) word(dst []byte, i int, word string) ([]byte, int) {
	if end := i + len(word); end <= len(c.src) && string(c.src[i:end]) == word {
		return append(dst, word...), end
	}
	return dst, -1
}

// number takes an integer that each reader keeps.
func (c *compactor) number(dst []byte, i int) ([]byte, int) {
	src, end := c.src, digits(c.src, i)
	if end-i > 15 || src[i] == '0' && end-i > 1 || end < len(src) && inNumber[src[end]] {
		return dst, -1
	}
	return append(dst, src[i:end]...), end
}

func (c *compactor) array(dst []byte, i, depth int) ([]byte, int) {
	if i = c.space(i + 1); i < len(c.src) && c.src[i] == ']' {
		return append(dst, '[', ']'), i + 1
	}
	for dst = append(dst, '['); ; dst = append(dst, ',') {
		if dst, i = c.value(dst, i, depth); i < 0 {
			return dst, -1
		}
		if i = c.space(i); i >= len(c.src) {
			return dst, -1
		}
		i++
		switch c.src[i-1] {
		case ']':
			return append(dst, ']'), i
		case ',':
		default:
			return dst, -1
		}
	}
}

func (c *compactor) object(dst []byte, i, depth int) ([]byte, int) {
	if i = c.space(i + 1); i < len(c.src) && c.src[i] == '}' {
		return append(dst, '{', '}'), i + 1
	}
	first := c.keys
	for dst = append(dst, '{'); ; dst = append(dst, ',') {
		if i = c.space(i); i >= len(c.src) || c.src[i] != '"' {
			return dst, -1
		}
		start := i
		if dst, i = c.str(dst, i); i < 0 || !c.fresh(c.src[start:i], first) {
			return dst, -1
		}
		if i >= len(c.src) || c.src[i] != ':' {
			if i = c.space(i); i >= len(c.src) || c.src[i] != ':' {
				return dst, -1
			}
		}
		if dst, i = c.value(append(dst, ':'), i+1, depth); i < 0 {
			return dst, -1
		}
		if i = c.space(i); i >= len(c.src) {
			return dst, -1
		}
		i++
		switch c.src[i-1] {
		case '}':
			c.keys = first
			return append(dst, '}'), i
		case ',':
		default:
			return dst, -1
		}
	}
}

// fresh says that a key, quotation marks included, is none of those from index
// first on: by a number made of its beginning and its end, which another key
// seldom has, so that what it says is true though it may not say it.
func (c *compactor) fresh(key []byte, first int) bool {
	var number uint64
	if n := len(key); n >= 8 {
		const odd = 0x9e3779b97f4a7c15
		number = binary.LittleEndian.Uint64(key) + odd*binary.LittleEndian.Uint64(key[n-8:])
	} else {
		for _, b := range key {
			number = number<<8 | uint64(b)
		}
	}
	if c.keys == len(c.seen) || slices.Contains(c.seen[first:c.keys], number) {
		return false
	}
	c.seen[c.keys] = number
	c.keys++
	return true
}

// str takes a string: it appends words as they are, and looks at what is in
// them.
func (c *compactor) str(dst []byte, i int) ([]byte, int) {
	src := c.src
	dst = append(dst, '"')
	for i++; i < len(src); {
		if i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			dst = binary.LittleEndian.AppendUint64(dst, w)
			quote, slash := w^ones*'"', w^ones*'\\'
			m := (w | (w + ones) | (w - ones*0x20) | (quote - ones) | (slash - ones)) & highs // see skipPlain
			if m == 0 {
				i += 8
				continue
			}
			k := bits.TrailingZeros64(m) >> 3
			dst, i = dst[:len(dst)-8+k], i+k
		}
		if src[i] == '"' {
			return append(dst, '"'), i + 1
		}
		n := vector.Spelled(src[i:])
		if n == 0 {
			n = spelledLen(src[i:])
		}
		if n == 0 {
			break
		}
		dst = append(dst, src[i:i+n]...)
		i += n
	}
	return dst, -1
}

// spelledLen returns the length of the character at the front of src, which
// belongs to a string and is not its end, 0 when it is to be written in another
// way.
func spelledLen(src []byte) int {
	switch b := src[0]; {
	case b >= utf8.RuneSelf:
		if r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1 {
			return n
		}
		return 0
	case b < ' ' || b == 0x7f:
		return 0
	case b != '\\':
		return 1
	case len(src) < 2:
		return 0
	}
	switch src[1] {
	case '"', '\\', 'n', 'r', 't':
		return 2
	}
	return 0
}
