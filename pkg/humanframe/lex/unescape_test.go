package lex

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// slowUnescape is Unescape a character at a time.
func slowUnescape(dst, src []byte) ([]byte, error) {
	for i := 0; i < len(src); {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			i++
			continue
		}
		var n int
		var err error
		if dst, n, err = unescapeOne(dst, src[i:]); err != nil {
			return dst, Shift(err, i)
		}
		i += n
	}
	return dst, nil
}

// slowQuoted is Quoted by its two passes.
func slowQuoted(dst, src []byte) ([]byte, int, error) {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			b, err := slowUnescape(dst, src[1:i])
			return b, i + 1, Shift(err, 1)
		}
	}
	return dst, 0, &codec.TextError{End: len(src), Message: "the quoted string has no end", Hint: `a quotation mark is missing`}
}

func checkUnescape(t *testing.T, src []byte) {
	t.Helper()
	want, wantErr := slowUnescape([]byte("kept"), src)
	got, err := Unescape([]byte("kept"), src)
	if !bytes.Equal(got, want) || !sameError(err, wantErr) {
		t.Fatalf("%q: got %q, %v; want %q, %v", src, got, err, want, wantErr)
	}
	src = append([]byte{'"'}, src...)
	want, wantN, wantErr := slowQuoted([]byte("kept"), src)
	got, n, err := Quoted([]byte("kept"), src)
	if !bytes.Equal(got, want) || n != wantN || !sameError(err, wantErr) {
		t.Fatalf("%q: got %q, %d, %v; want %q, %d, %v", src, got, n, err, want, wantN, wantErr)
	}
}

func sameError(a, b error) bool {
	var x, y *codec.TextError
	return errors.As(a, &x) == errors.As(b, &y) && reflect.DeepEqual(x, y)
}

var unescapes = []string{
	"", "abc", `\`, `\\`, `\\\`, `\x`, `\x4`, `\x41`, `\xg1`, `\x1g`, `\x1G`, `\\x41`, `\\\x41`, `"`, `\"`, `\\"`, `\'`,
	`\a\b\t\n\v\f\r`, `\0\12\123\777\8`, "\\\n", `\é\ÿ\ `, strings.Repeat("a", 40) + `"rest`,
	strings.Repeat(`\\`, 20) + `\x00`, strings.Repeat("a", 15) + `\x5c\x22n`, strings.Repeat("b", 14) + `\x5\`,
	strings.Repeat(`\xff`, 9), strings.Repeat(`\7`, 30), strings.Repeat("a\\\n", 20), strings.Repeat(`\xC3\xa9é`, 12) + `" "`,
}

func TestUnescape(t *testing.T) {
	for _, s := range unescapes {
		for i := range 40 { // at every place of a block
			checkUnescape(t, []byte(strings.Repeat(".", i)+s))
			checkUnescape(t, []byte(strings.Repeat(".", i)+s+strings.Repeat(".", 40-i)))
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	for range 20000 {
		var src []byte
		for range r.IntN(12) {
			s := unescapes[r.IntN(len(unescapes))]
			src = append(src, s[:r.IntN(len(s)+1)]...)
		}
		checkUnescape(t, src)
	}
}

func FuzzUnescape(f *testing.F) {
	for _, s := range unescapes {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkUnescape(t, src) })
}

func BenchmarkUnescape(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	random, text := make([]byte, 4000), make([]byte, 4000)
	for i := range random {
		random[i], text[i] = byte(r.Uint32()), byte(' '+r.UintN(95))
	}
	for name, in := range map[string][]byte{
		"random": AppendEscaped(nil, random), "text": AppendEscaped(nil, text), "short": []byte(`\x01short\n`),
		"plain": bytes.Repeat([]byte("0123456789abcdef"), 250), "octal": bytes.Repeat([]byte(`\0a`), 1000),
	} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = Unescape(buf[:0], in)
			}
		})
	}
}
