package cbor

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// literals are texts with the bytes that Mercurial 5.8.1 writes for them.
var literals = []struct{ text, want string }{
	{"0", "00"},
	{"-0", "00"},
	{"-(0)", "00"},
	{"-((1))", "20"},
	{"-(18446744073709551616)", "3bffffffffffffffff"},
	{"[-(0b1_0), 2]", "822102"},
	{"23", "17"},
	{"24", "1818"},
	{"256", "190100"},
	{"65536", "1a00010000"},
	{"4294967296", "1b0000000100000000"},
	{"18446744073709551615", "1bffffffffffffffff"},
	{"-1", "20"},
	{"-25", "3818"},
	{"-18446744073709551616", "3bffffffffffffffff"},
	{"0x10", "10"},
	{"0XfF", "18ff"},
	{"0x_f", "0f"},
	{"0o17", "0f"},
	{"0b101", "05"},
	{"1_000", "1903e8"},
	{"00", "00"},
	{"0_0", "00"},
	{"+5", "05"},
	{"- 5", "24"},
	{"-(5)", "24"},
	{"-((5))", "24"},
	{"(1)", "01"},
	{"1,", "8101"},
	{"1, 2", "820102"},
	{"b'foo'", "43666f6f"},
	{`b"foo"`, "43666f6f"},
	{`b'\x00\xff'`, "4200ff"},
	{`b'a\nb'`, "43610a62"},
	{`b'\\'`, "415c"},
	{`b'\101\q\777'`, "44415c71ff"},
	{`Br'\x'`, "425c78"},
	{`rB'\''`, "425c27"},
	{`b'a' b'b'`, "426162"},
	{`b'a'b"b"rb'c'`, "43616263"},
	{`b"""q"uote"""`, "467122756f7465"},
	{"b'''a\nb'''", "43610a62"},
	{"b'''a\r\nb'''", "43610a62"},
	{"b'a\\\nb'", "426162"},
	{"[]", "80"},
	{"()", "80"},
	{"[1,2,]", "820102"},
	{"(1,)", "8101"},
	{"[[], [[]], [[[]]]]", "83808180818180"},
	{"{}", "a0"},
	{"{b'foo': b'val1', b'bar': b'val2'}", "a2436261724476616c3243666f6f4476616c31"},
	{"{b'b': 1, b'aa': 2}", "a242616102416201"},
	{"{1: 2, b'x': 3}", "a24178030102"},
	{"{None: 1, True: 2, b'a': 3, 4: 5}", "a4f601f5024161030405"},
	{"{-1: 0, 10: 1, 9: 2}", "a3200009020a01"},
	{"{(1, 2): 3, (1,): 4, b'':5,}", "a3400581010482010203"},
	{"{1: 2, True: 3}", "a10103"},
	{"{True: 2, 1: 3}", "a1f503"},
	{"{b'x', 1, None}", "d9010283f6417801"},
	{"{3, 3, 2}", "d90102820203"},
	{"{False, 0}", "d9010281f4"},
	{"set()", "d9010280"},
	{"set ( )", "d9010280"},
	{"[set(), None, True, False]", "84d9010280f6f5f4"},
	{"1 # comment", "01"},
	{"1 # \xff", "01"},
	{"1\n\n  # end\n", "01"},
	{"\n# first\n1", "01"},
	{"\f1", "01"},
	{"[1, # c\n 2]", "820102"},
	{"[1, \\\n2]", "820102"},
	{"\\\n 1", "01"},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseLiteral(t *testing.T) {
	for _, tt := range literals {
		v, err := ParseLiteral([]byte(tt.text), Limits{})
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		got, err := v.Append(nil)
		if want := unhex(t, tt.want); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q gave %x, %v, not %x", tt.text, got, err, want)
		}
	}
}

