package hg

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// frames are bytes of real programs, with what they mean.
var frames = []struct {
	name, wire, text string
	findings         []string
}{
	{"heads", "050000 0100 01 01 11 6865616473", "1 1 stream-begin command-name eos heads", nil},
	{"lookup", "060000 0100 01 01 12 6c6f6f6b7570", "1 1 stream-begin command-name have-args lookup", nil},
	{"argument", "0a0000 0100 01 00 22 03000300 6b6579 746970", "1 1 0 command-argument eoa arg:key=tip", nil},
	{"argument cut without continuation", "0a0000 0100 01 00 22 03000400 6b6579 746970", `1 1 0 command-argument eoa \x03\x00\x04\x00keytip`, []string{"payload"}},
	{"argument with = in its name", "0a0000 0100 01 00 22 03000300 6b3d79 746970", `1 1 0 command-argument eoa \x03\x00\x03\x00k=ytip`, nil},
	{"argument that looks like the helper", "050000 0100 01 00 20 6172673a78", `1 1 0 command-argument 0 \x61rg:x`, []string{"payload"}},
	{"empty data", "000000 0100 01 00 32", "1 1 0 command-data eos ", nil},
	{"data like hex", "060000 0100 01 00 32 6865783a3431", `1 1 0 command-data eos \x68ex:41`, nil},
	{"data like a file", "020000 0100 01 00 32 4061", `1 1 0 command-data eos \x40a`, nil},
	{"bytes", "080000 0100 02 01 42 5c0a0d09007fff22", `1 2 stream-begin bytes-response eos \\\n\r\t\x00\x7f\xff"`, nil},
	{"no flags on bytes", "000000 0100 02 01 40", "1 2 stream-begin bytes-response 0 ", []string{"flags"}},
	{"error", "040000 0100 02 00 52 6f6f7073", "1 2 0 error-response application oops", nil},
	{"text", "120000 0100 02 00 60 0600 01 01 02 0300 257320733a0a 7569 666f6f", `1 2 0 text-output 0 text:"%s s:\n"("foo")["ui"]`, nil},
	{"two atoms", "0a0000 0100 02 00 60 0100 00 00 61 0100 00 00 62", `1 2 0 text-output 0 text:"a" "b"`, nil},
	{"settings", "070000 0100 02 01 80 04 7a6c6962 0102", `1 2 stream-begin stream-settings 0 settings:"zlib" "\x01\x02"`, nil},
	{"settings later", "010000 0100 02 00 80 00", `1 2 0 stream-settings 0 settings:""`, []string{"payload"}},
	{"unknown type", "010000 0100 01 00 70 78", "!type 1 1 0 7 0 x", []string{"unknown-type"}},
	{"reserved bits", "010000 0100 01 f9 19 78", "1 1 stream-begin|248 command-name eos|8 x", []string{"reserved-stream-flags", "reserved-flags"}},
	{"encoded", "010000 0100 01 05 11 78", "1 1 stream-begin|encoded command-name eos x", []string{"encoded"}},
}

func TestFrames(t *testing.T) {
	for _, tt := range frames {
		t.Run(tt.name, func(t *testing.T) {
			wire := unhex(t, tt.wire)
			records := cutAll(t, wire, codec.Options{}, 0)
			if len(records) != 1 || records[0].Err != nil {
				t.Fatalf("%d records, %+v; want one frame", len(records), records)
			}
			f := records[0].Frame.(*Frame)
			if text := string(f.AppendText(nil, codec.View{})); text != tt.text {
				t.Errorf("text:\n got %s\nwant %s", text, tt.text)
			}
			parse(t, tt.text, wire)
			var codes []string
			for _, fd := range f.AppendFindings(nil) {
				codes = append(codes, fd.Code)
			}
			if !reflect.DeepEqual(codes, tt.findings) {
				t.Errorf("findings %v, want %v", codes, tt.findings)
			}
			tile(t, f.AppendFields(nil, 1000, codec.View{}), 1000, 1000+int64(len(wire)))
			// Every cut is short, and the end of input there is a truncation.
			for i := range wire {
				c, err := Protocol{}.Open(codec.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if _, n, err := c.Decoder(codec.ToServer).Decode(wire[:i], false); !errors.Is(err, codec.ErrShort) || n != 0 {
					t.Errorf("Decode of the first %d bytes: %d, %v; want ErrShort", i, n, err)
				}
				for _, r := range cutAll(t, wire[:i], codec.Options{}, 0) {
					if r.Err == nil || r.Err.Code != codec.CodeTruncated || r.Frame != nil {
						t.Errorf("the first %d bytes make %+v", i, r)
					}
				}
			}
		})
	}
}

func parse(t *testing.T, text string, want []byte) {
	t.Helper()
	var devs []codec.Deviation
	body := text
	if rest, ok := strings.CutPrefix(text, "!type "); ok {
		devs, body = []codec.Deviation{{Name: "type", Pos: -6}}, rest
	}
	f, err := newParser(t, codec.Options{}).Parse(codec.ToServer, codec.Text{Body: []byte(body), Deviations: devs})
	if err != nil {
		t.Fatalf("Parse(%q): %v", body, err)
	}
	if got, err := f.AppendBinary(nil); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q makes %x, %v; want %x", text, got, err, want)
	}
	if devs != nil {
		if _, err := newParser(t, codec.Options{}).Parse(codec.ToServer, codec.Text{Body: []byte(body)}); err == nil {
			t.Errorf("%q is taken without its mark", body)
		}
	}
}

