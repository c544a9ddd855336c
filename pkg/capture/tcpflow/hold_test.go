package tcpflow

import (
	"math/rand/v2"
	"testing"
)

// TestHistory holds the history against one that keeps everything.
func TestHistory(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 3))
		var h history
		var all []int // what was given out, -1 for a gap
		for range 200 {
			n := 1 + r.IntN(3000)
			if r.IntN(50) == 0 {
				n *= 10
			}
			if r.IntN(10) == 0 {
				h.gap(n)
				for range n {
					all = append(all, -1)
				}
			} else {
				b := make([]byte, n)
				for i := range b {
					b[i] = byte(r.Uint32())
					all = append(all, int(b[i]))
				}
				before, more := len(h.ring), h.growth(n)
				h.add(b)
				if len(h.ring) != before+more || len(h.ring) > historySize {
					t.Fatalf("seed %d: from %d by %d to %d", seed, before, more, len(h.ring))
				}
			}
			// Bytes from a little before the end, some changed.
			back := 1 + r.IntN(min(len(all), 10_000))
			b := make([]byte, 1+r.IntN(back))
			want := 0
			for i := range b {
				at := len(all) - back + i
				b[i] = byte(max(all[at], 0))
				if r.IntN(20) == 0 {
					b[i] ^= 0x55
					if int64(at) >= max(h.known, h.total-historySize) {
						want++
					}
				}
			}
			if got := h.differs(int64(-back), b); got != want {
				t.Fatalf("seed %d: %d bytes from %d back: %d differ, want %d", seed, len(b), back, got, want)
			}
		}
	}
}
