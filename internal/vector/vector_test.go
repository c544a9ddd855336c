package vector

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// samples calls f with texts of every length up to three blocks, and of some
// beyond, of bytes of various kinds, at the end of their memory.
func samples(f func(b []byte)) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []string{"abcXYZ 0189", "ab\"\\\n\t\r{}", "ab\x00\x1f\x7f", "ab\x80\xff\xc3\xa9", `\\x0aX`, ""}
	for n := range 3*Block + 2 {
		for _, k := range kinds {
			for range 8 {
				b := make([]byte, n)
				for i := range b {
					b[i] = byte(r.UintN(256))
					if k != "" {
						b[i] = k[r.IntN(len(k))]
					}
				}
				f(slices.Clip(b))
			}
		}
	}
	for c := range 256 { // each byte at each place
		for i := range Block {
			b := bytes.Repeat([]byte{'a'}, Block)
			b[i] = byte(c)
			f(b)
		}
	}
}

// whole is how many bytes of b are to be done.
func whole(b []byte) int {
	if _, n := Plain(make([]byte, Block)); n == 0 {
		return 0
	}
	return len(b) / Block * Block
}

func TestSpan(t *testing.T) {
	samples(func(b []byte) {
		least, most, del, n := Span(b)
		if whole(b) != n {
			t.Fatalf("%q: %d done", b, n)
		}
		b = b[:n]
		wantLeast, wantMost := byte(0xff), byte(0)
		for _, c := range b {
			wantLeast, wantMost = min(wantLeast, c), max(wantMost, c)
		}
		if least != wantLeast || most != wantMost || del != bytes.Contains(b, []byte{0x7f}) {
			t.Errorf("%q: %#x %#x %v", b, least, most, del)
		}
	})
}
