// Package jsonenc appends JSON text to byte slices. It exists beside
// encoding/json because the records of a capture are written by the million,
// and because JSON of lone surrogates must stay what it is.
//
// Every function appends one JSON value to dst and returns the longer slice.
package jsonenc

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/wirectl/wirectl/internal/short"
	"github.com/wirectl/wirectl/internal/vector"
)

// AppendString appends s, which should be UTF-8, as a string. A surrogate
// half in the three-byte form that Python calls surrogatepass becomes its
// escape, such as \ud800; any other byte that is not UTF-8 becomes U+FFFD.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	dst = AppendStringBody(dst, s)
	return append(dst, '"')
}

// AppendStringBody is AppendString without the quotation marks.
func AppendStringBody[T ~string | ~[]byte](dst []byte, s T) []byte {
	// A conversion would copy a string: what assembly does with it is not known.
	// Strings and slices both begin with the pointer.
	b := unsafe.Slice(*(**byte)(unsafe.Pointer(&s)), len(s))
	if len(b) <= short.Most {
		if out, ok := short.AppendPlain(dst, b); ok {
			return out
		}
	} else if out, ok := appendReadable(dst, b); ok {
		return out
	}
	return appendBody(dst, b)
}

// maxExact is the first integer of which a float64 cannot hold all below it.
const maxExact = 1 << 53

// AppendInt appends n: as a number when every JSON reader keeps it exactly,
// else as a string.
func AppendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0:
		return AppendUint(dst, uint64(n))
	case n > -maxExact:
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"')
}

// AppendUint is AppendInt for unsigned integers.
func AppendUint(dst []byte, n uint64) []byte {
	switch {
	case n < 10:
		return append(dst, '0'+byte(n))
	case n < 100:
		return binary.LittleEndian.AppendUint16(dst, pair(n))
	case n < 1e8:
		return appendDigits(dst, n)
	case n < maxExact:
		return strconv.AppendUint(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendUint(dst, n, 10)
	return append(dst, '"')
}

// appendDigits appends n, which has eight digits at most, and is not 0. They
// are made all at once, in the bytes of a word: n is cut in halves, these
// again, and so on.
func appendDigits(dst []byte, n uint64) []byte {
	x := n/1e4 | n%1e4<<32
	high := x * 10486 >> 20 & (0x7f<<32 | 0x7f) // by 100
	x = high | (x-high*100)<<16
	tens := x * 103 >> 10 & (0xf<<48 | 0xf<<32 | 0xf<<16 | 0xf) // by 10
	x = tens | (x-tens*10)<<8
	zeros := bits.TrailingZeros64(x) / 8
	x |= '0' * ones
	return binary.LittleEndian.AppendUint64(dst, x>>(8*zeros))[:len(dst)+8-zeros]
}

// A Counter appends integers of which each is mostly the last one and a little
// more: it keeps the decimals before the last four.
type Counter struct {
	high uint64   // what the kept decimals say, never 0 when there are some
	text [16]byte // these
	n    int      // how many
}

// Append is [AppendInt].
func (c *Counter) Append(dst []byte, n int64) []byte {
	high := uint64(n) / 1e4 // of a negative one that is too much
	if high == 0 || high >= maxExact/10000 {
		return AppendInt(dst, n)
	}
	if high != c.high {
		c.high, c.n = high, len(strconv.AppendUint(c.text[:0], high, 10))
	}
	dst = append(dst, c.text[:]...)[:len(dst)+c.n]
	low := uint64(n) - high*1e4
	return binary.LittleEndian.AppendUint32(dst, uint32(pair(low/100))|uint32(pair(low%100))<<16)
}

// pair returns the two digits of n, which is less than 100.
func pair(n uint64) uint16 {
	tens := n * 103 >> 10
	return uint16(tens|(n-tens*10)<<8) | '0'<<8 | '0'
}

// AppendFloat appends f in its shortest form. What JSON has no number for
// becomes one of the strings "NaN", "Infinity" and "-Infinity".
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// AppendBytes appends bytes in the byte form: {"text":…} when they are
// readable UTF-8, else {"hex":…}.
func AppendBytes(dst, b []byte) []byte {
	if out, ok := appendReadable(append(dst, `{"text":"`...), b); ok {
		return append(out, `"}`...)
	}
	dst = append(dst, `{"hex":"`...)
	dst = AppendHex(dst, b)
	return append(dst, `"}`...)
}

// AppendHex appends the hexadecimal digits of b, without quotation marks.
func AppendHex(dst, b []byte) []byte {
	if len(b) == 8 { // as ids are
		x := binary.LittleEndian.Uint64(b)
		dst = binary.LittleEndian.AppendUint64(dst, hexDigitsOf(uint32(x)))
		return binary.LittleEndian.AppendUint64(dst, hexDigitsOf(uint32(x>>32)))
	}
	dst = slices.Grow(dst, 2*len(b))
	n := vector.Hex(dst[len(dst):cap(dst)], b)
	if last := len(b) - vector.Block; n > last && n > 0 { // what is left is in the last block, some of which is done
		vector.Hex(dst[len(dst)+2*last:cap(dst)], b[last:])
		return dst[:len(dst)+2*len(b)]
	}
	dst, b = dst[:len(dst)+2*n], b[n:]
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		dst = binary.LittleEndian.AppendUint64(dst, hexDigitsOf(uint32(x)))
		dst = binary.LittleEndian.AppendUint64(dst, hexDigitsOf(uint32(x>>32)))
	}
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return dst
}

// hexDigitsOf returns the eight digits of four bytes, in their order.
func hexDigitsOf(four uint32) uint64 {
	x := uint64(four)
	x = (x | x<<16) & 0x0000ffff0000ffff // two bytes in each half
	x = (x | x<<8) & 0x00ff00ff00ff00ff  // one in each quarter
	const digit = 0x000f000f000f000f
	x = x>>4&digit | (x&digit)<<8
	letters := (x + 6*ones) >> 4 & ones // where a digit is over 9
	return x + '0'*ones + letters*('a'-'9'-1)
}

// Readable says whether b is UTF-8 without control characters other than
// tab, line feed and carriage return.
func Readable(b []byte) bool {
	beyond, ok := controls(b)
	return ok && (!beyond || valid(b))
}

// controls says whether b has no control characters but these three, and
// whether there is something beyond ASCII.
func controls(b []byte) (beyond, ok bool) {
	var seen uint64
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if ((x-blanks)&^x|(x+ones)&^x)&highs != 0 && !allReadable(x) {
			return false, false
		}
		seen |= x & highs
	}
	for _, c := range b[i:] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false, false
		}
		seen |= uint64(c & 0x80)
	}
	return seen != 0, true
}

func valid(b []byte) bool { return utf8.Valid(b[vector.UTF8(b):]) }

// allReadable says whether those bytes of x that are ASCII are readable.
func allReadable(x uint64) bool {
	control := ^((x | highs) - blanks | x) & highs
	control &^= equal(x, '\t'*ones) | equal(x, '\n'*ones) | equal(x, '\r'*ones)
	return control|equal(x, 0x7f*ones) == 0
}
