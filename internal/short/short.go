// Package short has what is done with strings that are too short for vector
// instructions to pay: a word or two at a time.
package short

import "encoding/binary"

// Most is how long a string is, at the most, that this package is for.
const Most = 15

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	blanks = ' ' * ones
)

// AppendPlain appends b, of at most 15 bytes, if all of it is from 20 to 7e and
// neither a quotation mark nor a backslash: what stands for itself in any text,
// between quotation marks too, and in a JSON string. Most short strings do.
func AppendPlain(dst, b []byte) (out []byte, ok bool) {
	n := len(b)
	switch {
	case n == 0:
		return dst, true
	case n < 8:
		x := UpTo7(b)
		if !plainWord(x | blanks<<(8*n)) {
			return dst, false
		}
		return binary.LittleEndian.AppendUint64(dst, x)[:len(dst)+n], true
	case n > Most:
		return dst, false
	}
	x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:]) // those in the middle are in both
	if !plainWord(x) || !plainWord(y) {
		return dst, false
	}
	dst = binary.LittleEndian.AppendUint64(dst, x)
	return binary.LittleEndian.AppendUint64(dst[:len(dst)-16+n], y), true
}

// UpTo7 returns the bytes of b, one to seven, the first lowest.
func UpTo7(b []byte) uint64 {
	n := len(b)
	if n >= 4 { // those in the middle are the same from both sides
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	}
	return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
}

// plainWord says whether the eight bytes of x are all as AppendPlain wants them.
func plainWord(x uint64) bool {
	slash, quote := x^'\\'*ones, x^'"'*ones
	// The highest bit of some byte: x - blanks shows what is below a blank, and
	// ff, x + ones what else is above 7e, and the others what they are for.
	return ((x-blanks)|(x+ones)|(slash-ones)|(quote-ones))&highs == 0
}
