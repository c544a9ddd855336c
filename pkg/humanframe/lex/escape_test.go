package lex

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// slowEscaped is AppendEscaped a byte at a time.
func slowEscaped(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == '\\':
			s.WriteString(`\\`)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\r':
			s.WriteString(`\r`)
		case c == '\t':
			s.WriteString(`\t`)
		case c >= ' ' && c <= '~':
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, `\x%02x`, c)
		}
	}
	return s.String()
}

func TestAppendEscaped(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]byte, 2000)
	for i := range all {
		all[i] = byte(r.Uint32())
	}
	for n := range len(all) + 1 {
		if n > 600 && n < len(all)-2 {
			continue
		}
		got := AppendEscaped([]byte("before"), all[:n])
		if want := "before" + slowEscaped(all[:n]); string(got) != want {
			t.Fatalf("%d bytes: got %s, want %s", n, got, want)
		}
	}
	for c := range 256 {
		got := AppendEscaped(nil, []byte{byte(c)})
		if want := slowEscaped([]byte{byte(c)}); string(got) != want {
			t.Errorf("%#x: got %s, want %s", c, got, want)
		}
	}
}

// What stands behind the length of the buffer may be used, what stands before
// it may not.
func TestAppendEscapedKeeps(t *testing.T) {
	buf := []byte("kept, and room behind it")
	got := AppendEscaped(buf[:4], []byte("\x00"))
	if string(got) != `kept\x00` || !bytes.HasPrefix(buf, []byte("kept")) {
		t.Errorf("got %q", got)
	}
}

func TestAppendHex(t *testing.T) {
	all := make([]byte, 256+5)
	for i := range all {
		all[i] = byte(i * 7)
	}
	for n := range len(all) + 1 {
		if got, want := AppendHex([]byte("x"), all[:n]), "x"+hex.EncodeToString(all[:n]); string(got) != want {
			t.Fatalf("%d bytes: got %s, want %s", n, got, want)
		}
	}
}

func BenchmarkAppendEscaped(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	random, text := make([]byte, 4000), bytes.Repeat([]byte("0123456789abcdef"), 250)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for name, in := range map[string][]byte{"random": random, "text": text} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				buf = AppendEscaped(buf[:0], in)
			}
		})
	}
}
