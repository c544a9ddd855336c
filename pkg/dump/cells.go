package dump

import (
	"encoding/binary"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const (
	blanks   = "                                                                "
	ellipsis = "…"
)

// few blanks are written at once, whatever number of them is wanted.
const few = 32

var fewBlanks = [few]byte([]byte(blanks))

// appendBlanks appends n blanks; none when n is not positive.
func appendBlanks(dst []byte, n int) []byte {
	if at := len(dst); uint(n) <= few && cap(dst)-at >= few {
		*(*[few]byte)(dst[at : at+few]) = fewBlanks
		return dst[:at+n]
	}
	return appendManyBlanks(dst, n)
}

func appendManyBlanks(dst []byte, n int) []byte {
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

// appendPlain appends s if it is of nothing but printable ASCII, a cell each, and
// there is room for it.
func appendPlain[T ~string | ~[]byte](dst []byte, s T) (longer []byte, ok bool) {
	n, at := len(s), len(dst)
	if cap(dst)-at < n {
		return dst, false
	}
	var (
		out = dst[at : at+n]
		odd uint64
	)
	switch {
	case n < 4:
		for i := range out {
			out[i] = s[i]
			odd |= uint64(s[i] ^ ascii[s[i]])
		}
	case n < 8:
		x, y := load4(s), load4(s[n-4:])
		binary.LittleEndian.PutUint32(out, x)
		binary.LittleEndian.PutUint32(out[n-4:], y)
		odd = unprintable(uint64(x)<<32 | uint64(y))
	default:
		for i := 0; i < n-8; i += 8 {
			x := load(s[i:])
			binary.LittleEndian.PutUint64(out[i:], x)
			odd |= unprintable(x)
		}
		x := load(s[n-8:])
		binary.LittleEndian.PutUint64(out[n-8:], x)
		odd |= unprintable(x)
	}
	return dst[:at+n], odd == 0
}

// plain says whether s is of nothing but printable ASCII.
func plain[T ~string | ~[]byte](s T) bool {
	n := len(s)
	switch {
	case n < 4:
		odd := byte(0)
		for i := range n {
			odd |= s[i] ^ ascii[s[i]]
		}
		return odd == 0
	case n < 8:
		return unprintable(uint64(load4(s))<<32|uint64(load4(s[n-4:]))) == 0
	}
	for i := 0; i < n-8; i += 8 {
		if unprintable(load(s[i:])) != 0 {
			return false
		}
	}
	return unprintable(load(s[n-8:])) == 0
}

// load returns the first eight bytes of s.
func load[T ~string | ~[]byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// load4 returns the first four bytes of s.
func load4[T ~string | ~[]byte](s T) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
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
		if c := s[i]; c >= ' ' && c <= '~' {
			sum++
			i++
			continue
		}
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
	if len(d) <= 3 {
		return append(dst, d...)
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
