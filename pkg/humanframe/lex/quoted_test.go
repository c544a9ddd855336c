package lex

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Quoted reads in one pass what its end and Unescape say in two.
func TestQuotedInOnePass(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const letters = `\\\\"x0a7n' é#` + "\nabcdefgh"
	for range 20000 {
		src := []byte(`"`)
		for range r.IntN(40) {
			src = append(src, letters[r.IntN(len(letters))])
		}
		want, end := []byte("kept"), 0
		for i := 1; i < len(src) && end == 0; i++ {
			switch src[i] {
			case '\\':
				i++
			case '"':
				end = i + 1
			}
		}
		fails := end == 0
		if !fails {
			var err error
			want, err = Unescape(want, src[1:end-1])
			fails = err != nil
		}
		got, n, err := Quoted([]byte("kept"), src)
		if fails != (err != nil) || !fails && (n != end || !bytes.Equal(got, want)) {
			t.Fatalf("%q: got %q, %d, %v; want %q, %d", src, got, n, err, want, end)
		}
	}
}
