package hg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// finalFrames are frames with their texts, findings, and a part of their JSON.
var finalFrames = []struct {
	name, wire, text string
	findings         []string
	json             string
}{
	{"request", "0c0000 0100 01 01 11 a1446e616d65456865616473", "1 1 stream-begin command-request new cbor:{b'name': b'heads'}", nil, `"command":{"text":"heads"}`},
	{"request with arguments", "1f0000 0100 01 00 11 a2 4461726773 a1 436b6579 43746970 446e616d65 466c6f6f6b7570 00", `1 1 0 command-request new \xa2Dargs\xa1CkeyCtipDnameFlookup\x00`, nil, `"args":{"key":{"text":"tip"}}`},
	{"no name", "010000 0100 01 00 11 a0", "1 1 0 command-request new cbor:{}", []string{"payload"}, `"items":[{"index":0,"value":{}}]`},
	{"new and continuation", "010000 0100 01 00 17 a1", `1 1 0 command-request new|continuation|more \xa1`, []string{"flags"}, `"continues":true`},
	{"empty", "000000 0100 01 00 11", "1 1 0 command-request new ", nil, `"items":[]`},
	{"a text string", "030000 0100 02 00 31 626f6b", "1 2 0 command-response continuation bok", []string{"cbor-kind"}, `"value":{"string":"ok"}`},
	{"a long head", "020000 0100 02 00 31 1805", `1 2 0 command-response continuation \x18\x05`, []string{"cbor-long"}, `"value":5`},
	{"no CBOR", "020000 0100 02 00 32 f61c", `1 2 0 command-response eos \xf6\x1c`, []string{"cbor"}, `"items":[{"index":0,"value":null}]`},
	{"ends in an item", "020000 0100 02 00 32 4361", "1 2 0 command-response eos Ca", []string{"cbor"}, `"continues":true`},
	{"two items", "020000 0100 02 00 32 0102", `1 2 0 command-response eos \x01\x02`, nil, `"items":[{"index":0,"value":1},{"index":1,"value":2}]`},
	{"like cbor:", "060000 0100 01 00 22 63626f723a31", `1 1 0 command-data eos \x63bor:1`, nil, `"payload":{"text":"cbor:1"}`},
	{"like encode:", "080000 0100 02 04 22 656e636f64653a31", `1 2 encoded command-data eos \x65ncode:1`, []string{"encoded"}, `"encoding":"identity"`},
	{"encode: without the flag", "080000 0100 02 00 22 656e636f64653a31", `1 2 0 command-data eos encode:1`, nil, ``},
	{"error", "2b0000 0100 02 00 50 a2 476d657373616765 81 a2 4461726773 81 4178 436d7367 46616e 2025 7321 4474797065 46736572766572", `1 2 0 error-response 0 cbor:{b'message': [{b'args': [b'x'], b'msg': b'an %s!'}], b'type': b'server'}`, nil, `"error_type":{"text":"server"},"message":"an x!"`},
	{"error of a command", "390000 0100 02 00 32 a2456572726f72a2446172677381446e6f7065476d65737361676550756e6b6e6f776e2066696c653a20257346737461747573456572726f72", `1 2 0 command-response eos cbor:{b'error': {b'args': [b'nope'], b'message': b'unknown file: %s'}, b'status': b'error'}`, nil, `"status":{"text":"error"},"message":"unknown file: nope"`},
	{"text", "160000 0100 02 00 60 81 a2 4461726773 81 4133 436d7367 47 2573 20 2525 2573", "", nil, `"text":"3 %%s"`},
	{"progress", "1c0000 0100 02 00 70 a343706f730145746f7069634862756e646c696e6745746f74616c0a", "1 2 0 progress 0 cbor:{b'pos': 1, b'topic': b'bundling', b'total': 10}", nil, `"topic":{"text":"bundling"}`},
	{"settings", "1c0000 0100 01 01 82 a150636f6e74656e74656e636f64696e677381486964656e74697479", "1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'identity']}", nil, `"content_encodings":[{"text":"identity"}]`},
	{"stream settings", "050000 0100 02 01 92 447a6c6962", "1 2 stream-begin stream-settings eos cbor:b'zlib'", nil, `"stream_encoding":{"text":"zlib"}`},
	{"stream settings of no encoding", "050000 0100 02 01 92 44677a6970", "1 2 stream-begin stream-settings eos cbor:b'gzip'", []string{"payload"}, ``},
	{"stream settings with more", "060000 0100 02 01 92 447a6c696201", `1 2 stream-begin stream-settings eos Dzlib\x01`, []string{"payload"}, ``},
	{"encoded by a client", "010000 0100 01 04 11 a0", "1 1 encoded command-request new cbor:{}", []string{"encoded", "payload"}, `"decoded":{"hex":"a0"}`},
	{"unknown type", "010000 0100 01 00 40 78", "!type 1 1 0 4 0 x", []string{"unknown-type"}, `"type":4`},
}

