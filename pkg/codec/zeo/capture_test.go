package zeo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/decode"
)

// An expectation is a line of an expected file.
type expectation struct {
	N, Stream, Off, Len int
	Dir, Kind, Proto    string
	MAC                 string
	ID, Flag            json.RawMessage
	Name, Args          json.RawMessage
	Text                string
}

type place struct {
	conn   int
	dir    codec.Direction
	offset int64
}

// A shownRecord is what is kept of a record.
type shownRecord struct {
	typ, text    string
	fields       map[string]json.RawMessage
	length       int64
	err          *codec.SyntaxError
	dialect      string
	bytes, again []byte
	findings     []codec.Finding
}

// records decodes a capture and, of each record with a frame, makes the bytes
// again of its text.
func records(t *testing.T, name string) (map[place]shownRecord, []place) {
	t.Helper()
	s, err := decode.NewSession(decode.Options{Protocol: "zeo"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[place]shownRecord{}
	var order []place
	v := codec.View{Secrets: true}
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		at := place{r.Conn, r.Dir, r.Span.Start}
		one := shownRecord{length: r.Span.Len(), err: r.Err, dialect: r.Dialect, bytes: bytes.Clone(r.Bytes)}
		if r.Frame != nil {
			one.typ = r.Frame.Type()
			one.text = string(r.Frame.AppendText(nil, v))
			if err := json.Unmarshal(r.Frame.AppendJSON(nil, v), &one.fields); err != nil {
				t.Fatalf("%s %v: %v", name, at, err)
			}
			if clone := r.Frame.Clone().AppendText(nil, v); string(clone) != one.text {
				t.Errorf("%s %v: the clone is %s\nnot %s", name, at, clone, one.text)
			}
			one.again = again(t, one, r.Dir)
			one.findings = r.Frame.AppendFindings(nil)
		}
		got[at] = one
		order = append(order, at)
	}
	return got, order
}

// again makes bytes of a record's text.
func again(t *testing.T, r shownRecord, dir codec.Direction) []byte {
	t.Helper()
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: r.dialect})
	if err != nil {
		t.Fatal(err)
	}
	var in codec.Text
	text := r.text
	for strings.HasPrefix(text, "!") {
		mark, rest, _ := strings.Cut(text[1:], " ")
		name, val, _ := strings.Cut(mark, "=")
		in.Deviations = append(in.Deviations, codec.Deviation{Name: name, Value: val, Pos: -1})
		text = rest
	}
	in.Body = []byte(text)
	f, err := p.Parse(dir, in)
	if err != nil {
		t.Errorf("%s: %v", r.text, err)
		return nil
	}
	b, _ := f.AppendBinary(nil)
	return b
}

func TestCaptures(t *testing.T) {
	total := 0
	for _, expected := range testdata.Glob(t, "zeo/captures/*.expected.ndjson") {
		base := strings.TrimSuffix(expected, ".expected.ndjson")
		got, order := records(t, base+".pcap")
		for _, at := range order {
			r := got[at]
			if r.typ != "" && !bytes.Equal(r.bytes, r.again) {
				t.Errorf("%s %v: %s\nis %x\nnot %x", base, at, r.text, r.again, r.bytes)
			}
			verb, _, _ := strings.Cut(strings.TrimLeft(r.text, "!"), " ")
			if !strings.HasSuffix(base, "-raw") && (r.typ == "" || verb == "pickle" || verb == "msgpack" || verb == "body" || r.err != nil) {
				t.Errorf("%s %v: a real peer's message is %q %.200s, %v", base, at, r.typ, r.text, r.err)
			}
			if len(r.findings) > 0 && !strings.HasSuffix(base, "-raw") && !strings.Contains(r.text, "no_such_method") {
				t.Errorf("%s %v: odd about %.200s: %v", base, at, r.text, r.findings)
			}
		}
		for _, line := range bytes.Split(bytes.TrimSpace(testdata.Read(t, expected)), []byte{'\n'}) {
			var e expectation
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatal(err)
			}
			total++
			at := place{e.Stream, codec.ToServer, int64(e.Off)}
			if e.Dir == "s2c" {
				at.dir = codec.ToClient
			}
			compare(t, base, at, got[at], e)
		}
	}
	if total < 5000 {
		t.Errorf("only %d messages were compared", total)
	}
}

