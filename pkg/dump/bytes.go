package dump

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/internal/vector"
)

const hexDigit = "0123456789abcdef"

// pairs has the two digits of each byte, the first lowest, and two blanks after
// them.
var pairs = func() (t [256]uint32) {
	for c := range t {
		t[c] = uint32(hexDigit[c>>4]) | uint32(hexDigit[c&0xf])<<8 | ' '<<16 | ' '<<24
	}
	return t
}()

// A line is a row up to the column of fields, which is 87 cells at the most, and
// room for what is written beyond that.
type line [132]byte

var blankLine = [96]byte([]byte(blanks + blanks))

// write writes the offset, and the columns of hex and of text of b.
func (l *line) write(w *layout, offset int64, b []byte) {
	*(*[len(blankLine)]byte)(l[:]) = blankLine
	for at := gutter + w.digits; at > gutter; at -= 2 {
		binary.LittleEndian.PutUint16(l[(at-2)&127:], uint16(pairs[byte(offset)]))
		offset >>= 8
	}
	n := 0
	if len(b) >= 8 {
		n = vector.Columns(l[w.hex:], l[w.ascii:], b)
	}
	hex, text := w.hex+3*n, w.ascii+n
	for _, c := range b[n:] {
		binary.LittleEndian.PutUint32(l[hex&127:], pairs[c]) // the next goes over the blanks
		l[text&127] = ascii[c]
		hex, text = hex+3, text+1
	}
}

// hide puts asterisks in the place of n bytes.
func (l *line) hide(w *layout, n int) {
	for i := range n {
		copy(l[w.hex+3*i:], "**")
		l[w.ascii+i] = '*'
	}
}

// ascii has what stands for each byte in the column of text.
var ascii = func() (t [256]byte) {
	for c := range t {
		t[c] = '.'
		if c >= ' ' && c <= '~' {
			t[c] = byte(c)
		}
	}
	return t
}()

const ones, highs = 0x0101010101010101, 0x8080808080808080

// unprintable returns the highest bit of those bytes of x that are not printable
// ASCII.
func unprintable(x uint64) uint64 {
	// The highest bit of a byte: in the first sum it is a blank or more, in the
	// second 7f.
	low := x &^ highs
	return (^(low + ones*0x60) | (low + ones) | x) & highs
}
