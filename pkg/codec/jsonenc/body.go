package jsonenc

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/short"
	"github.com/wirectl/wirectl/internal/vector"
)

const hexDigits = "0123456789abcdef"

// appendBody appends b as the inside of a string, a word at a time.
func appendBody(dst, b []byte) []byte {
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		if odd(x) == 0 {
			dst = appendMarked(dst, x, marks(x))
			b = b[8:]
			continue
		}
		n := bits.TrailingZeros64(odd(x)|marks(x)) / 8
		dst = binary.LittleEndian.AppendUint64(dst, x)[:len(dst)+n]
		dst, b = appendSpecial(dst, b[n:])
	}
	for len(b) > 0 {
		n := len(b)
		x := short.UpTo7(b) | blanks<<(8*n)
		if odd(x) != 0 {
			for b[0] >= ' ' && b[0] < 0x7f && b[0] != '"' && b[0] != '\\' {
				dst, b = append(dst, b[0]), b[1:]
			}
			dst, b = appendSpecial(dst, b)
			continue
		}
		m := marks(x)
		if m == 0 {
			return binary.LittleEndian.AppendUint64(dst, x)[:len(dst)+n]
		}
		return appendMarked(dst, x, m)[:len(dst)+n+bits.OnesCount64(m)]
	}
	return dst
}

// appendReadable is appendBody if b is readable, as [Readable] says. Else what it
// has appended is of no use.
func appendReadable(dst, b []byte) ([]byte, bool) {
	dst, rest, ascii := appendBlocks(dst, b)
	if out, ok := short.AppendPlain(dst, rest); ok && ascii { // mostly
		return out, true
	}
	beyond, ok := controls(rest)
	if !ok || !(ascii && !beyond || valid(b)) {
		return dst, false
	}
	for !ascii && len(rest) > 0 && !utf8.RuneStart(rest[0]) { // of a character that has begun
		dst, rest = append(dst, rest[0]), rest[1:]
	}
	return appendBody(dst, rest), true
}

// AppendPrintable is AppendStringBody of text that is UTF-8 without control
// characters, 7f among them.
func AppendPrintable(dst, text []byte) []byte {
	dst, text, _ = appendBlocks(dst, text)
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		dst = appendMarked(dst, x, anyMarks(x))
	}
	if n := len(text); n > 0 {
		x := short.UpTo7(text)
		m := anyMarks(x)
		dst = appendMarked(dst, x, m)[:len(dst)+n+bits.OnesCount64(m)]
	}
	return dst
}

// appendBlocks appends as much of b as vector instructions do, if b is readable,
// and returns the rest, and whether what it has appended is ASCII. It makes room
// for a part of b at a time, as mostly no more than its length is used.
func appendBlocks(dst, b []byte) (out, rest []byte, ascii bool) {
	const part = 1 << 10
	ascii = true
	for len(b) >= vector.Block {
		dst = slices.Grow(dst, 2*(min(len(b), part)+2*vector.Block))
		n, done, plain := vector.Body(dst[len(dst):cap(dst)], b)
		if done == 0 {
			break
		}
		dst, b, ascii = dst[:len(dst)+n], b[done:], ascii && plain
	}
	return dst, b, ascii
}

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	blanks = ' ' * ones
)

// odd returns a word of which the lowest bit set is in the first byte of x
// that is a control character, 7f, or not ASCII. It is 0 when there is none:
// what a subtraction borrows from the next byte, or a sum carries to it, comes
// from a byte that is odd itself.
func odd(x uint64) uint64 { return ((x - blanks) | (x + ones) | x) & highs }

// marks returns the high bits of those bytes of x, which is ASCII, that are a
// quotation mark or a backslash.
func marks(x uint64) uint64 {
	return ^((x ^ '"'*ones + ^uint64(highs)) & (x ^ '\\'*ones + ^uint64(highs))) & highs
}

// anyMarks is marks of any bytes.
func anyMarks(x uint64) uint64 { return equal(x, '"'*ones) | equal(x, '\\'*ones) }

// equal returns the high bits of those bytes of x that are the same in y. The
// carry of its sum, unlike a borrow, stays in the byte.
func equal(x, y uint64) uint64 {
	x ^= y
	return ^((x&^highs + ^uint64(highs)) | x) & highs
}

// appendMarked appends the bytes of x, with a backslash before those that m
// marks. From each of them on it writes all of x that
// is left, and the next goes over what was too much. Seldom are there more
// than two in a word, as escapes such as \x1f have four bytes, so that mostly
// no branch depends on the data.
func appendMarked(dst []byte, x, m uint64) []byte {
	const most = 3 * 8 // bytes that are written to
	at := len(dst)
	if cap(dst)-at < most {
		dst = slices.Grow(dst, most)
	}
	room := (*[most]byte)(dst[at : at+most])
	binary.LittleEndian.PutUint64(room[:], x)
	first := bits.TrailingZeros64(m) / 8
	end := at + 8 + bits.OnesCount64(m)
	m &= m - 1
	room[first] = '\\'
	binary.LittleEndian.PutUint64(room[first+1:], x>>(8*first))
	second := bits.TrailingZeros64(m) / 8 // 8 when there is none
	room[second+1] = '\\'
	binary.LittleEndian.PutUint64(room[second+2:], x>>(8*second))
	m &= m - 1
	for n := 2; m != 0; n++ {
		next := bits.TrailingZeros64(m) / 8
		room[next+n] = '\\'
		binary.LittleEndian.PutUint64(room[next+n+1:], x>>(8*next))
		m &= m - 1
	}
	return dst[:end]
}

// appendSpecial appends the first character of b, which does not stand for
// itself or is not ASCII, and returns what is behind it.
func appendSpecial(dst, b []byte) (longer, rest []byte) {
	c := b[0]
	switch {
	case c >= utf8.RuneSelf:
		return appendRune(dst, b)
	case c == '"' || c == '\\':
		return append(dst, '\\', c), b[1:]
	case c == '\n':
		return append(dst, '\\', 'n'), b[1:]
	case c == '\r':
		return append(dst, '\\', 'r'), b[1:]
	case c == '\t':
		return append(dst, '\\', 't'), b[1:]
	}
	return appendU(dst, rune(c)), b[1:]
}

// appendRune is appendSpecial for what is not ASCII. It takes all that follows
// of that kind, as such characters seldom come alone.
func appendRune(dst, b []byte) (longer, rest []byte) {
	n := 0
	for n < len(b) && b[n] >= utf8.RuneSelf {
		_, size := utf8.DecodeRune(b[n:])
		if size == 1 {
			break
		}
		n += size
	}
	switch {
	case n > 0:
		return append(dst, b[:n]...), b[n:]
	case surrogate(b):
		return appendU(dst, rune(b[0]&0xf)<<12|rune(b[1]&0x3f)<<6|rune(b[2]&0x3f)), b[3:]
	}
	return append(dst, "\ufffd"...), b[1:]
}

// surrogate says whether b begins with a surrogate half in three bytes.
func surrogate(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xed && b[1]&0xe0 == 0xa0 && b[2]&0xc0 == 0x80
}

func appendU(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}
