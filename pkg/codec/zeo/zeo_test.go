package zeo

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A vector is a message as the real program's writer wrote it.
type vector struct {
	ID, Proto, Hex, Dir string
	Python              int
	Message             map[string]json.RawMessage
}

func (v vector) foreign() bool { return strings.Contains(v.ID, "foreign") }

// wire returns the message with its length.
func (v vector) wire(t testing.TB) []byte {
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return sized(b)
}

func (v vector) dir() codec.Direction {
	if v.Dir == "s2c" {
		return codec.ToClient
	}
	return codec.ToServer
}

func sized[T ~string | ~[]byte](body T) []byte {
	n := len(body)
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

func vectors(t testing.TB) []vector {
	var all []vector
	for _, name := range testdata.Glob(t, "zeo/vectors/shared_*.json") {
		for _, v := range testdata.Vectors[vector](t, name) {
			if v.Hex != "" {
				all = append(all, v)
			}
		}
	}
	return all
}

func open(t testing.TB, dialect string) codec.Conversation {
	t.Helper()
	c, err := Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var shown = codec.View{Secrets: true}

// encode makes the bytes of a text, marks included.
func encode(t testing.TB, dialect string, dir codec.Direction, text string) ([]byte, error) {
	t.Helper()
	p, err := Protocol{}.Parser(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	return encodeWith(p, dir, text)
}

func encodeWith(p codec.Parser, dir codec.Direction, text string) ([]byte, error) {
	var in codec.Text
	for strings.HasPrefix(text, "!") {
		mark, rest, _ := strings.Cut(text[1:], " ")
		name, val, _ := strings.Cut(mark, "=")
		in.Deviations = append(in.Deviations, codec.Deviation{Name: name, Value: val, Pos: -len(mark) - 2})
		text = rest
	}
	in.Body = []byte(text)
	f, err := p.Parse(dir, in)
	if err != nil {
		return nil, err
	}
	return f.AppendBinary(nil)
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		b := v.wire(t)
		d := open(t, v.Proto).Decoder(v.dir())
		f, n, err := d.Decode(b, false)
		if err != nil || n != len(b) {
			t.Errorf("%s: Decode = %d, %v; want %d", v.ID, n, err, len(b))
			continue
		}
		text := string(f.AppendText(nil, shown))
		if strings.HasPrefix(text, "pickle ") != v.foreign() || strings.HasPrefix(text, "msgpack ") || strings.HasPrefix(text, "body ") {
			t.Errorf("%s: %.200s", v.ID, text)
		}
		if back, err := encode(t, v.Proto, v.dir(), text); !bytes.Equal(back, b) {
			t.Errorf("%s: %s\nbecomes %x, %v\nnot     %x", v.ID, text, back, err, b)
		}
		checkFields(t, f, b)
		if v.Message != nil {
			checkValues(t, v.ID, f, v.Message, v.Python == 3)
		}
	}
}

// checkValues compares the fields of a frame with what the real program's own
// decoder found.
func checkValues(t *testing.T, what string, f codec.Frame, want map[string]json.RawMessage, py3 bool) {
	t.Helper()
	var got map[string]json.RawMessage
	if err := json.Unmarshal(f.AppendJSON(nil, shown), &got); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, k := range []string{"id", "flag", "name", "args"} {
		if !reflect.DeepEqual(norm(t, want[k], py3), norm(t, got[k], py3)) {
			t.Errorf("%s: %s is %.300s; want %.300s", what, k, got[k], want[k])
		}
	}
}

// checkFields checks that the fields of a frame tile it, on every level.
func checkFields(t testing.TB, f codec.Frame, b []byte) {
	t.Helper()
	const base = 1000
	fields := f.AppendFields(nil, base, codec.View{Secrets: true, Depth: 1})
	at := []int64{base}
	for _, fd := range fields {
		if fd.Depth >= len(at) {
			at = append(at, fields[0].Span.Start)
		}
		at = at[:fd.Depth+1]
		if fd.Span.Start != at[fd.Depth] || fd.Span.End <= fd.Span.Start {
			t.Fatalf("field %q of depth %d is %v; want it at %d\n%x\n%+v", fd.Name, fd.Depth, fd.Span, at[fd.Depth], b, fields)
		}
		at[fd.Depth] = fd.Span.End
		at = append(at, fd.Span.Start) // where its own fields begin
	}
	if at[0] != base+int64(len(b)) {
		t.Fatalf("fields end at %d; want %d", at[0], base+len(b))
	}
	// What is below a field ends where it does.
	for i, fd := range fields {
		end := int64(-1)
		for _, sub := range fields[i+1:] {
			if sub.Depth <= fd.Depth {
				break
			}
			if sub.Depth == fd.Depth+1 {
				end = sub.Span.End
			}
		}
		if end >= 0 && end != fd.Span.End {
			t.Fatalf("fields below %q end at %d; want %d\n%+v", fd.Name, end, fd.Span.End, fields)
		}
	}
}

func TestPrefixesAreShort(t *testing.T) {
	for _, v := range vectors(t) {
		b := v.wire(t)
		d := open(t, v.Proto).Decoder(v.dir())
		for i := 0; i < len(b); i += 1 + len(b)/500 {
			if f, n, err := d.Decode(b[:i], false); f != nil || n != 0 || !errors.Is(err, codec.ErrShort) {
				t.Fatalf("%s: the first %d bytes: %v, %d, %v", v.ID, i, f, n, err)
			}
		}
	}
}

// Texts and what they are on the wire. The bytes were recorded, but where a
// name says made.
var texts = []struct{ dialect, text, body string }{
	{"Z5", "hello Z5", "5a35"},
	{"Z5", "ruok", "72756f6b"},
	{"Z5", `hello b"\x00\x01garbage"`, "00016761726261676 5"},
	{"Z5", `hello b""`, ""},
	{"Z5", "heartbeat", "8003284affffffff4b0058060000002e7265706c794e742e"},
	{"M5", "heartbeat", "94ff00a62e7265706c79c0"},
	{"Z4", "heartbeat", "284affffffff4b0055062e7265706c794e742e"},
	{"Z309", "heartbeat", "284affffffff4b0055062e7265706c794e742e"},
	{"Z5", "!encoding=p1 heartbeat", "284affffffff4b0055062e7265706c794e742e"},
	{"Z5", `message (2, 0, 5, ())`, "8003284b024b004b0529742e"},
	{"Z5", `message (2, 0, "lastTransaction")`, "80034b024b00580f0000006c6173745472616e73616374696f6e872e"},
	{"Z5", `!encoding=p1 message 5`, "4b052e"},
	{"Z5", `body x"c1ffffff"`, "c1ffffff"},
	{"Z5", `body b""`, ""},
	{"Z5", `pickle PROTO 4 FRAME 27 MARK BININT1 2 BININT1 0 SHORT_BINUNICODE "lastTransaction" MEMOIZE EMPTY_TUPLE TUPLE MEMOIZE STOP`, "8004951b00000000000000284b024b008c0f6c6173745472616e73616374696f6e942974942e"},
	{"Z5", `!encoding=p1 !flag=0 call 2 lastTransaction(call(global(os.system), s"true"))`, "284b024b00550f6c6173745472616e73616374696f6e28636f730a73797374656d0a5504747275655274742e"},
	{"Z5", "!flag=0 call 2 lastTransaction(*[])", "8003284b024b00580f0000006c6173745472616e73616374696f6e5d742e"}, // made
	{"M5", `msgpack fixarray 3 fixint 2 fixint 0 fixstr "lastTransaction"`, ""},
}

func TestTexts(t *testing.T) {
	for _, tt := range texts {
		body, err := hex.DecodeString(strings.ReplaceAll(tt.body, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(t, tt.dialect, codec.ToServer, tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if want := sized(body); !bytes.Equal(got, want) && !strings.HasPrefix(tt.text, "msgpack") {
			t.Errorf("%s\n gives %x\n want %x", tt.text, got, want)
		}
		dialect := tt.dialect
		if strings.HasPrefix(tt.text, "hello") {
			dialect = ""
		}
		f, _, _ := open(t, dialect).Decoder(codec.ToServer).Decode(got, true)
		if back := string(f.AppendText(nil, shown)); back != tt.text && !strings.HasPrefix(tt.text, "msgpack") {
			t.Errorf("%x is\n%s; want\n%s", got, back, tt.text)
		}
	}
}

func TestSameBytes(t *testing.T) {
	// Other spellings of the same message.
	for _, tt := range []struct{ dialect, a, b string }{
		{"Z5", `call 7 loadBefore(oid=x"0000000000000001", tid=tid'ff')`, `call 7 loadBefore(oid'1', x"00000000000000ff")`},
		{"Z5", `call 7 loadBefore(tid=tid'ff', oid=oid'1')`, `call 7 loadBefore(oid'1', tid'ff')`},
		{"Z5", `call 7 loadBefore(oid'1', tid=tid'ff',)`, `call 7 loadBefore(oid'1', tid'ff')`},
		{"Z5", `call 7 register(storage_id="1", read_only=False)`, `message (7, False, "register", ("1", False))`},
		{"Z309", `call 7 register(b"1", 0)`, `message (7, 0, s"register", (s"1", 0))`},
		{"Z4", `call 7 ping()`, `message (7, False, "ping", ())`},
		{"Z4", `oneway 7 ping()`, `message (7, 1, "ping", ())`},
		{"Z5", `oneway 7 ping()`, `message (7, True, "ping", ())`},
		{"Z5", `error 7 builtins.ValueError("a")`, `message (7, 2, ".reply", ("builtins.ValueError", ("a",)))`},
		{"M5", `error 7 builtins.ValueError {"a": 1}`, `message (7, 2, ".reply", ("builtins.ValueError", {"a": 1}))`},
		{"Z4", `error 7 builtins.ValueError("a")`, `reply 7 (global(builtins.ValueError), call(global(builtins.ValueError), ("a",)))`},
		{"Z4", `error 7 a.B {}`, `reply 7 (global(a.B), call(global(ZODB.POSException._recon), (global(a.B), {})))`},
		{"Z5", `error 7 (1, 2)`, `!flag=2 reply 7 (1, 2)`},
		{"Z5", `reply ("a") "b"`, `message ("a", 0, ".reply", "b")`},
		{"Z5", `!encoding=msgpack call 7 ping()`, `body x"9407c2a470696e6790"`},
	} {
		a, err := encode(t, tt.dialect, codec.ToServer, tt.a)
		if err != nil {
			t.Errorf("%s: %v", tt.a, err)
		}
		b, err := encode(t, tt.dialect, codec.ToServer, tt.b)
		if err != nil {
			t.Errorf("%s: %v", tt.b, err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s gives %x\n%s gives %x", tt.a, a, tt.b, b)
		}
	}
	short, err := encode(t, "Z5", codec.ToServer, "!length=0x10 !mac="+strings.Repeat("ab", 20)+" call 7 ping()")
	if err != nil || !bytes.HasPrefix(short, append([]byte{0, 0, 0, 16}, bytes.Repeat([]byte{0xab}, 20)...)) {
		t.Errorf("length and MAC: %x, %v", short, err)
	}
}

func TestTextErrors(t *testing.T) {
	for _, tt := range []struct {
		text       string
		start, end int
		part       string
	}{
		{"", 0, 0, "no message"},
		{"cal 7 ping()", 0, 3, `no message "cal"`},
		{"5 ping()", 0, 1, `no message "5"`},
		{"call(7)", 4, 4, "a blank was expected"},
		{"call 7", 6, 6, "is missing"},
		{"call ping()", 5, 9, "no value"},
		{"call 7 ping", 11, 11, "in brackets"},
		{"call 7 ping() x", 14, 15, "more stands here"},
		{"call 7 ping(1 2)", 14, 14, "a comma or"},
		{"call 7 loadBefore(oi=1)", 18, 20, `no argument of loadBefore "oi"`},
		{"call 7 loadBefore(oid=1)", 23, 23, ""},
		{"call 7 loadBefore(tid=1)", 23, 23, "argument oid of loadBefore is missing"},
		{"call 7 loadBefore(1, oid=1)", 21, 24, "given twice"},
		{"call 7 loadBefore(oid=1, 2)", 25, 25, "without a name"},
		{"call 7 foo(a=1)", 11, 12, "are not known"},
		{"reply 7", 7, 7, "the end where a value"},
		{`reply 7 s"a"`, 8, 12, "Python 2"},
		{"error 7 a.b", 11, 11, "should follow"},
		{"hello", 5, 5, "is missing"},
		{"ruok 1", 5, 6, "more stands"},
		{"body 5", 5, 6, "a int where a string"},
		{"pickle MARKS", 7, 12, `no opcode "MARKS"`},
		{"msgpack fixint 300", 15, 18, "a number from -32 to 127"},
		{"!flag=x call 7 ping()", -8, -3, "neither False nor True"},
		{"!mac=00 call 7 ping()", -8, -4, "no MAC"},
		{"!encoding=p4 call 7 ping()", -13, -1, `no encoding "p4"`},
		{"!flg=0 call 7 ping()", -7, -3, `no deviation "flg"`},
		{"!length=-1 heartbeat", -11, -4, "no number"},
	} {
		_, err := encode(t, "Z5", codec.ToServer, tt.text)
		if tt.part == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.text, err)
			}
			continue
		}
		var e *codec.TextError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v; want a TextError", tt.text, err)
			continue
		}
		if e.Start != tt.start || e.End != tt.end || !strings.Contains(e.Message, tt.part) {
			t.Errorf("%s: [%d,%d) %s; want [%d,%d) …%s…", tt.text, e.Start, e.End, e.Message, tt.start, tt.end, tt.part)
		}
	}
}

func TestSecrets(t *testing.T) {
	for _, text := range []string{
		`call 2 auth_response((s"user", s"challenge", s"response"))`,
		`call 2 auth_response(*s"response")`,
		`!encoding=p3 oneway 2 auth_response(("user", "challenge", "response"), 1)`,
		`pickle MARK BININT1 2 BININT1 0 SHORT_BINSTRING b"auth_response" SHORT_BINSTRING b"response" BINPUT 1 TUPLE STOP`,
		`pickle MARK BININT1 2 BININT1 0 SHORT_BINSTRING b"auth_response" SHORT_BINSTRING b"response" TUPLE`,
		`message (2, None, s"auth_response", (s"response",))`,
		`body b"auth_response(response"`,
	} {
		b, err := encode(t, "Z309", codec.ToServer, text)
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := open(t, "Z309").Decoder(codec.ToServer).Decode(b, true)
		if f == nil {
			t.Fatalf("%s: %v", text, err)
		}
		var hidden []byte
		hidden = f.AppendText(hidden, codec.View{})
		if _, err := encode(t, "Z309", codec.ToServer, string(hidden)); err == nil {
			t.Errorf("%s encodes", hidden)
		}
		hidden = f.AppendJSON(hidden, codec.View{})
		for _, fd := range f.AppendFields(nil, 0, codec.View{Depth: 1}) {
			hidden = append(append(hidden, fd.Value...), fd.Note...)
		}
		for _, secret := range []string{hex.EncodeToString([]byte("response")), hex.EncodeToString([]byte("challenge")), `"response"`, `"challenge"`} {
			if bytes.Contains(hidden, []byte(secret)) {
				t.Errorf("%s shows %s: %s", text, secret, hidden)
			}
		}
		if got := string(f.AppendText(nil, shown)); got != text {
			t.Errorf("shown: %s; want %s", got, text)
		}
	}
}

func TestRecords(t *testing.T) {
	b, err := encode(t, "Z5", codec.ToServer, `oneway 0 storea(oid'1', tid'0', b"\x80\x03ca\nB\n.\x80\x03}X\x01\x00\x00\x00kK\x05s.", 99)`)
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := open(t, "Z5").Decoder(codec.ToServer).Decode(b, true)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"records":[{"class":{"$g":"a B"},"state":{"$d":[["k",5]]}}]}`
	if got := string(f.AppendJSON(nil, codec.View{Depth: 1})); !strings.HasSuffix(got, want) {
		t.Errorf("%s; want …%s", got, want)
	}
	if got := string(f.AppendJSON(nil, codec.View{})); strings.Contains(got, "records") {
		t.Errorf("not asked for: %s", got)
	}
	names := ""
	for _, fd := range f.AppendFields(nil, 0, codec.View{Depth: 1}) {
		names += " " + fd.Name
	}
	if want := " length body opcodes id flag name args opcodes oid serial data opcode class state txnid opcodes opcodes"; names != want {
		t.Errorf("fields%s; want%s", names, want)
	}
}

func TestParts(t *testing.T) {
	p, err := Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"call 7 ping(5)": "ping 7 5", "oneway 0 info({})": "info 0 {}", "reply 7 (None,)": " 7 None", "hello Z5": "", "message 5": "",
	} {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		m := f.(*Frame)
		got := ""
		if parts, ok := m.Parts(); ok {
			arg := parts.Tree.First(parts.Args)
			got = m.Method() + " " + string(appendValue(nil, m, parts.ID)) + " " + string(appendValue(nil, m, arg))
		}
		if got != want {
			t.Errorf("%s: %q; want %q", text, got, want)
		}
	}
}

func TestExplainValue(t *testing.T) {
	for in, want := range map[string]string{
		"oid'1'":                "the object 1;",
		"tid'040d26c758e47233'": "2026-11-20T21:59:20.834149Z",
		"0x040d26c758e47233":    "2026-11-20T21:59:20.834149Z",
		"7fffffffffffffff":      "the latest",
		"x\"0000000000000000\"": "the root object",
		"1":                     "",
		"oid'":                  "",
	} {
		got, ok := Protocol{}.ExplainValue("", in)
		if ok != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, %v; want …%s…", in, got, ok, want)
		}
	}
}

// TestSyncIsBounded looks for a message in bytes that begin like one almost
// everywhere. It fails by never ending.
func TestSyncIsBounded(t *testing.T) {
	in := bytes.Repeat([]byte("J\x00\x0f\x00\x00\x80\x03."), 1<<17)
	d := open(t, "Z5").Decoder(codec.ToServer)
	if n, ok := d.Sync(in, true); ok || n != len(in) {
		t.Errorf("Sync = %d, %v", n, ok)
	}
}

func TestLinks(t *testing.T) {
	c := open(t, "Z5")
	for _, tt := range []struct {
		dir  codec.Direction
		text string
		role codec.LinkRole
		key  string
	}{
		{'>', "call 7 ping()", codec.LinkAsks, "7"},
		{'<', "reply 7 None", codec.LinkEnds, "7"},
		{'>', "call (oid'1', tid'2') ping()", codec.LinkAsks, `(x"0000000000000001", x"0000000000000002")`},
		{'<', "error (oid'1', tid'2') a.B()", codec.LinkEnds, `(x"0000000000000001", x"0000000000000002")`},
		{'>', "oneway 0 ping()", codec.LinkNone, ""},
		{'>', "heartbeat", codec.LinkNone, ""},
		{'>', "message 5", codec.LinkNone, ""},
	} {
		b, err := encode(t, "Z5", tt.dir, tt.text)
		if err != nil {
			t.Fatal(err)
		}
		f, _, _ := c.Decoder(tt.dir).Decode(b, true)
		if l := f.(codec.Linked).Link(); l.Role != tt.role || tt.role != codec.LinkNone && l.Key.String() != tt.key {
			t.Errorf("%s: %v", tt.text, l)
		}
	}
}

func TestHostileLengths(t *testing.T) {
	for _, in := range []string{"\x00\x10\x00\x00", "\x7f\xff\xff\xff....", "\xff\xff\xff\xff....", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00"} {
		var before, after runtime.MemStats
		c := open(t, "")
		b := []byte(in)
		runtime.ReadMemStats(&before)
		f, n, err := c.Decoder(codec.ToServer).Decode(b, false)
		runtime.ReadMemStats(&after)
		if f != nil || n != 0 || err == nil {
			t.Errorf("%q: %v, %d, %v", in, f, n, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
			t.Errorf("%q: %d bytes were allocated", in, used)
		}
		for begin, want := range map[string]string{"GET": "HTTP", "\x16": "TLS", "\x7f": "limit", "\xff": "limit"} {
			if strings.HasPrefix(in, begin) && !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v says nothing of %s", in, err, want)
			}
		}
	}
}

func TestAllocs(t *testing.T) {
	for _, v := range vectors(t) {
		if !strings.HasSuffix(v.ID, "/async-restorea") {
			continue
		}
		b := v.wire(t)
		d := open(t, v.Proto).Decoder(v.dir())
		var buf []byte
		if n := testing.AllocsPerRun(100, func() {
			if _, _, err := Cut(b, true, len(b)); err != nil {
				t.Fatal(err)
			}
			f, _, err := d.Decode(b, false)
			if err != nil {
				t.Fatal(err)
			}
			buf, _ = f.AppendBinary(buf[:0])
			buf = f.AppendText(buf[:0], shown)
			buf = f.AppendJSON(buf[:0], shown)
		}); n != 0 {
			t.Errorf("%s: %v allocations; want 0", v.ID, n)
		}
	}
}

func TestTIDTime(t *testing.T) {
	// The tid of a commit whose vote the capture has between 20.833941 and
	// 20.835199 seconds.
	if got := TIDTime(0x040d26c758e47233).Format("2006-01-02 15:04:05.000000"); got != "2026-11-20 21:59:20.834149" {
		t.Error(got)
	}
}

func TestTopics(t *testing.T) {
	names := map[string]bool{}
	for _, topic := range (Protocol{}).Topics("") {
		if names[topic.Name] {
			t.Errorf("%s stands twice", topic.Name)
		}
		names[topic.Name] = true
		if topic.Title == "" || topic.Source == "" {
			t.Errorf("%s lacks a title or a source", topic.Name)
		}
		dialect := "Z5"
		if topic.Kind == "protocol id" {
			dialect = ""
		}
		if _, err := encode(t, dialect, codec.ToServer, topic.Example); err != nil {
			t.Errorf("example %s: %v", topic.Example, err)
		}
	}
}

// row returns the method's row of the table in the protocol's page.
func (m *method) row() string {
	kind := "call"
	if m.oneway {
		kind = "oneway"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |", m.signature(), kind, m.versions, m.reply)
}

// TestPage holds the catalogue in docs/protocols/zeo.md against the methods.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(testdata.Path("../docs/protocols/zeo.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range methods {
		if row := methods[i].row(); !bytes.Contains(page, []byte(row+"\n")) {
			t.Errorf("the page lacks the row\n%s", row)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		in   string
		dir  codec.Direction
		low  int
		high int
	}{
		{"\x00\x00\x00\x02Z5", codec.ToClient, 95, 100},
		{"\x00\x00\x00\x04Z309\x00", codec.ToServer, 95, 100},
		{"\x00\x00\x00\x04ruok", codec.ToServer, 90, 100},
		{"\x00\x00\x00\x0b\x94\xff\x00\xa6.reply\xc0", codec.ToServer, 90, 100},
		{"noise\x00\x00\x00\x0b\x94\xff\x00\xa6.reply\xc0", codec.ToServer, 60, 80},
		{"\x00\x00\x01\x00\x80\x03(K\x01", codec.ToServer, 40, 60},
		{"GET / HTTP/1.0\r\n\r\n", codec.ToServer, 0, 0},
		{"\x00\x00\x00\x10\x00\x0c{\"to\": \"a\"}{}", codec.ToServer, 0, 0},
		{"", codec.ToServer, 0, 0},
		{"\x00\x00", codec.ToServer, 0, 0},
	} {
		if got := (Protocol{}).Probe(tt.dir, []byte(tt.in)); got.Score < tt.low || got.Score > tt.high {
			t.Errorf("%q: %+v; want %d to %d", tt.in, got, tt.low, tt.high)
		}
	}
}
