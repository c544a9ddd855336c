// Package lex holds the pieces of the notation that the protocols' own texts
// are made of: escapes of byte strings, quoted strings, integers, and the
// search for the name that was meant.
//
// It knows no protocol and no documents; package humanframe does.
package lex

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Unescape appends the bytes that src stands for. The escapes are those of
// Mercurial's human frames, which are Python's of byte strings:
//
//	\\ \' \"               the character
//	\a \b \t \n \v \f \r   07 08 09 0a 0b 0c 0d
//	\ and a line feed      nothing
//	\o \oo \ooo            octal, cut to eight bits
//	\xhh                   hexadecimal, exactly two digits
//	\ and anything else    both characters
//
// An error is a [*codec.TextError] whose range counts from the start of src.
func Unescape(dst, src []byte) ([]byte, error) {
	dst = slices.Grow(dst, len(src)+2*vector.Block) // nothing is longer than its escape
	// Where few were done, the next of many are not tried at once.
	next := 0
	for i := 0; i < len(src); {
		if i >= next {
			took, made := vector.Unescape(dst[len(dst):cap(dst)], src[i:], false)
			dst, i = dst[:len(dst)+made], i+took
			if next = i + vector.Block; i == len(src) {
				break
			}
		}
		c := src[i]
		if c != '\\' && i+8 <= len(src) {
			x := binary.LittleEndian.Uint64(src[i:])
			slash, n := x^'\\'*ones, 8
			if found := (slash - ones) &^ slash & highs; found != 0 {
				n = bits.TrailingZeros64(found) >> 3
			}
			at := len(dst) + n
			dst = binary.LittleEndian.AppendUint64(dst, x)[:at]
			i += n
			continue
		}
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if i+3 < len(src) && src[i+1] == 'x' { // by far the most
			if v := int(hexValues[src[i+2]])<<4 | int(hexValues[src[i+3]]); v >= 0 {
				dst = append(dst, byte(v))
				i += 4
				continue
			}
		}
		var n int
		var err error
		dst, n, err = unescapeOne(dst, src[i:])
		if err != nil {
			e := err.(*codec.TextError)
			e.Start, e.End = e.Start+i, e.End+i
			return dst, e
		}
		i += n
	}
	return dst, nil
}

var letters = [256]byte{
	'\\': '\\', '\'': '\'', '"': '"',
	'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13,
}

// unescapeOne handles the escape at the front of src and returns its length.
func unescapeOne(dst, src []byte) ([]byte, int, error) {
	if len(src) == 1 {
		return dst, 0, &codec.TextError{End: 1, Message: `a backslash at the end`, Hint: `write \\ for a backslash`}
	}
	switch c := src[1]; {
	case letters[c] != 0:
		return append(dst, letters[c]), 2, nil
	case c == '\n':
		return dst, 2, nil
	case c == 'x':
		if len(src) < 4 || unhex(src[2]) < 0 || unhex(src[3]) < 0 {
			return dst, 0, &codec.TextError{End: min(4, len(src)), Message: `\x without two hexadecimal digits`, Hint: `write \x0a, or \\x for a backslash and an x`}
		}
		return append(dst, byte(unhex(src[2])<<4|unhex(src[3]))), 4, nil
	case c >= '0' && c <= '7':
		n, v := 1, 0
		for n < len(src) && n < 4 && src[n] >= '0' && src[n] <= '7' {
			v = v<<3 | int(src[n]-'0')
			n++
		}
		return append(dst, byte(v)), n, nil
	default:
		return append(dst, '\\', c), 2, nil
	}
}

func unhex(c byte) int { return int(hexValues[c]) }

// hexValues has the value of each hexadecimal digit, -1 for all else.
var hexValues = [256]int8{
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1,
	-1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
}

// Quoted reads the quoted string at the front of src and returns its bytes,
// appended to dst, and its length in src, both quotation marks included.
func Quoted(dst, src []byte) (b []byte, n int, err error) {
	if len(src) == 0 || src[0] != '"' {
		return dst, 0, &codec.TextError{End: min(1, len(src)), Message: "no quoted string", Hint: `write "…"`}
	}
	if b, n = TryQuoted(dst, src); n > 0 {
		return b, n, nil
	}
	for i := 1; i < len(src); i++ { // where the string ends says which fault it has
		switch src[i] {
		case '\\':
			i++
		case '"':
			b, err = Unescape(dst, src[1:i])
			return b, i + 1, Shift(err, 1)
		}
	}
	return dst, 0, &codec.TextError{End: len(src), Message: "the quoted string has no end", Hint: `a quotation mark is missing`}
}

