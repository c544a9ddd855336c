package msgpack

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// A vector is a message that msgpack-python packed for ZEO 6.
type vector struct {
	ID, Hex string
	Message map[string]any
}

func vectors(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, v := range testdata.Vectors[vector](t, "zeo/vectors/shared_M5.json") {
		if v.Hex != "" {
			b, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			all[v.ID] = b
		}
	}
	return all
}

func TestVectors(t *testing.T) {
	var d Decoder
	var tree, read value.Tree
	for id, b := range vectors(t) {
		root, n, err := d.Decode(&tree, b)
		if err != nil || n != len(b) {
			t.Errorf("%s: Decode = %d, %v; want %d bytes", id, n, err, len(b))
			continue
		}
		if _, same := Writes(nil, &tree, root, b); !same {
			t.Errorf("%s: not what is written", id)
		}
		text := pylit.Append(nil, &tree, root, pylit.Style{})
		again, err := pylit.Parse(&read, text, pylit.Options{Inert: true})
		if err != nil {
			t.Errorf("%s: %s: %v", id, text, err)
			continue
		}
		if back, err := Append(nil, &read, again); !bytes.Equal(back, b) {
			t.Errorf("%s: %s\nbecomes %x, %v", id, text, back, err)
		}
		checkListing(t, b)
		for i := range min(len(b), 300) {
			if len(b) < 2000 {
				checkListing(t, b[i:])
			}
			if _, _, err := d.Decode(&tree, b[:i]); err == nil {
				t.Errorf("%s: the first %d bytes decode", id, i)
			}
		}
	}
}

func TestVectorValues(t *testing.T) {
	var d Decoder
	var tree value.Tree
	for _, v := range testdata.Vectors[vector](t, "zeo/vectors/shared_M5.json") {
		if v.Message == nil || v.Hex == "" {
			continue
		}
		b, _ := hex.DecodeString(v.Hex)
		root, _, err := d.Decode(&tree, b)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if strings.Contains(v.ID, "float") { // the spelling differs
			continue
		}
		for i, key := range []string{"id", "flag", "name", "args"} {
			var got any
			if err := json.Unmarshal(value.AppendInert(nil, &tree, tree.At(root, i)), &got); err != nil {
				t.Errorf("%s: %v", v.ID, err)
			}
			if !reflect.DeepEqual(got, v.Message[key]) {
				t.Errorf("%s: %s is %v; want %v", v.ID, key, got, v.Message[key])
			}
		}
	}
}

