package msgq

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// However bytes are cut, the records are the same and hold all of them; the
// text of each frame makes its bytes again, and nothing said about it is
// broken.
func FuzzDecode(f *testing.F) {
	for _, fr := range frames {
		f.Add(wire(fr.header, fr.body), uint8(3))
	}
	f.Add(stream(), uint8(100))
	f.Add(broken(), uint8(7))
	f.Fuzz(func(t *testing.T, src []byte, piece uint8) {
		o := codec.Options{MaxFrame: 4096}
		want := records(t, o, '>', src, len(src)+1)
		if got := records(t, o, '>', src, int(piece)+1); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q in pieces of %d: other records", src, int(piece)+1)
		}
		var back []byte
		for _, r := range want {
			back = append(back, r.Bytes...)
			if r.Err != nil && (r.Err.Offset < r.Span.Start || r.Err.Offset > int64(len(src))) {
				t.Fatalf("%q: %v in %v", src, r.Err, r.Span)
			}
			if r.Frame != nil {
				describe(t, r.Frame.(*Frame), r.Bytes)
			}
		}
		if !bytes.Equal(back, src) {
			t.Fatalf("%q: the records hold %q", src, back)
		}
		(Protocol{}).Probe('>', src)
	})
}

// describe asks a frame for all that it can tell.
func describe(t *testing.T, f *Frame, src []byte) {
	t.Helper()
	text := f.AppendText(nil, codec.View{})
	if again, err := parse(codec.Options{}, f.dir, string(text)); err != nil || !bytes.Equal(again, src) {
		t.Fatalf("%q: text %s makes %q, %v", src, text, again, err)
	}
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			t.Fatalf("%q: text %q", src, text)
		}
	}
	if fields := f.AppendJSON(nil, codec.View{}); !json.Valid(fields) || !utf8.Valid(fields) {
		t.Fatalf("%q: JSON %s", src, fields)
	}
	tile(t, f.AppendFields(nil, 0, codec.View{Depth: 3}), 0, 0, int64(len(src)))
	for _, finding := range f.AppendFindings(nil) {
		if finding.Span.Start < 0 || finding.Span.End > int64(len(src)) {
			t.Fatalf("%q: finding %+v", src, finding)
		}
	}
	f.Link()
	f.Type()
}

// Any text is refused or makes bytes whose own text makes them again.
func FuzzParse(f *testing.F) {
	for _, topic := range (Protocol{}).Topics("") {
		f.Add(topic.Example)
	}
	f.Add(`Skan {"a": 1} body:"\x00"`)
	f.Add(`header:"x" {"a":[1,]}`)
	f.Add(`send "a b"/"c" seq="x" to=* want_answer=0 reply=null answer:1 "x"`)
	f.Fuzz(func(t *testing.T, text string) {
		src, err := parse(codec.Options{}, '>', text)
		if err != nil {
			return
		}
		for _, r := range records(t, codec.Options{}, '>', src, len(src)+1) {
			if r.Frame != nil {
				describe(t, r.Frame.(*Frame), r.Bytes)
			}
		}
	})
}

func benchmarkFrame() []byte {
	return wire(`{"type": "send", "from": "52f0a3c1_5@host.example", "to": "*", "group": "Group", "instance": "*", "seq": 2, "want_answer": true}`,
		`{"command": ["zone_updated", {"zone": "example.org", "class": "IN", "serial": 2014041700, "primaries": ["192.0.2.1", "2001:db8::1"]}]}`)
}

func benchmark(b *testing.B, use func(f codec.Frame)) {
	src := benchmarkFrame()
	d := open(b, codec.Options{}).Decoder('>')
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		f, _, err := d.Decode(src, false)
		if err != nil {
			b.Fatal(err)
		}
		use(f)
	}
}

func BenchmarkDecode(b *testing.B) { benchmark(b, func(codec.Frame) {}) }

func BenchmarkToText(b *testing.B) {
	var dst []byte
	benchmark(b, func(f codec.Frame) { dst = f.AppendText(dst[:0], codec.View{}) })
}

func BenchmarkToJSON(b *testing.B) {
	var dst []byte
	benchmark(b, func(f codec.Frame) { dst = f.AppendJSON(dst[:0], codec.View{}) })
}

func BenchmarkToFields(b *testing.B) {
	var dst []codec.Field
	benchmark(b, func(f codec.Frame) { dst = f.AppendFields(dst[:0], 0, codec.View{Depth: 2}) })
}

func BenchmarkFindings(b *testing.B) {
	var dst []codec.Finding
	benchmark(b, func(f codec.Frame) { dst = f.AppendFindings(dst[:0]) })
	if len(dst) > 0 {
		b.Fatal(dst)
	}
}

func BenchmarkType(b *testing.B) {
	benchmark(b, func(f codec.Frame) {
		if f.Type() != "send" {
			b.Fatal(f.Type())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := benchmarkFrame()
	text := codec.Text{Body: one(b, codec.Options{}, '>', src).AppendText(nil, codec.View{})}
	p, err := Protocol{}.Parser(codec.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := p.Parse('>', text)
		if err != nil {
			b.Fatal(err)
		}
		dst, _ = f.AppendBinary(dst[:0])
	}
}

// Looking for a place in bytes that hold none.
func BenchmarkSync(b *testing.B) {
	src := bytes.Repeat([]byte("\x00\x00\x10\x00\x00\x20 no frame {\"a\": "), 1000)
	d := open(b, codec.Options{}).Decoder('>')
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := d.Sync(src, true); ok {
			b.Fatal("a place")
		}
	}
}