// compare holds a record against what the real program's decoder says.
func compare(t *testing.T, base string, at place, r shownRecord, e expectation) {
	t.Helper()
	if e.Kind == "truncated" {
		// One is whole for servers up to ZEO 4: the top bit of its length
		// stands for a MAC. Its body is no message.
		if r.err == nil {
			t.Errorf("%s %v: a cut message is %q", base, at, r.typ)
		}
		return
	}
	length := int64(4 + e.Len)
	if e.MAC != "" {
		length += 20
		if want := `"` + e.MAC + `"`; string(r.fields["mac"]) != want {
			t.Errorf("%s %v: MAC %s; want %s", base, at, r.fields["mac"], want)
		}
	}
	if r.length != length {
		t.Errorf("%s %v: %d bytes; want %d", base, at, r.length, length)
	}
	switch e.Kind {
	case "handshake":
		want, _ := json.Marshal(e.Proto)
		if got := canonicalJSON(t, r.fields["proto"]); got != string(want) {
			t.Errorf("%s %v: %s %s; want the handshake %s", base, at, r.typ, got, want)
		}
	case "ruok-reply":
		want, _ := json.Marshal(e.Text)
		if got := canonicalJSON(t, r.fields["text"]); r.typ != "status" || got != string(want) {
			t.Errorf("%s %v: %s %s; want the statistics %s", base, at, r.typ, got, want)
		}
	case "undecodable":
		// The reference refuses msgpack behind a pickle's handshake, pickles
		// of protocol 4, and classes that it does not have. All that is
		// readable here, and marked.
		if r.err == nil && r.typ != "call" {
			t.Errorf("%s %v: %s; want an error: %s", base, at, r.typ, r.text)
		}
	case "rpc":
		for k, want := range map[string]json.RawMessage{"id": e.ID, "flag": e.Flag, "name": e.Name, "args": e.Args} {
			if !reflect.DeepEqual(zeo.Norm(t, r.fields[k], true), zeo.Norm(t, want, true)) {
				t.Errorf("%s %v: %s is %.300s; want %.300s", base, at, k, r.fields[k], want)
			}
		}
	default:
		t.Errorf("%s: unknown kind %q", base, e.Kind)
	}
}

