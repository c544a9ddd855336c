package jsonv

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	stdjson "encoding/json"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

var checks = []struct {
	src    string
	allow  Allow
	n      int // length of the value, -1 for a fault
	code   string
	offset int64
	path   string
}{
	{src: `{"a": 1, "b": [true, null]} rest`, n: 27},
	{src: " \t\r\n[] ", n: 6},
	{src: `"caf\u00e9 \ud800 ` + "\u65e5\"", n: 22},
	{src: `-0.5e+10,`, n: 8},
	{src: `01`, n: 1},
	{src: `1.`, n: -1, code: codec.CodeTruncated, offset: 2},
	{src: `[1.]`, n: -1, code: codec.CodeSyntax, offset: 3, path: "[0]"},
	{src: ``, n: -1, code: codec.CodeTruncated, offset: 0},
	{src: `{"command": ["x", {"a": tru}]}`, n: -1, code: codec.CodeSyntax, offset: 24, path: "/command[1]/a"},
	{src: `{"a" 1}`, n: -1, code: codec.CodeSyntax, offset: 5, path: "/a"},
	{src: `{"a":1,}`, n: -1, code: codec.CodeSyntax, offset: 7},
	{src: `{'a':1}`, n: -1, code: codec.CodeSyntax, offset: 1},
	{src: `[1,]`, n: -1, code: codec.CodeSyntax, offset: 3, path: "[1]"},
	{src: `[1 2]`, n: -1, code: codec.CodeSyntax, offset: 3},
	{src: `{"a":"b`, n: -1, code: codec.CodeTruncated, offset: 7, path: "/a"},
	{src: `"\x"`, n: -1, code: codec.CodeSyntax, offset: 1},
	{src: `"\u12g4"`, n: -1, code: codec.CodeSyntax, offset: 5},
	{src: "\"a\tb\"", n: -1, code: codec.CodeSyntax, offset: 2},
	{src: "\"a\tb\"", allow: Control, n: 5},
	{src: "\"0123456789\xff\"", allow: Lax, n: -1, code: codec.CodeSyntax, offset: 11},
	{src: "\"\xed\xa0\x80\"", allow: Lax, n: -1, code: codec.CodeSyntax, offset: 1},
	{src: `NaN`, n: -1, code: codec.CodeSyntax},
	{src: `[NaN, Infinity, -Infinity]`, allow: Python, n: 26},
	{src: `-Infinity`, n: -1, code: codec.CodeSyntax, offset: 1},
	{src: `nul`, n: -1, code: codec.CodeTruncated, offset: 3},
	{src: "\xef\xbb\xbf{}", allow: Python, n: -1, code: codec.CodeSyntax},
	{src: `[+5, 01, 1., .5, 1.e2, tRuE, NULL,]`, allow: Cpp, n: 35},
	{src: `[00, -01, 1., -.5, 1.e2, -, -]`, allow: Ujson, n: 30},
	{src: `[-.]`, allow: Ujson, n: -1, code: codec.CodeSyntax, offset: 3, path: "[0]"},
	{src: `-e5`, allow: Ujson, n: -1, code: codec.CodeSyntax, offset: 1},
	{src: `1e`, allow: Ujson, n: -1, code: codec.CodeTruncated, offset: 2},
	{src: `+5`, allow: Ujson, n: -1, code: codec.CodeSyntax},
	{src: `.5`, allow: Ujson, n: -1, code: codec.CodeSyntax},
	{src: "\"a\x01\"", allow: Ujson, n: 4},
	{src: "\"a\x00\"", allow: Ujson, n: -1, code: codec.CodeSyntax, offset: 2},
	{src: "\"a\x00\"", allow: Python, n: 4},
	{src: `-`, allow: Python, n: -1, code: codec.CodeTruncated, offset: 1},
	{src: `-I`, allow: Lax, n: -1, code: codec.CodeTruncated, offset: 2},
	{src: `-.5`, allow: Lax, n: 3},
	{src: `[.]`, allow: Cpp, n: -1, code: codec.CodeSyntax, offset: 1, path: "[0]"},
	{src: `[1-2]`, allow: Cpp, n: -1, code: codec.CodeSyntax, offset: 1, path: "[0]"},
	{src: `9223372036854775807`, allow: Cpp, n: 19},
	{src: `-9223372036854775808`, allow: Cpp, n: 20},
	{src: `9223372036854775808`, allow: Cpp, n: -1, code: codec.CodeSyntax},
	{src: strings.Repeat("[", 100) + strings.Repeat("]", 100), n: 200},
	{src: strings.Repeat("[", 101), n: -1, code: codec.CodeLimit, offset: 100, path: strings.Repeat("[0]", 100)},
}

