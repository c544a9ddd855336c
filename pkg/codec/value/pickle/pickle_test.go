package pickle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// A vector is a message that a pickler of the real program wrote.
type vector struct {
	ID, Hex, Proto, Ops string
	Python              int
	Message             map[string]json.RawMessage
}

func vectors(t testing.TB) []vector {
	var all []vector
	for _, name := range testdata.Glob(t, "zeo/vectors/shared_Z*.json") {
		for _, v := range testdata.Vectors[vector](t, name) {
			if v.Hex != "" {
				all = append(all, v)
			}
		}
	}
	return all
}

func (v vector) bytes(t testing.TB) []byte {
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(v.ID, err)
	}
	return b
}

// foreign says whether v was written by an ordinary pickler, with a memo.
func (v vector) foreign() bool { return strings.Contains(v.ID, "foreign") }

func profile(b []byte) Profile {
	if b[0] == opProto {
		return P3
	}
	return P1
}

func TestVectorsCanonical(t *testing.T) {
	var d Decoder
	var tree, read value.Tree
	var buf []byte
	for _, v := range vectors(t) {
		b := v.bytes(t)
		root, n, err := d.Decode(&tree, b)
		if err != nil || n != len(b) {
			t.Errorf("%s: Decode = %d, %v; want %d bytes", v.ID, n, err, len(b))
			continue
		}
		var same bool
		p := profile(b)
		if buf, same = Writes(buf, &tree, root, p, b); same == v.foreign() {
			t.Errorf("%s: canonical in %s: %v", v.ID, p, same)
		}
		if !same {
			continue
		}
		// And through text.
		text := pylit.Append(nil, &tree, root, pylit.Style{StrIsBytes: p == P1})
		id, err := pylit.Parse(&read, text, pylit.Options{Inert: true})
		if err != nil {
			t.Errorf("%s: %s: %v", v.ID, text, err)
			continue
		}
		if back, err := Append(nil, &read, id, p); !bytes.Equal(back, b) {
			t.Errorf("%s: %s\nbecomes %x, %v", v.ID, text, back, err)
		}
	}
}

func TestVectorsValues(t *testing.T) {
	var d Decoder
	var tree value.Tree
	for _, v := range vectors(t) {
		if v.Message == nil {
			continue
		}
		root, _, err := d.Decode(&tree, v.bytes(t))
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		for i, key := range []string{"id", "flag", "name", "args"} {
			got := value.AppendInert(nil, &tree, tree.At(root, i))
			if key == "name" {
				got, _ = json.Marshal(string(tree.Bytes(tree.Deref(tree.At(root, i)))))
			}
			if g, w := norm(t, got, v.Python == 3), norm(t, v.Message[key], v.Python == 3); !reflect.DeepEqual(g, w) {
				t.Errorf("%s: %s is %s; want %s", v.ID, key, got, v.Message[key])
			}
		}
	}
}

// norm makes values comparable: the order of dicts and the spelling of floats
// do not count, nor, with Python 3, whether an integer was written as a long.
func norm(t *testing.T, src []byte, py3 bool) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return normValue(v, py3)
}

func normValue(v any, py3 bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normValue(v[i], py3)
		}
	case map[string]any:
		for k := range v {
			v[k] = normValue(v[k], py3)
		}
		if pairs, ok := v["$d"].([]any); ok {
			sort.Slice(pairs, func(i, j int) bool {
				a, _ := json.Marshal(pairs[i])
				b, _ := json.Marshal(pairs[j])
				return bytes.Compare(a, b) < 0
			})
		}
		if s, ok := v["$f"].(string); ok && (len(s) != 16 || strings.ContainsAny(s, ".-")) {
			if f, err := strconv.ParseFloat(s, 64); err == nil {
				v["$f"] = f
			}
		}
		if s, ok := v["$long"].(string); ok && py3 {
			if len(s) < 16 {
				return json.Number(s)
			}
			return map[string]any{"$int": s}
		}
	}
	return v
}

