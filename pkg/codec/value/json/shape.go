package jsonv

import (
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

// fits says whether src is an object of this shape, and takes notes if so. Only values that
// are not those of the shape are looked at, which must be plain ones.
func (s *shape) fits(src []byte, n *Notes) bool {
	if len(s.text) == 0 {
		return false
	}
	known := s.notes.members[:s.notes.Len()]
	k, moved := 0, 0 // members before this one are in n; what follows them has moved
	for at := 0; ; {
		at += samePrefix(s.text[at:], src[at+moved:])
		for ; k < len(known) && (int(known[k].value1) < at || at == len(s.text)); k++ {
			n.members[k] = known[k].moved(uint32(moved))
		}
		if at == len(s.text) {
			break
		}
		if k == len(known) || at < int(known[k].value0) {
			return false
		}
		end := plainEnd(src, int(known[k].value0)+moved)
		if end < 0 {
			return false
		}
		n.members[k] = known[k].moved(uint32(moved))
		n.members[k].value1 = uint32(end)
		at = int(known[k].value1)
		moved = end - at
		k++
	}
	n.n, n.length = s.notes.n, len(s.text)+moved
	n.usual, n.line = true, s.notes.line
	return true
}

// moved returns p that far behind it.
func (p place) moved(by uint32) place {
	return place{p.key0 + by, p.key1 + by, p.value0 + by, p.value1 + by}
}

// samePrefix returns how long a and b are the same.
func samePrefix(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
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
