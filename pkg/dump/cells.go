package dump

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const (
	blanks   = "                                                                "
	ellipsis = "…"
)

// appendBlanks appends n blanks; none when n is not positive.
func appendBlanks(dst []byte, n int) []byte {
	if n >= 0 && n <= 8 && cap(dst)-len(dst) >= 8 { // mostly it is few
		copy(dst[len(dst):len(dst)+8], blanks)
		return dst[:len(dst)+n]
	}
	for n > len(blanks) {
		dst = append(dst, blanks...)
		n -= len(blanks)
	}
	if n > 0 {
		dst = append(dst, blanks[:n]...)
	}
	return dst
}

// appendCells appends s made safe to print, in at most limit cells: what does
// not fit is cut, and an ellipsis takes the last cell. It returns how many
// cells that took.
func appendCells[T ~string | ~[]byte](dst []byte, s T, limit int) ([]byte, int) {
	if limit <= 0 {
		return dst, 0
	}
	if len(s) <= limit && plain(s) {
		return append(dst, s...), len(s)
	}
	if len(s) > limit && plain(s[:limit+1]) {
		return append(append(dst, s[:limit-1]...), ellipsis...), limit
	}
	var (
		cells   = 0
		cut     = len(dst) // where the ellipsis goes if there is need for it
		cutAt   = 0
		scratch [12]byte
	)
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c <= '~' {
			if cells == limit {
				return append(dst[:cut], ellipsis...), cutAt + 1
			}
			if cells < limit-1 {
				cut, cutAt = len(dst)+1, cells+1
			}
			dst = append(dst, c)
			cells++
			i++
			continue
		}
		text, w, n := printable(scratch[:0], s[i:])
		if cells+w > limit {
			return append(dst[:cut], ellipsis...), cutAt + 1
		}
		dst = append(dst, text...)
		cells += w
		i += n
		if cells < limit {
			cut, cutAt = len(dst), cells
		}
	}
	return dst, cells
}

// plain says whether s is of nothing but printable ASCII, a cell each.
func plain[T ~string | ~[]byte](s T) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		b := s[:8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// The highest bit of a byte: in the first sum it is a blank or more,
		// in the second 7f.
		if low := x &^ highs; x&highs != 0 || (low+ones*0x60)&^(low+ones)&highs != highs {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// printable returns the first character of s as it can be printed, the cells
// that this takes, and the length of the character.
func printable[T ~string | ~[]byte](scratch []byte, s T) (text []byte, cells, n int) {
	var b [utf8.UTFMax]byte
	r, n := utf8.DecodeRune(b[:copy(b[:], s[:min(len(s), utf8.UTFMax)])])
	switch {
	case r == '\n':
		return append(scratch, `\n`...), 2, n
	case r == '\r':
		return append(scratch, `\r`...), 2, n
	case r == '\t':
		return append(scratch, `\t`...), 2, n
	case r == utf8.RuneError && n == 1, r < utf8.RuneSelf && !unicode.IsGraphic(r):
		return append(scratch, '\\', 'x', hexDigit[b[0]>>4], hexDigit[b[0]&0xf]), 4, n
	case !unicode.IsGraphic(r):
		text = append(scratch, `\u{`...)
		text = strconv.AppendInt(text, int64(r), 16)
		text = append(text, '}')
		return text, len(text), n
	}
	return append(scratch, b[:n]...), runeCells(r), n
}

// runeCells returns how many cells a terminal gives to r, which is graphic.
func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me), r >= 0x1160 && r <= 0x11ff:
		return 0 // marks, and the later letters of a Hangul syllable
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cells returns how many cells a terminal gives to s when it is printed by
// this package.
func Cells(s string) int { return cells(s) }

func cells[T ~string | ~[]byte](s T) int {
	if plain(s) {
		return len(s)
	}
	sum := 0
	var scratch [12]byte
	for i := 0; i < len(s); {
		_, w, n := printable(scratch[:0], s[i:])
		sum += w
		i += n
	}
	return sum
}

// AppendGrouped appends n for people: in groups of three digits with a blank
// between them.
func AppendGrouped(dst []byte, n int64) []byte {
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], n, 10)
	if d[0] == '-' {
		dst, d = append(dst, '-'), d[1:]
	}
	for i, c := range d {
		if i > 0 && (len(d)-i)%3 == 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, c)
	}
	return dst
}

// appendBytes appends a count of bytes for people.
func appendBytes(dst []byte, n int64) []byte {
	dst = AppendGrouped(dst, n)
	if n == 1 {
		return append(dst, " byte"...)
	}
	return append(dst, " bytes"...)
}
