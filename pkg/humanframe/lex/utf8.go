package lex

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Valid is [utf8.Valid] for text that is mostly ASCII: it looks at eight bytes
// at a time, also behind characters that are not.
func Valid(text []byte) bool {
	for i := 0; ; {
		for ; len(text)-i >= 8; i += 8 {
			if beyond := binary.LittleEndian.Uint64(text[i:]) & highs; beyond != 0 {
				i += bits.TrailingZeros64(beyond) >> 3
				break
			}
		}
		for i < len(text) && text[i] < utf8.RuneSelf {
			i++
		}
		ok := false
		if i, ok = beyondASCII(text, i); !ok {
			return false
		}
		if i == len(text) {
			return true
		}
	}
}

// beyondASCII passes over the characters from i on that are no ASCII, and says
// whether they are UTF-8.
func beyondASCII(text []byte, i int) (int, bool) {
	for i < len(text) && text[i] >= utf8.RuneSelf {
		if i+1 < len(text) && text[i]-0xc2 <= 0xdf-0xc2 && text[i+1]&0xc0 == 0x80 { // most have two bytes
			i += 2
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return i, false
		}
		i += n
	}
	return i, true
}

// Printable says whether text is UTF-8 without control characters, 7f among
// them. It looks at 32 bytes at a time while they are ASCII and at 16 where
// they may be anything, since every text goes through it.
func Printable(text []byte) bool {
	for i := 0; ; {
		for ; len(text)-i >= 32; i += 32 {
			x, y := binary.LittleEndian.Uint64(text[i:]), binary.LittleEndian.Uint64(text[i+8:])
			z, w := binary.LittleEndian.Uint64(text[i+16:]), binary.LittleEndian.Uint64(text[i+24:])
			if (outside(x)|outside(y)|outside(z)|outside(w))&highs != 0 {
				break
			}
		}
		for ; len(text)-i >= 16; i += 16 {
			x, y := binary.LittleEndian.Uint64(text[i:]), binary.LittleEndian.Uint64(text[i+8:])
			if controls(x)|controls(y) != 0 {
				return false
			}
			if (x|y)&highs != 0 {
				break
			}
		}
		for ; len(text)-i >= 8; i += 8 {
			x := binary.LittleEndian.Uint64(text[i:])
			if controls(x) != 0 {
				return false
			}
			if beyond := x & highs; beyond != 0 {
				i += bits.TrailingZeros64(beyond) >> 3
				break
			}
		}
		if rest := len(text) - i; rest < 8 && len(text) >= 8 { // what is left, with some before it again
			x := binary.LittleEndian.Uint64(text[len(text)-8:])
			if controls(x) != 0 {
				return false
			}
			if x&highs == 0 {
				return true
			}
		}
		for i < len(text) && text[i] < utf8.RuneSelf {
			if text[i] < ' ' || text[i] == 0x7f {
				return false
			}
			i++
		}
		ok := false
		if i, ok = beyondASCII(text, i); !ok {
			return false
		}
		if i == len(text) {
			return true
		}
	}
}

// OneLine says whether b has no control characters, 7f among them, and no ff:
// whether b, if it is UTF-8, can stand on one line.
func OneLine(b []byte) bool {
	for ; len(b) >= 16; b = b[16:] {
		if controls(binary.LittleEndian.Uint64(b))|controls(binary.LittleEndian.Uint64(b[8:])) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < ' ' || c == 0x7f || c == 0xff {
			return false
		}
	}
	return true
}

// outside has the highest bit of some byte of x if one is no ASCII or a control
// character: a byte less than a blank borrows, ff carries, and both show.
func outside(x uint64) uint64 { return (x - ones*' ') | (x + ones) }

// controls has the highest bit of each of the eight bytes of x that is a
// control character, 7f, or ff, which is no UTF-8.
func controls(x uint64) uint64 {
	low := x &^ highs
	return ^((low + ones*0x60 | x) &^ (low + ones)) & highs
}
