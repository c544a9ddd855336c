package cbor

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// items are encodings with their diagnostic notation, JSON and literal; most
// are from RFC 8949, appendix A.
var itemTable = []struct{ hex, diag, json, literal string }{
	{"00", "0", "0", "0"},
	{"1818", "24", "24", "24"},
	{"1bffffffffffffffff", "18446744073709551615", `"18446744073709551615"`, "18446744073709551615"},
	{"3bffffffffffffffff", "-18446744073709551616", `"-18446744073709551616"`, "-18446744073709551616"},
	{"20", "-1", "-1", "-1"},
	{"3903e7", "-1000", "-1000", "-1000"},
	{"1805", "5_0", "5", ""},
	{"190005", "5_1", "5", ""},
	{"1b0000000000000005", "5_3", "5", ""},
	{"f90000", "0.0", `{"float":0}`, ""},
	{"f98000", "-0.0", `{"float":-0}`, ""},
	{"f93c00", "1.0", `{"float":1}`, ""},
	{"fb3ff199999999999a", "1.1", `{"float":1.1}`, ""},
	{"f97bff", "65504.0", `{"float":65504}`, ""},
	{"fa47c35000", "100000.0", `{"float":100000}`, ""},
	{"fa7f7fffff", "3.4028234663852886e+38", `{"float":3.4028234663852886e+38}`, ""},
	{"f90001", "5.960464477539063e-08", `{"float":5.960464477539063e-08}`, ""},
	{"f90400", "6.103515625e-05", `{"float":6.103515625e-05}`, ""},
	{"fbc010666666666666", "-4.1", `{"float":-4.1}`, ""},
	{"f97c00", "Infinity", `{"float":"Infinity"}`, ""},
	{"fa7f800000", "Infinity_2", `{"float":"Infinity"}`, ""},
	{"f9fc00", "-Infinity", `{"float":"-Infinity"}`, ""},
	{"fb7ff8000000000000", "NaN", `{"float":"NaN"}`, ""},
	{"fb3ff8000000000000", "1.5_3", `{"float":1.5}`, ""},
	{"f4", "false", "false", "False"},
	{"f5", "true", "true", "True"},
	{"f6", "null", "null", "None"},
	{"f7", "undefined", `{"simple":23}`, ""},
	{"f0", "simple(16)", `{"simple":16}`, ""},
	{"f8ff", "simple(255)", `{"simple":255}`, ""},
	{"c11a514b67b0", "1(1363896240)", `{"tag":1,"value":1363896240}`, ""},
	{"d818456449455446", "24('dIETF')", `{"tag":24,"value":{"text":"dIETF"}}`, ""},
	{"d9010283010203", "258([1, 2, 3])", `{"set":[1,2,3]}`, "{1, 2, 3}"},
	{"d9010280", "258([])", `{"set":[]}`, "set()"},
	{"d90102820201", "258([2, 1])", `{"set":[2,1]}`, ""},
	{"d9010282f501", "258([true, 1])", `{"set":[true,1]}`, ""},
	{"d90102818101", "258([[1]])", `{"set":[[1]]}`, "{(1,)}"},
	{"d9010201", "258(1)", `{"tag":258,"value":1}`, ""},
	{"40", "''", `{"text":""}`, "b''"},
	{"4401020304", "h'01020304'", `{"hex":"01020304"}`, `b'\x01\x02\x03\x04'`},
	{"432761 22", `h'276122'`, `{"text":"'a\""}`, `b'\'a"'`},
	{"422761", `h'2761'`, `{"text":"'a"}`, `b"'a"`},
	{"580161", "'a'_0", `{"text":"a"}`, ""},
	{"6161", `"a"`, `{"string":"a"}`, ""},
	{"62c3bc", `"ü"`, `{"string":"ü"}`, ""},
	{"61ff", `"�"`, `{"string":"�"}`, ""},
	{"80", "[]", "[]", "[]"},
	{"83010203", "[1, 2, 3]", "[1,2,3]", "[1, 2, 3]"},
	{"980101", "[_0 1]", "[1]", ""},
	{"a0", "{}", "{}", "{}"},
	{"a201020304", "{1: 2, 3: 4}", `{"map":[[1,2],[3,4]]}`, "{1: 2, 3: 4}"},
	{"a203040102", "{3: 4, 1: 2}", `{"map":[[3,4],[1,2]]}`, ""},
	{"a146737461747573426f6b", "{'status': 'ok'}", `{"status":{"text":"ok"}}`, "{b'status': b'ok'}"},
	{"a1437365 7480", "{'set': []}", `{"map":[[{"text":"set"},[]]]}`, "{b'set': []}"},
	{"a24374616701 4576616c756502", "{'tag': 1, 'value': 2}", `{"map":[[{"text":"tag"},1],[{"text":"value"},2]]}`, "{b'tag': 1, b'value': 2}"},
	{"a2416101416102", "{'a': 1, 'a': 2}", `{"map":[[{"text":"a"},1],[{"text":"a"},2]]}`, ""},
	{"a182010203", "{[1, 2]: 3}", `{"map":[[[1,2],3]]}`, "{(1, 2): 3}"},
	{"a1a0f6", "{{}: null}", `{"map":[[{},null]]}`, ""},
	{"5f42010243030405ff", "(_ h'0102', h'030405')", `{"hex":"0102030405"}`, ""},
	{"5fff", "(_ )", `{"text":""}`, ""},
	{"7f657374726561646d696e67ff", `(_ "strea", "ming")`, `{"string":"streaming"}`, ""},
	{"9fff", "[_ ]", "[]", ""},
	{"9f018202039f0405ffff", "[_ 1, [2, 3], [_ 4, 5]]", "[1,[2,3],[4,5]]", ""},
	{"bf414101414202ff", "{_ 'A': 1, 'B': 2}", `{"A":1,"B":2}`, ""},
	{"826161bf61626163ff", `["a", {_ "b": "c"}]`, `[{"string":"a"},{"map":[[{"string":"b"},{"string":"c"}]]}]`, ""},
}