func canonicalJSON(t *testing.T, src []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(src, &v); err != nil {
		t.Errorf("%q: %v", src, err)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// TestMACs recomputes the MACs of the recorded logins, of a user foo with the
// password bar.
func TestMACs(t *testing.T) {
	for name, want := range map[string]int{"z397-auth": 26, "zeo4_36-auth": 24} {
		got, order := records(t, "zeo/captures/"+name+".pcap")
		var login zeo.Login
		var challenge, nonce string
		macs := map[codec.Direction]*zeo.MAC{}
		count := 0
		for _, at := range order {
			r := got[at]
			if at.conn != 2 || r.typ == "hello" {
				continue
			}
			if strings.HasPrefix(r.text, "call 1 auth_get_challenge") {
				answer := got[place{2, codec.ToClient, offsetAfter(at, order)}]
				parts := strings.Split(strings.NewReplacer("(", "", ")", "", "s\"", "", "\"", "").Replace(strings.TrimPrefix(answer.text, "reply 1 ")), ", ")
				login = zeo.Login{User: "foo", Realm: parts[0], Password: "bar"}
				challenge, nonce = parts[1], parts[2]
				for _, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
					macs[d] = zeo.NewMAC(login.Key(nonce))
				}
			}
			if strings.HasPrefix(r.text, "call 2 auth_response") && !strings.Contains(r.text, login.Response(challenge)) {
				t.Errorf("%s: %s; want the response %s", name, r.text, login.Response(challenge))
			}
			if !strings.HasPrefix(r.text, "!mac=") {
				continue
			}
			count++
			mac := macs[at.dir].Append(nil, r.bytes[24:])
			if !bytes.Equal(mac, r.bytes[4:24]) {
				t.Errorf("%s %v: the MAC is %x; want %x", name, at, r.bytes[4:24], mac)
			}
		}
		if count < want {
			t.Errorf("%s: only %d MACs", name, count)
		}
	}
}

// offsetAfter returns where the next record from the server begins.
func offsetAfter(call place, order []place) int64 {
	seen := false
	for _, at := range order {
		seen = seen || at == call
		if seen && at.conn == call.conn && at.dir == codec.ToClient {
			return at.offset
		}
	}
	return -1
}

// TestMidstream joins each direction of a capture at every 97th byte: what
// is found then is what was there.
func TestMidstream(t *testing.T) {
	for _, name := range []string{"z397-lockq", "zeo4_36-lockq", "zeo6-lockq", "zeo6m-lockq", "z397-auth", "zeo4_36-auth"} {
		got, order := records(t, "zeo/captures/"+name+".pcap")
		streams := map[place][]byte{}
		for _, at := range order {
			k := place{conn: at.conn, dir: at.dir}
			streams[k] = append(streams[k], got[at].bytes...)
		}
		for k, b := range streams {
			for cut := 0; cut < len(b); cut += 97 {
				joined(t, name, k, b, cut, got)
			}
		}
	}
}

func joined(t *testing.T, name string, k place, b []byte, cut int, got map[place]shownRecord) {
	t.Helper()
	c, err := zeo.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := codec.NewStream(c.Decoder(k.dir), k.dir)
	s.Join()
	s.Feed(b[cut:])
	s.End()
	first := true
	for {
		r, ok := s.Next()
		if !ok {
			return
		}
		want, known := got[place{k.conn, k.dir, r.Span.Start + int64(cut)}]
		if r.Frame == nil {
			if !first || known && r.Span.Len() >= want.length {
				t.Errorf("%s %v: joined at %d: raw at %d", name, k, cut, r.Span.Start)
			}
			first = false
			continue
		}
		first = false
		if !known || want.typ != r.Frame.Type() {
			t.Errorf("%s %v: joined at %d: %s at %d; want %q", name, k, cut, r.Frame.Type(), r.Span.Start, want.typ)
		}
	}
}

// TestChunking feeds a conversation byte by byte.
func TestChunking(t *testing.T) {
	got, order := records(t, "zeo/captures/zeo4_36-auth.pcap")
	for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
		var b []byte
		for _, at := range order {
			if at.conn == 2 && at.dir == dir {
				b = append(b, got[at].bytes...)
			}
		}
		texts := func(size int) (out []string) {
			c, err := zeo.Protocol{}.Open(codec.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := codec.NewStream(c.Decoder(dir), dir)
			for rest := b; ; {
				n := min(size, len(rest))
				if n == 0 {
					s.End()
				} else {
					s.Feed(rest[:n])
					rest = rest[n:]
				}
				for {
					r, ok := s.Next()
					if !ok {
						break
					}
					out = append(out, string(r.Frame.AppendText(nil, codec.View{Secrets: true})))
				}
				if n == 0 {
					return out
				}
			}
		}
		whole := texts(len(b))
		if len(whole) < 10 {
			t.Fatalf("only %d messages", len(whole))
		}
		for _, size := range []int{1, 2, 3, 7, 64} {
			if got := texts(size); !reflect.DeepEqual(got, whole) {
				t.Errorf("in pieces of %d the messages differ:\n%q\n%q", size, got, whole)
			}
		}
	}
}

// TestDamage cuts bytes out of the middle of a conversation.
func TestDamage(t *testing.T) {
	got, order := records(t, "zeo/captures/zeo6-lockq.pcap")
	var b []byte
	var starts []int
	for _, at := range order {
		if at.conn == 2 && at.dir == codec.ToServer {
			starts = append(starts, len(b))
			b = append(b, got[at].bytes...)
		}
	}
	hole := starts[5] + 3
	c, err := zeo.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer)
	var lines []string
	drain := func() {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			switch {
			case r.IsGap():
				lines = append(lines, "gap")
			case r.Frame == nil:
				lines = append(lines, "raw")
			default:
				lines = append(lines, string(r.Frame.AppendText(nil, codec.View{})))
			}
		}
	}
	s.Feed(b[:hole])
	drain()
	s.Gap(10)
	drain()
	s.Feed(b[hole+10:])
	drain()
	s.End()
	drain()
	var want []string
	for i, at := range order2(order, got) {
		switch i {
		case 5:
			want = append(want, "raw", "gap", "raw")
		default:
			want = append(want, at)
		}
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("with a gap:\n%s\nwant:\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// order2 returns the texts of what the client of connection 2 sent.
func order2(order []place, got map[place]shownRecord) (texts []string) {
	for _, at := range order {
		if at.conn == 2 && at.dir == codec.ToServer {
			texts = append(texts, got[at].text)
		}
	}
	return texts
}

// TestBombs sends hostile bodies in the middle of a conversation: each is a
// fault of its own, and the next message is read.
func TestBombs(t *testing.T) {
	for name, body := range map[string]string{
		"marks":   strings.Repeat("(", 1<<20),
		"nesting": "(K\x01K\x00X\x04\x00\x00\x00ping)" + strings.Repeat("\x85", 1<<20) + "t.",
		"memo":    "N" + strings.Repeat("r\x00\x00\x00\xff", 1<<17) + ".",
		"long4":   "\x8b\xff\xff\xff\x7f",
		"bytes8":  "\x80\x05\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
		"array32": "\x94\x01\xc2\xa4ping\xdd\xff\xff\xff\xff",
		"arrays":  strings.Repeat("\x91", 1<<20) + "\xc0",
		"empty":   "",
	} {
		c, err := zeo.Protocol{}.Open(codec.Options{Dialect: "Z5"})
		if err != nil {
			t.Fatal(err)
		}
		n := len(body)
		in := append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
		in = append(in, "\x00\x00\x00\x0b\x94\x01\xc2\xa4ping\x90"...)
		in[n+7] = 9
		d := c.Decoder(codec.ToServer)
		f, used, err := d.Decode(in, false)
		var e *codec.SyntaxError
		if !errors.As(err, &e) || used != 4+n || name != "memo" && e.Offset > int64(used) {
			t.Errorf("%s: %d bytes, %v", name, used, err)
			continue
		}
		text := f.AppendText(nil, codec.View{})
		r := shownRecord{text: string(text), dialect: "Z5"}
		if back := again(t, r, codec.ToServer); !bytes.Equal(back, in[:used]) {
			t.Errorf("%s: the text gives other bytes", name)
		}
		if f, _, err := d.Decode(in[used:], false); err != nil || f.Type() != "call" {
			t.Errorf("%s: the next message: %v, %v", name, f, err)
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02Z5\x00\x00\x00\x19\x80\x03(K\x01\x89X\x04\x00\x00\x00ping)t."), uint8(3), false)
	f.Add([]byte("\x00\x00\x00\x04Z309\x00\x00\x00\x13(J\xff\xff\xff\xffK\x00U\x06.replyNt.\x80\x00\x00\x0212345678901234567890K\x05"), uint8(1), true)
	f.Add([]byte("\x00\x00\x00\x02M5\x00\x00\x00\x0b\x94\xff\x00\xa6.reply\xc0\x00\x00\x00\x05\x94\x01\xc2\xa0\xc0"), uint8(9), false)
	f.Add([]byte("\x00\x00\x00\x04ruok\x00\x00\x00\x02{}"), uint8(2), true)
	f.Fuzz(func(t *testing.T, in []byte, size uint8, toClient bool) {
		dir := codec.ToServer
		if toClient {
			dir = codec.ToClient
		}
		run := func(size int) (out []string) {
			c, err := zeo.Protocol{}.Open(codec.Options{MaxFrame: 1 << 16})
			if err != nil {
				t.Fatal(err)
			}
			s := codec.NewStream(c.Decoder(dir), dir)
			at := int64(0)
			for rest := in; ; {
				n := min(size, len(rest))
				if n == 0 {
					s.End()
				} else {
					s.Feed(rest[:n])
					rest = rest[n:]
				}
				for r, ok := s.Next(); ok; r, ok = s.Next() {
					if r.Span.Start != at || !bytes.Equal(r.Bytes, in[at:r.Span.End]) {
						t.Fatalf("record %v follows %d", r.Span, at)
					}
					at = r.Span.End
					if r.Frame == nil {
						out = append(out, "raw "+string(r.Bytes))
						continue
					}
					one := shownRecord{text: string(r.Frame.AppendText(nil, codec.View{Secrets: true}))}
					one.dialect, _ = c.Dialect()
					if back := again(t, one, dir); !bytes.Equal(back, r.Bytes) {
						t.Fatalf("%x is %s\nwhich is %x", r.Bytes, one.text, back)
					}
					if !json.Valid(r.Frame.AppendJSON(nil, codec.View{})) {
						t.Fatalf("%s: bad JSON", one.text)
					}
					r.Frame.AppendFindings(nil)
					zeo.CheckFields(t, r.Frame, r.Bytes)
					out = append(out, one.text)
				}
				if n == 0 {
					break
				}
			}
			if at != int64(len(in)) {
				t.Fatalf("%d of %d bytes are in records", at, len(in))
			}
			return out
		}
		if a, b := run(max(1, len(in))), run(1+int(size)); !reflect.DeepEqual(a, b) {
			t.Fatalf("in pieces of %d:\n%q\n%q", 1+int(size), b, a)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, text := range []string{
		"hello Z5", "ruok", "status {}", "heartbeat", "call 7 loadBefore(oid'1', tid=tid'2')",
		"oneway 0 a(*[1])", "reply (\"a\") s\"b\"", "error 7 a.B(1)", "error 7 a.B {1: 2}", "error 7 (global(a.b), 5)",
		"message (1, 2L, 0x3, -4.5e6)", "pickle PROTO 3 NONE STOP BYTES b\"a\"", "msgpack fixarray 1 float32 2.5", "body x\"00\"",
	} {
		for _, dialect := range []string{"Z5", "M5", "Z4", "Z309"} {
			f.Add(text, dialect)
		}
	}
	f.Fuzz(func(t *testing.T, text, dialect string) {
		p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: dialect})
		if err != nil {
			return
		}
		frame, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
		if err != nil {
			if e := (*codec.TextError)(nil); !errors.As(err, &e) || e.Start < 0 || e.End < e.Start || e.End > len(text) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		b, _ := frame.AppendBinary(nil)
		one := shownRecord{text: string(frame.AppendText(nil, codec.View{Secrets: true})), dialect: dialect}
		if back := again(t, one, codec.ToServer); !bytes.Equal(back, b) {
			t.Fatalf("%q is %x, which is %s, which is %x", text, b, one.text, back)
		}
	})
}
