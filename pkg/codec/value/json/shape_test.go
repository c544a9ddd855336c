package jsonv

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"
)

// sameNotes checks that the notes of shapes are those of a check without them.
func sameNotes(t *testing.T, s *Shapes, src []byte) {
	t.Helper()
	var got, want Notes
	gotErr, wantErr := s.CheckWhole(src, Options{}, &got), want.CheckWhole(src, Options{})
	if !reflect.DeepEqual(gotErr, wantErr) {
		t.Fatalf("%q: %v, without shapes %v", src, gotErr, wantErr)
	}
	if plain := CheckWhole(src, Options{}); !reflect.DeepEqual(plain, wantErr) {
		t.Fatalf("%q: %v, without notes %v", src, wantErr, plain)
	}
	for _, allow := range []Allow{0, Python, Ujson, Cpp, Lax} {
		for _, known := range []bool{false, utf8.Valid(src)} {
			o := Options{Allow: allow, UTF8: known}
			n, err := new(Notes).Check(src, o)
			if m, plain := Check(src, o); n != m || !reflect.DeepEqual(err, plain) {
				t.Fatalf("%q, allowed %#x: %d %v, without notes %d %v", src, allow, n, err, m, plain)
			}
		}
	}
	if wantErr != nil {
		return
	}
	if got.n != want.n || got.usual != want.usual || got.line != want.line || got.length != want.length || got.OneLine(src) != want.OneLine(src) {
		t.Fatalf("%q: %+v, without shapes %+v", src, got, want)
	}
	for i := range got.Len() {
		k, v := got.Member(src, i)
		if wantK, wantV := want.Member(src, i); !bytes.Equal(k, wantK) || !bytes.Equal(v, wantV) {
			t.Fatalf("%q: %s: %s, without shapes %s: %s", src, k, v, wantK, wantV)
		}
	}
	typed, _ := emit(nil, src, styleTyped)
	for _, n := range []*Notes{&got, &want} {
		if out := n.AppendTyped(nil, src); !bytes.Equal(out, typed) {
			t.Fatalf("%q: %s, want %s", src, out, typed)
		}
	}
}

func TestShapes(t *testing.T) {
	values := []string{
		`"x"`, `"of more than eight characters"`, `""`, `"a\n"`, `"\u0041"`, "\"\xc3\xa9\"", "\"\x7f\"", "\"a\nb\"", `0`, `12`, `012`, `123456789012345678`,
		`-1`, `1.5`, `1e3`, `true`, `false`, `null`, `tru`, `{}`, `{"a": 1}`, `[1, 2]`, ``, `"`, `"a`, `1 `, `1x`,
	}
	var s Shapes
	for _, lead := range []string{"", " ", "\n"} {
		for _, end := range []string{"}", "} ", " }", "}\n", "} {", "", ", ", `, "a": 2}`, `, "last": 1}`} {
			for _, v := range values {
				for _, w := range values {
					sameNotes(t, &s, []byte(lead+`{"type": "ping", "a": `+v+`, "long name": `+w+end))
				}
			}
		}
	}
	for _, c := range checks {
		sameNotes(t, &s, []byte(c.src))
	}
	for range 2 {
		for _, src := range []string{
			`{}`, `{"a":1}`, `{"a" : 1 }`, `{"b":1}`, `{"a":1,"a":2}`, `{"a":3,"a":4}`, `[1]`, `7`, `{"a":1,"b":{}}`,
			`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}`, `{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}`,
		} {
			for n := range len(src) {
				sameNotes(t, &s, []byte(src[:n]))
				sameNotes(t, &s, slices.Delete([]byte(src), n, n+1))
			}
			sameNotes(t, &s, []byte(src))
			sameNotes(t, &s, []byte(src))
		}
	}
}