// tile checks that the fields of depth 0 cover start to end, and those of
// each deeper level their parent.
func tile(t *testing.T, fields []codec.Field, start, end int64) {
	t.Helper()
	at := start
	for i, f := range fields {
		if f.Depth != 0 {
			continue
		}
		if f.Span.Start != at {
			t.Errorf("field %s starts at %d, want %d", f.Name, f.Span.Start, at)
		}
		at = f.Span.End
		var inner []codec.Field
		for _, g := range fields[i+1:] {
			if g.Depth == 0 {
				break
			}
			g.Depth--
			inner = append(inner, g)
		}
		if len(inner) > 0 {
			tile(t, inner, f.Span.Start, f.Span.End)
		}
	}
	if at != end {
		t.Errorf("fields end at %d, want %d", at, end)
	}
}

func TestArgumentOverFrames(t *testing.T) {
	w := &Writer{StreamID: 1, MaxFrame: 8, SplitArguments: true}
	made, err := w.AppendCommand(nil, 7, Command{Name: "known", Args: map[string][]byte{"nodes": []byte("0123456789abcdef"), "a": nil}})
	if err != nil {
		t.Fatal(err)
	}
	var wire []byte
	for _, f := range made {
		if wire, err = f.AppendBinary(wire); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"7 1 stream-begin command-name have-args known",
		"7 1 0 command-argument 0 arg:a=",
		`7 1 0 command-argument continuation \x05\x00\x10\x00nodes`,
		"7 1 0 command-argument continuation 01234567",
		"7 1 0 command-argument eoa 89abcdef",
	}
	var got []string
	var rest []bool
	for _, r := range cutAll(t, wire, codec.Options{}, 3) {
		got = append(got, string(r.Frame.AppendText(nil, codec.View{})))
		rest = append(rest, r.Frame.(*Frame).Rest)
		if n := len(r.Frame.AppendFindings(nil)); n != 0 {
			t.Errorf("%s: %d findings", got[len(got)-1], n)
		}
	}
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(rest, []bool{false, false, false, true, true}) {
		t.Errorf("frames:\n got %q %v\nwant %q", got, rest, want)
	}
}

func TestResync(t *testing.T) {
	good := unhex(t, "050000 0100 01 01 11 6865616473  060000 0300 01 00 12 6c6f6f6b7570  0a0000 0300 01 00 22 03000300 6b6579 746970")
	for name, tt := range map[string]struct {
		junk string
		want []int64 // offset of each record
	}{
		"text":                       {"HTTP/1.1 200 OK\r\n\r\n", []int64{0, 19, 32, 46}},
		"a length that reaches far":  {"\xff\xff\x00\x01\x00\x01\x01\x11", []int64{0, 8, 21, 35}},
		"a length over the limit":    {"\xff\xff\xff\x01\x00\x01\x01\x11", []int64{0, 8, 21, 35}},
		"a type that nothing stands": {"\x09\x00\x00\x01\x00\x01\xff\xf0", []int64{0, 8, 21, 35}},
	} {
		t.Run(name, func(t *testing.T) {
			in := append([]byte(tt.junk), good...)
			for step := range 5 {
				var got []int64
				var back []byte
				for _, r := range cutAll(t, in, codec.Options{}, step) {
					got = append(got, r.Span.Start)
					back = append(back, r.Bytes...)
				}
				if !reflect.DeepEqual(got, tt.want) || !bytes.Equal(back, in) {
					t.Errorf("step %d: records at %v, want %v; %d of %d bytes", step, got, tt.want, len(back), len(in))
				}
			}
		})
	}
}