func TestCheck(t *testing.T) {
	for _, c := range checks {
		n, err := Check([]byte(c.src), Options{Allow: c.allow})
		if c.n >= 0 {
			if err != nil || n != c.n {
				t.Errorf("%.60q: %d, %v, want %d", c.src, n, err, c.n)
			}
			continue
		}
		var fault *codec.SyntaxError
		if !errors.As(err, &fault) {
			t.Errorf("%.60q: no fault but %d, %v", c.src, n, err)
			continue
		}
		if fault.Code != c.code || fault.Offset != c.offset || fault.Path != c.path {
			t.Errorf("%.60q: %s at %d in %q, want %s at %d in %q (%v)", c.src, fault.Code, fault.Offset, fault.Path, c.code, c.offset, c.path, fault)
		}
	}
}

// Of text that is UTF-8, a check that is told so says the same, wherever in a
// string something odd stands.
func TestKnownUTF8(t *testing.T) {
	agree := func(src string, a Allow) {
		t.Helper()
		n, err := Check([]byte(src), Options{Allow: a})
		m, known := Check([]byte(src), Options{Allow: a, UTF8: true})
		if n != m || !reflect.DeepEqual(err, known) {
			t.Errorf("%q: %d, %v, but %d, %v when known to be UTF-8", src, n, err, m, known)
		}
	}
	for _, c := range checks {
		if utf8.ValidString(c.src) {
			agree(c.src, c.allow)
		}
	}
	odd := []string{"é", "€", "😀", `\"`, `\\`, `\n`, `\u00e9`, `\u00`, `\x`, `\`, "\n", "\x7f"}
	for n := range 20 {
		for _, s := range odd {
			for at := range n + 1 {
				for _, end := range []string{`"`, `" `, `","more than eight bytes"`, ""} {
					src := `["` + strings.Repeat("a", at) + s + strings.Repeat("é", n-at) + end + `]`
					if utf8.ValidString(src) {
						agree(src, 0)
						agree(src, Control)
					}
				}
			}
		}
	}
}

func TestCheckWhole(t *testing.T) {
	if err := CheckWhole([]byte(" {} \n"), Options{}); err != nil {
		t.Error(err)
	}
	var fault *codec.SyntaxError
	if err := CheckWhole([]byte(`{"type": "ping"} x`), Options{}); !errors.As(err, &fault) || fault.Offset != 17 {
		t.Errorf("trailing text: %v", err)
	}
}

func TestPrefixesAreTruncated(t *testing.T) {
	for _, c := range []struct {
		src   string
		allow Allow
	}{
		{`{"a\n": [1.5e3, "x\u00e9", true, {"b": null}, "caf` + "\u00e9 \U0001f600" + `", -0.5]}`, 0},
		{`[NaN, -Infinity, Infinity, "` + "\n" + `"]`, Python},
		{`[+.5e+1, TRUE, nULL, fAlse,]`, Cpp},
	} {
		for i := range len(c.src) { // each byte, and not each character
			_, err := Check([]byte(c.src[:i]), Options{Allow: c.allow})
			var fault *codec.SyntaxError
			if !errors.As(err, &fault) || fault.Code != codec.CodeTruncated || fault.Offset != int64(i) {
				t.Errorf("%q: %v", c.src[:i], err)
			}
		}
		if n, err := Check([]byte(c.src), Options{Allow: c.allow}); err != nil || n != len(c.src) {
			t.Errorf("%q: %d, %v", c.src, n, err)
		}
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	src := []byte(`{"type": "send", "from": "52f0a3c1_5@host", "seq": 2, "want_answer": true, "x": [1.5, null, "caf\u00e9"]}`)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Check(src, Options{Allow: Python}); err != nil {
			t.Fatal(err)
		}
		if v, ok := Get(src, "seq"); !ok || string(v) != "2" {
			t.Fatal(string(v))
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = AppendTyped(dst[:0], src) }); n != 0 {
		t.Errorf("AppendTyped: %v allocations", n)
	}
}

