package lex

import (
	"encoding/binary"
	"slices"
)

const hexDigits = "0123456789abcdef"

// An escape is what stands for a byte: text[:n].
type escape struct {
	text [4]byte
	n    uint8
}

// escapes has the escape of each byte.
var escapes = func() (t [256]escape) {
	for i := range t {
		c := byte(i)
		text := []byte{'\\', 'x', hexDigits[c>>4], hexDigits[c&0xf]}
		switch {
		case c == '\\':
			text = []byte(`\\`)
		case c == '\n':
			text = []byte(`\n`)
		case c == '\r':
			text = []byte(`\r`)
		case c == '\t':
			text = []byte(`\t`)
		case c >= ' ' && c <= '~':
			text = []byte{c}
		}
		t[i].n = uint8(copy(t[i].text[:], text))
	}
	return t
}()

// AppendEscaped appends b with its escapes: 20 to 7e stand for themselves but
// for the backslash, which is doubled; \n, \r and \t have their letters; all
// other bytes are \xhh. [Unescape] is its inverse.
func AppendEscaped(dst, b []byte) []byte {
	for ; len(b) >= 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); allPlain(x) {
			dst = binary.LittleEndian.AppendUint64(dst, x)
			continue
		}
		// Each byte writes all four of its escape, and the next one goes over
		// what was too much: no branch depends on the data.
		at := len(dst)
		dst = slices.Grow(dst, 4*8)
		room := dst[:at+4*8]
		for _, c := range b[:8] {
			e := &escapes[c]
			*(*[4]byte)(room[at:]) = e.text
			at += int(e.n)
		}
		dst = dst[:at]
	}
	for _, c := range b {
		dst = appendEscape(dst, c)
	}
	return dst
}

// allPlain says whether the eight bytes of x all stand for themselves.
func allPlain(x uint64) bool {
	const (
		ones   = 0x0101010101010101
		highs  = 0x8080808080808080
		blanks = ' ' * ones
	)
	slash := x ^ '\\'*ones
	below := (x - blanks) &^ x       // a high bit: a byte less than a blank
	equal := (slash - ones) &^ slash // a high bit: a backslash
	above := x + ones | x            // a high bit: a byte over 7e
	return (below|equal|above)&highs == 0
}

func appendEscape(dst []byte, c byte) []byte {
	e := &escapes[c]
	return append(dst, e.text[:e.n]...)
}