func TestVectorsListing(t *testing.T) {
	for _, v := range vectors(t) {
		b := v.bytes(t)
		text := checkListing(t, b)
		codes, _ := byName()
		var names []string
		var tree value.Tree
		tree.Reset(text)
		r := pylit.NewReader(&tree, text, 0, pylit.Options{Inert: true})
		for r.Peek() != 0 {
			names = append(names, string(r.Word()))
			if _, err := readOperand(nil, opcodes[codes[names[len(names)-1]]], &tree, r); err != nil {
				t.Fatalf("%s: %v", v.ID, err)
			}
		}
		if got := strings.Join(names, " "); v.Ops != "" && got != v.Ops {
			t.Errorf("%s: opcodes are\n%s; want\n%s", v.ID, got, v.Ops)
		}
		for _, i := range []int{1, len(b) / 2, len(b) - 1} {
			checkListing(t, b[:i])
			checkListing(t, b[i:])
		}
	}
}

// checkListing lists b and reads that back.
func checkListing(t testing.TB, b []byte) []byte {
	text := AppendListing(nil, b)
	if bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Errorf("the listing of %x has control characters: %q", b, text)
	}
	var tree value.Tree
	tree.Reset(text)
	back, err := ReadListing(nil, &tree, pylit.NewReader(&tree, text, 0, pylit.Options{Inert: true}))
	if err != nil || !bytes.Equal(back, b) {
		t.Errorf("%x is listed as\n%s, which is %x, %v", b, text, back, err)
	}
	return text
}

// What the opcodes make that no vector has. The listings were given to
// Python 3.11's pickletools.genops by their bytes, which took all of them.
var listings = []struct{ ops, want string }{
	{"MARK INT \"1\" FLOAT \"-2.5\" LONG \"12L\" TUPLE STOP", "(1, -2.5, 12L)"},
	{`STRING "'a\\n'" STOP`, `s"a\n"`},
	{`UNICODE "\\u00e9\\\\u" STOP`, `"é\\\\u"`},
	{"INT \"00\" STOP", "False"},
	{"MARK NONE NONE POP_MARK INT \"7\" STOP", "7"},
	{"NONE MARK POP NONE POP STOP", "None"},
	{"BININT1 5 DUP TUPLE2 STOP", "(5, 5)"},
	{`MARK BININT1 1 INST "a.b", "c" STOP`, "call(global(a.b.c), (1,))"},
	{`MARK GLOBAL "a", "b" BININT1 1 OBJ STOP`, "call(global(a.b), (1,))"},
	{`GLOBAL "a", "b" EMPTY_TUPLE NEWOBJ NONE BUILD STOP`, "build(new(global(a.b), ()), None)"},
	{`BINUNICODE "a" SHORT_BINUNICODE "b.c" STACK_GLOBAL EMPTY_TUPLE EMPTY_DICT NEWOBJ_EX STOP`, `new(global("a", "b.c"), (), {})`},
	{`GLOBAL "a", "b" BININT1 1 APPEND MARK BININT1 2 BININT1 3 APPENDS STOP`, "extend(global(a.b), [1, 2, 3])"},
	{`GLOBAL "a", "b" BININT1 1 BININT1 2 SETITEM STOP`, "update(global(a.b), {1: 2})"},
	{`PERSID "x y" STOP`, `persid(s"x y")`},
	{"BININT1 1 BINPERSID STOP", "persid(1)"},
	{"EXT1 1 EXT2 300 EXT4 -1 TUPLE3 STOP", "(extcode(1), extcode(300), extcode(-1))"},
	{"EMPTY_SET MARK BININT1 1 ADDITEMS MARK FROZENSET TUPLE2 STOP", "({1}, frozenset([]))"},
	{`BYTEARRAY8 b"abc" NEXT_BUFFER READONLY_BUFFER TUPLE2 STOP`, `(bytearray(b"abc"), buffer())`},
	{`LONG1 x"00" LONG1 b"" LONG4 x"ffffffffffffffff7f" TUPLE3 STOP`, "(0, 0, 2361183241434822606847)"},
	{"EMPTY_LIST BINPUT 0 BINGET 0 APPEND STOP", "[…]"},
	{`SHORT_BINBYTES b"a" PUT "70000" POP GET "70000" STOP`, `b"a"`},
	{`SHORT_BINBYTES b"a" MEMOIZE LONG_BINPUT 4294967295 POP LONG_BINGET 4294967295 STOP`, `b"a"`},
	{"MARK BININT1 1 BININT1 2 DICT MARK BININT1 1 LIST TUPLE2 STOP", "({1: 2}, [1])"},
	{"PROTO 5 FRAME 2 NONE STOP BYTES b\"abc\"", "None"},
}