func TestAppendTyped(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{ "a" : [ 1 , 2.50, -0.0 ] , "b":{} }`, `{"a":[1,2.50,-0.0],"b":{}}`},
		{`[9007199254740991,9007199254740992,-9007199254740992,100000000000000000000]`, `[9007199254740991,"9007199254740992","-9007199254740992","100000000000000000000"]`},
		{`[1e400,-1e400,1e22,NaN,Infinity,-Infinity]`, `["Infinity","-Infinity",1e22,"NaN","Infinity","-Infinity"]`},
		{`{"a":1,"b":2,"\u0061":3}`, `{"a":3,"b":2}`},
		{`{"a":{"x":1,"x":2},"a":[{"y":1,"y":[3]}],"c":0}`, `{"a":[{"y":[3]}],"c":0}`},
		{`"\ud800 \ud83d\ude00 \/ \u0041 \u007f"`, `"\ud800 😀 / A \u007f"`},
		{"\"a\x01\tb\n\"", `"a\u0001\tb\n"`},
		{`[+5, 007, 1., .5, tRUE, Null,]`, `[5,7,1,0.5,true,null]`},
		{`[-, 00, -01]`, `[0,0,-1]`},
		{`{"a":1} and more`, `{"a":1}`},
		{`no json`, `{"text":"no json"}`},
		{"\xff", `{"hex":"ff"}`},
		{`[`, `{"text":"["}`},
	} {
		if got := string(AppendTyped(nil, []byte(c.src))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestManyRepeatedKeys(t *testing.T) {
	var src, want bytes.Buffer
	src.WriteString("{")
	for i := range 200 {
		src.WriteString(`"k` + string(rune('0'+i%100/10)) + string(rune('0'+i%10)) + `":` + string(rune('0'+i/100)) + ",")
	}
	src.WriteString(`"end":null}`)
	want.WriteString("{")
	for i := range 100 {
		want.WriteString(`"k` + string(rune('0'+i/10)) + string(rune('0'+i%10)) + `":1,`)
	}
	want.WriteString(`"end":null}`)
	if got := AppendTyped(nil, src.Bytes()); string(got) != want.String() {
		t.Errorf("got %s", got)
	}
}

// The vectors hold what BIND 10's C++ library and Python make of a text.
func TestReferenceSpellings(t *testing.T) {
	type vector struct {
		ID, Text        string
		ToWire          *string `json:"to_wire"`
		Exception       string
		PythonToWire    *string `json:"python_to_wire"`
		PythonException string  `json:"python_exception"`
	}
	for _, v := range testdata.Vectors[vector](t, "msgq/vectors/shared_cpp_json.json") {
		_, err := Check([]byte(v.Text), Options{Allow: Cpp})
		if (err == nil) != (v.ToWire != nil) {
			t.Errorf("%s: C++ takes %s: %v; %v", v.ID, v.Text, v.ToWire != nil, err)
		}
		if v.ToWire != nil {
			if got, ok := AppendCpp(nil, []byte(v.Text)); !ok || string(got) != *v.ToWire {
				t.Errorf("%s: %s, C++ writes %s", v.ID, got, *v.ToWire)
			}
		}
		err = CheckWhole([]byte(v.Text), Options{Allow: Python})
		if (err == nil) != (v.PythonToWire != nil) {
			t.Errorf("%s: Python takes %s: %v; %v", v.ID, v.Text, v.PythonToWire != nil, err)
		}
		if v.PythonToWire != nil {
			if got, ok := AppendPython(nil, []byte(v.Text)); !ok || string(got) != *v.PythonToWire {
				t.Errorf("%s: %s, Python writes %s", v.ID, got, *v.PythonToWire)
			}
		}
	}
}

func TestAppendPython(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{"command":["x",{"a":1}]}`, `{"command": ["x", {"a": 1}]}`},
		{`[1e2,1E16,1e-5,0.0001,123456789012345680.0,5e-324,-0,-0.0,1e400]`, `[100.0, 1e+16, 1e-05, 0.0001, 1.2345678901234568e+17, 5e-324, 0, -0.0, Infinity]`},
		{"\"\u65e5😀\x7f\b\f\"", `"\u65e5\ud83d\ude00\u007f\b\f"`},
		{`[ ]`, `[]`},
		{`{ }`, `{}`},
	} {
		if got, ok := AppendPython(nil, []byte(c.src)); !ok || string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
	if got, ok := AppendPython([]byte("x"), []byte(`{`)); ok || string(got) != "x" {
		t.Errorf("a broken value: %q, %v", got, ok)
	}
}