func TestTree(t *testing.T) {
	var tree Tree
	for _, tt := range itemTable {
		src := unhex(t, tt.hex)
		n, err := tree.Parse(append(src, 0xff, 0), Limits{})
		if err != nil || n != len(src) {
			t.Errorf("%s: %d, %v", tt.hex, n, err)
			continue
		}
		if got := string(tree.AppendDiag(nil, 0)); got != tt.diag {
			t.Errorf("%s: diagnostic notation %s, not %s", tt.hex, got, tt.diag)
		}
		if got := string(tree.AppendJSON(nil, 0)); got != tt.json || !json.Valid([]byte(got)) {
			t.Errorf("%s: JSON %s, not %s", tt.hex, got, tt.json)
		}
		got, ok := tree.AppendLiteral([]byte("x"), 0)
		if string(got) != "x"+tt.literal || ok != (tt.literal != "") {
			t.Errorf("%s: literal %s, %v, not %s", tt.hex, got, ok, tt.literal)
		}
		if ok {
			checkLiteral(t, got[1:], src)
		}
		for i := range src {
			if n, err := tree.Parse(src[:i], Limits{}); n != 0 || !errors.Is(err, codec.ErrShort) {
				t.Errorf("%s: the first %d bytes gave %d, %v", tt.hex, i, n, err)
			}
		}
		checkScan(t, src)
	}
}

// checkScan holds the Scanner to one whole item, in one piece and cut
// everywhere, after a byte of another.
func checkScan(t *testing.T, src []byte) {
	t.Helper()
	all := append([]byte{0}, src...)
	all = append(all, 0)
	for size := 1; size <= len(all); size++ {
		var s Scanner
		var ends []int
		for at := 0; at < len(all); {
			piece := all[at:min(at+size, len(all))]
			for len(piece) > 0 {
				n, done, err := s.Next(piece)
				if err != nil {
					t.Fatalf("%x in pieces of %d: %v", src, size, err)
				}
				at += n
				piece = piece[n:]
				if done {
					ends = append(ends, at)
				}
				if s.Within() == done {
					t.Fatalf("%x: within %v after an end %v", src, s.Within(), done)
				}
			}
		}
		if len(ends) != 3 || ends[0] != 1 || ends[1] != 1+len(src) {
			t.Fatalf("%x in pieces of %d: items end at %d", src, size, ends)
		}
	}
}