func assemble(t testing.TB, ops string) []byte {
	var tree value.Tree
	tree.Reset([]byte(ops))
	b, err := ReadListing(nil, &tree, pylit.NewReader(&tree, []byte(ops), 0, pylit.Options{Inert: true}))
	if err != nil {
		t.Fatalf("%s: %v", ops, err)
	}
	return b
}

func TestOpcodes(t *testing.T) {
	var d Decoder
	var tree value.Tree
	for _, tt := range listings {
		b := assemble(t, tt.ops)
		if got := string(AppendListing(nil, b)); got != tt.ops {
			t.Errorf("%x is listed as\n%s; want\n%s", b, got, tt.ops)
		}
		root, n, err := d.Decode(&tree, b)
		if err != nil {
			t.Errorf("%s: %v", tt.ops, err)
			continue
		}
		if got := string(pylit.Append(nil, &tree, root, pylit.Style{})); got != tt.want {
			t.Errorf("%s is\n%s; want\n%s", tt.ops, got, tt.want)
		}
		for i := range b[:n] {
			if _, _, err := d.Decode(&tree, b[:i]); err == nil {
				t.Errorf("%s: the first %d bytes of %x decode", tt.ops, i, b)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		in     string
		offset int64
		path   string
		part   string
	}{
		{"", 0, "", "without STOP"},
		{".", 0, "STOP", "no value"},
		{"N", 1, "", "without STOP"},
		{"N\xff", 1, "", "0xff is no opcode"},
		{"NK", 1, "BININT1", "ends inside"},
		{"cos\nsys", 0, "GLOBAL", "ends inside"},
		{"N\x85\x86.", 2, "TUPLE2", "needs 2 values on the stack, but there are 1"},
		{"(N\x86.", 2, "TUPLE2", "needs 2 values on the stack, but there are 1"},
		{"N(\x85.", 2, "TUPLE1", "needs 1 values on the stack, but there are 0"},
		{"Nt.", 1, "TUPLE", "no MARK"},
		{"(Nd.", 2, "DICT", "one is missing"},
		{"h\x05.", 0, "BINGET", "memo entry 5 is not set"},
		{"gx\n.", 0, "GET", "no memo index"},
		{"\x80\x06N.", 0, "PROTO", "no pickle protocol 6"},
		{"\x95\x09\x00\x00\x00\x00\x00\x00\x00N.", 0, "FRAME", "length 9"},
		{"T\xff\xff\xff\xff.", 0, "BINSTRING", "negative"},
		{"X\x02\x00\x00\x00\xc3\x28.", 0, "BINUNICODE", "0xc3 at offset 5"},
		{"\x8b\x00\x00\x00\x7f.", 0, "LONG4", "length 2130706432, but only 1"},
		{"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", 0, "BINBYTES8", "length 18446744073709551615"},
		{"I5x\n.", 0, "INT", "no number"},
		{"S'a\n.", 0, "STRING", "no quoted string"},
		{"V\\u12\n.", 0, "UNICODE", "broken escape"},
		{"NN\x93.", 2, "STACK_GLOBAL", "two texts"},
	} {
		var d Decoder
		var tree value.Tree
		_, _, err := d.Decode(&tree, []byte(tt.in))
		var e *codec.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v; want a SyntaxError", tt.in, err)
			continue
		}
		if e.Offset != tt.offset || e.Path != tt.path || !strings.Contains(e.Err.Error(), tt.part) {
			t.Errorf("%q: offset %d, %q: %v; want %d, %q: …%s…", tt.in, e.Offset, e.Path, e.Err, tt.offset, tt.path, tt.part)
		}
		checkListing(t, []byte(tt.in))
	}
}

// laughs is a pickle of 100 lists that each hold the one before ten times.
func laughs() []byte {
	var b []byte
	b = append(b, "]q\x00"...)
	for i := byte(1); i < 90; i++ {
		b = append(b, ']', 'q', i, '(')
		for range 10 {
			b = append(b, 'h', i-1)
		}
		b = append(b, 'e')
	}
	return append(b, '.')
}

func TestBombs(t *testing.T) {
	for name, in := range map[string]string{
		"marks":        strings.Repeat("(", 1<<20),
		"tuples":       ")" + strings.Repeat("\x85", 1<<20) + ".",
		"lists":        strings.Repeat("(", 1<<19) + strings.Repeat("l", 1<<19) + ".",
		"nones":        strings.Repeat("N", 1<<21) + ".",
		"puts":         "N" + strings.Repeat("r\x00\x00\x00\xffr\x01\x00\x00\xff", 1<<16) + ".",
		"gets":         "]q\x00" + strings.Repeat("h\x00a", 1<<18) + ".",
		"long4":        "\x8b\xff\xff\xff\x7f",
		"long":         "\x8b\x00\x00\x10\x00" + strings.Repeat("\x01", 1<<20) + ".",
		"digits":       "I" + strings.Repeat("9", 1<<20) + "\n.",
		"float":        "F" + strings.Repeat("9", 1<<20) + "\n.",
		"list of self": "]q\x00(h\x00h\x00h\x00e.",
		"grown":        strings.Repeat("]q\x00]q\x01h\x00h\x01a0h\x01r\x00\x00\x00\x000", 1<<12) + ".",
		"laughs":       string(laughs()),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			var d Decoder
			var tree value.Tree
			runtime.ReadMemStats(&before)
			root, _, err := d.Decode(&tree, []byte(in))
			size := 0
			if err == nil {
				size = len(value.AppendInert(nil, &tree, root)) + len(pylit.Append(nil, &tree, root, pylit.Style{}))
			} else if e := (*codec.SyntaxError)(nil); !errors.As(err, &e) {
				t.Errorf("%v is no SyntaxError", err)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
				t.Errorf("%d MiB were allocated for %d KiB", used>>20, len(in)>>10)
			}
			if size > 40<<20 {
				t.Errorf("%d KiB became %d MiB of text", len(in)>>10, size>>20)
			}
		})
	}
}

