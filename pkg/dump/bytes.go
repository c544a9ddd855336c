package dump

import (
	"encoding/binary"
	"slices"

	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

const hexDigit = "0123456789abcdef"

// pairs has the two digits of each byte, the first lowest, and a blank after
// them.
var pairs = func() (t [256]uint32) {
	for c := range t {
		t[c] = uint32(hexDigit[c>>4]) | uint32(hexDigit[c&0xf])<<8 | ' '<<16
	}
	return t
}()

// appendHex appends bytes, of which there is one at least, as pairs of digits
// with blanks between them.
func appendHex(dst, b []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, 3*len(b)+1)[:n+3*len(b)+1]
	out := dst[n:]
	for _, c := range b {
		if len(out) < 4 { // never: it spares the checks below
			break
		}
		binary.LittleEndian.PutUint32(out, pairs[c]) // the next goes over the fourth
		out = out[3:]
	}
	return dst[:len(dst)-2]
}

// appendHexInt appends n with an even number of digits.
func appendHexInt(dst []byte, n uint64, digits int) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return lex.AppendHex(dst, b[8-digits/2:])
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

// appendASCII appends what stands for bytes in the column of text.
func appendASCII(dst, b []byte) []byte {
	n := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[n:] {
		dst[n+i] = ascii[c]
	}
	return dst
}
