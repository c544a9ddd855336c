package vector

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// on says whether this processor has the instructions: those of Intel and AMD
// since 2011 do.
var on = cpu.X86.HasAVX && cpu.X86.HasPOPCNT

// blocks returns how many whole blocks b has for the assembly.
func blocks(b []byte) int {
	if !on {
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
	least, most, del = span(unsafe.SliceData(b), k)
	return least, most, del, k * Block
}

//go:noescape
func span(src *byte, blocks int) (least, most byte, del bool)
