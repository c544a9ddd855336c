package msgq

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// wire makes the bytes of a frame.
func wire(header, body string) []byte {
	f := Frame{Header: []byte(header), Body: []byte(body)}
	b, err := f.AppendBinary(nil)
	if err != nil {
		panic(err)
	}
	return b
}

func open(t testing.TB, o codec.Options) codec.Conversation {
	t.Helper()
	c, err := Protocol{}.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// records cuts src, in pieces of size bytes, into records that stay good.
func records(t testing.TB, o codec.Options, dir codec.Direction, src []byte, size int) []codec.Record {
	t.Helper()
	s := codec.NewStream(open(t, o).Decoder(dir), dir)
	var out []codec.Record
	pull := func() {
		for {
			r, ok := s.Next()
			if !ok {
				return
			}
			r.Bytes = bytes.Clone(r.Bytes)
			if r.Frame != nil {
				r.Frame = r.Frame.Clone()
			}
			out = append(out, r)
		}
	}
	for len(src) > 0 {
		n := min(size, len(src))
		s.Feed(src[:n])
		pull()
		src = src[n:]
	}
	s.End()
	pull()
	return out
}

// one decodes the only frame of src.
func one(t testing.TB, o codec.Options, dir codec.Direction, src []byte) *Frame {
	t.Helper()
	f, n, err := open(t, o).Decoder(dir).Decode(src, true)
	if err != nil || n != len(src) {
		t.Fatalf("%q: %d of %d, %v", src, n, len(src), err)
	}
	return f.(*Frame)
}

// frames are whole frames of all kinds.
var frames = []struct{ header, body string }{
	{`{"type": "getlname"}`, ``},
	{`{"type": "getlname"}`, `{"lname": "52f0a3c1_7@host.example"}`},
	{`{"type": "send", "from": "a", "to": "*", "group": "G", "instance": "*", "seq": 2, "want_answer": true}`, `{"command": ["x", {"a": [1, 2.50, 100000000000000000000]}]}`},
	{`{"type": "ping", "seq": 9}`, "not json \xff\x00"},
	{" \r\n\t{\"type\": \"ping\"} ", ` [NaN]`},
	{`{"type": "stats", "type": "ping", "x": "caf` + "\u00e9" + `"}`, `{ "a": [  ], "b": {  } }`},
	{`{ "from": "x", "group": "G", "seq": 0, "to": "*", "type": "send" }`, `[1,]`},
	{"Skan\x04type(\x08getlname", "Skan\x01a\x04"},
	{"Skan\x04type(\x04ping", "no Skan"},
}

func stream() []byte {
	var b []byte
	for _, f := range frames {
		b = append(b, wire(f.header, f.body)...)
	}
	return b
}

func TestPrefixesAreShort(t *testing.T) {
	for _, f := range frames {
		src := wire(f.header, f.body)
		d := open(t, codec.Options{}).Decoder(codec.ToServer)
		for i := range src {
			if got, n, err := d.Decode(src[:i], false); got != nil || n != 0 && n != len(src) || !errors.Is(err, codec.ErrShort) {
				t.Fatalf("%q: %v, %d, %v", src[:i], got, n, err)
			}
		}
		got, n, err := d.Decode(append(src[:len(src):len(src)], "more"...), false)
		if err != nil || n != len(src) {
			t.Fatalf("%q: %d, %v", src, n, err)
		}
		if again, err := got.AppendBinary(nil); err != nil || !bytes.Equal(again, src) {
			t.Errorf("%q: written %q, %v", src, again, err)
		}
	}
}

// A broken stream has faults of all kinds between its frames.
func broken() []byte {
	b := wire(`{"type": "ping"}`, ``)
	b = append(b, "\x00\x00\x00\x01\x00\x00"...)             // total length 1
	b = append(b, wire(`{"type": "pong"}`, `{}`)...)         //
	b = append(b, "\x00\x00\x00\x0a\x00\x00{\"a\": 1}"...)   // no header
	b = append(b, wire(`hello`, ``)...)                      // no JSON
	b = append(b, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"...)    // a length over the limit
	b = append(b, wire(`{"type": "stop"}`, `{}`)...)         //
	b = append(b, wire(`[1]`, ``)...)                        // no object
	b = append(b, wire(`{"type": "ping"}`, ``)...)           //
	return append(b, wire(`{"type": "ping"}`, `{}`)[:20]...) // cut
}

func TestFaultsAndWhatFollows(t *testing.T) {
	type want struct {
		n      int
		code   string // "" for a frame
		offset int64  // within the record
		path   string
	}
	wants := []want{
		{22, "", 0, ""},
		{6, codec.CodeSyntax, 0, "total length"},
		{24, "", 0, ""},
		{14, codec.CodeSyntax, 4, "header length"},
		{11, codec.CodeSyntax, 6, "header"},
		{27, codec.CodeLimit, 0, "total length"},
		{24, "", 0, ""},
		{9, codec.CodeSyntax, 6, "header"},
		{22, "", 0, ""},
		{20, codec.CodeTruncated, 20, ""},
	}
	got := records(t, codec.Options{}, codec.ToServer, broken(), 1<<20)
	if len(got) != len(wants) {
		t.Fatalf("%d records, want %d", len(got), len(wants))
	}
	for i, w := range wants {
		r := got[i]
		if len(r.Bytes) != w.n || (r.Err == nil) != (w.code == "") {
			t.Errorf("record %d: %d bytes, %v; want %d, %q", i, len(r.Bytes), r.Err, w.n, w.code)
			continue
		}
		if r.Err != nil && (r.Err.Code != w.code || r.Err.Offset-r.Span.Start != w.offset || r.Err.Path != w.path) {
			t.Errorf("record %d: %s at %d in %q; want %+v", i, r.Err.Code, r.Err.Offset-r.Span.Start, r.Err.Path, w)
		}
	}
}

func TestAnyChunking(t *testing.T) {
	for _, src := range [][]byte{stream(), broken()} {
		want := records(t, codec.Options{}, codec.ToServer, src, len(src))
		for _, size := range []int{1, 2, 3, 7, 64} {
			got := records(t, codec.Options{}, codec.ToServer, src, size)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("in pieces of %d: %d records, want %d the same", size, len(got), len(want))
			}
		}
	}
}

func TestJoinInTheMiddle(t *testing.T) {
	whole := stream()
	cut := len(wire(frames[0].header, frames[0].body))
	for _, from := range []int{1, 3, 5, 7, cut - 1} {
		s := codec.NewStream(open(t, codec.Options{}).Decoder(codec.ToServer), codec.ToServer)
		s.Join()
		n, raw := 0, 0
		s.Feed(whole[from:])
		s.End()
		for {
			r, ok := s.Next()
			if !ok {
				break
			}
			if r.Frame != nil {
				n++
			} else {
				raw += len(r.Bytes)
			}
		}
		if raw != cut-from || n != len(frames)-1 {
			t.Errorf("from %d: %d raw bytes and %d frames, want %d and %d", from, raw, n, cut-from, len(frames)-1)
		}
	}
}

func TestDialects(t *testing.T) {
	json, skan := wire(`{"type": "ping"}`, ""), wire("Skan\x04type(\x04ping", "")
	for _, c := range []struct {
		dialect string
		src     []byte
		ok      bool
		found   string
	}{
		{"", json, true, "json"}, {"", skan, true, "skan"},
		{"json", json, true, "json"}, {"json", skan, false, "json"},
		{"skan", json, false, "skan"}, {"legacy", skan, true, "skan"},
	} {
		conv := open(t, codec.Options{Dialect: c.dialect})
		_, n, err := conv.Decoder(codec.ToClient).Decode(c.src, true)
		if (err == nil) != c.ok || n != len(c.src) {
			t.Errorf("%q: %q: %d, %v", c.dialect, c.src, n, err)
		}
		if name, why := conv.Dialect(); name != c.found || why == "" {
			t.Errorf("%q: %q: dialect %q because %q", c.dialect, c.src, name, why)
		}
	}
	if _, err := (Protocol{}).Open(codec.Options{Dialect: "xml"}); err == nil {
		t.Error("dialect xml")
	}
}

func TestNestingLimit(t *testing.T) {
	deep := func(n int) []byte {
		return wire(`{"type":"ping","x":`+strings.Repeat("[", n-1)+strings.Repeat("]", n-1)+`}`, "")
	}
	if _, _, err := open(t, codec.Options{}).Decoder('>').Decode(deep(64), true); err != nil {
		t.Errorf("64 deep: %v", err)
	}
	_, n, err := open(t, codec.Options{}).Decoder('>').Decode(deep(20000), true)
	var fault *codec.SyntaxError
	if !errors.As(err, &fault) || fault.Code != codec.CodeLimit || n != len(deep(20000)) {
		t.Errorf("20000 deep: %d, %v", n, err)
	}
	if _, _, err := open(t, codec.Options{MaxNesting: 3000}).Decoder('>').Decode(deep(3000), true); err != nil {
		t.Errorf("3000 deep where that may be: %v", err)
	}
}

func TestFrameLimit(t *testing.T) {
	big := wire(`{"type": "ping"}`, `"`+strings.Repeat("x", 1<<20)+`"`)
	if _, _, err := open(t, codec.Options{}).Decoder('>').Decode(big, true); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	_, n, err := open(t, codec.Options{MaxFrame: 1 << 20}).Decoder('>').Decode(big[:4], false)
	var fault *codec.SyntaxError
	if !errors.As(err, &fault) || fault.Code != codec.CodeLimit || n != 0 {
		t.Errorf("over the limit: %d, %v", n, err)
	}
}

func TestHostileLengthsCostNothing(t *testing.T) {
	for _, src := range []string{"\xff\xff\xff\xff\x00\x10{", "\x00\x10\x00\x00\xff\xff{", "\x00\x00\x00\x11\x00\x0fSkan\x01a\x08\xff\xff\xff\xff"} {
		d := open(t, codec.Options{}).Decoder('>')
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = d.Decode([]byte(src), true)
		_, _ = d.Sync([]byte(src), true)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%q: %d bytes allocated", src, n)
		}
	}
}

