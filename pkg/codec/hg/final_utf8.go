package hg

import (
	"unicode/utf8"
)

// replaceInvalid returns b with U+FFFD for what is no UTF-8, cut into wrong
// pieces the way CPython 3 does it: as many bytes as could begin a sequence
// count as one.
func replaceInvalid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	var out []byte
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = invalidPrefix(b)
		}
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// invalidPrefix returns how many of the bytes at the front of b, which is no
// whole sequence, could begin one: at least one.
func invalidPrefix(b []byte) int {
	want := 0
	low, high := byte(0x80), byte(0xbf)
	switch c := b[0]; {
	case c >= 0xc2 && c <= 0xdf:
		want = 2
	case c >= 0xe0 && c <= 0xef:
		want = 3
		if c == 0xe0 {
			low = 0xa0
		} else if c == 0xed {
			high = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		want = 4
		if c == 0xf0 {
			low = 0x90
		} else if c == 0xf4 {
			high = 0x8f
		}
	}
	n := 1
	for n < want && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}