func TestParseLiteralFaults(t *testing.T) {
	for _, tt := range []struct{ text, part, message string }{
		{"", "", "no literal"},
		{" 1", " ", "indentation"},
		{"\t1", "\t", "indentation"},
		{"# only", "", "no literal"},
		{"007", "007", "leading zeros"},
		{"1__0", "1__0", "no number"},
		{"1_", "1_", "no number"},
		{"0x", "0x", "no number"},
		{"0x_", "0x_", "no number"},
		{"0o8", "0o8", "no number"},
		{"12ab", "12ab", "no number"},
		{"18446744073709551616", "18446744073709551616", "big integers"},
		{"-18446744073709551617", "18446744073709551617", "big integers"},
		{"-(18446744073709551617)", "18446744073709551617", "big integers"},
		{"+(18446744073709551616)", "18446744073709551616", "big integers"},
		{"[-(1), 18446744073709551616]", "18446744073709551616", "big integers"},
		{"-([1])", "-", "sign"},
		{"1e3", "1e3", "cannot be written"},
		{"[.5]", ".5", "cannot be written"},
		{"1j", "1j", "cannot be written"},
		{"1+2j", "+", "end of the literal"},
		{"--5", "-", "sign"},
		{"-(-5)", "-", "sign"},
		{"-True", "-", "sign"},
		{"'text'", "'", "cannot be written"},
		{`u"x"`, `u"`, "cannot be written"},
		{"f'x'", "f'", "no literal"},
		{"bb'x'", "bb", "prefix"},
		{"b'x' 'y'", "'", "cannot be written"},
		{"b'\xe9'", "\xe9", "ASCII"},
		{"b'\\\xe9'", "\xe9", "ASCII"},
		{`b'\xz'`, `\xz`, `\x`},
		{"b'abc", "'abc", "no end"},
		{"b'a\nb'", "'a", "no end"},
		{`b'\`, `'\`, "no end"},
		{"...", "...", "cannot be written"},
		{"Ellipsis", "Ellipsis", "no literal"},
		{"none", "none", "no literal"},
		{"set", "set", "no literal"},
		{"set(1)", "set(", "takes nothing"},
		{"[1", "[", "no ']'"},
		{"[1 2]", "2", "expected"},
		{"[,]", ",", "value"},
		{"{1: 2, 3}", "}", `":"`},
		{"{[1]: 2}", ": 2", "unhashable"},
		{"{{}}", "{}", "unhashable"},
		{"{([],)}", "([],)", "unhashable"},
		{"1\n2", "2", "end of the literal"},
		{"1; 2", ";", "end of the literal"},
		{`\x31`, `\`, "backslash"},
		{"1 \\\n", "\\", "backslash"},
		{"1\x00", "\x00", "NUL"},
		{"\xff", "\xff", "no literal"},
		{strings.Repeat("[", 200), "[", "too deep"},
	} {
		_, err := ParseLiteral([]byte(tt.text), Limits{})
		e, ok := errors.AsType[*codec.TextError](err)
		if !ok {
			t.Errorf("%q: error %v", tt.text, err)
			continue
		}
		if !strings.Contains(e.Message, tt.message) {
			t.Errorf("%q: %q does not speak of %q", tt.text, e.Message, tt.message)
		}
		if e.Start < 0 || e.End > len(tt.text) || e.Start > e.End {
			t.Fatalf("%q: range %d to %d", tt.text, e.Start, e.End)
		}
		if got := tt.text[e.Start:e.End]; got != tt.part && !(strings.HasPrefix(tt.part, got) && got != "") && !strings.HasSuffix(got, tt.part) {
			t.Errorf("%q: the error is at %q, not %q", tt.text, got, tt.part)
		}
	}
}

// Tuples of unlike things have no order in Python 3.
func TestWriterRefusesMixedTuples(t *testing.T) {
	v, err := ParseLiteral([]byte("{(1, b'a'): 1, (b'a', 1): 2}"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Append(nil); !errors.Is(err, ErrOrder) {
		t.Errorf("got %x, %v", got, err)
	}
}

func FuzzParseLiteral(f *testing.F) {
	for _, tt := range literals {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte("{(1, b'a'): 1, (b'a', 1): 2}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParseLiteral(text, Limits{})
		if err != nil {
			if e, ok := errors.AsType[*codec.TextError](err); !ok || e.Start < 0 || e.End < e.Start || e.End > len(text) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		wire, err := v.Append(nil)
		if err != nil {
			return
		}
		var tree Tree
		n, err := tree.Parse(wire, Limits{Depth: 1000})
		if err != nil || n != len(wire) {
			t.Fatalf("%q wrote %x: %d, %v", text, wire, n, err)
		}
		again, ok := tree.AppendLiteral(nil, 0)
		if !ok {
			t.Fatalf("%q wrote %x, which has no literal", text, wire)
		}
		checkLiteral(t, again, wire)
	})
}

func checkLiteral(t *testing.T, text, wire []byte) {
	t.Helper()
	v, err := ParseLiteral(text, Limits{Depth: 1000})
	if err != nil {
		t.Fatalf("%q, printed of %x: %v", text, wire, err)
	}
	if got, err := v.Append(nil); err != nil || !bytes.Equal(got, wire) {
		t.Fatalf("%q, printed of %x, gave %x, %v", text, wire, got, err)
	}
}