// TryQuoted is Quoted in one pass, for a quotation mark that is there. It returns
// a length of 0 when something is wrong, and does not say what.
func TryQuoted(dst, src []byte) (b []byte, n int) {
	next := 1 + 8 // as in Unescape, and many strings end in the first word; src may be longer by far
	for i := 1; i < len(src); {
		if i >= next && src[i] != '"' {
			dst = slices.Grow(dst, 2*vector.Block)
			took, made := vector.Unescape(dst[len(dst):cap(dst)], src[i:], true)
			dst, i = dst[:len(dst)+made], i+took
			if next = i + vector.Block; i == len(src) {
				break
			}
		}
		c := src[i]
		switch {
		case c == '"':
			return dst, i + 1
		case c == '\\':
			if i+1 < len(src) && letters[src[i+1]] != 0 {
				dst = append(dst, letters[src[i+1]])
				i += 2
				continue
			}
			var n int
			var err error
			if dst, n, err = unescapeOne(dst, src[i:]); err != nil {
				return dst, 0
			}
			i += n
		case i+8 <= len(src):
			x := binary.LittleEndian.Uint64(src[i:])
			slash, quote := x^'\\'*ones, x^'"'*ones
			found := ((slash-ones)&^slash | (quote-ones)&^quote) & highs
			n := bits.TrailingZeros64(found) >> 3 // 8 when there is none
			at := len(dst) + n
			dst = binary.LittleEndian.AppendUint64(dst, x)[:at]
			i += n
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, 0
}

// Hex appends the bytes of hexadecimal digits; blanks between bytes are fine.
func Hex(dst, src []byte) ([]byte, error) {
	dst, first := HexRun(dst, src) // mostly there are no blanks
	high := -1
	for i := first; i < len(src); i++ {
		c := src[i]
		v := unhex(c)
		switch {
		case v < 0 && c == ' ' && high < 0:
		case v < 0:
			return dst, &codec.TextError{Start: i, End: i + 1, Message: fmt.Sprintf("%q is no hexadecimal digit", c)}
		case high < 0:
			high = v
		default:
			dst = append(dst, byte(high<<4|v))
			high = -1
		}
	}
	if high >= 0 {
		return dst, &codec.TextError{Start: len(src) - 1, End: len(src), Message: "an odd number of hexadecimal digits"}
	}
	return dst, nil
}

// HexRun appends the bytes of the pairs of hexadecimal digits that src begins
// with, and returns how many digits it took.
func HexRun(dst, src []byte) ([]byte, int) {
	n := 0
	// As far as there is room, and again; ids, which have 16 digits, are not worth it.
	for len(src)-n >= 2*vector.Block && unhex(src[n+16]) >= 0 {
		dst = slices.Grow(dst, vector.Block)
		took := vector.Unhex(dst[len(dst):cap(dst)], src[n:])
		if took == 0 {
			break
		}
		dst, n = dst[:len(dst)+took/2], n+took
	}
	for ; len(src)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(src[n:])
		low := x | ' '*ones
		digit := (x + (0x80-'0')*ones) &^ (x + (0x80-'9'-1)*ones)
		letter := (low + (0x80-'a')*ones) &^ (low + (0x80-'f'-1)*ones)
		if (digit|letter)&^x&highs != highs {
			break
		}
		v := x&(ones*0x0f) + x>>6&ones*9 // of each digit
		v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
		v = (v | v>>8) & 0x0000ffff0000ffff
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v|v>>16))
	}
	for ; len(src)-n >= 2; n += 2 {
		v := int(hexValues[src[n]])<<4 | int(hexValues[src[n+1]])
		if v < 0 {
			break
		}
		dst = append(dst, byte(v))
	}
	return dst, n
}

// ASCII says whether text is printable ASCII, 20 to 7e.
func ASCII(text []byte) bool {
	ascii, ok := line(text)
	return ascii && ok
}

// Shift moves the range of a [*codec.TextError] by n; other errors and nil
// pass.
func Shift(err error, n int) error {
	if e, ok := err.(*codec.TextError); ok {
		e.Start, e.End = e.Start+n, e.End+n
		return e
	}
	return err
}

// Uint reads a decimal integer from 0 to max the way Python's int() does:
// a sign, leading zeros and white space around it are fine. The range of an
// error covers src.
func Uint(src []byte, max uint64) (uint64, error) {
	if n, ok := plainUint(src); ok && n <= max {
		return n, nil
	}
	fail := func(format string, args ...any) (uint64, error) {
		return 0, &codec.TextError{End: len(src), Message: fmt.Sprintf(format, args...)}
	}
	s := trim(src)
	neg := len(s) > 0 && s[0] == '-'
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if len(s) == 0 {
		return fail("%q is no decimal number", src)
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return fail("%q is no decimal number", src)
		}
	}
	n, err := strconv.ParseUint(string(s), 10, 64)
	if err != nil || n > max || neg && n != 0 {
		return fail("%s is out of range: 0 to %d", s[:min(len(s), 24)], max)
	}
	return n, nil
}

// plainUint reads an integer that is nothing but digits, and not too many.
func plainUint(src []byte) (n uint64, ok bool) {
	if len(src) == 0 || len(src) > 18 {
		return 0, false
	}
	for _, c := range src {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// trim removes ASCII white space at both ends.
func trim(s []byte) []byte {
	space := func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
	for len(s) > 0 && space(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && space(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// Nearest returns the one of names that name was probably meant to be, or "".
func Nearest(name string, names []string) string {
	best, at := "", len(name)/3+1
	for _, n := range names {
		if d := distance(name, n); d <= at && (best == "" || d < at) {
			best, at = n, d
		}
	}
	return best
}

// distance counts the insertions, deletions, changes and swaps of neighbours
// that make b of a.
func distance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, last, row := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// UnknownName is the error for a name at src[start:end] that is not in names.
func UnknownName(what, name string, start, end int, names []string) *codec.TextError {
	e := &codec.TextError{Start: start, End: end, Message: fmt.Sprintf("no %s %q", what, name), Allowed: slices.Clone(names)}
	if n := Nearest(name, names); n != "" {
		e.Hint = "did you mean " + n + "?"
	}
	return e
}