func TestFinalFrames(t *testing.T) {
	for _, tt := range finalFrames {
		wire := unhex(t, tt.wire)
		if n := len(wire) - HeaderLen; int(wire[0]) != n {
			wire[0] = byte(n) // the table's lengths are for the eye
		}
		records := cutAll(t, wire, finalDialect, 0)
		if len(records) != 1 || records[0].Err != nil {
			t.Errorf("%s: records %+v", tt.name, records)
			continue
		}
		f := records[0].Frame.(*Frame)
		text := string(f.AppendText(nil, codec.View{}))
		if tt.text != "" && text != tt.text {
			t.Errorf("%s: text\n got %s\nwant %s", tt.name, text, tt.text)
		}
		checkText(t, tt.name, text, wire)
		js := f.AppendJSON(nil, codec.View{})
		if !json.Valid(js) || !bytes.Contains(js, []byte(tt.json)) {
			t.Errorf("%s: JSON\n got %s\nwant %s", tt.name, js, tt.json)
		}
		var codes []string
		for _, fd := range f.AppendFindings(nil) {
			codes = append(codes, fd.Code)
			if fd.Message == "" || fd.Span.End > int64(len(wire)) {
				t.Errorf("%s: finding %+v", tt.name, fd)
			}
		}
		if !reflect.DeepEqual(codes, tt.findings) {
			t.Errorf("%s: findings %v, want %v", tt.name, codes, tt.findings)
		}
		tile(t, f.AppendFields(nil, 1000, codec.View{}), 1000, 1000+int64(len(wire)))
		for i := range wire {
			c, err := Protocol{}.Open(finalDialect)
			if err != nil {
				t.Fatal(err)
			}
			if _, n, err := c.Decoder(codec.ToServer).Decode(wire[:i], false); !errors.Is(err, codec.ErrShort) || n != 0 {
				t.Errorf("%s: Decode of the first %d bytes: %d, %v; want ErrShort", tt.name, i, n, err)
			}
		}
	}
}

// join appends frames' bytes.
func join(t testing.TB, frames []*Frame) (wire []byte) {
	t.Helper()
	var err error
	for _, f := range frames {
		if wire, err = f.AppendBinary(wire); err != nil {
			t.Fatal(err)
		}
	}
	return wire
}

// An item cut over frames is whole in the last of them, and known to lie in
// all.
func TestItemOverFrames(t *testing.T) {
	w := &FinalWriter{StreamID: 1, MaxFrame: 7}
	frames, err := w.AppendCommand(nil, 5, FinalCommand{Name: "known", Args: map[string]cbor.Value{"nodes": cbor.List(cbor.String("0123456789"))}})
	if err != nil {
		t.Fatal(err)
	}
	wire := join(t, frames)
	records := cutAll(t, append([]byte("\x01\x00\x00\x03\x00\x01\x00\x11\xa0"), wire...), finalDialect, 5)
	last := records[len(records)-1].Frame.(*Frame)
	for _, r := range records[1 : len(records)-1] {
		if items, _ := r.Frame.(*Frame).Items(); len(items) > 0 {
			t.Errorf("%s has items", r.Frame.AppendText(nil, codec.View{}))
		}
	}
	items, back := last.Items()
	if len(items) != 1 || back[0] != int64(len(frames)-1) {
		t.Fatalf("%d items, %v frames back", len(items), back)
	}
	var got []byte
	spans := last.Spans(nil, records[len(records)-1].Span.Start, 0)
	for _, s := range spans {
		got = append(got, append([]byte("\x01\x00\x00\x03\x00\x01\x00\x11\xa0"), wire...)[s.Start:s.End]...)
	}
	if !bytes.Equal(got, items[0]) || len(spans) != len(frames) {
		t.Errorf("spans %v are %x, the item is %x", spans, got, items[0])
	}
	if js := string(last.AppendJSON(nil, codec.View{})); !strings.Contains(js, `"command":{"text":"known"},"args":{"nodes":[{"text":"0123456789"}]}`) || !strings.Contains(js, fmt.Sprintf(`"index":0,"back":%d,"length":%d`, len(frames)-1, len(items[0]))) {
		t.Errorf("JSON %s", js)
	}
}