func TestHostileLengths(t *testing.T) {
	for _, in := range []string{"\x8b\xff\xff\xff\x7f", "B\xff\xff\xff\x7f", "\x8e\xff\xff\xff\xff\x00\x00\x00\x00", "\x95\xff\xff\xff\x7f\x00\x00\x00\x00", "r\xff\xff\xff\xff"} {
		b := []byte(in)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var d Decoder
		var tree value.Tree
		if _, _, err := d.Decode(&tree, b); err == nil {
			t.Errorf("%q decodes", in)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
			t.Errorf("%q: %d bytes were allocated", in, used)
		}
	}
}

func TestDecodeAllocs(t *testing.T) {
	var d Decoder
	var tree value.Tree
	var buf []byte
	all := vectors(t)
	for _, v := range []vector{all[0], all[len(all)/2], all[len(all)-1]} {
		b := v.bytes(t)
		if n := testing.AllocsPerRun(100, func() {
			root, _, _ := d.Decode(&tree, b)
			buf, _ = Writes(buf, &tree, root, profile(b), b)
		}); n != 0 {
			t.Errorf("%s: %v allocations; want 0", v.ID, n)
		}
	}
}

func TestUnwritable(t *testing.T) {
	for _, tt := range []struct {
		in         string
		p          Profile
		start, end int
	}{
		{`(1, s"a")`, P3, 4, 8},
		{`{1, 2}`, P3, 0, 6},
		{`[bytearray(b"")]`, P1, 1, 15},
		{`new(global(a.b), ())`, P1, 0, 20},
		{`ext(1, b"")`, P3, 0, 11},
		{`extcode(1)`, P1, 0, 10},
	} {
		var tree value.Tree
		id, err := pylit.Parse(&tree, []byte(tt.in), pylit.Options{Inert: true})
		if err != nil {
			t.Fatal(err)
		}
		out, err := Append([]byte("keep"), &tree, id, tt.p)
		var e *ValueError
		if !errors.As(err, &e) || e.Start != tt.start || e.End != tt.end || string(out) != "keep" {
			t.Errorf("%s in %s: %q, %#v; want an error at %d to %d", tt.in, tt.p, out, err, tt.start, tt.end)
		}
	}
}

