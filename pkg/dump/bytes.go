package dump

import (
	"encoding/binary"
	"math/bits"

	"github.com/wirectl/wirectl/pkg/humanframe/lex"
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

// A line is a row up to the column of fields, at the most 87 bytes, and room for
// what is written beyond that.
type line [132]byte

// offset writes n at the column of offsets, with an even number of digits, eight
// at least.
func (l *line) offset(n uint64, digits int) {
	at := gutter
	for ; digits > 8; digits -= 2 {
		binary.LittleEndian.PutUint16(l[at&127:], uint16(pairs[byte(n>>(4*digits-8))]))
		at += 2
	}
	binary.LittleEndian.PutUint64(l[at&63:], lex.Digits(bits.ReverseBytes32(uint32(n))))
}

// bytes writes b to the columns of hex and of text, which begin there.
func (l *line) bytes(hex, text int, b []byte) {
	for _, c := range b {
		binary.LittleEndian.PutUint32(l[hex&127:], pairs[c]) // the next goes over the blanks
		l[text&127] = ascii[c]
		hex, text = hex+3, text+1
	}
}

// hidden is bytes for n that are not to be shown.
func (l *line) hidden(hex, text, n int) {
	for i := range n {
		copy(l[hex+3*i:], "**")
		l[text+i] = '*'
	}
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// unprintable returns the highest bit of those bytes of x that are not printable
// ASCII.
func unprintable(x uint64) uint64 {
	// The highest bit of a byte: in the first sum it is a blank or more, in the
	// second 7f.
	low := x &^ highs
	return (^(low + ones*0x60) | (low + ones) | x) & highs
}
