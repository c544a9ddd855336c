package synapse

import (
	"unicode"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// An integer is a number as Python's int() reads it from text: blanks around
// it, a sign, digits of any script, and underscores between digits. It may be
// of any size.
type integer struct {
	small  int64 // the value when it fits
	fits   bool
	scored bool // has underscores, which Python 2 does not take
	plain  bool // spelled as the program itself writes it
}

// parseInt reads src as int() of Python 3.6 or later does. On failure at is
// the offset of what int() cannot take.
func parseInt(src []byte) (n integer, at int, ok bool) {
	if v, plain := plainInt(src); plain {
		return integer{small: v, fits: true, plain: true}, 0, true
	}
	return parseIntSlow(src)
}

// plainInt is parseInt for what every program writes: up to 18 characters, spelled
// plainly. It says false for all else.
func plainInt(src []byte) (v int64, ok bool) {
	digits := src
	if len(src) > 1 && src[0] == '-' {
		digits = src[1:]
	}
	if len(src) == 0 || len(src) > 18 || digits[0] == '0' && len(src) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	if len(digits) < len(src) {
		v = -v
	}
	return v, true
}

func parseIntSlow(src []byte) (n integer, at int, ok bool) {
	i, end := trimInt(src)
	neg := false
	if i < end && (src[i] == '-' || src[i] == '+') {
		neg = src[i] == '-'
		i++
	}
	n.fits = true
	digits, after := 0, false // after: an underscore stands before
	var v uint64
	for i < end {
		d, size := digit(src[i:end])
		switch {
		case d < 0 && src[i] == '_' && digits > 0 && !after:
			n.scored, after = true, true
			i++
			continue
		case d < 0:
			return n, i, false
		}
		after = false
		digits++
		if v > (1<<63-10)/10 {
			n.fits = false
		} else {
			v = v*10 + uint64(d)
		}
		i += size
	}
	if digits == 0 || after {
		return n, end, false
	}
	n.small = int64(v)
	if neg {
		n.small = -n.small
	}
	n.plain = bigPlain(src)
	return n, 0, true
}

// bigPlain says whether src is spelled as str() of a Python integer is.
func bigPlain(src []byte) bool {
	if len(src) > 1 && src[0] == '-' {
		src = src[1:]
		if src[0] == '0' {
			return false
		}
	}
	for _, c := range src {
		if c-'0' > 9 {
			return false
		}
	}
	return len(src) == 1 || len(src) > 0 && src[0] != '0'
}

// trimInt returns the range of src without the blanks that int() passes over.
// In text of ASCII alone those are the blanks of C, else those of Unicode
// too; the information separators 1c to 1f are none here.
func trimInt(src []byte) (start, end int) {
	end = len(src)
	for start < end {
		r, size := utf8.DecodeRune(src[start:end])
		if !blank(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRune(src[start:end])
		if !blank(r) {
			break
		}
		end -= size
	}
	return start, end
}

// blank says whether int() passes over r.
func blank(r rune) bool {
	return r == ' ' || r >= '\t' && r <= '\r' || r >= 0x80 && unicode.IsSpace(r)
}

// digit reads the decimal digit at the front of src, of any script; d is
// negative when there is none.
func digit(src []byte) (d, size int) {
	if c := src[0] - '0'; c <= 9 {
		return int(c), 1
	}
	if src[0] < utf8.RuneSelf {
		return -1, 0
	}
	r, size := utf8.DecodeRune(src)
	// The digits of a script follow each other from its zero, and so do
	// scripts in one range of the table.
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, size
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, size
		}
	}
	return -1, 0
}

// appendInt appends the integer that a part is.
func (f *Frame) appendInt(dst []byte, i int) []byte {
	src := f.part(i)
	if f.plainInt(i) && len(src) <= 15 {
		return append(dst, src...) // as it would be written
	}
	return appendInt(dst, src)
}

// appendInt appends the value of src, which parseInt took, in plain decimal
// digits: as a JSON number when every reader keeps it exactly, else as a
// string.
func appendInt(dst, src []byte) []byte {
	n, _, ok := parseInt(src)
	if !ok {
		return append(dst, "null"...)
	}
	if n.fits {
		return jsonenc.AppendInt(dst, n.small)
	}
	dst = append(dst, '"')
	dst = appendDecimal(dst, src)
	return append(dst, '"')
}

// appendDecimal appends the value of src in plain decimal digits.
func appendDecimal(dst, src []byte) []byte {
	i, end := trimInt(src)
	if i < end && (src[i] == '-' || src[i] == '+') {
		if src[i] == '-' {
			dst = append(dst, '-')
		}
		i++
	}
	lead := true
	for i < end {
		d, size := digit(src[i:end])
		if d < 0 { // an underscore
			i++
			continue
		}
		if i += size; d == 0 && lead && i < end {
			continue
		}
		lead = false
		dst = append(dst, '0'+byte(d))
	}
	return dst
}