func TestAccessors(t *testing.T) {
	src := []byte(` {"a": 1, "b\u0062": "x\n\ud800", "n": -9223372036854775808, "l": [10, [], {"z": 0}], "a": 2} `)
	if v, ok := Get(src, "a"); !ok || string(v) != "2" {
		t.Errorf("a: %q", v)
	}
	v, ok := Get(src, "bb")
	if s, isText := StringValue(v); !ok || !isText || s != "x\n\xed\xa0\x80" {
		t.Errorf("bb: %q", s)
	}
	if v, _ = Get(src, "n"); true {
		if n, ok := IntValue(v); !ok || n != math.MinInt64 {
			t.Errorf("n: %d", n)
		}
	}
	v, _ = Get(src, "l")
	if Len(v) != 3 || Len(src) != 5 {
		t.Errorf("lengths %d, %d", Len(v), Len(src))
	}
	if e, ok := Index(v, 2); !ok || string(e) != `{"z": 0}` {
		t.Errorf("l[2]: %q", e)
	}
	if _, ok := Index(v, 3); ok {
		t.Error("l[3] is there")
	}
	if _, ok := Get(src, "c"); ok {
		t.Error("c is there")
	}
	if _, ok := IntValue([]byte("1.0")); ok {
		t.Error("1.0 is an integer")
	}
	for raw, want := range map[string]bool{
		"true": true, "false": false, "null": false, "0": false, "0.0": false, "1": true, "NaN": true,
		`""`: false, `"no"`: true, "[]": false, "[0]": true, "{}": false, `{"a":0}`: true,
	} {
		if Truthy([]byte(raw)) != want {
			t.Errorf("Truthy(%s) is %v", raw, !want)
		}
	}
}

func TestFieldsTile(t *testing.T) {
	src := []byte(` {"type": "send", "list": [1, {"a": []}, [2,3] ], "e": {}} `)
	for levels := range 5 {
		fields := AppendFields(nil, src, 100, 0, levels, nil)
		if levels == 0 && fields != nil {
			t.Fatalf("fields of no level: %v", fields)
		}
		if levels > 0 {
			tile(t, fields, 0, 100, 100+int64(len(src)))
		}
		if levels == 4 {
			if want := []string{"type", "list", "[0]", "[1]", "a", "[2]", "[0]", "[1]", "e"}; !reflect.DeepEqual(names(fields), want) {
				t.Errorf("fields %v, want %v", names(fields), want)
			}
		}
	}
}

func names(fields []codec.Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return out
}

