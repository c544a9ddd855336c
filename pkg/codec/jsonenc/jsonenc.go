// Package jsonenc appends JSON text to byte slices. It exists beside
// encoding/json because the records of a capture are written by the million,
// and because JSON of lone surrogates must stay what it is.
//
// Every function appends one JSON value to dst and returns the longer slice.
package jsonenc

import (
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// plain tells which ASCII bytes stand for themselves in a JSON string.
var plain = func() (t [utf8.RuneSelf]bool) {
	for b := range t {
		t[b] = b >= ' ' && b != '"' && b != '\\' && b != 0x7f
	}
	return t
}()

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
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if plain[b] {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch b {
			case '"', '\\':
				dst = append(dst, '\\', b)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = appendU(dst, rune(b))
			}
			i++
			start = i
			continue
		}
		r, n := decodeRune(s[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			i += n
			continue
		case surrogate(s[i:]):
			dst = append(dst, s[start:i]...)
			dst = appendU(dst, rune(b&0xf)<<12|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f))
			i += 3
		default:
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			i++
		}
		start = i
	}
	return append(dst, s[start:]...)
}

// decodeRune reads the first rune of s without a copy of more than it.
func decodeRune[T ~string | ~[]byte](s T) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], s[:min(len(s), utf8.UTFMax)])])
}

// surrogate says whether s begins with a surrogate half in three bytes.
func surrogate[T ~string | ~[]byte](s T) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80
}

func appendU(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
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
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}
