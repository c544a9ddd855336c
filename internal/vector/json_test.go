package vector

import (
	"bytes"
	"testing"
)

// inside is what Body makes of b up to what may not stand there, and where that is.
func inside(b []byte) (out []byte, end int) {
	for end < len(b) {
		c := b[end]
		i := bytes.IndexByte([]byte("\"\\\t\n\r"), c)
		switch {
		case i >= 0:
			out = append(out, '\\', `"\tnr`[i])
		case c < ' ' || c == 0x7f:
			return out, end
		default:
			out = append(out, c)
		}
		end++
	}
	return out, end
}

func TestBody(t *testing.T) {
	atEachLevel(t, func(t *testing.T) { samples(func(b []byte) { checkBody(t, b) }) })
}

func checkBody(t *testing.T, b []byte) {
	t.Helper()
	for _, more := range []int{0, Block, 4 * Block} {
		dst := make([]byte, 2*len(b)+more)
		wrote, n, ascii := Body(dst, b)
		want, m := inside(b[:n])
		_, end := inside(b)
		if m != n || !bytes.Equal(dst[:wrote], want) || ascii == bytes.ContainsFunc(b[:n], func(r rune) bool { return r >= 0x80 }) {
			t.Fatalf("%q: %s, %d done, ASCII %v; want %s, %d", b, dst[:wrote], n, ascii, want, m)
		}
		if n < end/(4*Block)*4*Block && more == 4*Block && works() || n == 0 && works() && end == len(b) && whole(b) > 0 && more == 4*Block {
			t.Fatalf("%q: %d done of %d", b, n, end)
		}
	}
}

func TestEscapeJSON(t *testing.T) {
	atEachLevel(t, func(t *testing.T) { samples(func(b []byte) { checkEscapeJSON(t, b) }) })
}

func checkEscapeJSON(t *testing.T, b []byte) {
	t.Helper()
	for _, quote := range []bool{false, true} {
		for _, room := range []int{5*len(b) + 6, 5*(len(b)+Block) + 6} {
			dst := make([]byte, room)
			wrote, n := EscapeJSON(dst, b, quote)
			if n != all(b, room-6, 5) {
				t.Fatalf("%q: %d done", b, n)
			}
			want := bytes.ReplaceAll(escaped(b[:n], quote), []byte(`\`), []byte(`\\`))
			if want = bytes.ReplaceAll(want, []byte(`"`), []byte(`\"`)); !bytes.Equal(dst[:wrote], want) {
				t.Fatalf("%q: %s, want %s", b[:n], dst[:wrote], want)
			}
		}
	}
}

func FuzzEscapes(f *testing.F) {
	f.Add([]byte("command-data eos \x00\xff \"quoted\" \\ back\tand\r\n on"))
	f.Add([]byte("0123456789abcdef\x7f0123456789abcde\x1f\xc3\xa9"))
	f.Add([]byte("{\"type\": \"send\", \"group\": \"Boss\"}{{redacted}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkEscape(t, b)
		checkBody(t, b)
		checkEscapeJSON(t, b)
	})
}
