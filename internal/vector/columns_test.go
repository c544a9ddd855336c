package vector

import (
	"fmt"
	"testing"
)

func TestColumns(t *testing.T) { atEachLevel(t, testColumns) }

func testColumns(t *testing.T) {
	samples(func(b []byte) {
		hex, text := make([]byte, 3*len(b)), make([]byte, len(b))
		n := Columns(hex, text, b)
		if whole(b) > 0 && n != len(b)/8*8 {
			t.Fatalf("%q: %d done", b, n)
		}
		wantHex, wantText := "", ""
		for _, c := range b[:n] {
			wantHex += fmt.Sprintf("%02x ", c)
			if c < ' ' || c > '~' {
				c = '.'
			}
			wantText += string(rune(c))
		}
		if string(hex[:3*n]) != wantHex || string(text[:n]) != wantText {
			t.Errorf("%q: %q %q", b[:n], hex, text)
		}
	})
	if n := Columns(make([]byte, 47), make([]byte, 16), make([]byte, 16)); n > 8 {
		t.Errorf("%d done where there is room for 15", n)
	}
}
