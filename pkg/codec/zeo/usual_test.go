package zeo

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// checkUsual holds what is made of a usual message straight from its opcodes to
// what is made of its values. It says whether body is such a message.
func checkUsual(t *testing.T, dialect string, body []byte) bool {
	t.Helper()
	quick := Frame{raw: sized(body), head: lengthSize, dialct: lookup(dialect)}
	if !quick.see(new(shapes)) {
		return false
	}
	slow := Frame{raw: quick.raw, head: lengthSize, dialct: quick.dialct}
	slow.load(newWork(codec.Options{MaxNesting: leastNesting}))
	if slow.fault != nil || !slow.canonical() {
		t.Fatalf("%x is taken for a usual message: %v", body, slow.fault)
	}
	quick.late = newWork(codec.Options{})
	if quick.Kind() != slow.Kind() || quick.Encoding() != slow.Encoding() || quick.Type() != slow.Type() || quick.Link() != slow.Link() {
		t.Fatalf("%x is a %s %v; want %s %v", body, quick.Type(), quick.Link(), slow.Type(), slow.Link())
	}
	for _, v := range []codec.View{{}, {Secrets: true}} {
		want := slow.AppendText(nil, v)
		if sure := quick.Certain(); sure&codec.Printable == 0 || !lex.Printable(want) ||
			sure&codec.Own != 0 && (want[0] < 'a' || want[len(want)-1] == '\\') ||
			sure&codec.Bare != 0 && bytes.Contains(want, []byte(codec.Redacted)) {
			t.Fatalf("%s is certain of %b", want, sure)
		}
		if got := quick.AppendText(nil, v); !bytes.Equal(got, want) {
			t.Fatalf("%x is %s; want %s", body, got, want)
		}
		want = jsonenc.AppendStringBody(nil, want)
		if got, ok := quick.AppendJSONText(nil, v); ok && !bytes.Equal(got, want) {
			t.Fatalf("%x is %s in JSON; want %s", body, got, want)
		}
		want = slow.AppendJSON(nil, v)
		if got := quick.AppendJSON(nil, v); !bytes.Equal(got, want) {
			t.Fatalf("%x is %s; want %s", body, got, want)
		}
	}
	if got, want := quick.AppendFindings(nil), slow.AppendFindings(nil); !reflect.DeepEqual(got, want) {
		t.Fatalf("%x: %v; want %v", body, got, want)
	}
	if quick.late = newWork(codec.Options{}); !reflect.DeepEqual(quick.AppendFields(nil, 0, codec.View{}), slow.AppendFields(nil, 0, codec.View{})) {
		t.Fatalf("%x: other fields", body)
	}
	return true
}

