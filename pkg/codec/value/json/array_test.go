package jsonv

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// arrays are some, and some that are none.
var arrays = []string{
	`[]`, `[1]`, `["a",1,null,true,false]`, `["ev",["a","b\n\"é",-1,1e5,null]]`, `[[],["a"],[[1]]]`, `["a",[],{"b":[1]}]`, `[1,[2,3],4,[5]]`,
	` ["a" , [ 1 , 2 ] ] `, `[ ]`, `["a",[ ]]`, `[01]`, `[1,]`, `[,1]`, `[`, `["a`, `["a"`, `["a",`, `[nul]`, `[nullx]`, `[]]`, `[] 1`, `{}`, `"a"`,
	`[[1,],2]`, "[\"a\x01\"]", `["\/"]`, "[\"\x7f\"]", `[12345678901234567]`, `[1,2,3,4,5,6,7,8,9,10,11,12,13]`, `[NaN]`, `["\ud800"]`,
}

func TestCheckArray(t *testing.T) {
	taken := 0
	for _, src := range arrays {
		if sameArray(t, []byte(src)) {
			taken++
		}
	}
	if taken != 13 {
		t.Errorf("%d arrays are taken", taken)
	}
}

func FuzzCheckArray(f *testing.F) {
	for _, src := range arrays {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) { sameArray(t, src) })
}

// sameArray holds what CheckArray says against the others, and says whether it takes src.
func sameArray(t *testing.T, src []byte) bool {
	var c Columns
	for depth := 1; depth <= 2; depth++ {
		o := Options{MaxDepth: depth}
		if !CheckArray(src, o, &c) {
			continue
		}
		if err := CheckWhole(src, o); err != nil {
			t.Fatalf("%q is taken: %v", src, err)
		}
		if c.Compact && string(AppendTyped(nil, src)) != string(src) {
			t.Fatalf("%q is not as AppendTyped writes it", src)
		}
		last, inner := 0, []byte(nil)
		samePlaces(t, src, 0, &c.Outer)
		for _, v := range Elements(src) {
			if v[0] == '[' {
				last, inner = cap(src)-cap(v), v
			}
		}
		samePlaces(t, inner, last, &c.Inner)
	}
	var known Columns
	ok := CheckArray(src, Options{MaxDepth: 2}, &c)
	if utf8.Valid(src) && (ok != CheckArray(src, Options{MaxDepth: 2, UTF8: true}, &known) || ok && c != known) {
		t.Fatalf("%q: %v, %v when known to be UTF-8", src, c, known)
	}
	sameFound(t, src, &c, ok)
	return ok
}

// sameFound holds what a Finder says of a line against c, which CheckArray said, if ok.
func sameFound(t *testing.T, src []byte, c *Columns, ok bool) {
	t.Helper()
	var f Finder
	var found Columns
	end := f.Array(append(bytes.Clone(src), "\n\"]"...), &found)
	if end == 0 {
		return
	}
	if end != len(src) && src[end] != '\n' {
		t.Fatalf("%q: ends at %d", src, end)
	}
	if end == len(src) && (!ok || !c.Compact || !utf8.Valid(src) || bytes.ContainsAny(src, "{\x7f\n")) {
		t.Fatalf("%q is found, but %v, %v", src, ok, c)
	}
	for _, p := range []*Columns{&found, c} { // what is beyond their numbers is no matter
		for _, e := range []*Places{&p.Outer, &p.Inner} {
			clear(e.Ends[min(e.N, len(e.Ends)):])
		}
	}
	if end == len(src) && found != *c {
		t.Fatalf("%q: %v, not %v", src, found, *c)
	}
}

// TestFinder counts what is found of what is usual.
func TestFinder(t *testing.T) {
	var f Finder
	if f.Array([]byte("[1]\n"), new(Columns)) == 0 {
		t.Skip("this processor cannot")
	}
	for _, line := range []string{`[]`, `["a",1,null,true,false]`, `["ev",["$a\n\"é","!b",null]]`, `[[],["a"],[1]]`, `[123456789012345]`} {
		var c Columns
		if end := f.Array([]byte(line+"\n[\xff"), &c); end != len(line) && end != 0 {
			t.Errorf("%s: ends at %d", line, end)
		}
		if end := f.Array([]byte(line+"\nRDATA \"{"), &c); end != len(line) {
			t.Errorf("%s: ends at %d", line, end)
		}
	}
}

// samePlaces holds places against the elements of an array that begins at start.
func samePlaces(t *testing.T, src []byte, start int, p *Places) {
	n := 0
	for i, v := range Elements(src) {
		if end := start + cap(src) - cap(v) + len(v); i < len(p.Ends) && p.Ends[i] != end {
			t.Fatalf("%q: element %d ends at %d, want %d", src, i, p.Ends[i], end)
		}
		n++
	}
	if n != p.N {
		t.Fatalf("%q: %d elements, want %d", src, p.N, n)
	}
}