// tile checks that the fields of a depth, and those inside each, have no hole.
func tile(t *testing.T, fields []codec.Field, depth int, start, end int64) {
	t.Helper()
	at := start
	for i := 0; i < len(fields); {
		f := fields[i]
		if f.Depth != depth || f.Span.Start != at || f.Span.End <= at {
			t.Fatalf("field %q %v at depth %d, want one of depth %d from %d on", f.Name, f.Span, f.Depth, depth, at)
		}
		j := i + 1
		for j < len(fields) && fields[j].Depth > depth {
			j++
		}
		if j > i+1 {
			tile(t, fields[i+1:j], depth+1, f.Span.Start, f.Span.End)
		}
		at, i = f.Span.End, j
	}
	if at != end {
		t.Fatalf("the fields of depth %d end at %d, not %d", depth, at, end)
	}
}

// byteByByte is str with nothing but the rules.
func (s *scanner) byteByByte() (int, *codec.SyntaxError) {
	for i := 1; i < len(s.src); {
		n, fault := 1, (*codec.SyntaxError)(nil)
		switch c := s.src[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n, fault = s.escape(i)
		case c < ' ' && (!s.may(Control) || c == 0 && s.may(noNUL)):
			fault = s.fault(i, "a raw control character %#02x in a string", c)
		case c >= utf8.RuneSelf && !s.utf8:
			var r rune
			if r, n = utf8.DecodeRune(s.src[i:]); r == utf8.RuneError && n == 1 {
				fault = s.fault(i, "a string is UTF-8, not %#02x here", c)
				if !utf8.FullRune(s.src[i:]) {
					fault = s.truncated("the text ends inside a character")
				}
			}
		}
		if fault != nil {
			return 0, fault
		}
		i += n
	}
	return 0, s.truncated("the string from offset 0 on has no end")
}

// sameStr checks that a string is passed over as it is byte by byte.
func sameStr(t *testing.T, src []byte) {
	t.Helper()
	for _, allow := range []Allow{0, Python, Cpp, Ujson} {
		for _, known := range []bool{false, true} {
			if known && !utf8.Valid(src) {
				continue
			}
			s := newScanner(src, Options{Allow: allow, UTF8: known})
			i, fault := s.str(0)
			if want, wantFault := s.byteByByte(); i != want || !reflect.DeepEqual(fault, wantFault) {
				t.Fatalf("%q, allowed %#x, known to be UTF-8 %v: %d %v, byte by byte %d %v", src, allow, known, i, fault, want, wantFault)
			}
		}
	}
}

func TestStr(t *testing.T) {
	parts := []string{"a", "bcdefghi", "jklmnopqrstuvwxyz", `\n`, `\"`, `\\`, "é", "€", "\U0001f600", `\u00e9`, `\x`, "\x01", "\xc3", "\xe2\x82", "\xff", `"`}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		src := []byte{'"'}
		most := 8 + r.IntN(9) // with all parts most end early
		for range r.IntN(16) {
			src = append(src, parts[r.IntN(most)]...)
		}
		src = append(src, parts[r.IntN(len(parts))]...)
		for range r.IntN(4) {
			src = append(src, parts[r.IntN(len(parts))]...)
		}
		sameStr(t, src)
	}
}

