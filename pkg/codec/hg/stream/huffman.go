package stream

import "errors"

// maxBits is the longest code of DEFLATE.
const maxBits = 15

// fastBits is how many bits the table of a code looks at in one go.
const fastBits = 9

// A huffman is a canonical code (RFC 1951 section 3.2.2).
type huffman struct {
	count  [maxBits + 1]uint16 // codes of each length
	symbol [288]uint16         // symbols in the order of their codes
	fast   [1 << fastBits]uint16
}

// An entry of fast is symbol<<4 | length, or 0 for codes longer than fastBits
// and for what is no code.

var errCode = errors.New("zlib: a code that cannot be")

// build makes the code of which lengths has the length for each symbol. It
// refuses what zlib refuses: too many codes, and too few unless there is one
// code of one bit or none.
func (h *huffman) build(lengths []uint8, incomplete bool) error {
	h.count = [maxBits + 1]uint16{}
	for _, n := range lengths {
		h.count[n]++
	}
	used := len(lengths) - int(h.count[0])
	h.count[0] = 0
	left := 1
	var offset, next [maxBits + 2]uint16
	longest := 0
	for n := 1; n <= maxBits; n++ {
		left = left<<1 - int(h.count[n])
		if left < 0 {
			return errCode
		}
		if h.count[n] > 0 {
			longest = n
		}
		offset[n+1] = offset[n] + h.count[n]
		next[n+1] = (next[n] + h.count[n]) << 1
	}
	if left > 0 && used > 0 && (!incomplete || longest != 1) {
		return errCode
	}
	h.fast = [1 << fastBits]uint16{}
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		h.symbol[offset[n]] = uint16(s)
		offset[n]++
		code := next[n]
		next[n]++
		if n > fastBits {
			continue
		}
		// Bits come least significant first, codes most significant first.
		reversed := 0
		for i := range n {
			reversed |= int(code>>i&1) << (n - 1 - i)
		}
		for ; reversed < 1<<fastBits; reversed += 1 << n {
			h.fast[reversed] = uint16(s)<<4 | uint16(n)
		}
	}
	return nil
}

// decode reads a symbol from the low bits of acc, of which n are there. It
// returns the code's length, 0 when there are too few bits, or an error.
func (h *huffman) decode(acc uint64, n uint) (symbol int, length uint, err error) {
	if e := h.fast[acc&(1<<fastBits-1)]; e != 0 {
		if length = uint(e & 15); length > n {
			return 0, 0, nil
		}
		return int(e >> 4), length, nil
	}
	code, first, index := 0, 0, 0
	for length = 1; length <= maxBits; length++ {
		if length > n {
			return 0, 0, nil
		}
		code |= int(acc & 1)
		acc >>= 1
		count := int(h.count[length])
		if code < first+count {
			return int(h.symbol[index+code-first]), length, nil
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, 0, errCode
}
