package lex

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/short"
	"github.com/wirectl/wirectl/internal/vector"
)

// Valid is [utf8.Valid] for text that is mostly ASCII: it looks at eight bytes
// at a time, also behind characters that are not.
func Valid(text []byte) bool {
	for i := 0; ; {
		for ; len(text)-i >= 8; i += 8 {
			if beyond := binary.LittleEndian.Uint64(text[i:]) & highs; beyond != 0 {
				i += bits.TrailingZeros64(beyond) >> 3
				i += vector.UTF8(text[i:])
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

// Text says whether b is UTF-8, and whether, if it is, it can stand on one line as
// [OneLine] has it.
func Text(b []byte) (valid, oneLine bool) {
	ascii, ok := line(b)
	return ascii || Valid(b), ok
}

// Printable says whether text is UTF-8 without control characters, 7f among
// them.
func Printable(text []byte) bool {
	ascii, ok := line(text)
	return ok && (ascii || Valid(text))
}

// OneLine says whether b has no control characters, 7f among them, and no ff:
// whether b, if it is UTF-8, can stand on one line.
func OneLine(b []byte) bool {
	_, ok := line(b)
	return ok
}

// line is OneLine, and says whether b is ASCII.
func line(b []byte) (ascii, ok bool) {
	least, most, del, n := vector.Span(b)
	if least < ' ' || most == 0xff || del {
		return false, false
	}
	seen := uint64(most)
	for b = b[n:]; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if controls(x) != 0 {
			return false, false
		}
		seen |= x
	}
	if len(b) > 0 {
		x := short.UpTo7(b)
		if controls(x|ones*' '<<(8*len(b))) != 0 {
			return false, false
		}
		seen |= x
	}
	return seen&highs == 0, true
}

// controls has the highest bit of each of the eight bytes of x that is a
// control character, 7f, or ff, which is no UTF-8.
func controls(x uint64) uint64 {
	low := x &^ highs
	return ^((low + ones*0x60 | x) &^ (low + ones)) & highs
}
