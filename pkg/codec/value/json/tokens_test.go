package jsonv

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/vector"
)

// sameTokens checks that tokens finds out what value does, if it takes src, and that
// the scanner takes it then.
func sameTokens(t *testing.T, src []byte) (took bool) {
	t.Helper()
	for _, allow := range []Allow{0, Lax} {
		var got, want Notes
		s := newScanner(src, Options{Allow: allow})
		s.notes = &got
		p := pass{scanner: s, usual: true, line: true}
		end := p.tokens()
		if took = end >= 0; !took {
			continue
		}
		s.notes = &want
		q := pass{scanner: s, usual: true, line: true}
		if wantEnd := q.value(); end != wantEnd || p.usual != q.usual || p.line != q.line || !sameMembers(&got, &want) {
			t.Fatalf("%q: %d %v %v %+v, want %d %v %v %+v", src, end, p.usual, p.line, got, wantEnd, q.usual, q.line, want)
		}
		if n, err := Check(src, Options{Allow: allow}); n != end || err != nil {
			t.Fatalf("%q: %d, the scanner says %d, %v", src, end, n, err)
		}
	}
	return took
}

func sameMembers(a, b *Notes) bool {
	return a.n == b.n && (a.Len() == 0 || a.members == b.members)
}

// manyTexts calls f with texts of which the end of a block is at every place, and with what
// is wrong at each.
func manyTexts(f func(src []byte)) {
	texts := []string{
		`{}`, `[]`, `[ ]`, `{ }`, `[[]]`, `[{}]`, `{"":[]}`, `{"a":{}}`, `[0]`, `[10,0]`, `[00]`, `[1 , 2]`, `[1.5,-3,1e9]`, `[true,false,null]`, `[nul]`, `[truer]`, `[-]`,
		`[123456789012345]`, `[1234567890123456]`, `[9007199254740993]`, `[0.00000000000000001]`, `[1.0e+00000000000000001]`, `[.5]`, `[+5]`, `[1.]`, `[1x]`, `[x1]`, `[1-]`,
		`{"a" : 1 , "b" :2}`, `{"a":1,"a":2}`, `{"a":{"a":1},"b":{"a":1}}`, `{"long key one":1,"long key two":2}`, `{"long key one":1,"long key one":2}`,
		`[1,]`, `[,1]`, `[,]`, `{"a":1,}`, `{,"a":1}`, `{"a":}`, `{"a"}`, `{"a",1}`, `{"a":1:2}`, `{:1}`, `{1:2}`, `{[]:1}`, `["a":1]`, `{"a" "b"}`, `[1 2]`, `["a" "b"]`, `["a"1]`, `[1"a"]`, `[[]1]`, `[1[]]`, `[[][]]`,
		`[}`, `{]`, `[`, `{`, `]`, `}`, `[[]`, `[]]`, `{"a":[}`, `[{"a":1]`, `{} {}`, `[]x`, `[] `, `[]"`, `["a]`, `["a`, `["\"]`, `["\\"]`, `["\\\""]`, `["\n\t\r"]`, `["\/"]`, `["\u00e9"]`, `["\b"]`, `["é日😀"]`, `[é]`, `[\"]`, `[1\]`,
		"[\"\xc3\"]", "[\"\xe6\x97\"]", "[\"\xff\"]", "[\"\x7f\"]", "[\"\n\"]", "[\n1]", "[\x7f]", "[1\t,2]", `{"a":{"b":[1,{"c":[]}]},"d":"e"}`,
		strings.Repeat("[", 32) + strings.Repeat("]", 32), strings.Repeat("[", 33) + strings.Repeat("]", 33),
	}
	for _, text := range texts {
		f([]byte(text))
		for at := range vector.Marked + 3 {
			fill := strings.Repeat("x", at)
			blank := strings.Repeat(" ", at)
			for _, form := range []string{`["%s",%s]`, `{"%s":%s}`, `[ "%s" , %s , 1 ]`} {
				f(fmt.Appendf(nil, form, fill, text))
			}
			f(fmt.Appendf(nil, `[1%s,%s%s]`, blank, blank, text))
			f(fmt.Appendf(nil, `[%s%s`, blank, text[1:]))
		}
	}
}

func TestTokens(t *testing.T) {
	works := false
	manyTexts(func(src []byte) { works = sameTokens(t, src) || works })
	for _, c := range checks {
		sameTokens(t, []byte(c.src))
	}
	if _, there := vector.Unblank(make([]byte, vector.Marked), nil); works != there {
		t.Errorf("taken is %v", works)
	}
	var long []byte
	for i := range 400 {
		long = fmt.Appendf(long, `%c{"id": %d, "name": "näme \"%d\"", "of": [[], {}, %d.5, true]} `, "[,"[min(i, 1)], i*i*i, i, i)
	}
	if long = append(long, ']'); sameTokens(t, long) != works {
		t.Errorf("a long text: taken is %v", !works)
	}
	for i := range long {
		for _, c := range []byte("\"\\,:]}[{ 1x\n\x80") {
			old := long[i]
			long[i] = c
			if i%101 == 0 || i < 150 {
				sameTokens(t, long)
			}
			long[i] = old
		}
	}
}

func TestRandomTokens(t *testing.T) {
	parts := []string{`"`, `"a"`, `"key":`, `:`, `,`, `, `, ` `, `[`, `]`, `{`, `}`, `1`, `12`, `0`, `1.5`, `-1`, `e`, `true`, `null`, `\`, `\"`, `\n`, "é", "\xe9", "\n", `{"a": 1}`, `[1, 2]`, strings.Repeat("x", 31), `"` + strings.Repeat(`\\`, 33) + `"`}
	r := rand.New(rand.NewPCG(1, 2))
	for range 30000 {
		src := []byte("[")
		for range r.IntN(24) {
			src = append(src, parts[r.IntN(len(parts))]...)
		}
		sameTokens(t, append(src, ']'))
	}
}

func TestUnblanked(t *testing.T) {
	manyTexts(func(src []byte) {
		if CheckWhole(src, Options{}) != nil {
			return
		}
		want := plainUnblanked(src)
		for _, f := range []func(dst, src []byte) []byte{appendUnblanked, unblank} {
			if got := f([]byte("x"), src); !bytes.Equal(got[1:], want) {
				t.Fatalf("%q: %q, want %q", src, got[1:], want)
			}
		}
	})
}

// plainUnblanked is appendUnblanked byte by byte.
func plainUnblanked(src []byte) (dst []byte) {
	inside, escaped := false, false
	for _, c := range src {
		if inside || c > ' ' {
			dst = append(dst, c)
		}
		if c == '"' && !escaped {
			inside = !inside
		}
		escaped = inside && c == '\\' && !escaped
	}
	return dst
}
