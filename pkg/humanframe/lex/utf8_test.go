package lex

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func slowPrintable(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Valid and Printable agree with the slow way on text of every length, with
// one odd thing in every place.
func TestPrintable(t *testing.T) {
	odd := []string{"", "é", "€", "😀", "\xed\xa0\x80", "\xc3", "\xe2\x82", "\xff", "\x80", "\x00", "\x1f", "\x7f", "\n", " ", "é\xc3", "\u0080"}
	for n := range 40 {
		for _, s := range odd {
			for at := range n + 1 {
				b := []byte(strings.Repeat("a", at) + s + strings.Repeat("~", n-at))
				if got, want := Valid(b), utf8.Valid(b); got != want {
					t.Fatalf("Valid(%q) is %t", b, got)
				}
				if got, want := OneLine(b), !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r == 0x7f }) && bytes.IndexByte(b, 0xff) < 0; got != want {
					t.Fatalf("OneLine(%q) is %t", b, got)
				}
				if got, want := Printable(b), slowPrintable(b); got != want {
					t.Fatalf("Printable(%q) is %t", b, got)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		var b []byte
		for range r.IntN(12) {
			b = append(b, odd[r.IntN(len(odd))]...)
			b = append(b, "abcdefghijk"[:r.IntN(11)]...)
		}
		if Valid(b) != utf8.Valid(b) || Printable(b) != slowPrintable(b) {
			t.Fatalf("%q: Valid %t, Printable %t", b, Valid(b), Printable(b))
		}
	}
}
