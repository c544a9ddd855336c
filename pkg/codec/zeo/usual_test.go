package zeo

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// checkUsual holds what is made of a usual message straight from its opcodes to
// what is made of its values. It says whether body is such a message.
func checkUsual(t *testing.T, dialect string, body []byte) bool {
	t.Helper()
	quick := Frame{raw: sized(body), head: lengthSize, dialct: lookup(dialect)}
	if !quick.see() {
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
