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
		for i < len(text) && text[i] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n <= 1 {
				return false
			}
			i += n
		}
		if i == len(text) {
			return true
		}
	}
}

// Printable says whether text is UTF-8 without control characters, 7f among
// them. It looks at eight bytes at a time, since every text goes through it.
func Printable(text []byte) bool {
	for i := 0; ; {
		for ; len(text)-i >= 8; i += 8 {
			x := binary.LittleEndian.Uint64(text[i:])
			low := x &^ highs
			// The highest bit of a byte: it is a blank or more, and neither 7f
			// nor ff.
			if ((low+ones*0x60)|x)&^(low+ones)&highs != highs {
				return false
			}
			if beyond := x & highs; beyond != 0 {
				i += bits.TrailingZeros64(beyond) >> 3
				break
			}
		}
		for i < len(text) && text[i] < utf8.RuneSelf {
			if text[i] < ' ' || text[i] == 0x7f {
				return false
			}
			i++
		}
		for i < len(text) && text[i] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n <= 1 {
				return false
			}
			i += n
		}
		if i == len(text) {
			return true
		}
	}
}
