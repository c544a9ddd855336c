package jsonenc

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendBody appends b as the inside of a string. Most of it stands for
// itself, so eight bytes are looked at and copied at a time.
func appendBody(dst, b []byte) []byte {
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		m := special(x)
		if m == 0 {
			dst = binary.LittleEndian.AppendUint64(dst, x)
			b = b[8:]
			continue
		}
		n := bits.TrailingZeros64(m) / 8
		dst = binary.LittleEndian.AppendUint64(dst, x)[:len(dst)+n]
		dst, b = appendSpecial(dst, b[n:])
	}
	for len(b) > 0 {
		if special(uint64(b[0])|blanks&^0xff) == 0 {
			dst, b = append(dst, b[0]), b[1:]
		} else {
			dst, b = appendSpecial(dst, b)
		}
	}
	return dst
}

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	blanks = ' ' * ones
)

// special returns a word of which the lowest bit set is in the first byte of
// x that does not stand for itself: a control character, the quotation mark,
// the backslash, 7f, or one that is not ASCII. It is 0 when there is none.
//
// It is the known way to find a byte less than n, or equal to one, in a word:
// the borrow of a subtraction reaches the high bit of that byte first.
func special(x uint64) uint64 {
	const quotes, slashes, deletes = '"' * ones, '\\' * ones, 0x7f * ones
	quote, slash, del := x^quotes, x^slashes, x^deletes
	return ((x-blanks)&^x | (quote-ones)&^quote | (slash-ones)&^slash | (del-ones)&^del | x) & highs
}

// appendSpecial appends the first character of b, which does not stand for
// itself or is not ASCII, and returns what is behind it.
func appendSpecial(dst, b []byte) (longer, rest []byte) {
	c := b[0]
	switch {
	case c >= utf8.RuneSelf:
		return appendRune(dst, b)
	case c == '"' || c == '\\':
		return append(dst, '\\', c), b[1:]
	case c == '\n':
		return append(dst, '\\', 'n'), b[1:]
	case c == '\r':
		return append(dst, '\\', 'r'), b[1:]
	case c == '\t':
		return append(dst, '\\', 't'), b[1:]
	}
	return appendU(dst, rune(c)), b[1:]
}

// appendRune is appendSpecial for what is not ASCII. It takes all that follows
// of that kind, as such characters seldom come alone.
func appendRune(dst, b []byte) (longer, rest []byte) {
	n := 0
	for n < len(b) && b[n] >= utf8.RuneSelf {
		_, size := utf8.DecodeRune(b[n:])
		if size == 1 {
			break
		}
		n += size
	}
	switch {
	case n > 0:
		return append(dst, b[:n]...), b[n:]
	case surrogate(b):
		return appendU(dst, rune(b[0]&0xf)<<12|rune(b[1]&0x3f)<<6|rune(b[2]&0x3f)), b[3:]
	}
	return append(dst, "\ufffd"...), b[1:]
}

// surrogate says whether b begins with a surrogate half in three bytes.
func surrogate(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xed && b[1]&0xe0 == 0xa0 && b[2]&0xc0 == 0x80
}

func appendU(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}
