package hg

import (
	"unicode/utf16"
	"unicode/utf8"
)

// toUTF8 returns b with U+FFFD for what is no UTF-8, cut into wrong pieces
// the way CPython 2.7 does it, since that is what the reference ran on: a
// sequence that breaks off counts as one with the continuation bytes that it
// has, and surrogate halves pass, but for two that are a pair: they become
// the character that they mean.
func toUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	var out []byte
	for len(b) > 0 {
		n, ok := sequence(b)
		switch r := pair(b); {
		case r != utf8.RuneError:
			out, n = utf8.AppendRune(out, r), 6
		case ok:
			out = append(out, b[:n]...)
		default:
			out = utf8.AppendRune(out, utf8.RuneError)
		}
		b = b[n:]
	}
	return out
}

// pair returns the character that the two surrogate halves at the front of b
// mean, six bytes, or RuneError.
func pair(b []byte) rune {
	if len(b) < 6 {
		return utf8.RuneError
	}
	return utf16.DecodeRune(half(b), half(b[3:]))
}

// half returns the surrogate half at the front of b, three bytes, or 0.
func half(b []byte) rune {
	if b[0] != 0xed || b[1]&0xe0 != 0xa0 || b[2]&0xc0 != 0x80 {
		return 0
	}
	return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f)
}

// sequence returns the length of the sequence at the front of b, or of the
// wrong bytes that count as one.
func sequence(b []byte) (n int, ok bool) {
	want := 0
	switch c := b[0]; {
	case c < utf8.RuneSelf:
		return 1, true
	case c >= 0xc2 && c <= 0xdf:
		want = 2
	case c >= 0xe0 && c <= 0xef:
		want = 3
	case c >= 0xf0 && c <= 0xf4:
		want = 4
	default:
		return 1, false
	}
	for n = 1; n < want && n < len(b) && b[n]&0xc0 == 0x80; n++ {
	}
	if n < want {
		return n, false
	}
	switch second := b[1]; {
	case b[0] == 0xe0 && second < 0xa0, b[0] == 0xf0 && second < 0x90, b[0] == 0xf4 && second > 0x8f:
		return want - 1, false
	}
	return want, true
}
