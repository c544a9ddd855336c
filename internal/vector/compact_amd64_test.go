package vector

import "testing"

func TestCompact(t *testing.T) {
	for set, got := range compact {
		var want uint64
		n := 0
		for i := range 8 {
			if set>>i&1 != 0 {
				want |= uint64(i) << (8 * n)
				n++
			}
		}
		if got != want {
			t.Errorf("%08b: %#x, want %#x", set, got, want)
		}
	}
}