func TestUsual(t *testing.T) {
	blob := strings.Repeat("a\x00", 200)
	for _, tt := range []struct {
		body  string
		usual bool
	}{
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping)t.", true},
		{"\x80\x03(M\x07\x01\x88X\x04\x00\x00\x00ping)t.", true},
		{"\x80\x03(J\x07\x00\x01\x00K\x01X\x04\x00\x00\x00ping)t.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyNt.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply]t.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply]K\x01at.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply](K\x01NeK\x02\x86t.", true},
		{"\x80\x03(K\x07\x88X\x06\x00\x00\x00.reply\x89\x85t.", true},
		{"\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBeforeC\x08\x00\x00\x00\x00\x00\x00\x00\x01C\x08\x7f\xff\xff\xff\xff\xff\xff\xff\x86t.", true},
		{"\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBeforeC\x07\x00\x00\x00\x00\x00\x00\x01K\x01\x86t.", true},
		{"\x80\x03(K\x00\x88X\x06\x00\x00\x00storea(C\x08\x00\x00\x00\x00\x00\x00\x00\x01C\x08\x7f\xff\xff\xff\xff\xff\xff\xffB\x90\x01\x00\x00" + blob + "X\x04\x00\x00\x00\"\xc3\xa4}tt.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyC\x0c{{redacted}}t.", true},
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00f_2x(M\x00\x01J\xff\xff\xff\xff\x88\x89Ntt.", true},
		{"\x80\x03(K\x07K\x02X\x06\x00\x00\x00.replyNt.", false},                                 // an error
		{"\x80\x03(J\xff\xff\xff\xffK\x00X\x06\x00\x00\x00.replyNt.", false},                     // a heartbeat
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00pingNt.", false},                                    // no tuple
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00p ng)t.", false},                                    // no name
		{"\x80\x03(K\x07\x89X\x0d\x00\x00\x00auth_response)t.", false},                           // may have a secret
		{"\x80\x03(M\x07\x00\x89X\x04\x00\x00\x00ping)t.", false},                                // BININT1 would do
		{"\x80\x03(J\x07\x00\x00\x00\x89X\x04\x00\x00\x00ping)t.", false},                        // likewise
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping(K\x01K\x02tt.", false},                         // TUPLE2 would do
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping](K\x01e\x85t.", false},                         // APPEND would do
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00pingB\x01\x00\x00\x00a\x85t.", false},               // SHORT_BINBYTES would do
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00pingX\x01\x00\x00\x00\xff\x85t.", false},            // no UTF-8
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00pingK\x01\x85\x85t.", false},                        // deeper
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping}\x85t.", false},                                // a dict
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping)t.N", false},                                   // more
		{"\x80\x02(K\x07\x89X\x04\x00\x00\x00ping)t.", false},                                    // another protocol
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replycbuiltins\nset\n]\x85Rt.", false},            // a call
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply(" + strings.Repeat("N", 65) + "tt.", false}, // many
	} {
		for _, dialect := range []string{"Z5", "M5", "Z4", "Z309"} {
			if got := checkUsual(t, dialect, []byte(tt.body)); got != tt.usual {
				t.Errorf("%x: usual is %v; want %v", tt.body, got, tt.usual)
			}
		}
		for n := range tt.body {
			if tt.usual && checkUsual(t, "Z5", []byte(tt.body[:n])) {
				t.Errorf("%x: part of a message is taken for a whole one", tt.body[:n])
			}
		}
	}
	seen := 0
	for _, v := range vectors(t) {
		if b := v.wire(t); len(b) > lengthSize && checkUsual(t, v.Proto, b[lengthSize:]) {
			seen++
		}
	}
	if seen == 0 {
		t.Error("no recorded message is a usual one")
	}
}

func TestUsualCopies(t *testing.T) {
	wire := sized("\x80\x03(K\x07\x89X\x04\x00\x00\x00ping)t.")
	d := open(t, "Z5").Decoder(codec.ToServer)
	f, _, err := d.Decode(wire, false)
	if err != nil {
		t.Fatal(err)
	}
	const want = "call 7 ping()"
	moved := f.(codec.Mover).MoveTo(bytes.Clone(wire), nil)
	again := moved.(codec.Mover).MoveTo(bytes.Clone(wire), nil)
	clone := f.Clone()
	for i := range wire {
		wire[i] = 0xff
	}
	for _, c := range []*Frame{moved.(*Frame), again.(*Frame), clone.(*Frame)} {
		if got := string(c.AppendText(nil, shown)); got != want || c.Method() != "ping" {
			t.Errorf("a copy is %s, %s", got, c.Method())
		}
	}
}

func FuzzUsual(f *testing.F) {
	f.Add("Z5", []byte("\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBeforeC\x08\x00\x00\x00\x00\x00\x00\x00\x01C\x08\x7f\xff\xff\xff\xff\xff\xff\xff\x86t."))
	f.Add("Z4", []byte("\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply](K\x01NeX\x01\x00\x00\x00\"\x86t."))
	f.Add("M5", []byte("\x80\x03(M\x07\x01K\x01X\x02\x00\x00\x00ab(J\xff\xff\xff\xff]C\x01aaN)tt."))
	f.Add("", []byte("\x80\x03(K\x07\x88X\x02\x00\x00\x00ab]Na\x85t."))
	f.Fuzz(func(t *testing.T, dialect string, body []byte) { checkUsual(t, dialect, body) })
}

