package lex

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func TestJSONEscapes(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		for _, tt := range []struct {
			name           string
			inJSON, escape func(dst, b []byte) []byte
		}{{"escaped", AppendEscapedJSON, AppendEscaped}, {"quoted", AppendQuotedJSON, AppendQuoted}} {
			var got string
			inside := tt.inJSON([]byte(`"`), b)
			if err := json.Unmarshal(append(inside, '"'), &got); err != nil || got != string(tt.escape(nil, b)) {
				t.Fatalf("%s: %q is %s (%v), which says %q", tt.name, b, inside, err, got)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]byte, 600)
	for i := range all {
		all[i] = byte(r.Uint32())
	}
	for n := range len(all) + 1 {
		check(all[:n])
	}
	for c := range 256 { // each byte at each place of a word
		check([]byte{byte(c)})
		for at := range 9 {
			b := []byte("AAAAAAAAA")
			b[at] = byte(c)
			check(b)
		}
	}
}
