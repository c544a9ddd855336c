package vector

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// samples calls f with texts of every length up to 200, and of some beyond, of
// bytes of various kinds, at both ends of their memory.
func samples(f func(b []byte)) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []string{"abcXYZ 0189", "ab\"\\\n\t\r{}", "ab\x00\x1f\x7f", "ab\x80\xff\xc3\xa9", `\\x0aX`, ""}
	for n := range 201 {
		for _, k := range kinds {
			for range 2 {
				b := make([]byte, n)
				for i := range b {
					b[i] = byte(r.UintN(256))
					if k != "" {
						b[i] = k[r.IntN(len(k))]
					}
				}
				f(atEnd(b))
				f(atStart(b))
			}
		}
	}
	for c := range 256 { // each byte at each place
		for i := range 5 * Block {
			b := bytes.Repeat([]byte{'a'}, 5*Block+3)
			b[i] = byte(c)
			f(atEnd(b))
		}
	}
}

// works says whether there are such instructions here.
func works() bool {
	_, n := Plain(make([]byte, Block))
	return n > 0
}

// whole is how many bytes of b are to be done.
func whole(b []byte) int {
	if !works() {
		return 0
	}
	return len(b) / Block * Block
}

func TestSpan(t *testing.T) { atEachLevel(t, testSpan) }

func testSpan(t *testing.T) {
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
