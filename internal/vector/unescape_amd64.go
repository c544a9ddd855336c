package vector

import "unsafe"

// reach is how many bytes of text a block needs: an escape may begin at its last.
const reach = Block + 3

// Unescape puts what the beginning of src stands for at dst, and returns how many
// bytes of src that took and how many it made: the bytes themselves, \xhh, and
// what a backslash makes of the characters n r t \ ' and ". It stops before
// another escape, or one that has an end too few, before a quotation mark that
// is none of an escape if quoted is true, and when dst has less than a block
// left: len(src) and two blocks are enough for all. What it writes behind what it
// made means nothing.
func Unescape(dst, src []byte, quoted bool) (took, made int) {
	if level == none {
		return 0, 0
	}
	var quotes uint32
	if quoted {
		quotes = ^quotes
	}
	if len(dst) >= Block && len(src) >= reach {
		took, made = unescape(unsafe.SliceData(dst), unsafe.SliceData(src), len(dst), len(src), quotes)
	}
	dst, src = dst[made:], src[took:]
	if len(dst) < Block || len(src) == 0 || len(src) >= reach || took > 0 && len(src) <= Block {
		return took, made
	}
	// A short text, and an end of more than a block, stand before a byte that can
	// be in no escape, and one that stops.
	var end [2*Block + reach]byte
	n := copy(end[:], src)
	end[n+1] = '\\'
	t, m := unescape(unsafe.SliceData(dst), unsafe.SliceData(end[:]), len(dst), len(end), quotes)
	if t > n {
		t, m = t-1, m-1
	}
	return took + t, made + m
}

// Unhex puts the bytes of the pairs of hexadecimal digits that src begins with at
// dst, a block at a time, and returns how many digits it took. It stops before 32
// characters that are not all digits.
func Unhex(dst, src []byte) (took int) {
	k := min(blocks(src)/2, blocks(dst))
	if k == 0 {
		return 0
	}
	return unhex(unsafe.SliceData(dst), unsafe.SliceData(src), k) * 2 * Block
}

//go:noescape
func unescape(dst, src *byte, room, n int, quotes uint32) (took, made int)

//go:noescape
func unhex(dst, src *byte, blocks int) (done int)