// What Python 3.11's pickle.dumps(n, 3) writes.
func TestLongs(t *testing.T) {
	for in, want := range map[string]string{
		"2147483648":           "\x8a\x05\x00\x00\x00\x80\x00",
		"-2147483649":          "\x8a\x05\xff\xff\xff\x7f\xff",
		"549755813887":         "\x8a\x05\xff\xff\xff\xff\x7f",
		"549755813888":         "\x8a\x06\x00\x00\x00\x00\x80\x00",
		"-549755813888":        "\x8a\x05\x00\x00\x00\x00\x80",
		"-549755813889":        "\x8a\x06\xff\xff\xff\xff\x7f\xff",
		"9223372036854775807":  "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
		"-9223372036854775808": "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80",
		"9223372036854775808":  "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00",
	} {
		var tree value.Tree
		id, err := pylit.Parse(&tree, []byte(in), pylit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Append(nil, &tree, id, P3); string(got) != "\x80\x03"+want+"." {
			t.Errorf("%s: %x, %v; want %x", in, got, err, want)
		}
	}
}

// TestBatches has what Python 3.11's pickle, protocol 3, and Python 2.7.18's
// cPickle, protocol 1, write in fast mode behind the first batch of n items.
func TestBatches(t *testing.T) {
	for _, tt := range []struct {
		n                          int
		list1, dict1, list3, dict3 string
	}{
		{1, "]Na", "}K\x00Ns", "]Na", "}K\x00Ns"},
		{2, "](NNe", "}(K\x00NK\x01Nu", "](NNe", "}(K\x00NK\x01Nu"},
		{999, "NNNe", "M\xe6\x03Nu", "NNNe", "M\xe6\x03Nu"},
		{1000, "NNNe", "M\xe7\x03Nu(u", "NNNe", "M\xe7\x03Nu(u"},
		{1001, "NNNeNa", "u(M\xe8\x03Nu", "NNNe(Ne", "u(M\xe8\x03Nu"},
		{2000, "NNNe", "M\xcf\x07Nu(u", "NNNe", "M\xcf\x07Nu(u"},
		{2001, "NNNeNa", "u(M\xd0\x07Nu", "NNNe(Ne", "u(M\xd0\x07Nu"},
	} {
		var tree value.Tree
		tree.Reset(nil)
		list, dict := tree.Add(value.List, 0, 0), tree.Add(value.Dict, 0, 0)
		for i := range tt.n {
			tree.Append(list, tree.Add(value.None, 0, 0))
			tree.Append(dict, tree.AddNum(value.Int, int64(i), 0, 0))
			tree.Append(dict, tree.Add(value.None, 0, 0))
		}
		for _, c := range []struct {
			id   value.ID
			p    Profile
			want string
		}{{list, P1, tt.list1}, {dict, P1, tt.dict1}, {list, P3, tt.list3}, {dict, P3, tt.dict3}} {
			b, err := Append(nil, &tree, c.id, c.p)
			if err != nil || !strings.HasSuffix(string(b), c.want+".") {
				t.Errorf("%d items in %s: …%q, %v; want …%q", tt.n, c.p, b[max(0, len(b)-12):], err, c.want)
			}
		}
	}
}

// What is Plain is what P3 would write, also of pickles that are nearly so.
func TestPlain(t *testing.T) {
	var d Decoder
	var tree value.Tree
	r := rand.New(rand.NewPCG(1, 1))
	ops := []byte{opMark, opTuple, opTuple1, opTuple2, opTuple3, opEmptyTuple, opEmptyList, opAppend, opAppends, opNone, opBinInt1, opBinInt2, opPop, opDup, opProto, opStop, 0, 3, 'C', 'X'}
	plain, odd := 0, 0
	for _, v := range vectors(t) {
		b := v.bytes(t)
		for range 200 {
			if root, n, err := d.Decode(&tree, b); err == nil {
				_, same := Writes(nil, &tree, root, P3, b[:n])
				if d.Plain && !same {
					t.Fatalf("%x is not what P3 writes", b[:n])
				}
				if d.Plain {
					plain++
				} else {
					odd++
				}
			}
			b = v.bytes(t)
			for range 1 + r.IntN(2) {
				at, op := r.IntN(len(b)), ops[r.IntN(len(ops))]
				switch r.IntN(3) {
				case 0:
					b[at] = op
				case 1:
					b = slices.Insert(b, at, op)
				default:
					b = slices.Delete(b, at, at+1)
				}
				if len(b) == 0 {
					break
				}
			}
		}
	}
	if plain < 100 || odd < 100 {
		t.Errorf("%d are plain, %d are not: too few to tell", plain, odd)
	}
}

func FuzzDecode(f *testing.F) {
	for i, v := range vectors(f) {
		if i%8 == 0 || v.foreign() {
			f.Add(v.bytes(f))
		}
	}
	for _, tt := range listings {
		f.Add(assemble(f, tt.ops))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		checkListing(t, in)
		var tree, read value.Tree
		var d Decoder
		root, n, err := d.Decode(&tree, in)
		if err != nil {
			if e := (*codec.SyntaxError)(nil); !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(in)) {
				t.Fatalf("%x: %#v", in, err)
			}
			return
		}
		if js := value.AppendInert(nil, &tree, root); !json.Valid(js) {
			t.Fatalf("%x: bad JSON: %s", in, js)
		}
		p := profile(in)
		if _, same := Writes(nil, &tree, root, P3, in[:n]); d.Plain && !same {
			t.Fatalf("%x is not what P3 writes", in[:n])
		}
		if _, same := Writes(nil, &tree, root, p, in[:n]); !same {
			return
		}
		text := pylit.Append(nil, &tree, root, pylit.Style{StrIsBytes: p == P1})
		id, err := pylit.Parse(&read, text, pylit.Options{Inert: true, MaxNesting: 20000})
		if err != nil {
			t.Fatalf("%x is written %s: %v", in, text, err)
		}
		if back, err := Append(nil, &read, id, p); !bytes.Equal(back, in[:n]) {
			t.Fatalf("%x is written %s, which becomes %x, %v", in, text, back, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	var in [][]byte
	var size int64
	for _, v := range vectors(b) {
		if v.Proto == "Z5" {
			in = append(in, v.bytes(b))
			size += int64(len(in[len(in)-1]))
		}
	}
	var d Decoder
	var tree value.Tree
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range in {
			if _, _, err := d.Decode(&tree, p); err != nil {
				b.Fatal(err)
			}
		}
	}
}
