package vector

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// wide says whether this processor has the instructions of Array, Tokens and
// Unblank: those of Intel since 2013 and of AMD since 2015 do.
var wide = level >= avx2 && cpu.X86.HasBMI1 && cpu.X86.HasPCLMULQDQ

// Next looks at the next blocks of a text, as many as there are marks at the most. The
// last block of the text may be shorter than the others. It returns how many marks
// it has set, and false when something is not as [Tokens] says.
func (t *Tokens) Next(marks []Marks, text []byte) (n int, ok bool) {
	if !wide {
		return 0, false
	}
	if level >= avx512 && len(text) > 0 {
		n = min(len(text), len(marks)*Marked)
		return (n + Marked - 1) / Marked, tokensWide(unsafe.SliceData(text), n, t, unsafe.SliceData(marks))
	}
	if n = min(len(text)/Marked, len(marks)); n > 0 && !tokens(unsafe.SliceData(text), n, t, unsafe.SliceData(marks)) {
		return 0, false
	}
	if n == len(marks) || n*Marked == len(text) {
		return n, true
	}
	end := blankBlock
	copy(end[:], text[n*Marked:])
	return n + 1, tokens(&end[0], 1, t, &marks[n])
}

// Unblank writes a text of JSON to dst, which has room for it and one block of Marked
// bytes more, without the blanks and control characters that are outside of its
// strings. The text ends outside of them. It does all of it or, if it says false,
// nothing.
func Unblank(dst, text []byte) (wrote int, ok bool) {
	if !wide || len(dst) < len(text)+Marked {
		return 0, false
	}
	if level >= avx512 && len(text) > 0 {
		return unblankWide(unsafe.SliceData(dst), unsafe.SliceData(text), len(text)), true
	}
	var s [2]uint64
	n := len(text) / Marked
	if n > 0 {
		wrote = unblank(unsafe.SliceData(dst), unsafe.SliceData(text), n, &s)
	}
	if n *= Marked; n < len(text) {
		end := blankBlock
		copy(end[:], text[n:])
		wrote += unblank(unsafe.SliceData(dst[wrote:]), &end[0], 1, &s)
	}
	return wrote, true
}

var blankBlock = func() (b [Marked]byte) {
	for i := range b {
		b[i] = ' '
	}
	return b
}()

//go:noescape
func tokens(src *byte, blocks int, t *Tokens, marks *Marks) (ok bool)

//go:noescape
func unblank(dst, src *byte, blocks int, carried *[2]uint64) (wrote int)

//go:noescape
func tokensWide(src *byte, n int, t *Tokens, marks *Marks) (ok bool)

//go:noescape
func unblankWide(dst, src *byte, n int) (wrote int)