func TestCuttingDoesNotAllocate(t *testing.T) {
	src := bytes.Repeat(wire(frames[2].header, frames[2].body), 8)
	d := open(t, codec.Options{}).Decoder('>')
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(50, func() {
		for rest := src; len(rest) > 0; {
			f, n, err := d.Decode(rest, true)
			if err != nil {
				t.Fatal(err)
			}
			dst, _ = f.AppendBinary(dst[:0])
			dst = f.AppendText(dst[:0], codec.View{})
			dst = f.AppendJSON(dst[:0], codec.View{})
			if f.Type() != "send" {
				t.Fatal(f.Type())
			}
			rest = rest[n:]
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFieldsTile(t *testing.T) {
	for _, f := range frames {
		src := wire(f.header, f.body)
		frame := one(t, codec.Options{}, '>', src)
		for depth := range 4 {
			tile(t, frame.AppendFields(nil, 1000, codec.View{Depth: depth}), 0, 1000, 1000+int64(len(src)))
		}
	}
}

// tile checks that the fields of a depth, and those inside each, have no hole.
func tile(t *testing.T, fields []codec.Field, depth int, start, end int64) {
	t.Helper()
	at := start
	for i := 0; i < len(fields); {
		f := fields[i]
		if f.Depth != depth || f.Span.Start != at || f.Span.End <= at || f.Name == "" {
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

func TestProbe(t *testing.T) {
	whole := stream()
	for _, c := range []struct {
		name       string
		src        []byte
		least, not int
	}{
		{"frames", whole, 90, 101},
		{"a beginning", whole[:20], 40, 96},
		{"a middle", whole[9:], 70, 90},
		{"the old encoding", wire(frames[7].header, frames[7].body), 90, 101},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n{\"type\": \"ping\"}"), 0, 1},
		{"a ZEO handshake", []byte("\x00\x00\x00\x04Z3101"), 0, 1},
		{"nothing", nil, 0, 1},
	} {
		if p := (Protocol{}).Probe('>', c.src); p.Score < c.least || p.Score >= c.not {
			t.Errorf("%s: %+v, want %d to %d", c.name, p, c.least, c.not)
		}
	}
}

func TestStreamFromReader(t *testing.T) {
	src := stream()
	n := 0
	for r, err := range codec.Records(io.LimitReader(bytes.NewReader(src), int64(len(src))), codec.NewStream(open(t, codec.Options{}).Decoder('>'), '>')) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		n += len(r.Bytes)
	}
	if n != len(src) {
		t.Errorf("%d of %d bytes", n, len(src))
	}
}
