package synapse

import (
	"math/rand/v2"
	"testing"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

func TestClosing(t *testing.T) {
	parts := []string{"a", "bcdefgh", "ijklmnopqrstuvwxyz", `\"`, `\\`, `\n`, `\/`, `\u0022`, "é", "日本"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		raw := []byte(`"`)
		for range r.IntN(24) {
			raw = append(raw, parts[r.IntN(len(parts))]...)
		}
		raw = append(raw, `"`...)
		n := len(raw)
		raw = append(raw, `,"more \" and more",`...)
		if want := len(jsonv.Value(raw)); want != n {
			t.Fatalf("%q: %d, not %d", raw, want, n)
		}
		if got := closing(raw, 0); got != n-1 {
			t.Fatalf("%q: ends at %d, not %d", raw, got, n-1)
		}
	}
}
