// Package jsonenc appends JSON text to byte slices. It exists beside
// encoding/json because the records of a capture are written by the million,
// and because JSON of lone surrogates must stay what it is.
//
// Every function appends one JSON value to dst and returns the longer slice.
package jsonenc

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
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
	return appendBody(dst, []byte(s)) // which copies nothing
}

// maxExact is the first integer of which a float64 cannot hold all below it.
const maxExact = 1 << 53

// AppendInt appends n: as a number when every JSON reader keeps it exactly,
// else as a string.
func AppendInt(dst []byte, n int64) []byte {
	if n > -maxExact && n < maxExact {
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"')
}

// AppendUint is AppendInt for unsigned integers.
func AppendUint(dst []byte, n uint64) []byte {
	if n < maxExact {
		return strconv.AppendUint(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendUint(dst, n, 10)
	return append(dst, '"')
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
	if Readable(b) {
		dst = append(dst, `{"text":`...)
		dst = AppendString(dst, b)
		return append(dst, '}')
	}
	dst = append(dst, `{"hex":"`...)
	dst = hex.AppendEncode(dst, b)
	return append(dst, `"}`...)
}

// Readable says whether b is UTF-8 without control characters other than
// tab, line feed and carriage return.
func Readable(b []byte) bool {
	const odd = 8 // bytes that are looked at together
	ascii := true
	for i := 0; i < len(b); {
		if i+odd <= len(b) {
			if x := binary.LittleEndian.Uint64(b[i:]); (x-blanks)&^x&highs|(x|(x+ones))&highs == 0 {
				i += odd
				continue
			}
		}
		for _, c := range b[i:min(i+odd, len(b))] {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
				return false
			}
			ascii = ascii && c < utf8.RuneSelf
		}
		i += odd
	}
	return ascii || utf8.Valid(b)
}
