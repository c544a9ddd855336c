package vector

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Which instructions there are, each with those before it.
const (
	none   = iota
	avx    // and POPCNT: what Intel and AMD make has them since 2011
	avx2   // and BMI2: since 2013 and 2015
	avx512 // with those that bring bytes together: since 2019, but for some, and 2022
)

// level is which of them are used.
var level = found()

func found() int {
	x := &cpu.X86
	switch {
	case !x.HasAVX || !x.HasPOPCNT:
		return none
	case !x.HasAVX2 || !x.HasBMI2:
		return avx
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512VBMI2:
		return avx2
	}
	return avx512
}

// blocks returns how many whole blocks b has for the assembly.
func blocks(b []byte) int {
	if level == none {
		return 0
	}
	return len(b) / Block
}

// A table is made when it is first used, as many commands never do, by everyone
// who comes before it is there: all make the same.
type table[T any] struct{ made atomic.Pointer[T] }

func (t *table[T]) get(fresh func() *T) *T {
	if made := t.made.Load(); made != nil {
		return made
	}
	return t.make(fresh)
}

func (t *table[T]) make(fresh func() *T) *T {
	made := fresh()
	t.made.Store(made)
	return made
}

// Span returns the least and the most of b[:n], and whether 7f is among them.
// n is 0, with a least of ff and a most of 0, if b is less than a block.
func Span(b []byte) (least, most byte, del bool, n int) {
	k := blocks(b)
	if k == 0 {
		return 0xff, 0, false, 0
	}
	if k > 1 && level >= avx2 {
		least, most, del = spanTwo(unsafe.SliceData(b), k)
		return least, most, del, k * Block
	}
	least, most, del = span(unsafe.SliceData(b), k)
	return least, most, del, k * Block
}

//go:noescape
func span(src *byte, blocks int) (least, most byte, del bool)

//go:noescape
func spanTwo(src *byte, blocks int) (least, most byte, del bool)
