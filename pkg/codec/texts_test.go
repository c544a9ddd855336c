package codec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Strings stay what they were made of, however long they are and however many
// follow.
func TestTexts(t *testing.T) {
	for _, texts := range []*codec.Texts{nil, {}} {
		var got, want []string
		for n := range 3000 {
			word := strings.Repeat(fmt.Sprint(n), n%9)
			if n%500 == 0 {
				word = strings.Repeat("long ", 3000)
			}
			got = append(got, texts.Close(append(texts.Open(), word...)), texts.String([]byte(word)), texts.Int(n-100))
			want = append(want, word, word, fmt.Sprint(n-100))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%d: %q, want %q", i, got[i], want[i])
			}
		}
	}
}

// A short string costs a part of an allocation.
func TestTextsAllocs(t *testing.T) {
	var texts codec.Texts
	word := []byte("a word")
	if n := testing.AllocsPerRun(100, func() {
		for range 1000 {
			texts.String(word)
		}
	}); n > 2 {
		t.Errorf("%v allocations for 1000 words", n)
	}
}
