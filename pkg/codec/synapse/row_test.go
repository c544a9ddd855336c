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

func TestColumnKeys(t *testing.T) {
	columnsNamed.Do(nameColumns)
	check := func(shapes []shape) {
		for _, s := range shapes {
			for i, name := range s.columns {
				k := s.keys[i]
				if got := string(k.text[1:k.n]); got != `"`+name+`":` || (k.text[0] == '{') != (i == 0) {
					t.Errorf("%q stands before %s", k.text[:k.n], name)
				}
			}
		}
	}
	for i := range streams {
		check(streams[i].shapes)
		for _, k := range streams[i].kinds {
			check(k.shapes)
		}
	}
}
