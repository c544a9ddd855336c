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

// escapes has the escape of each byte, quotes the same between quotation
// marks.
var escapes, quotes = makeEscapes(), func() [256]escape {
	t := makeEscapes()
	t['"'] = escape{[4]byte{'\\', '"'}, 2}
	return t
}()

func makeEscapes() (t [256]escape) {
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
}

// AppendEscaped appends b with its escapes: 20 to 7e stand for themselves but
// for the backslash, which is doubled; \n, \r and \t have their letters; all
// other bytes are \xhh. [Unescape] is its inverse.
func AppendEscaped(dst, b []byte) []byte { return appendEscapes(dst, b, &escapes, '\\') }

// AppendQuoted appends b between quotation marks, which are escaped in it.
func AppendQuoted(dst, b []byte) []byte {
	return append(appendEscapes(append(dst, '"'), b, &quotes, '"'), '"')
}

// appendEscapes appends the escapes of b. other is a second printable
// character that has one, or the backslash again.
func appendEscapes(dst, b []byte, table *[256]escape, other uint64) []byte {
	for ; len(b) >= 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); allPlain(x, other*ones) {
			dst = binary.LittleEndian.AppendUint64(dst, x)
			continue
		}
		// Each byte writes all four of its escape, and the next one goes over
		// what was too much: no branch depends on the data.
		at := len(dst)
		if cap(dst)-at < 4*8 {
			dst = slices.Grow(dst, 4*len(b))
		}
		room := (*[4 * 8]byte)(dst[at : at+4*8])
		n := 0
		for _, c := range b[:8] {
			e := &table[c]
			*(*[4]byte)(room[n:]) = e.text
			n += int(e.n)
		}
		dst = dst[:at+n]
	}
	for _, c := range b {
		e := &table[c]
		dst = append(dst, e.text[:e.n]...)
	}
	return dst
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// allPlain says whether the eight bytes of x all stand for themselves; others
// is a character eight times that does not.
func allPlain(x, others uint64) bool {
	const blanks = ' ' * ones
	slash, other := x^'\\'*ones, x^others
	below := (x - blanks) &^ x       // a high bit: a byte less than a blank
	equal := (slash - ones) &^ slash // a high bit: a backslash
	same := (other - ones) &^ other
	above := x + ones | x // a high bit: a byte over 7e
	return (below|equal|same|above)&highs == 0
}