func TestTextErrors(t *testing.T) {
	for text, want := range map[string]string{
		"1 1 stream-begn command-name eos heads": `4:15 stream flags: no flag "stream-begn" (did you mean stream-begin?)`,
		"1 1 0 command-nam eos heads":            `6:17 type: no type "command-nam" (did you mean command-name?)`,
		"1 1 0 command-name eoa heads":           `19:22 flags: no flag of command-name "eoa" (did you mean eos?)`,
		"1 1 0 command-name eos":                 `22:22 payload: the text ends after the flags (an empty payload needs the blank before it)`,
		"1 1":                                    `3:3 stream flags: the text ends after the stream id (a frame is <request-id> <stream-id> <stream-flags> <type> <flags> <payload>)`,
		"1  1 0 command-name eos x":              `2:3 stream id: nothing stands between two blanks (one blank separates the parts)`,
		"65536 1 0 command-name eos x":           `0:5 request id: 65536 is out of range: 0 to 65535 ()`,
		"1 0x1 0 command-name eos x":             `2:5 stream id: "0x1" is no decimal number ()`,
		"1 1 0 command-name 32 x":                `19:21 flags: 32 is out of range: 0 to 15 ()`,
		"1 1 0 7 0 x":                            `6:7 type: the seed dialect has no type 7 (write !type before the frame to send it all the same)`,
		`1 1 0 command-data eos ab\x4`:           `25:28 payload: \x without two hexadecimal digits (write \x0a, or \\x for a backslash and an x)`,
		`1 1 0 command-data eos ab\`:             `25:26 payload: a backslash at the end (write \\ for a backslash)`,
		"1 1 0 command-argument eoa arg:key":     `34:34 payload: an argument is name=value (a "=" is missing)`,
		`1 1 0 text-output 0 text:"a"("b"`:       `32:32 payload: a list goes on with ',' or ends with ')' ()`,
		"1 1 0 command-data eos hex:4142434":     `33:34 payload: an odd number of hexadecimal digits ()`,
	} {
		_, err := newParser(t, codec.Options{}).Parse(codec.ToServer, codec.Text{Body: []byte(text)})
		e, ok := errors.AsType[*codec.TextError](err)
		if !ok {
			t.Errorf("Parse(%q) = %v, want a TextError", text, err)
			continue
		}
		if got := strings.Join([]string{itoa(e.Start) + ":" + itoa(e.End), e.Error(), "(" + e.Hint + ")"}, " "); got != want {
			t.Errorf("Parse(%q):\n got %s\nwant %s", text, got, want)
		}
	}
}

func itoa(n int) string { return string(appendInt(nil, n)) }

func appendInt(dst []byte, n int) []byte {
	if n >= 10 {
		dst = appendInt(dst, n/10)
	}
	return append(dst, byte('0'+n%10))
}

func TestCaptures(t *testing.T) {
	for _, name := range testdata.Glob(t, "hg/captures/seed/*.bin") {
		in := testdata.Read(t, name)
		var wire []byte
		p := newParser(t, codec.Options{Dialect: "seed"})
		for _, r := range cutAll(t, in, codec.Options{Dialect: "seed"}, 0) {
			if r.Err != nil {
				t.Errorf("%s: %v", name, r.Err)
				continue
			}
			text := r.Frame.AppendText(nil, codec.View{})
			var devs []codec.Deviation
			if rest, ok := bytes.CutPrefix(text, []byte("!type ")); ok {
				text, devs = rest, []codec.Deviation{{Name: "type"}}
			}
			f, err := p.Parse(codec.ToServer, codec.Text{Body: text, Deviations: devs})
			if err != nil {
				t.Fatalf("%s: Parse(%.80q): %v", name, text, err)
			}
			if wire, err = f.AppendBinary(wire); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(wire, in) {
			t.Errorf("%s: the texts make other bytes", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, tt := range frames {
		f.Add(unhex(f, tt.wire), 3)
	}
	f.Add(unhex(f, "ffffff0100010111 050000 0100 01 01 11 6865616473"), 1)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		whole := cutAll(t, in, codec.Options{}, 0)
		parts := cutAll(t, in, codec.Options{}, 1+step&0x3f)
		if len(whole) != len(parts) {
			t.Fatalf("%d records whole, %d in pieces", len(whole), len(parts))
		}
		var back []byte
		for i, r := range whole {
			if !reflect.DeepEqual(r, parts[i]) {
				t.Fatalf("record %d:\nwhole  %+v\npieces %+v", i, r, parts[i])
			}
			if r.Frame == nil {
				back = append(back, r.Bytes...)
				continue
			}
			var err error
			if back, err = r.Frame.AppendBinary(back); err != nil {
				t.Fatal(err)
			}
			tile(t, r.Frame.AppendFields(nil, r.Span.Start, codec.View{}), r.Span.Start, r.Span.End)
			text := r.Frame.AppendText(nil, codec.View{})
			var devs []codec.Deviation
			if rest, ok := bytes.CutPrefix(text, []byte("!type ")); ok {
				text, devs = rest, []codec.Deviation{{Name: "type"}}
			}
			g, err := newParser(t, codec.Options{Dialect: r.Frame.(*Frame).Dialect().Name}).Parse(codec.ToServer, codec.Text{Body: text, Deviations: devs})
			if err != nil {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			if got, _ := g.AppendBinary(nil); !bytes.Equal(got, r.Bytes) {
				t.Fatalf("%q makes %x, not %x", text, got, r.Bytes)
			}
		}
		if !bytes.Equal(back, in) {
			t.Fatalf("the records make %x of %x", back, in)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, tt := range frames {
		f.Add([]byte(tt.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := newParser(t, codec.Options{}).Parse(codec.ToServer, codec.Text{Body: text})
		if err != nil {
			e, ok := errors.AsType[*codec.TextError](err)
			if !ok || e.Start < 0 || e.Start > e.End || e.End > len(text) {
				t.Fatalf("Parse(%q) = %v in %+v", text, err, e)
			}
			return
		}
		if _, err := g.AppendBinary(nil); err != nil {
			t.Fatalf("Parse(%q) made a frame without bytes: %v", text, err)
		}
	})
}

func TestAllocs(t *testing.T) {
	c, err := Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, p := c.Decoder(codec.ToServer), newParser(t, codec.Options{})
	for _, tt := range frames {
		wire, text := unhex(t, tt.wire), codec.Text{Body: []byte(strings.TrimPrefix(tt.text, "!type "))}
		if strings.HasPrefix(tt.text, "!type ") {
			text.Deviations = []codec.Deviation{{Name: "type"}}
		}
		buf := make([]byte, 0, 4096)
		if n := testing.AllocsPerRun(100, func() {
			f, _, err := d.Decode(wire, true)
			if err != nil {
				t.Fatal(err)
			}
			buf, _ = f.AppendBinary(buf[:0])
			buf = f.AppendText(buf, codec.View{})
			buf = f.AppendJSON(buf, codec.View{})
		}); n != 0 && len(tt.findings) == 0 { // what is wrong with a payload costs an error value
			t.Errorf("%s: decode and append: %v allocations", tt.name, n)
		}
		f, _, _ := d.Decode(wire, true)
		fields, v := make([]codec.Field, 0, 64), codec.View{Texts: new(codec.Texts)}
		if n := testing.AllocsPerRun(100, func() { fields = f.AppendFields(fields[:0], 0, v) }); n != 0 && len(tt.findings) == 0 {
			t.Errorf("%s: fields: %v allocations", tt.name, n)
		}
		if strings.Contains(tt.text, ":") {
			continue
		}
		if n := testing.AllocsPerRun(100, func() {
			f, _ := p.Parse(codec.ToServer, text)
			buf, _ = f.AppendBinary(buf[:0])
		}); n != 0 {
			t.Errorf("%s: parse and append: %v allocations", tt.name, n)
		}
	}
}

func TestHostileLength(t *testing.T) {
	in := unhex(t, "ffffff 0100 01 01 11")
	n := testing.AllocsPerRun(10, func() { cutAll(t, in, codec.Options{}, 0) })
	if n > 50 {
		t.Errorf("%v allocations for a frame that claims 16 MiB", n)
	}
	if r := cutAll(t, in, codec.Options{}, 0); len(r) != 1 || r[0].Err.Code != codec.CodeLimit {
		t.Errorf("records %+v, want one over the limit", r)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{16, 512, 32768} {
		b.Run(itoa(size), func(b *testing.B) {
			one, _ := NewFrame(1, 1, 0, TypeCommandData, DataEOS, make([]byte, size)).AppendBinary(nil)
			in := bytes.Repeat(one, 1<<20/len(one)+1)
			c, err := Protocol{}.Open(codec.Options{})
			if err != nil {
				b.Fatal(err)
			}
			d := c.Decoder(codec.ToServer)
			frames := 0
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				for src := in; len(src) > 0; frames++ {
					_, n, err := d.Decode(src, true)
					if err != nil {
						b.Fatal(err)
					}
					src = src[n:]
				}
			}
			b.ReportMetric(float64(frames)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	f := NewFrame(1, 1, StreamBegin, TypeCommandData, DataEOS, bytes.Repeat([]byte("some text, \x00\x01\n"), 40))
	p := newParser(b, codec.Options{})
	text := codec.Text{Body: f.AppendText(nil, codec.View{})}
	buf := make([]byte, 0, 8192)
	for name, work := range map[string]func(){
		"wire": func() { buf, _ = f.AppendBinary(buf[:0]) },
		"text": func() { buf = f.AppendText(buf[:0], codec.View{}) },
		"json": func() { buf = f.AppendJSON(buf[:0], codec.View{}) },
		"parse": func() {
			g, _ := p.Parse(codec.ToServer, text)
			buf, _ = g.AppendBinary(buf[:0])
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(HeaderLen + len(f.Payload)))
			b.ReportAllocs()
			for b.Loop() {
				work()
			}
		})
	}
}