// checkParsed holds the quick way from a text to its bytes to the other one. It
// says whether the quick one was taken.
func checkParsed(t *testing.T, dialect, text string) bool {
	t.Helper()
	parsers := [2]*parser{}
	for i := range parsers {
		p, err := Protocol{}.Parser(codec.Options{Dialect: dialect})
		if err != nil {
			return false
		}
		parsers[i] = p.(*parser)
	}
	quick, slow := parsers[0], parsers[1]
	const before = "before"
	got, ok := quick.usual([]byte(before), codec.Text{Body: []byte(text)})
	if !ok {
		return false
	}
	f, err := slow.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
	if err != nil {
		t.Fatalf("%q is read quickly, but has a fault: %v", text, err)
	}
	if want, _ := f.AppendBinary([]byte(before)); !bytes.Equal(got, want) {
		t.Fatalf("%q is %x; want %x", text, got, want)
	}
	return true
}

func TestUsualTexts(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, tt := range []struct {
		text  string
		usual bool
	}{
		{"call 7 ping()", true},
		{"call 7 loadBefore(oid'0000000000000001', tid'7fffffffffffffff')", true},
		{"call 300 f_2(1, 256, 70000, None, True, False)", true},
		{`oneway 0 storea(oid'0000000000000001', x"0001", b"a\x00\"b", 140557033)`, true},
		{`oneway 0 f(x"` + long + `", b"` + long + `", b"` + long[:255] + `", [], "a b")`, true},
		{`reply 7 (b"", x"", [1], [b"a", None, 2])`, true},
		{"reply 7 ()", true},
		{"reply 7 (1,)", true},
		{"reply 7 1", true},
		{`reply 123456789 x"00"`, true},
		{"reply 7 [True, False]", true},
		{"reply 7 (1, 2, 3)", true},
		{"reply 7 (1)", false},
		{"reply 7  1", false},
		{"reply 07 1", false},
		{"reply 7 1L", false},
		{"reply 7 -1", false},
		{"reply 7 1.5", false},
		{"reply 7 1234567890", false},
		{"reply 7 1 # one", false},
		{`reply 7 ""`, false},
		{`reply 7 """a"""`, false},
		{`reply 7 b"""a"""`, false},
		{`reply 7 b"a" b"b"`, false},
		{`reply 7 "a\n"`, false},
		{`reply 7 "ä"`, false},
		{`reply 7 b"ä"`, false},
		{`reply 7 x"00 01"`, false},
		{`reply 7 x"000"`, false},
		{"reply 7 [[1]]", false},
		{"reply 7 {}", false},
		{"reply 7", false},
		{"reply 7 (1, 2", false},
		{"reply 7 [1", false},
		{"call 7 f(1,)", false},
		{"call 7 f(1,2)", false},
		{"call 7 f(a=1)", false},
		{"call 7 loadBefore(oid'1', tid'2')", false},
		{"call 7 f", false},
		{"call 7 (1)", false},
		{"error 7 a.b(1)", false},
		{"heartbeat", false},
	} {
		for _, dialect := range []string{"Z5", "Z4"} {
			if got := checkParsed(t, dialect, tt.text); got != tt.usual {
				t.Errorf("%s: quickly is %v; want %v", tt.text, got, tt.usual)
			}
		}
		for n := range tt.text {
			checkParsed(t, "Z5", tt.text[:n])
		}
		if checkParsed(t, "Z309", tt.text) || checkParsed(t, "M5", tt.text) {
			t.Errorf("%s: read quickly in another encoding", tt.text)
		}
	}
	many := "reply 7 [" + strings.Repeat("1, ", 1000)
	if !checkParsed(t, "Z5", many[:len(many)-2]+"]") || checkParsed(t, "Z5", many+"1]") {
		t.Error("lists of 1000 and more")
	}
}

func FuzzParsed(f *testing.F) {
	f.Add("Z5", "call 7 loadBefore(oid'0000000000000001', tid'7fffffffffffffff')")
	f.Add("Z4", `reply 7 (x"00", b"a\x00", [1, None], True)`)
	f.Add("", `oneway 0 f("a", 256, [])`)
	f.Fuzz(func(t *testing.T, dialect, text string) { checkParsed(t, dialect, text) })
}
