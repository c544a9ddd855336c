package jsonv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Shapes knows how objects were written that were checked before. A program writes
// one header like another, with the same keys in the same order and the same blanks:
// of a text that has all this in the same places only the values are looked at.
// The zero value knows nothing yet.
type Shapes struct {
	known [2]shape // as requests and answers come in turn
	last  int      // the one that was right
}

// A shape is an object that has been seen: its text, and notes about it.
type shape struct {
	text  []byte
	notes Notes
}

// longShape is the longest text that is kept.
const longShape = 1 << 10

// CheckWhole is n.CheckWhole. Whoever calls it or Check does so with the same options
// each time.
func (s *Shapes) CheckWhole(src []byte, o Options, n *Notes) error {
	end, err := s.Check(src, o, n)
	if err != nil || end == len(src) {
		return err
	}
	rest := newScanner(src, o)
	return rest.nothingFrom(end)
}

// Check is n.Check.
func (s *Shapes) Check(src []byte, o Options, n *Notes) (length int, err error) {
	for range s.known {
		if s.known[s.last].fits(src, n) {
			return n.length, nil
		}
		s.last = (s.last + 1) % len(s.known)
	}
	length, err = n.Check(src, o)
	if err == nil && length <= longShape && n.flatObject(src) {
		s.last = (s.last + 1) % len(s.known)
		known := &s.known[s.last]
		known.text = append(known.text[:0], src[:length]...)
		known.notes = *n
	}
	return length, err
}

// flatObject says whether src is a usual object with a few members, none of which has
// any of its own.
func (n *Notes) flatObject(src []byte) bool {
	if !n.usual || n.Len() == 0 {
		return false
	}
	for i := range n.n {
		if c := src[n.members[i].value0]; c == '{' || c == '[' {
			return false
		}
	}
	return true
}

// fits says whether src is an object of this shape, with plain values, and takes notes
// if so.
func (s *shape) fits(src []byte, n *Notes) bool {
	old, i := 0, 0 // the end of the value before, in both texts
	for k := range s.notes.Len() {
		like, m := &s.notes.members[k], &n.members[k]
		lead := s.text[old:like.value0]
		if !bytes.HasPrefix(src[i:], lead) {
			return false
		}
		moved := uint32(i - old)
		m.key0, m.key1, m.value0 = like.key0+moved, like.key1+moved, like.value0+moved
		if i = plainEnd(src, i+len(lead)); i < 0 {
			return false
		}
		m.value1, old = uint32(i), int(like.value1)
	}
	end := s.text[old:]
	if old == 0 || !bytes.HasPrefix(src[i:], end) {
		return false
	}
	n.n, n.length = s.notes.n, i+len(end)
	n.usual, n.line = true, s.notes.line
	return true
}

// plainEnd returns where the value at i ends, if it is a string of printable ASCII
// without escapes, a small integer or a word, else -1. What follows is to be looked at.
func plainEnd(src []byte, i int) int {
	if i >= len(src) {
		return -1
	}
	c := src[i]
	if c == '"' {
		for i++; i+8 <= len(src); i += 8 {
			if m := special(binary.LittleEndian.Uint64(src[i:])); m != 0 {
				if i += bits.TrailingZeros64(m) >> 3; src[i] != '"' {
					return -1
				}
				return i + 1
			}
		}
		i = skipPlain(src, i)
		if i < len(src) && src[i] == '"' {
			return i + 1
		}
		return -1
	}
	rest := src[i:]
	switch {
	case isDigit(c):
		if n := digits(rest, 0); n <= 15 && (c != '0' || n == 1) {
			return i + n
		}
	case len(rest) >= 4 && (string(rest[:4]) == "null" || string(rest[:4]) == "true"):
		return i + 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return i + 5
	}
	return -1
}
