package jsonv

import (
	"bytes"
	"strings"
	"testing"
)

// sameCompact checks that compact gives what emit does, if it gives anything.
func sameCompact(t *testing.T, src []byte) (took bool) {
	t.Helper()
	got, took := compact([]byte("x"), src)
	if want, ok := emit([]byte("x"), src, styleTyped); took && (!ok || !bytes.Equal(got, want)) {
		t.Fatalf("%q:\n got %s\nwant %s", src, got, want)
	}
	return took
}

func TestCompact(t *testing.T) {
	for src, take := range map[string]bool{
		string(benchmarkHeader): true,
		`{ "result" : [ 0 , {"items": [["a b\"\\\n", 1], []]} , {}, null,true,false ] } behind`: true,
		`{"long key one": 1, "long key two": 2, "käse": "日本語 und mehr", "": {"": ""}}`:          true,
		`"text"`: true, `0`: true, `123456789012345`: true, "\t[\n1\r]": true,
		`1234567890123456`: true, `-1`: true, `[1.5,-0.0]`: true, `9007199254740992`: false, `-9007199254740993`: false, `+1`: false, `.5`: false, `01`: false, `1e3`: false, `True`: false, `NaN`: false,
		`{"a":1,"a":2}`: false, `{"a":1,"b":{"a":1},"a":2}`: false, `{"long key one":1,"long key one":1}`: false,
		`"\u0041"`: false, `"\/"`: false, "\"\x7f\"": false, "\"a\nb\"": false, "\"\xff\"": false, "\"12345678\xed\xa0\x80\"": false,
		`[1,]`: false, `{"a":1,}`: false, `{"a" 1}`: false, `{a:1}`: false, `[1 2]`: false, ``: false, ` `: false, `"a\`: false,
		strings.Repeat("[", 32) + strings.Repeat("]", 32):                                  true,
		strings.Repeat(`{"a": `, 24) + "1" + strings.Repeat("}", 24):                       true,
		strings.Repeat("[1 , ", 70) + "1":                                                  false,
		"[" + strings.Repeat("1 , ", 70) + "\"text\"" + strings.Repeat(" ,\t1", 100) + "]": true,
		strings.Repeat("[", 33) + strings.Repeat("]", 33):                                  false,
	} {
		if took := sameCompact(t, []byte(src)); took != take {
			t.Errorf("%q: taken is %v", src, took)
		}
		for n := range len(src) {
			sameCompact(t, []byte(src[:n]))
			sameCompact(t, []byte(src[:n]+"\""+src[n:]))
			sameCompact(t, []byte(src[:n]+src[n+1:]))
		}
	}
	for _, c := range checks {
		sameCompact(t, []byte(c.src))
	}
}
