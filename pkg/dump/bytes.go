package dump

import "slices"

const hexDigit = "0123456789abcdef"

// pairs has the two digits of each byte and the blank after them.
var pairs = func() (t [256][3]byte) {
	for c := range t {
		t[c] = [3]byte{hexDigit[c>>4], hexDigit[c&0xf], ' '}
	}
	return t
}()

// appendHex appends bytes, of which there is one at least, as pairs of digits
// with blanks between them.
func appendHex(dst, b []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, 3*len(b))[:n+3*len(b)]
	for out := dst[n:]; len(b) > 0 && len(out) >= 3; b, out = b[1:], out[3:] {
		*(*[3]byte)(out) = pairs[b[0]]
	}
	return dst[:len(dst)-1]
}

// appendHexInt appends n with an even number of digits.
func appendHexInt(dst []byte, n uint64, digits int) []byte {
	for shift := 4 * (digits - 2); shift >= 0; shift -= 8 {
		p := &pairs[byte(n>>shift)]
		dst = append(dst, p[0], p[1])
	}
	return dst
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
