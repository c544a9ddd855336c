package lex

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// HexRun stops at whatever is no pair of digits, wherever it stands.
func TestHexRun(t *testing.T) {
	digits := []byte("0123456789abcdefABCDEF00112233445566")
	for at := range digits {
		for c := range 256 {
			src := bytes.Clone(digits)
			src[at] = byte(c)
			n := len(src)
			if _, err := hex.DecodeString(string(src)); err != nil {
				n = at &^ 1
			}
			want, _ := hex.DecodeString(string(src[:n]))
			got, took := HexRun([]byte("x"), src)
			if took != n || string(got) != "x"+string(want) {
				t.Fatalf("%q: took %d, got %x; want %d, %x", src, took, got, n, want)
			}
		}
	}
}