func FuzzCheck(f *testing.F) {
	for _, c := range checks {
		if len(c.src) < 100 {
			f.Add([]byte(c.src))
		}
	}
	f.Add([]byte(`{"a":1,"a":{"b":2,"b":3}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		strict := CheckWhole(src, Options{MaxDepth: maxDepth})
		if utf8.Valid(src) && (strict == nil) != stdjson.Valid(src) {
			t.Fatalf("%q: %v, encoding/json says %v", src, strict, stdjson.Valid(src))
		}
		if known := CheckWhole(src, Options{MaxDepth: maxDepth, UTF8: true}); utf8.Valid(src) && !reflect.DeepEqual(strict, known) {
			t.Fatalf("%q: %v, %v when known to be UTF-8", src, strict, known)
		}
		n, err := Check(src, Options{Allow: Lax, MaxDepth: maxDepth})
		sameStr(t, append([]byte{'"'}, src...))
		sameCompact(t, src)
		sameTokens(t, src)
		var shapes Shapes
		for range 2 {
			sameNotes(t, &shapes, src)
		}
		typed := AppendTyped(nil, src)
		if !stdjson.Valid(typed) || !utf8.Valid(typed) {
			t.Fatalf("%q: typed %q", src, typed)
		}
		if err != nil {
			return
		}
		// What a value begins with is never called wrong.
		for i := range min(n, 64) {
			var fault *codec.SyntaxError
			if m, err := Check(src[:i], Options{Allow: Lax}); errors.As(err, &fault) && fault.Code == codec.CodeSyntax {
				t.Fatalf("%q: %d, %v, though %q is a value", src[:i], m, err, src[:n])
			}
		}
		once, ok := AppendPython(nil, src)
		again, okAgain := AppendPython(nil, once)
		if !ok || !okAgain || !bytes.Equal(once, again) {
			t.Fatalf("%q: written %q, again %q", src, once, again)
		}
		if cpp, ok := AppendCpp(nil, src); !ok || Value(cpp) == nil {
			t.Fatalf("%q: C++ %q", src, cpp)
		}
		if fields := AppendFields(nil, src[:n], 0, 0, 3, nil); len(fields) > 0 {
			tile(t, fields, 0, 0, int64(n))
		}
		if strict == nil && !bytes.Contains(bytes.ToLower(src), []byte(`\ud`)) {
			if got, want := load(t, typed, false), load(t, src, true); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: typed %q", src, typed)
			}
		}
	})
}

// load reads JSON with encoding/json. With asTyped it turns the numbers into
// what AppendTyped makes of them.
func load(t *testing.T, src []byte, asTyped bool) any {
	t.Helper()
	d := stdjson.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	if asTyped {
		return retype(v)
	}
	return v
}

func retype(v any) any {
	switch v := v.(type) {
	case stdjson.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			if f, _ := v.Float64(); math.IsInf(f, 1) {
				return "Infinity"
			} else if math.IsInf(f, -1) {
				return "-Infinity"
			}
			return v
		}
		if n, err := v.Int64(); err == nil && n > -1<<53 && n < 1<<53 {
			return v
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = retype(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = retype(v[k])
		}
	}
	return v
}

var benchmarkHeader = []byte(`{"type": "send", "from": "52f0a3c1_5@host.example", "to": "*", "group": "Group", "instance": "*", "seq": 2, "want_answer": false}`)

func BenchmarkCheck(b *testing.B) {
	b.SetBytes(int64(len(benchmarkHeader)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Check(benchmarkHeader, Options{Allow: Python}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidOfEncodingJSON(b *testing.B) {
	b.SetBytes(int64(len(benchmarkHeader)))
	b.ReportAllocs()
	for b.Loop() {
		if !stdjson.Valid(benchmarkHeader) {
			b.Fatal("not valid")
		}
	}
}

func BenchmarkAppendTyped(b *testing.B) {
	b.SetBytes(int64(len(benchmarkHeader)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = AppendTyped(dst[:0], benchmarkHeader)
	}
}

func TestNotes(t *testing.T) {
	for _, src := range []string{
		`{}`, ` {"a":1}`, `{"a" : [1, {"b":2}] , "c":"d"}`, `{"a":{"b":{}},"a":null}`, "{\"a\":\t\n true}",
		`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}`, `[{"a":1}]`, `"a"`, `5`,
	} {
		var o Notes
		if err := o.CheckWhole([]byte(src), Options{}); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		n := 0
		for key, value := range Members([]byte(src)) {
			if n < o.Len() {
				if k, v := o.Member([]byte(src), n); string(k) != string(key) || string(v) != string(value) {
					t.Errorf("%s: member %d is %s: %s, want %s: %s", src, n, k, v, key, value)
				}
			}
			n++
		}
		if o.Len() != n {
			t.Errorf("%s: %d members, want %d", src, o.Len(), n)
		}
	}
}
