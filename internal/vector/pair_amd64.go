package vector

import "unsafe"

// Pair returns where the first two bytes c in a row begin in b[:n], and -1 if
// none do. One that begins in the last byte of b[:n] may end behind it.
func Pair(b []byte, c byte) (at, n int) {
	if len(b) <= Block {
		return -1, 0
	}
	k := blocks(b[:len(b)-1])
	if k == 0 {
		return -1, 0
	}
	if k > 1 && level >= avx2 {
		return pairTwo(unsafe.SliceData(b), k, c), k * Block
	}
	return pair(unsafe.SliceData(b), k, c), k * Block
}

//go:noescape
func pair(src *byte, blocks int, c byte) (at int)

//go:noescape
func pairTwo(src *byte, blocks int, c byte) (at int)
