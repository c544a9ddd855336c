package diff

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
)

// digests makes a digest of each letter: a capital is a frame of the same type
// as the small letter, and half like it.
func digests(text string) []digest {
	var list []digest
	for i, c := range text {
		low := strings.ToLower(string(c))[0]
		g := digest{token: uint64(low), whole: uint64(c), seq: int32(i)}
		g.sig[0] = 1<<(low&15) | 1<<(16+c&15)
		list = append(list, g)
	}
	return list
}

// told writes an alignment: letters that are the same, x/y for changed ones,
// -x and +y for those alone.
func told(a, b string) string {
	var out strings.Builder
	var al aligner
	for _, s := range al.align(digests(a), digests(b)) {
		switch s.change {
		case Same:
			out.WriteByte(a[s.a])
		case Changed:
			out.WriteString(string(a[s.a]) + "/" + string(b[s.b]))
		case Removed:
			out.WriteString("-" + string(a[s.a]))
		case Added:
			out.WriteString("+" + string(b[s.b]))
		}
	}
	return out.String()
}

func TestAlign(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"", "", ""},
		{"abc", "abc", "abc"},
		{"abc", "", "-a-b-c"},
		{"", "ab", "+a+b"},
		{"abc", "abxc", "ab+xc"},
		{"abcd", "acd", "a-bcd"},
		{"abc", "aBc", "ab/Bc"},
		{"abc", "axc", "a-b+xc"},
		{"hhhh", "hhh", "hhh-h"},
		{"ahbhch", "ahchbh", "ah-b-hc+h+bh"},
		{"abcdef", "bcdefa", "-abcdef+a"},
		{"aXbXc", "axbxc", "aX/xbX/xc"},
		{"kkkaK", "kkaK", "kk-kaK"},
	} {
		if got := told(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %s; want %s", tt.a, tt.b, got, tt.want)
		}
	}
}

// checkSteps wants every record of both sides once and in order.
func checkSteps(t *testing.T, a, b []digest) (same int) {
	t.Helper()
	var al aligner
	var i, j int32
	for _, s := range al.align(a, b) {
		hasA, hasB := s.change != Added, s.change != Removed
		if hasA && s.a != i || !hasA && s.a != -1 || hasB && s.b != j || !hasB && s.b != -1 {
			t.Fatalf("step %+v at %d, %d", s, i, j)
		}
		if hasA {
			i++
		}
		if hasB {
			j++
		}
		if hasA && hasB && (s.change == Same) != a[s.a].same(&b[s.b]) {
			t.Fatalf("step %+v is not what it says", s)
		}
		if s.change == Same {
			same++
		}
	}
	if int(i) != len(a) || int(j) != len(b) {
		t.Fatalf("%d of %d and %d of %d records", i, len(a), j, len(b))
	}
	return same
}

// TestAlignLong edits long runs: what was not touched has to be found again,
// over the bounds of windows.
func TestAlignLong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []int{2, 20, 1 << 40} // few kinds of records, and all different
	if testdata.Race {
		kinds = kinds[1:2] // there are no goroutines here
	}
	for _, letters := range kinds {
		var a, b []digest
		kept := 0
		for len(a) < 5*window {
			g := digest{token: 1, whole: uint64(r.IntN(letters))}
			g.sig[0] = 1 << (g.whole & 63)
			switch r.IntN(40) {
			case 0:
				a = append(a, g)
			case 1:
				b = append(b, g)
			default:
				a, b = append(a, g), append(b, g)
				kept++
			}
		}
		if same := checkSteps(t, a, b); same < kept*97/100 {
			t.Errorf("%d kinds: %d of %d found again", letters, same, kept)
		}
	}
}

func FuzzAlign(f *testing.F) {
	f.Add("abc", "axbyc")
	f.Add("aAbB", "BbAa")
	f.Fuzz(func(t *testing.T, a, b string) {
		checkSteps(t, digests(a), digests(b))
	})
}

func TestRising(t *testing.T) {
	got := rising([][2]int{{0, 3}, {1, 1}, {2, 2}, {3, 0}, {4, 4}})
	if len(got) != 3 || got[0] != [2]int{1, 1} || got[2] != [2]int{4, 4} {
		t.Errorf("rising: %v", got)
	}
}