func TestTreeFaults(t *testing.T) {
	for _, tt := range []struct {
		hex    string
		offset int64
		path   string
	}{
		{"1c", 0, ""},
		{"3d00", 0, ""},
		{"1f", 0, ""},
		{"df", 0, ""},
		{"fc", 0, ""},
		{"ff", 0, ""},
		{"f818", 0, ""},
		{"8201ff", 2, "/1"},
		{"81ff", 1, "/0"},
		{"bf01ff", 2, "/1"},
		{"a141781f", 3, "/x"},
		{"a201024178 821c", 6, "/x/0"},
		{"9f01021f", 3, "/2"},
		{"5f01ff", 1, "/0"},
		{"5f5fffff", 1, "/0"},
		{"5f6161ff", 1, "/0"},
		{"7f4161ff", 1, "/0"},
		{"c1ff", 1, "/0"},
		{"bb8000000000000000", 0, ""},
	} {
		src := unhex(t, tt.hex)
		var tree Tree
		n, err := tree.Parse(src, Limits{})
		e, ok := errors.AsType[*codec.SyntaxError](err)
		if !ok || n != 0 || e.Offset != tt.offset || e.Path != tt.path {
			t.Errorf("%s: %d, %v", tt.hex, n, err)
			continue
		}
		var s Scanner
		n, done, err := s.Next(src)
		if e, ok := errors.AsType[*codec.SyntaxError](err); !ok || done || int64(n) != tt.offset || e.Offset != tt.offset {
			t.Errorf("%s: the scanner took %d: %v", tt.hex, n, err)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := append(bytes.Repeat([]byte{0x81}, 100), 0)
	var tree Tree
	if _, err := tree.Parse(deep, Limits{}); err != nil {
		t.Error("100 deep:", err)
	}
	for _, src := range [][]byte{append([]byte{0x81}, deep...), bytes.Repeat([]byte{0x9f}, 1<<20), bytes.Repeat([]byte{0xc1}, 1<<20), bytes.Repeat([]byte{0xbf, 0}, 1<<19)} {
		_, err := tree.Parse(src, Limits{})
		if e, ok := errors.AsType[*codec.SyntaxError](err); !ok || e.Code != codec.CodeLimit || !strings.Contains(err.Error(), "deeper than 100") {
			t.Errorf("%x…: %v", src[:4], err)
		}
		var s Scanner
		if _, _, err := s.Next(src); !errors.As(err, new(*codec.SyntaxError)) {
			t.Errorf("%x…: scanner: %v", src[:4], err)
		}
	}
	many := append([]byte{0x9a, 0, 0x10, 0, 0}, make([]byte, 1<<20)...)
	if _, err := tree.Parse(many, Limits{}); err == nil || !strings.Contains(err.Error(), "more than 1048576 items") {
		t.Error("many items:", err)
	}
	if _, err := tree.Parse(many, Limits{Nodes: 2 << 20}); err != nil {
		t.Error("many items allowed:", err)
	}
}

// Lengths that are only claimed cost nothing.
func TestHostileLengths(t *testing.T) {
	for _, s := range []string{"5bffffffffffffffff00", "9bffffffffffffffff00", "bb7fffffffffffffff00", "7b7fffffffffffffff00", "5f5b00000fffffffffff00"} {
		src := unhex(t, s)
		var tree Tree
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tree.Parse(src, Limits{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, codec.ErrShort) {
			t.Errorf("%s: %v", s, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: %d bytes allocated", s, n)
		}
	}
}

func TestGet(t *testing.T) {
	var tree Tree
	if _, err := tree.Parse(unhex(t, "a3 0102 5f41614162ff 03 416b 8104"), Limits{}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"ab": "3", "k": "[4]", "x": ""} {
		i, ok := tree.Get(0, key)
		if ok != (want != "") || ok && string(tree.AppendDiag(nil, i)) != want {
			t.Errorf("%q: %d, %v", key, i, ok)
		}
	}
	if n := tree.Children(0); n != 6 {
		t.Errorf("%d children", n)
	}
}

func TestFieldsTile(t *testing.T) {
	var tree Tree
	for _, tt := range itemTable {
		src := unhex(t, tt.hex)
		n, err := tree.Parse(src, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		checkTiles(t, tree.AppendFields(nil, "item", 0, 1000, 0, 9), 1000, 1000+int64(n))
	}
}

// checkTiles holds the fields of each depth to cover what they stand in.
func checkTiles(t *testing.T, fields []codec.Field, start, end int64) {
	t.Helper()
	type level struct{ start, at, end int64 }
	open := []level{{start, start, end}}
	pop := func(depth int) {
		for len(open) > depth+1 {
			if l := open[len(open)-1]; l.at != l.end && l.at != l.start {
				t.Fatalf("fields end at %d, not %d: %+v", l.at, l.end, fields)
			}
			open = open[:len(open)-1]
		}
	}
	for _, f := range fields {
		pop(f.Depth)
		if f.Depth >= len(open) || open[f.Depth].at != f.Span.Start || f.Span.Len() <= 0 || f.Name == "" {
			t.Fatalf("field %+v is in the wrong place: %+v", f, fields)
		}
		open[f.Depth].at = f.Span.End
		open = append(open, level{f.Span.Start, f.Span.Start, f.Span.End})
	}
	pop(0)
	if open[0].at != end {
		t.Fatalf("fields end at %d, not %d", open[0].at, end)
	}
}

func TestPieces(t *testing.T) {
	var p Pieces
	p.Add(0, 40, codec.Span{Start: 1008, End: 1048}, false)
	p.Add(40, 30, codec.Span{Start: 2056, End: 2086}, false)
	p.Add(70, 100, codec.Span{Start: 2094, End: 2099}, true)
	p.Add(170, 5, codec.Span{Start: 2099, End: 2104}, false)
	for _, tt := range []struct {
		start, end int
		want       []codec.Span
	}{
		{0, 1, []codec.Span{{Start: 1008, End: 1009}}},
		{39, 41, []codec.Span{{Start: 1047, End: 1048}, {Start: 2056, End: 2057}}},
		{69, 171, []codec.Span{{Start: 2085, End: 2086}, {Start: 2094, End: 2099}, {Start: 2099, End: 2100}}},
		{80, 81, []codec.Span{{Start: 2094, End: 2099}}},
		{9, 9, nil},
	} {
		if got := p.Spans(nil, tt.start, tt.end); !equalSpans(got, tt.want) {
			t.Errorf("%d to %d: %v", tt.start, tt.end, got)
		}
	}
	p.Drop(45)
	if got := p.Spans(nil, 0, 26); !equalSpans(got, []codec.Span{{Start: 2061, End: 2086}, {Start: 2094, End: 2099}}) {
		t.Errorf("after Drop: %v", got)
	}
}

func equalSpans(a, b []codec.Span) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestNoAllocations(t *testing.T) {
	src := unhex(t, "a2 44617267 73 a1 41 61 83010203 446e616d65 456b6e6f776e")
	var tree Tree
	var s Scanner
	buf := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := tree.Parse(src, Limits{}); err != nil {
			t.Fatal(err)
		}
		if _, done, err := s.Next(src); !done || err != nil {
			t.Fatal(done, err)
		}
		buf, _ = tree.AppendLiteral(buf[:0], 0)
		buf = tree.AppendJSON(buf[:0], 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzTree(f *testing.F) {
	for _, tt := range itemTable {
		f.Add(unhex(f, tt.hex), uint8(1))
	}
	f.Fuzz(func(t *testing.T, src []byte, size uint8) {
		var tree Tree
		n, err := tree.Parse(src, Limits{})
		var s Scanner
		took, done, serr := scanInPieces(&s, src, int(size)+1)
		switch {
		case err == nil:
			if !done || serr != nil || took != n {
				t.Fatalf("%x: tree of %d bytes, scanner %d, %v, %v", src, n, took, done, serr)
			}
			checkTiles(t, tree.AppendFields(nil, "item", 0, 0, 0, 200), 0, int64(n))
			if text, ok := tree.AppendLiteral(nil, 0); ok {
				checkLiteral(t, text, src[:n])
			}
			if j := tree.AppendJSON(nil, 0); !json.Valid(j) {
				t.Fatalf("%x: JSON %s", src, j)
			}
			tree.AppendDiag(nil, 0)
		case errors.Is(err, codec.ErrShort):
			if done || serr != nil || took != len(src) {
				t.Fatalf("%x: tree wants more, scanner %d, %v, %v", src, took, done, serr)
			}
		default:
			if serr == nil || done {
				t.Fatalf("%x: tree: %v, scanner %d, %v", src, err, took, done)
			}
		}
	})
}

func scanInPieces(s *Scanner, src []byte, size int) (took int, done bool, err error) {
	for took < len(src) && !done && err == nil {
		var n int
		n, done, err = s.Next(src[took:min(len(src), took+size)])
		took += n
	}
	return took, done, err
}

func BenchmarkParse(b *testing.B) {
	src := unhex(b, "a24461726773a2456e6f64657383010203446b657973814161446e616d65456b6e6f776e")
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	var tree Tree
	for b.Loop() {
		if _, err := tree.Parse(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
