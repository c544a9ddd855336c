package short

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// plain says of what AppendPlain takes, a byte at a time.
func plain(b []byte) bool {
	return len(b) <= Most && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) < 0
}

func TestAppendPlain(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		b = slices.Clip(b)
		for _, room := range []int{0, 3, 40} {
			out, ok := AppendPlain(append(make([]byte, 0, 6+room), "before"...), b)
			want := "before" + string(b)
			if !plain(b) {
				want = "before"
			}
			if ok != plain(b) || string(out) != want {
				t.Fatalf("%q: %q, %v", b, out, ok)
			}
		}
	}
	for n := range Most + 4 {
		check([]byte("abcdefghijklmnopqrs")[:n])
		for at := range n {
			for c := range 256 { // each byte at each place, between ordinary ones and between those that borrow and carry
				for _, other := range []string{"a", " ", "~", "!", "#", "[", "]"} {
					b := []byte(strings.Repeat(other, n))
					b[at] = byte(c)
					check(b)
				}
			}
		}
	}
}

// What stands behind the length of the buffer may be used, what stands before it
// may not.
func TestAppendPlainKeeps(t *testing.T) {
	for n := range Most + 1 {
		buf := []byte("kept, and room behind it, and more")
		if out, _ := AppendPlain(buf[:4], []byte("ABCDEFGHIJKLMNO")[:n]); string(out) != "kept"+"ABCDEFGHIJKLMNO"[:n] {
			t.Errorf("%d bytes: %q", n, out)
		}
	}
}

func TestUpTo7(t *testing.T) {
	for n := 1; n < 8; n++ {
		b := slices.Clip([]byte("\x81\x02\x83\x04\x85\x06\x87")[:n])
		var want uint64
		for i, c := range b {
			want |= uint64(c) << (8 * i)
		}
		if got := UpTo7(b); got != want {
			t.Errorf("%x: %x, want %x", b, got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	buf, b := make([]byte, 0, 64), []byte("REQUEST")
	if n := testing.AllocsPerRun(100, func() { AppendPlain(buf, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