// Requests that interleave keep their items apart.
func TestInterleaved(t *testing.T) {
	a, b := &FinalWriter{StreamID: 1, MaxFrame: 4}, &FinalWriter{StreamID: 1, MaxFrame: 5}
	one, err := a.AppendCommand(nil, 1, FinalCommand{Name: "heads"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.AppendCommand(nil, 3, FinalCommand{Name: "branchmap"})
	if err != nil {
		t.Fatal(err)
	}
	var mixed []*Frame
	for len(one)+len(two) > 0 {
		if len(one) > 0 {
			mixed, one = append(mixed, one[0]), one[1:]
		}
		if len(two) > 0 {
			mixed, two = append(mixed, two[0]), two[1:]
		}
	}
	var got []string
	for _, r := range cutAll(t, join(t, mixed), finalDialect, 0) {
		items, _ := r.Frame.(*Frame).Items()
		for _, b := range items {
			var tree cbor.Tree
			if _, err := tree.Parse(b, cbor.Limits{}); err != nil {
				t.Fatal(err)
			}
			got = append(got, string(tree.AppendDiag(nil, 0)))
		}
	}
	if want := []string{"{'name': 'heads'}", "{'name': 'branchmap'}"}; !reflect.DeepEqual(got, want) {
		t.Errorf("items %q, want %q", got, want)
	}
}

// Every encoding carries a response so that the reader has the same items,
// and the text encode: makes the same frames as the writer.
func TestEncodings(t *testing.T) {
	for _, name := range stream.Names() {
		w := &FinalWriter{StreamID: 2, MaxFrame: 64}
		frames, err := w.AppendStreamSettings(nil, 1, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []uint16{1, 3} {
			r := w.Respond(id)
			frames = r.AppendOK(frames)
			for i := range 50 {
				if frames, err = r.AppendItem(frames, cbor.List(cbor.Int(int64(i)), cbor.String(strings.Repeat("x", i*i)))); err != nil {
					t.Fatal(err)
				}
			}
			if frames, err = r.AppendEnd(frames); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []int{0, 1, 50} {
			items := 0
			for _, r := range cutDir(t, codec.ToClient, join(t, frames), finalDialect, step) {
				f := r.Frame.(*Frame)
				if f.TypeID == FinalCommandResponse {
					list, _ := f.Items()
					items += len(list)
				}
				if fds := f.AppendFindings(nil); len(fds) > 0 {
					t.Errorf("%s: %+v", name, fds)
				}
				checkText(t, name, string(f.AppendText(nil, codec.View{})), r.Bytes)
			}
			if items != 2*51 {
				t.Errorf("%s in pieces of %d: %d items, want %d", name, step, items, 2*51)
			}
		}
	}
}

func TestEncodeText(t *testing.T) {
	for _, name := range stream.Names() {
		w := &FinalWriter{StreamID: 2}
		want, err := w.AppendStreamSettings(nil, 1, name)
		if err != nil {
			t.Fatal(err)
		}
		e, err := stream.NewEncoder(name)
		if err != nil {
			t.Fatal(err)
		}
		first := e.Encode(nil, unhex(t, "a146737461747573426f6b"))
		last := e.Flush(e.Encode(nil, unhex(t, "8101")))
		want = append(want,
			NewFinalFrame(1, 2, StreamEncoded, FinalCommandResponse, DataContinuation, first),
			NewFinalFrame(1, 2, StreamEncoded, FinalCommandResponse, DataEOS, last))
		p := newParser(t, finalDialect)
		var got []byte
		for _, text := range []string{
			"1 2 stream-begin stream-settings eos cbor:b'" + name + "'",
			"1 2 encoded command-response continuation encode:cbor:{b'status': b'ok'}",
			`1 2 encoded command-response eos encode:hex:81 01`,
		} {
			f, err := p.Parse(codec.ToClient, codec.Text{Body: []byte(text)})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if got, err = f.AppendBinary(got); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, join(t, want)) {
			t.Errorf("%s: the texts make %x, not %x", name, got, join(t, want))
		}
	}
	p := newParser(t, finalDialect)
	for _, text := range []string{"1 2 encoded command-response eos encode:x", "1 2 encoded command-response eos encode:encode:x"} {
		if f, err := p.Parse(codec.ToClient, codec.Text{Body: []byte(text)}); !errors.As(err, new(*codec.TextError)) {
			t.Errorf("%s: %v, %v", text, f, err)
		}
	}
}

// Bytes that are missing end what can be decoded of a compressed stream, and
// nothing else.
func TestAfterLoss(t *testing.T) {
	w := &FinalWriter{StreamID: 2}
	frames, err := w.AppendStreamSettings(nil, 1, stream.Zlib)
	if err != nil {
		t.Fatal(err)
	}
	r := w.Respond(1)
	if frames, err = r.AppendEnd(r.AppendOK(frames)); err != nil {
		t.Fatal(err)
	}
	c, err := Protocol{}.Open(finalDialect)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Decoder(codec.ToClient).(*Decoder)
	for i, f := range frames {
		wire := join(t, []*Frame{f})
		if i == 2 {
			d.Resume()
		}
		got, _, err := d.Decode(wire, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := got.(*Frame).Decoded(); (err != nil) != (i == 2) {
			t.Errorf("frame %d: %v", i, err)
		}
	}
}

// What a failure cuts short is sent before it.
func TestFailures(t *testing.T) {
	w := &FinalWriter{StreamID: 2}
	frames, err := w.AppendStreamSettings(nil, 1, stream.Identity)
	if err != nil {
		t.Fatal(err)
	}
	r := w.Respond(1)
	if frames, err = r.AppendItem(r.AppendOK(frames), cbor.Int(7)); err != nil {
		t.Fatal(err)
	}
	if frames, err = r.AppendFailure(frames, "no %s, 100%%", "disk"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AppendEnd(nil); err == nil {
		t.Error("a response ended twice")
	}
	if frames, err = w.Respond(3).AppendEnd(frames); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range frames {
		got = append(got, string(f.AppendText(nil, codec.View{})))
	}
	want := []string{
		"1 2 stream-begin stream-settings eos cbor:b'identity'",
		"1 2 encoded command-response continuation cbor:{b'status': b'ok'}",
		"1 2 encoded command-response continuation cbor:7",
		"1 2 0 error-response 0 cbor:{b'message': [{b'msg': b'no disk, 100%'}], b'type': b'command'}",
		"3 2 encoded command-response continuation cbor:{b'status': b'ok'}",
		"3 2 0 command-response eos ",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("frames\n got %q\nwant %q", got, want)
	}
	if id := NextRequestID(NextRequestID(65533)); id != 1 {
		t.Errorf("after request 65535 comes %d", id)
	}
	if ChooseEncoding([]string{"zlib", "gzip", "identity"}) != stream.Zlib || ChooseEncoding([]string{"gzip"}) != "" {
		t.Error("ChooseEncoding")
	}
}

// Without a dialect the texts tell it.
func TestDialectOfTexts(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{"1 1 stream-begin command-request new cbor:{}", "1 1 0 8 eos ", "final"},
		{"1 2 stream-begin stream-settings eos cbor:b'zlib'", "1 2 0 9 eos ", "final"},
		{"1 1 stream-begin command-name eos heads", "1 1 0 command-name eos cbor:1", "seed"},
		{"1 1 stream-begin command-data eos cbor:1", "1 1 0 command-argument eoa arg:a=b", "seed"},
	} {
		p := newParser(t, codec.Options{})
		for i, text := range []string{tt.first, tt.second} {
			f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if got := f.(*Frame).Dialect().Name; i == 1 && got != tt.want {
				t.Errorf("%s: %s", text, got)
			}
		}
	}
}

func TestFinalAllocs(t *testing.T) {
	c, err := Protocol{}.Open(finalDialect)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Decoder(codec.ToServer)
	p := newParser(t, finalDialect)
	buf := make([]byte, 0, 4096)
	for _, tt := range finalFrames {
		if len(tt.findings) > 0 || strings.HasPrefix(tt.name, "stream settings") || tt.text == "" {
			continue
		}
		wire := unhex(t, tt.wire)
		wire[0] = byte(len(wire) - HeaderLen)
		if n := testing.AllocsPerRun(100, func() {
			f, _, err := d.Decode(wire, true)
			if err != nil {
				t.Fatal(err)
			}
			buf, _ = f.AppendBinary(buf[:0])
			buf = f.AppendText(buf, codec.View{})
		}); n != 0 {
			t.Errorf("%s: decode and append: %v allocations", tt.name, n)
		}
		if strings.Contains(tt.text, "cbor:") {
			continue
		}
		text := codec.Text{Body: []byte(tt.text)}
		if n := testing.AllocsPerRun(100, func() {
			f, err := p.Parse(codec.ToServer, text)
			if err != nil {
				t.Fatal(err)
			}
			buf, _ = f.AppendBinary(buf[:0])
		}); n != 0 {
			t.Errorf("%s: parse: %v allocations", tt.name, n)
		}
	}
}

func FuzzFinal(f *testing.F) {
	for _, tt := range finalFrames {
		f.Add(unhex(f, tt.wire), 3)
	}
	for _, name := range stream.Names() {
		w := &FinalWriter{StreamID: 2, MaxFrame: 9}
		frames, err := w.AppendStreamSettings(nil, 1, name)
		if err != nil {
			f.Fatal(err)
		}
		r := w.Respond(1)
		if frames, err = r.AppendItem(r.AppendOK(frames), cbor.String("some text that is cut")); err != nil {
			f.Fatal(err)
		}
		if frames, err = r.AppendEnd(frames); err != nil {
			f.Fatal(err)
		}
		f.Add(join(f, frames), 7)
	}
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		for _, o := range []codec.Options{finalDialect, {}} {
			whole := cutDir(t, codec.ToClient, in, o, 0)
			parts := cutDir(t, codec.ToClient, in, o, 1+step&0x3f)
			if len(whole) != len(parts) {
				t.Fatalf("%d records whole, %d in pieces", len(whole), len(parts))
			}
			var back []byte
			for i, r := range whole {
				back = append(back, r.Bytes...)
				if r.Frame == nil {
					continue
				}
				g := r.Frame.(*Frame)
				text, js := g.AppendText(nil, codec.View{}), g.AppendJSON(nil, codec.View{})
				h, ok := parts[i].Frame.(*Frame)
				if !ok || !bytes.Equal(js, h.AppendJSON(nil, codec.View{})) || !bytes.Equal(text, h.AppendText(nil, codec.View{})) {
					t.Fatalf("record %d: %s is not %+v", i, js, parts[i])
				}
				if !json.Valid(js) {
					t.Fatalf("JSON %s", js)
				}
				tile(t, g.AppendFields(nil, r.Span.Start, codec.View{}), r.Span.Start, r.Span.End)
				g.AppendFindings(nil)
				if g.Dialect() == final {
					checkText(t, "fuzz", string(text), r.Bytes)
					items, _ := g.Items()
					for j := range items {
						g.Spans(nil, r.Span.Start, j)
					}
				}
			}
			if !bytes.Equal(back, in) {
				t.Fatalf("the records make %x of %x", back, in)
			}
		}
	})
}

func FuzzFinalParse(f *testing.F) {
	for _, tt := range finalFrames {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte("1 2 encoded command-response eos encode:cbor:{b'status': b'ok'}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := newParser(t, finalDialect)
		if _, err := p.Parse(codec.ToClient, codec.Text{Body: []byte("1 2 stream-begin stream-settings eos cbor:b'zlib'")}); err != nil {
			t.Fatal(err)
		}
		g, err := p.Parse(codec.ToClient, codec.Text{Body: text})
		if err != nil {
			if e, ok := errors.AsType[*codec.TextError](err); !ok || e.Start < 0 || e.Start > e.End || e.End > len(text) {
				t.Fatalf("Parse(%q) = %v in %+v", text, err, e)
			}
			return
		}
		wire, err := g.AppendBinary(nil)
		if err != nil {
			t.Fatalf("Parse(%q) made a frame without bytes: %v", text, err)
		}
		checkText(t, "fuzz", string(g.AppendText(nil, codec.View{})), wire)
	})
}

func BenchmarkDecodeFinal(b *testing.B) {
	w := &FinalWriter{StreamID: 2}
	r := w.Respond(1)
	frames := r.AppendOK(nil)
	for range 200 {
		var err error
		if frames, err = r.AppendItem(frames, cbor.List(cbor.Int(7), cbor.String(strings.Repeat("x", 500)))); err != nil {
			b.Fatal(err)
		}
	}
	frames, err := r.AppendEnd(frames)
	if err != nil {
		b.Fatal(err)
	}
	in := join(b, frames)
	c, err := Protocol{}.Open(finalDialect)
	if err != nil {
		b.Fatal(err)
	}
	d := c.Decoder(codec.ToClient)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for src := in; len(src) > 0; {
			_, n, err := d.Decode(src, true)
			if err != nil {
				b.Fatal(err)
			}
			src = src[n:]
		}
	}
}
