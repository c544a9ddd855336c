package lex

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/wirectl/wirectl/internal/short"
	"github.com/wirectl/wirectl/internal/vector"
)

const hexDigits = "0123456789abcdef"

// An escape is what stands for a byte: up to four characters, the first
// lowest, and above them how many there are.
type escape uint64

// AppendEscaped appends b with its escapes: 20 to 7e stand for themselves but
// for the backslash, which is doubled; \n, \r and \t have their letters; all
// other bytes are \xhh. [Unescape] is its inverse.
func AppendEscaped(dst, b []byte) []byte {
	if len(b) <= short.Most {
		if out, ok := short.AppendPlain(dst, b); ok {
			return out
		}
	}
	if atOnce(b) && cap(dst)-len(dst) >= 4*(len(b)+vector.Block) { // mostly
		if n, done := vector.Escape(dst[len(dst):cap(dst)], b, false); done == len(b) {
			return dst[:len(dst)+n]
		}
	}
	dst, b = appendBlocks(dst, b, false)
	return appendEscapes(dst, b, &escapes, '\\')
}

// AppendQuoted appends b between quotation marks, which are escaped in it.
func AppendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	if len(b) <= short.Most {
		if out, ok := short.AppendPlain(dst, b); ok {
			return append(out, '"')
		}
	}
	if atOnce(b) && cap(dst)-len(dst) >= 4*(len(b)+vector.Block) {
		if n, done := vector.Escape(dst[len(dst):cap(dst)], b, true); done == len(b) {
			return append(dst[:len(dst)+n], '"')
		}
	}
	dst, b = appendBlocks(dst, b, true)
	return append(appendEscapes(dst, b, &quotes, '"'), '"')
}

// appendBlocks appends the escapes of as much of b as vector instructions do,
// and returns what is left of it. It makes room for a part of b at a time, as
// text takes a quarter of what anything may.
func appendBlocks(dst, b []byte, quote bool) (out, rest []byte) {
	for len(b) >= vector.Block {
		dst = slices.Grow(dst, 4*(min(len(b), part)+vector.Block))
		n, done := vector.Escape(dst[len(dst):cap(dst)], b, quote)
		if done == 0 {
			break
		}
		dst, b = dst[:len(dst)+n], b[done:]
	}
	return dst, b
}

// part is for how many bytes room is made at a time.
const part = 1 << 10

// atOnce says whether vector instructions do all of b at once, if there is room:
// the way of most, which is kept short.
func atOnce(b []byte) bool { return len(b) >= vector.Block && len(b) <= part }

// appendEscapes appends the escapes of b. other is a second printable
// character that has one, or the backslash again.
func appendEscapes(dst, b []byte, table *[256]escape, other uint64) []byte {
	others := other * ones
	for ; len(b) >= 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); allPlain(x, others) {
			dst = binary.LittleEndian.AppendUint64(dst, x)
			continue
		}
		if cap(dst)-len(dst) < room {
			dst = slices.Grow(dst, room+4*len(b))
		}
		from, to, n := (*[8]byte)(b), (*[room]byte)(dst[len(dst):len(dst)+room]), uint(0)
		n = putEscape(to, n, table[from[0]])
		n = putEscape(to, n, table[from[1]])
		n = putEscape(to, n, table[from[2]])
		n = putEscape(to, n, table[from[3]])
		n = putEscape(to, n, table[from[4]])
		n = putEscape(to, n, table[from[5]])
		n = putEscape(to, n, table[from[6]])
		n = putEscape(to, n, table[from[7]])
		dst = dst[:len(dst)+int(n)]
	}
	if len(b) == 0 {
		return dst
	}
	if cap(dst)-len(dst) < room {
		dst = slices.Grow(dst, room)
	}
	x, to, n := short.UpTo7(b), (*[room]byte)(dst[len(dst):len(dst)+room]), uint(0)
	if allPlain(x|ones*' '<<(8*len(b)), others) {
		binary.LittleEndian.PutUint64(to[:], x)
		return dst[:len(dst)+len(b)]
	}
	for _, c := range b {
		n = putEscape(to, n, table[c])
	}
	return dst[:len(dst)+int(n)]
}

// room is what eight bytes take at most, and what is written of the last of
// them beyond its end.
const room = 4*8 + 4

// putEscape writes e at n, all four characters that it may have, and returns
// where it ends: the next goes over what was too much, and no branch depends
// on the data. n is less than 32.
func putEscape(dst *[room]byte, n uint, e escape) uint {
	binary.LittleEndian.PutUint32(dst[n&31:], uint32(e))
	return n + uint(e>>32)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// allPlain says whether the eight bytes of x all stand for themselves; others
// is a character eight times that does not.
func allPlain(x, others uint64) bool {
	slash, other := x^'\\'*ones, x^others
	// The highest bit of some byte: x - blanks shows what is below a blank, and
	// ff, x + ones what else is above 7e, and the others what they are for.
	return ((x-ones*' ')|(x+ones)|(slash-ones)|(other-ones))&highs == 0
}

// Braces returns where the first two opening braces in a row are in b, or -1.
func Braces(b []byte) int {
	at, n := vector.Pair(b, '{')
	if at >= 0 {
		return at
	}
	for i := n; ; i++ {
		brace := bytes.IndexByte(b[i:], '{')
		if i += brace; brace < 0 || i+1 == len(b) {
			return -1
		}
		if b[i+1] == '{' {
			return i
		}
	}
}

// AppendHex appends b in hexadecimal, two digits a byte.
func AppendHex(dst, b []byte) []byte {
	if len(b) == 8 { // as ids are
		x := binary.LittleEndian.Uint64(b)
		dst = binary.LittleEndian.AppendUint64(dst, digits(uint32(x)))
		return binary.LittleEndian.AppendUint64(dst, digits(uint32(x>>32)))
	}
	dst = slices.Grow(dst, 2*len(b))
	n := vector.Hex(dst[len(dst):cap(dst)], b)
	dst, b = dst[:len(dst)+2*n], b[n:]
	for ; len(b) >= 4; b = b[4:] {
		dst = binary.LittleEndian.AppendUint64(dst, digits(binary.LittleEndian.Uint32(b)))
	}
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return dst
}

// digits returns the hexadecimal digits of four bytes, the first lowest.
func digits(x uint32) uint64 {
	v := uint64(x)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v>>4 | v<<8) & (ones * 0xf)    // half a byte in each
	letters := (v + ones*6) >> 4 & ones // 1 where it is 10 or more
	return v + ones*'0' + letters*('a'-'0'-10)
}
