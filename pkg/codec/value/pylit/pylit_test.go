package pylit

import (
	"errors"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// What Python 3.11's ast.literal_eval takes, and its repr in our spelling.
var literals = []struct{ in, want string }{
	{"None", "None"},
	{" True # yes", "True"},
	{"0", "0"},
	{"000", "0"},
	{"0_0", "0"},
	{"-12", "-12"},
	{"- 1", "-1"},
	{"+1_000", "1000"},
	{"0xff", "255"},
	{"0X_fF", "255"},
	{"0o17", "15"},
	{"0b101", "5"},
	{"-0x8000000000000000", "-9223372036854775808"},
	{"9223372036854775808", "9223372036854775808"},
	{"-123456789012345678901234567890", "-123456789012345678901234567890"},
	{"2.5", "2.5"},
	{".5", "0.5"},
	{"-0.0", "-0.0"},
	{"5.", "5.0"},
	{"1e3", "1000.0"},
	{"1E-7", "1e-07"},
	{"1_0.0_1", "10.01"},
	{"1e400", "inf"},
	{"1e16", "1e+16"},
	{"'a'", `"a"`},
	{`"a" 'b' u"c"`, `"abc"`},
	{`'it''s'`, `"its"`},
	{`'''a"b'c'''`, `"a\"b'c"`},
	{"'''a\nb'''", `"a\nb"`},
	{`r'\n\''`, `"\\n\\'"`},
	{`'\x41\101\u00e9\U0001f600\q'`, `"AAé😀\\q"`},
	{`'\ud800'`, `"\ud800"`},
	{`'\777'`, `"ǿ"`},
	{`'\é'`, `"\\é"`},
	{"'\\\n'", `""`},
	{`b'a\x00\xff\1'`, `x"6100ff01"`},
	{`b'abc\x00'`, `b"abc\x00"`},
	{`B'a' rb"\x" Rb'b' bR'c'`, `b"a\\xbc"`},
	{`b'\u0041'`, `b"\\u0041"`},
	{"()", "()"},
	{"(1)", "1"},
	{"(1,)", "(1,)"},
	{"((1), 2,)", "(1, 2)"},
	{"[1, [2, []],]", "[1, [2, []]]"},
	{"[1, # one\n 2]", "[1, 2]"},
	{"1,", "(1,)"},
	{"1, (2,), # end", "(1, (2,))"},
	{"{}", "{}"},
	{"{1: 'a', b'k': [None],}", `{1: "a", b"k": [None]}`},
	{"{1, 2}", "{1, 2}"},
	{"{1,}", "{1}"},
	{"set()", "set()"},
}

func TestLiterals(t *testing.T) {
	var tree value.Tree
	for _, tt := range literals {
		for _, inert := range []bool{false, true} {
			id, err := Parse(&tree, []byte(tt.in), Options{Inert: inert})
			if err != nil {
				t.Errorf("Parse(%q, inert %v): %v", tt.in, inert, err)
				continue
			}
			if got := string(Append(nil, &tree, id, Style{})); got != tt.want {
				t.Errorf("Parse(%q, inert %v) = %s; want %s", tt.in, inert, got, tt.want)
			}
		}
	}
}

var inertForms = []struct{ in, want string }{
	{`x"00 ff"`, `x"00ff"`},
	{`oid'1'`, `x"0000000000000001"`},
	{`tid'040d26c75a78a622'`, `x"040d26c75a78a622"`},
	{`s"a\x00bc"`, `s"a\x00bc"`},
	{"12L", "12L"},
	{"-99999999999999999999L", "-99999999999999999999L"},
	{"0x10L", "16L"},
	{"(nan, inf, -inf)", "(nan, inf, -inf)"},
	{`float(x"7ff8000000000001")`, `float(x"7ff8000000000001")`},
	{`float(x"4004000000000000")`, `2.5`},
	{"bytearray(b'a')", `bytearray(b"a")`},
	{"frozenset([1, 2])", "frozenset([1, 2])"},
	{"global(ZODB.POSException.POSKeyError)", "global(ZODB.POSException.POSKeyError)"},
	{`global("a", "b.c")`, `global("a", "b.c")`},
	{`global("a.b", "c")`, `global(a.b.c)`},
	{`global(b"a\xff", "c")`, `global(x"61ff", "c")`},
	{`call(global(os.system), ("ls",))`, `call(global(os.system), ("ls",))`},
	{"new(global(a.b), (), {1: 2})", "new(global(a.b), (), {1: 2})"},
	{"build(persid(b'x'), {})", `build(persid(b"x"), {})`},
	{"extend(1, [2, 3])", "extend(1, [2, 3])"},
	{"update(1, {2: 3, 4: 5})", "update(1, {2: 3, 4: 5})"},
	{"extcode(70000)", "extcode(70000)"},
	{`ext(-1, x"00")`, `ext(-1, x"00")`},
}

func TestInertForms(t *testing.T) {
	var tree value.Tree
	for _, tt := range inertForms {
		id, err := Parse(&tree, []byte(tt.in), Options{Inert: true})
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if got := string(Append(nil, &tree, id, Style{})); got != tt.want {
			t.Errorf("Parse(%q) = %s; want %s", tt.in, got, tt.want)
		}
		if _, err := Parse(&tree, []byte(tt.in), Options{}); err == nil {
			t.Errorf("Parse(%q) without inert forms: no error", tt.in)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		in         string
		start, end int
		part       string
	}{
		{"", 0, 0, "the end where a value"},
		{"tru", 0, 3, `no value "tru"`},
		{"[1 2]", 3, 4, `"2" where a comma`},
		{"[1", 2, 2, "the end where a comma"},
		{"{1: 2, 3}", 8, 9, "where a colon"},
		{"{1, 2: 3}", 5, 6, "where a comma"},
		{"1 2", 2, 3, `"2" after the value`},
		{"'abc", 0, 4, "has no end"},
		{"'a\nb'", 0, 2, "has no end"},
		{`b"é"`, 2, 4, "in a bytes string"},
		{`"a" b"b"`, 4, 8, "right behind"},
		{`"\u12"`, 1, 5, "4 hexadecimal digits"},
		{`"\U00110000"`, 1, 11, "beyond the last"},
		{`"\N{DASH}"`, 1, 3, "not understood"},
		{`b"\x1"`, 2, 5, "two hexadecimal"},
		{"01", 0, 2, "leading zero"},
		{"1,,", 2, 3, "\",\" where a value"},
		{"1_e0", 0, 4, "no number"},
		{"1__0", 0, 4, "no number"},
		{"0x", 0, 2, "no number"},
		{"0b2", 0, 3, "no number"},
		{"12a", 0, 3, "no number"},
		{"1.2.3", 0, 5, "no number"},
		{"2j", 0, 2, "complex"},
		{"--1", 1, 2, "where a number"},
		{"-True", 1, 2, "where a number"},
		{"set(1)", 0, 4, "empty set"},
		{`oid"001122334455667788"`, 4, 22, "9 bytes"},
		{`x"0g"`, 3, 4, "hexadecimal digit"},
		{"global(system)", 7, 13, "no module"},
		{"call(1)", 0, 7, "takes 2 values"},
		{"\"\xff\"", 1, 2, "not UTF-8"},
		{"\xff", 0, 1, "where a value"},
		{"ext(128, b'')", 0, 13, "from -128"},
	} {
		var tree value.Tree
		_, err := Parse(&tree, []byte(tt.in), Options{Inert: true})
		var e *codec.TextError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = _, %v; want a TextError", tt.in, err)
			continue
		}
		if e.Start != tt.start || e.End != tt.end || !strings.Contains(e.Message, tt.part) {
			t.Errorf("Parse(%q): [%d,%d) %q; want [%d,%d) …%s…", tt.in, e.Start, e.End, e.Message, tt.start, tt.end, tt.part)
		}
	}
}

func TestNesting(t *testing.T) {
	var tree value.Tree
	for _, open := range []string{"[", "(", "{", "call(", "{1:", "frozenset("} {
		_, err := Parse(&tree, []byte(strings.Repeat(open, 1<<20)), Options{Inert: true})
		if err == nil || !strings.Contains(err.Error(), "nest") {
			t.Errorf("a million of %q: %v", open, err)
		}
	}
	if _, err := Parse(&tree, []byte(strings.Repeat("[", 100)+strings.Repeat("]", 100)), Options{}); err != nil {
		t.Error(err)
	}
}

func TestLongIntegers(t *testing.T) {
	var tree value.Tree
	if _, err := Parse(&tree, []byte(strings.Repeat("9", maxDigits+1)), Options{}); err == nil {
		t.Error("an integer with too many digits: no error")
	}
	in := "0x" + strings.Repeat("f", 100)
	id, err := Parse(&tree, []byte(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := "0x" + tree.Big(id).Text(16); got != in {
		t.Errorf("%s became %s", in, got)
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range literals {
		f.Add([]byte(tt.in))
	}
	for _, tt := range inertForms {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var tree, again value.Tree
		id, err := Parse(&tree, in, Options{Inert: true})
		if err != nil {
			var e *codec.TextError
			if !errors.As(err, &e) || e.Start < 0 || e.End < e.Start || e.End > len(in) {
				t.Fatalf("Parse(%q): error %#v", in, err)
			}
			return
		}
		text := Append(nil, &tree, id, Style{})
		id2, err := Parse(&again, text, Options{Inert: true})
		if err != nil {
			t.Fatalf("Parse(%q) is written %q, which gives %v", in, text, err)
		}
		if back := Append(nil, &again, id2, Style{}); string(back) != string(text) {
			t.Fatalf("Parse(%q): %q becomes %q", in, text, back)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	in := []byte(`(7, False, "loadBefore", (x"0000000000000001", x"7fffffffffffffff"))`)
	var tree value.Tree
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(&tree, in, Options{Inert: true}); err != nil {
			b.Fatal(err)
		}
	}
}
