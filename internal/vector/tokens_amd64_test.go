package vector

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tokenTexts calls f with texts of all kinds.
func tokenTexts(f func(text []byte)) {
	parts := []string{`"`, `"a"`, `"key":`, `:`, `,`, ` `, `[`, `]`, `{`, `}`, `1`, `12`, `0`, `1.5`, `-1`, `true`, `\`, `\"`, `\\`, `\n`, `\/`, "é", "€", "\xe9", "\xc3", "\n", "\x7f",
		`{"a": 1}, `, `[1, 2], `, strings.Repeat("x", 31), strings.Repeat(" ", 33), strings.Repeat("7", 17), `"` + strings.Repeat(`\\`, 33) + `"`, `"` + strings.Repeat("é", 40) + `"`}
	good := []string{`"a",`, `"key" : [`, `[1, 2], `, `{"a\\\"": -1.5}, `, `"é€😀", `, `100,`, `0,`, `true, `, strings.Repeat(" ", 33), `"` + strings.Repeat("x", 61) + `" , `}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 30000 {
		from := parts
		if i%2 > 0 {
			from = good
		}
		var text []byte
		for range r.IntN(24) {
			text = append(text, from[r.IntN(len(from))]...)
		}
		f(text)
	}
}

// allMarks returns what Next says of a text, so many blocks at a time.
func allMarks(text []byte, blocks int) (all []Marks, ok bool) {
	var t Tokens
	marks := make([]Marks, blocks)
	for at := 0; at < len(text); at += blocks * Marked {
		n, ok := t.Next(marks, text[at:])
		if !ok {
			return nil, false
		}
		all = append(all, marks[:n]...)
	}
	return all, true
}

// TestTokens compares what the instructions of each kind find, a few blocks at a time and
// many.
func TestTokens(t *testing.T) {
	if !wide {
		t.Skip("no such instructions")
	}
	defer func() { level = found() }()
	taken := 0
	tokenTexts(func(text []byte) {
		level = avx2
		want, ok := allMarks(atEnd(text), 100)
		if ok {
			taken++
		}
		for level = avx2; level <= found(); level++ {
			for _, blocks := range []int{1, 2, 100} {
				for _, b := range [][]byte{atEnd(text), atStart(text)} {
					if got, gotOK := allMarks(b, blocks); gotOK != ok || !slices.Equal(got, want) {
						t.Fatalf("%q, level %d, %d blocks at a time: %x %v, want %x %v", text, level, blocks, got, gotOK, want, ok)
					}
				}
			}
		}
	})
	if taken < 1000 {
		t.Errorf("%d texts taken", taken)
	}
	for level = avx2; level <= found(); level++ {
		for text, ok := range map[string]bool{
			`["\"\\\n\r\t", "é€😀", 12]`: true, `{"a": [], "b": {}}`: true, `["\/"]`: false, `["\b"]`: false, `["\u0041"]`: false,
			"[\"\x7f\"]": false, "[\"\n\"]": false, "[\n]": false, "[\"\xe9\"]": false, `[1 2]`: false, `[,]`: false, `["a"1]`: false,
		} {
			if _, took := allMarks([]byte(text), 1); took != ok {
				t.Errorf("%q, level %d: taken is %v", text, level, took)
			}
		}
	}
}

func TestUnblank(t *testing.T) {
	if !wide {
		t.Skip("no such instructions")
	}
	defer func() { level = found() }()
	tokenTexts(func(text []byte) {
		var want []byte
		inside, escaped := false, false
		for _, c := range text {
			if inside || c > ' ' {
				want = append(want, c)
			}
			if c == '"' && !escaped {
				inside = !inside
			}
			escaped = c == '\\' && !escaped
		}
		if inside || escaped {
			return
		}
		for level = avx2; level <= found(); level++ {
			dst := bytes.Repeat([]byte{0xee}, len(text)+2*Marked)
			n, ok := Unblank(dst[:len(text)+Marked], atEnd(text))
			if !ok || !bytes.Equal(dst[:n], want) || !bytes.Equal(dst[len(text)+Marked:], bytes.Repeat([]byte{0xee}, Marked)) {
				t.Fatalf("%q, level %d: %q %v, want %q", text, level, dst[:n], ok, want)
			}
		}
		if _, ok := Unblank(make([]byte, len(text)+Marked-1), text); ok {
			t.Fatalf("%q: too little room, and all is well", text)
		}
	})
}
