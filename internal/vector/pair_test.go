package vector

import (
	"bytes"
	"testing"
)

func TestPair(t *testing.T) { atEachLevel(t, testPair) }

func testPair(t *testing.T) {
	samples(func(b []byte) {
		for _, c := range []byte(`a\`) {
			at, n := Pair(b, c)
			if n != whole(b[:max(len(b)-1, 0)]) {
				t.Fatalf("%q: %d done", b, n)
			}
			if n == 0 {
				continue
			}
			if want := bytes.Index(b[:n+1], []byte{c, c}); at != want {
				t.Fatalf("%q: two %q at %d, want %d", b, c, at, want)
			}
		}
	})
}
