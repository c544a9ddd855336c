package vector

import (
	"bytes"
	"testing"
)

// inside is what Body makes of b, and how far it comes.
func inside(b []byte) (out []byte, n int, ascii bool) {
	ascii = true
	for ; len(b)-n >= Block; n += Block {
		block := b[n : n+Block]
		if bytes.ContainsFunc(block, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }) {
			break
		}
		for _, c := range block {
			if i := bytes.IndexByte([]byte("\"\\\t\n\r"), c); i >= 0 {
				out = append(out, '\\', `"\tnr`[i])
			} else {
				out = append(out, c)
			}
			ascii = ascii && c < 0x80
		}
	}
	return out, n, ascii
}

func TestBody(t *testing.T) { samples(func(b []byte) { checkBody(t, b) }) }

func checkBody(t *testing.T, b []byte) {
	t.Helper()
	dst := make([]byte, 2*len(b))
	wrote, n, ascii := Body(dst, b)
	want, wantN, wantASCII := inside(b)
	if whole(make([]byte, Block)) == 0 {
		want, wantN, wantASCII = nil, 0, true
	}
	if n != wantN || ascii != wantASCII || !bytes.Equal(dst[:wrote], want) {
		t.Fatalf("%q: %s, %d done, ASCII %v; want %s, %d, %v", b, dst[:wrote], n, ascii, want, wantN, wantASCII)
	}
}

func TestEscapeJSON(t *testing.T) { samples(func(b []byte) { checkEscapeJSON(t, b) }) }

func checkEscapeJSON(t *testing.T, b []byte) {
	t.Helper()
	for _, quote := range []bool{false, true} {
		for _, room := range []int{5*len(b) + 6, 5*(len(b)+Block) + 6} {
			dst := make([]byte, room)
			wrote, n := EscapeJSON(dst, b, quote)
			if n != all(b, room > 5*len(b)+6) {
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