func checkListing(t testing.TB, b []byte) {
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
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		hex, list, value string
		canonical        bool
	}{
		{"00", "fixint 0", "0", true},
		{"e0", "fixint -32", "-32", true},
		{"cc7f", "uint8 127", "127", false},
		{"cc80", "uint8 128", "128", true},
		{"cd0100", "uint16 256", "256", true},
		{"ceffffffff", "uint32 4294967295", "4294967295", true},
		{"cfffffffffffffffff", "uint64 18446744073709551615", "18446744073709551615", true},
		{"cf0000000100000000", "uint64 4294967296", "4294967296", true},
		{"d0df", "int8 -33", "-33", true},
		{"d07f", "int8 127", "127", false},
		{"d1ff7f", "int16 -129", "-129", true},
		{"d2ffff7fff", "int32 -32769", "-32769", true},
		{"d38000000000000000", "int64 -9223372036854775808", "-9223372036854775808", true},
		{"ca40200000", "float32 2.5", "2.5", false},
		{"ca7f800001", `float32 x"7f800001"`, "", false},
		{"cb4004000000000000", "float64 2.5", "2.5", true},
		{"a161", `fixstr "a"`, `"a"`, true},
		{"d90161", `str8 "a"`, `"a"`, false},
		{"c40161", `bin8 b"a"`, `b"a"`, true},
		{"c5000161", `bin16 b"a"`, `b"a"`, false},
		{"81a16101", `fixmap 1 fixstr "a" fixint 1`, `{"a": 1}`, true},
		{"de0000", "map16 0", "{}", false},
		{"dd00000001c0", "array32 1 nil", "(None,)", false},
		{"d50512ff", `fixext2 5 x"12ff"`, `ext(5, x"12ff")`, true},
		{"c703ff616263", `ext8 -1 b"abc"`, `ext(-1, x"616263")`, true},
		{"c70105ff", `ext8 5 x"ff"`, `ext(5, x"ff")`, false},
	} {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		checkListing(t, b)
		if got := string(AppendListing(nil, b)); got != tt.list {
			t.Errorf("%s is listed as %s; want %s", tt.hex, got, tt.list)
		}
		var d Decoder
		var tree value.Tree
		root, n, err := d.Decode(&tree, b)
		if err != nil || n != len(b) {
			t.Errorf("%s: %d, %v", tt.hex, n, err)
			continue
		}
		if got := string(pylit.Append(nil, &tree, root, pylit.Style{})); got != tt.value && tt.value != "" {
			t.Errorf("%s is %s; want %s", tt.hex, got, tt.value)
		}
		if _, same := Writes(nil, &tree, root, b); same != tt.canonical {
			t.Errorf("%s: canonical %v", tt.hex, same)
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
		{"", 0, "", "end"},
		{"\xc1", 0, "", "0xc1 is no format"},
		{"\x92\x01", 0, "fixarray", "count 2, but only 1"},
		{"\x92\x01\xcd\x01", 2, "uint16", "ends inside"},
		{"\xdd\xff\xff\xff\xff", 0, "array32", "count 4294967295"},
		{"\xdf\xff\xff\xff\xff", 0, "map32", "count 4294967295"},
		{"\xc6\xff\xff\xff\xff", 0, "bin32", "length 4294967295"},
		{"\xa2\xc3\x28", 0, "fixstr", "0xc3 at offset 1"},
		{"\xa3\xed\xa0\x80", 0, "fixstr", "not UTF-8"},
		{"\xd4", 0, "fixext1", "ends inside"},
		{"\xd4\x05", 0, "fixext1", "length 1"},
		{strings.Repeat("\x91", 200) + "\x00", 100, "fixarray", "100 deep"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var d Decoder
		var tree value.Tree
		_, _, err := d.Decode(&tree, []byte(tt.in))
		runtime.ReadMemStats(&after)
		var e *codec.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v; want a SyntaxError", tt.in, err)
			continue
		}
		if e.Offset != tt.offset || e.Path != tt.path || !strings.Contains(e.Err.Error(), tt.part) {
			t.Errorf("%q: offset %d, %q: %v; want %d, %q: …%s…", tt.in, e.Offset, e.Path, e.Err, tt.offset, tt.path, tt.part)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
			t.Errorf("%q: %d bytes were allocated", tt.in, used)
		}
		checkListing(t, []byte(tt.in))
	}
}

func TestUnwritable(t *testing.T) {
	for _, in := range []string{"18446744073709551616", `"\ud800"`, "{1, 2}", `s"a"`, "global(a.b)"} {
		var tree value.Tree
		id, err := pylit.Parse(&tree, []byte(in), pylit.Options{Inert: true})
		if err != nil {
			t.Fatal(err)
		}
		out, err := Append([]byte("keep"), &tree, id)
		var e *ValueError
		if !errors.As(err, &e) || e.End != len(in) || string(out) != "keep" {
			t.Errorf("%s: %q, %v; want a ValueError", in, out, err)
		}
	}
}

func TestDecodeAllocs(t *testing.T) {
	var d Decoder
	var tree value.Tree
	var buf []byte
	b := vectors(t)["M5/async-restorea"]
	if n := testing.AllocsPerRun(100, func() {
		root, _, _ := d.Decode(&tree, b)
		buf, _ = Writes(buf, &tree, root, b)
	}); n != 0 {
		t.Errorf("%v allocations; want 0", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range vectors(f) {
		if len(b) < 500 {
			f.Add(b)
		}
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
		if _, same := Writes(nil, &tree, root, in[:n]); !same {
			return
		}
		text := pylit.Append(nil, &tree, root, pylit.Style{})
		id, err := pylit.Parse(&read, text, pylit.Options{Inert: true, MaxNesting: 20000})
		if err != nil {
			t.Fatalf("%x is written %s: %v", in, text, err)
		}
		if back, err := Append(nil, &read, id); !bytes.Equal(back, in[:n]) {
			t.Fatalf("%x is written %s, which becomes %x, %v", in, text, back, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	all := vectors(b)
	var size int64
	for _, p := range all {
		size += int64(len(p))
	}
	var d Decoder
	var tree value.Tree
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range all {
			if _, _, err := d.Decode(&tree, p); err != nil {
				b.Fatal(err)
			}
		}
	}
}
