package value

import "unicode/utf8"

// SurrogateAt says whether b has a surrogate half in three bytes at i.
func SurrogateAt(b []byte, i int) bool {
	return len(b)-i >= 3 && b[i] == 0xed && b[i+1]&0xe0 == 0xa0 && b[i+2]&0xc0 == 0x80
}

// BadText returns the offset of the first byte of b that is neither UTF-8 nor
// a surrogate half in three bytes, as Python's surrogatepass has them, or -1.
func BadText(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if !SurrogateAt(b, i) {
				return i
			}
			n = 3
		}
		i += n
	}
	return -1
}
