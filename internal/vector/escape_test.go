package vector

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
)

// escaped is what Escape makes of b.
func escaped(b []byte, quote bool) (out []byte) {
	for _, c := range b {
		switch {
		case c == '\\', c == '"' && quote:
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c < ' ', c > '~':
			out = fmt.Appendf(out, `\x%02x`, c)
		default:
			out = append(out, c)
		}
	}
	return out
}

func TestEscape(t *testing.T) {
	atEachLevel(t, func(t *testing.T) { samples(func(b []byte) { checkEscape(t, b) }) })
}

func checkEscape(t *testing.T, b []byte) {
	t.Helper()
	for _, quote := range []bool{false, true} {
		for _, room := range []int{4 * len(b), 4 * (len(b) + Block)} {
			dst := make([]byte, room)
			wrote, n := Escape(dst, b, quote)
			if n != all(b, room, 4) {
				t.Fatalf("%q: %d done", b, n)
			}
			if got, want := dst[:wrote], escaped(b[:n], quote); !bytes.Equal(got, want) {
				t.Fatalf("%q: %s, want %s", b[:n], got, want)
			}
		}
	}
}

// all is how many bytes of b are to be done where there is room for so many
// characters, each for a byte.
func all(b []byte, room, each int) int {
	n := min(len(b), room/each-Block)
	if n < Block || !works() {
		return 0
	}
	return n
}

func TestHex(t *testing.T) { atEachLevel(t, testHex) }

func testHex(t *testing.T) {
	samples(func(b []byte) {
		dst := make([]byte, 2*len(b))
		n := Hex(dst, b)
		if got, want := string(dst[:2*n]), hex.EncodeToString(b[:n]); got != want || whole(b) != n {
			t.Fatalf("%x: %s", b, got)
		}
	})
}

func TestPlain(t *testing.T) { atEachLevel(t, testPlain) }

func testPlain(t *testing.T) {
	samples(func(b []byte) {
		got, n := Plain(b)
		want := 0
		for _, c := range b[:n] {
			if c >= ' ' && c <= '~' {
				want++
			}
		}
		if got != want || whole(b) != n {
			t.Fatalf("%q: %d of %d, want %d", b, got, n, want)
		}
	})
}

// TestRoom holds the loops to what they are given to write to.
func TestRoom(t *testing.T) { atEachLevel(t, testRoom) }

func testRoom(t *testing.T) {
	for _, fill := range []string{"a", "\n", "\x80", "\\"} {
		b := bytes.Repeat([]byte(fill), 5*Block)
		for room := range 9 * Block {
			dst := bytes.Repeat([]byte{'.'}, room+4*Block)
			if wrote, n := Escape(dst[:room:room], b, false); 4*n > room || wrote > room {
				t.Errorf("%d bytes escaped into %d", n, room)
			}
			if n := Hex(dst[:room:room], b); 2*n > room {
				t.Errorf("%d bytes in hexadecimal into %d", n, room)
			}
			if wrote, n := EscapeJSON(dst[:room:room], b, false); wrote > room || 5*n > room {
				t.Errorf("%d bytes doubled into %d", n, room)
			}
			if wrote, _, _ := Body(dst[:room:room], b); wrote > room {
				t.Errorf("%d bytes of a string into %d", wrote, room)
			}
			if after := dst[room:]; len(bytes.Trim(after, ".")) > 0 {
				t.Errorf("room for %d, and %q after it", room, after)
			}
		}
	}
}
