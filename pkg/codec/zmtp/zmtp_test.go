package zmtp_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// texts pairs the notation with the bytes of frames, both ways.
var texts = []struct {
	name, text, hex string
	dialect         string // for decoding
}{
	{"greeting of libzmq", `greeting 3.1 NULL`, "ff00000000000000017f03014e554c4c" + zeros(48), ""},
	{"greeting of an identity of 36 bytes", `greeting 3.1 NULL padding=37`, "ff00000000000000257f03014e554c4c" + zeros(48), ""},
	{"greeting 3.0, zero padding, server", `greeting 3.0 PLAIN as-server padding=0`, "ff00000000000000007f0300504c41494e" + zeros(15) + "01" + zeros(31), ""},
	{"greeting with junk after the mechanism", `greeting 3.1 "NULL\x00junk" padding=0`, "ff00000000000000007f03014e554c4c006a756e6b" + zeros(43), ""},
	{"greeting with filler and odd bytes", `!signature-end=0xff !filler=5500aa !as-server=0x02 greeting 4.9 CURVE`, "ff0000000000000001ff04094355525645" + zeros(15) + "02" + "5500aa" + zeros(28), ""},
	{"greeting 2.0", `greeting 2.0 DEALER padding=0`, "ff00000000000000007f0105", ""},
	{"ready", `command READY Socket-Type=DEALER Identity=""`, "04290552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000", ""},
	{"ready without properties", `command READY`, "0406055245414459", ""},
	{"ready, long", `!long command READY`, "060000000000000006055245414459", ""},
	{"error", `command ERROR reason=400`, "040a054552524f5203343030", ""},
	{"error of libzmq's PLAIN server", `!libzmq-plain-error command ERROR reason=400`, "04095e52524f5203343030", ""},
	{"hello", `command HELLO username=admin password=s3cret`, "04130548454c4c4f0561646d696e06733363726574", ""},
	{"hello, empty", `command HELLO username="" password=""`, "04080548454c4c4f0000", ""},
	{"welcome", `command WELCOME`, "04080757454c434f4d45", ""},
	{"ping", `ping ttl=10`, "04070450494e47000a", ""},
	{"ping with a context", `ping ttl=0 context="a b"`, "040a0450494e470000612062", ""},
	{"pong", `pong`, "040504504f4e47", ""},
	{"pong with a context", `pong context=ctx`, "040804504f4e47637478", ""},
	{"subscribe", `command SUBSCRIBE "news."`, "040f095355425343524942456e6577732e", ""},
	{"subscribe to all", `command SUBSCRIBE ""`, "040a09535542534352494245", ""},
	{"unknown command", `command FOOBAR "1"`, "040806464f4f42415231", ""},
	{"command in lower case", `command ready "x"`, "040705726561647978", ""},
	{"command with MORE", `!flags=0x05 command PONG "x"`, "050604504f4e4778", "unparsed"},
	{"sealed message", `curve MESSAGE nonce=3 box=` + strings.Repeat("ab", 17), "0021074d4553534147450000000000000003" + strings.Repeat("ab", 17), ""},
	{"sealed message with COMMAND", `!flags=0x04 curve MESSAGE nonce=3 box=` + strings.Repeat("ab", 17), "0421074d4553534147450000000000000003" + strings.Repeat("ab", 17), ""},
	{"message", `message ""`, "0000", ""},
	{"message of three frames", `message "" "eMQP/1.0" "a\"\\\x00"`, "01000108654d51502f312e30000461225c00", ""},
	{"message with headers of all kinds", `message !long "a" !flags=0x09 "b" !flags=0x0a "c"`, "03000000000000000161" + "090162" + "0a000000000000000163", ""},
	{"message with two braces", `message "{{{\x7bx}}"`, "00077b7b7b7b787d7d", "unparsed"},
	{"identity and message of 1.0", `v1 identity "abc"`, "0400616263", "1.0"},
	{"long identity of 1.0", `v1 identity !long !flags=0x7f ""`, "ff00000000000000017f", "1.0"},
}

func zeros(n int) string { return strings.Repeat("00", n) }

func TestTexts(t *testing.T) {
	for _, tt := range texts {
		t.Run(tt.name, func(t *testing.T) {
			want := unhex(t, tt.hex)
			got, err := codectest.Encode(zmtp.Protocol{}, tt.text)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s encodes to %x (%v), not %x", tt.text, got, err, want)
			}
			if tt.dialect == "unparsed" {
				return
			}
			o := codec.Options{Dialect: tt.dialect}
			recs := codectest.Check(t, zmtp.Protocol{}, o, codec.ToServer, want)
			if len(recs) != 1 || recs[0].Text != tt.text || recs[0].Err != "" {
				t.Errorf("decodes to %v, not %s", recs, tt.text)
			}
			codectest.ShortPrefixes(t, func() codec.Decoder { return opened(t, want, tt.dialect) }, want)
		})
	}
}

// TestOtherSpellings encodes what is never printed.
func TestOtherSpellings(t *testing.T) {
	for _, tt := range []struct{ text, hex string }{
		{`message "{{x"`, "00037b7b78"},
		{`!flags=0x08 message "x"`, "080178"},
		{`!long message "x"`, "02000000000000000178"},
		{`command PING ttl=0x0a`, "04070450494e47000a"},
		{`command "\x05READ"`, "04050552454144"},
		{`greeting 2.0 5 revision=3`, "ff00000000000000017f0305"},
		{`identity "abc"`, "0003616263"},
		{`command READY ""`, "0406055245414459"},
		{`v1 message "hi" ""`, "030168690100"},
	} {
		got, err := codectest.Encode(zmtp.Protocol{}, tt.text)
		if err != nil || hex.EncodeToString(got) != tt.hex {
			t.Errorf("%s encodes to %x (%v), not %s", tt.text, got, err, tt.hex)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`greting 3.1 NULL`, `no text "greting"`},
		{`greeting`, `version: no version ""`},
		{`greeting 3.1`, `a mechanism is expected`},
		{`greeting 1.0 NULL`, `no version "1.0"`},
		{`greeting 3.1 NULL asserver`, `no part of a greeting "asserver"`},
		{`greeting 3.1 "123456789012345678901"`, `20 bytes or less`},
		{`greeting 2.0 DEALR`, `no socket type "DEALR"`},
		{`message`, `one frame or more is expected`},
		{`message "a`, `the quoted string has no end`},
		{`message "a" b`, `no quoted string`},
		{`message "a""b"`, `a blank is expected`},
		{`message !lng "a"`, `no deviation "lng"`},
		{`!flags=0x100 message "a"`, `a byte such as 0x09 is expected`},
		{`!flags=0x08 message "a" "b"`, `before the frames that they are about`},
		{`!flags=0x00 message "` + strings.Repeat("x", 256) + `"`, `needs the flag LONG`},
		{`identity "a" "b"`, `nothing is expected here`},
		{`ping`, `ttl=… is expected`},
		{`ping ttl=65536`, `out of range`},
		{`command HELLO username=a password={{redacted}}`, `a secret was masked here`},
		{`command HELLO password=a username=b`, `username=… is expected`},
		{`command READY Socket-Type`, `name=value is expected`},
		{`command FOOBAR 1`, `is a quoted string`},
		{`command`, `a name is expected`},
		{`curve MESSAGE nonce=1 box=00`, `25 bytes of data or more`},
		{`curve HELO`, `no command of CURVE "HELO"`},
		{`!libzmq-plain-error command READY`, `for ERROR only`},
		{`v1 ping ttl=1`, `no text after v1 "ping"`},
	} {
		b, err := codectest.Encode(zmtp.Protocol{}, tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60s: error %v (bytes %x), expected %q in it", tt.text, err, b, tt.want)
		}
	}
}

// TestMasking looks for the password of PLAIN in all that is shown.
func TestMasking(t *testing.T) {
	for _, h := range []string{
		"04130548454c4c4f0561646d696e06733363726574",
		"04120548454c4c4f0561646d696e07733363726574", // malformed: the password's length
		"04130548454c4c4f0561646d696e067333637265",   // cut
		"04130548454c4c4f0561646d69",                 // cut in the username
	} {
		f, _, _ := opened(t, []byte{0}, "").(*zmtp.Decoder).Next(unhex(t, h), true)
		if f == nil {
			t.Fatalf("no frame of %s", h)
		}
		shown := string(f.AppendText(nil, codec.View{})) + string(f.AppendJSON(nil, codec.View{}))
		for _, fd := range f.AppendFields(nil, 0, codec.View{}) {
			shown += fd.Value + fd.Note
		}
		for _, fd := range f.AppendFindings(nil) {
			shown += fd.Message
		}
		if strings.Contains(shown, "s3cre") || !strings.Contains(shown, codec.Redacted) {
			t.Errorf("shown: %s", shown)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	g := "ff00000000000000007f03014e554c4c" + zeros(48)
	for _, tt := range []struct {
		name, hex string
		code      string
		offset    int64
		what      string
		text      string // of the record at fault
	}{
		{"10 bytes of greeting", "ff00000000000000017f", "truncated", 10, "signature without a version", `raw \xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f`},
		{"11 bytes of greeting", "ff00000000000000017f03", "truncated", 11, "major version 3", ""},
		{"cut message", g + "010161" + "0105", "truncated", 69, "1 whole frames and 2 bytes of one more", ""},
		{"cut hello", g + "04130548454c4c4f0561646d696e067333", "truncated", 81, "the frame is cut", `raw \x04\x13\x05HELLO\x05admin\x06s3`},
		{"cut frame", g + "0005", "truncated", 66, "the frame is cut", ""},
		{"ping without TTL", g + "04060450494e4700", "syntax", 72, "PING/ttl", `command PING "\x00"`},
		{"ping without data", g + "04050450494e47", "syntax", 71, "found 0", `command PING ""`},
		{"hello without data", g + "04060548454c4c4f", "syntax", 72, "username", `command HELLO ""`},
		{"error without data", g + "0406054552524f52", "syntax", 72, "reason", `command ERROR ""`},
		{"length of a property", g + "040c05524541445901610000000962", "syntax", 72, "READY/properties", ""},
		{"empty command", g + "0400", "syntax", 66, "a command has a name", `command ""`},
		{"command in a message", g + "010161" + "040504504f4e47", "syntax", 67, "a command between two frames", `message !flags=0x01 "a"`},
		{"length over the limit", g + "02ffffffffffffffff", "limit", 64, "over the limit", ""},
		{"HTTP", "474554202f20485454502f312e310d0a", "syntax", 0, "HTTP request", ""},
		{"revision 0", "ff00000000000000017f0005", "syntax", 10, "version 0", ""},
		{"last byte of the signature", "ff00000000000000017e0301", "syntax", 9, "bit 0", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			recs := codectest.Check(t, zmtp.Protocol{}, codec.Options{}, codec.ToServer, unhex(t, tt.hex))
			i := slices.IndexFunc(recs, func(r codectest.Record) bool { return r.Code != "" })
			if i < 0 {
				t.Fatalf("no error in %v", recs)
			}
			r := recs[i]
			if r.Code != tt.code || !strings.Contains(r.Err, tt.what) || !strings.HasPrefix(r.Err, "offset "+itoa(tt.offset)) {
				t.Errorf("error %s: %s; expected %s at %d: %s", r.Code, r.Err, tt.code, tt.offset, tt.what)
			}
			if tt.text != "" && r.Text != tt.text {
				t.Errorf("text %s, expected %s", r.Text, tt.text)
			}
		})
	}
}

func itoa(n int64) string {
	var b []byte
	for ; n > 9; n /= 10 {
		b = append(b, byte('0'+n%10))
	}
	b = append(b, byte('0'+n))
	slices.Reverse(b)
	return string(b)
}

// TestJoined cuts into a stream at every offset: what follows the first
// frames that are found again must be as in the whole stream.
func TestJoined(t *testing.T) {
	var stream []byte
	for _, bodies := range [][]string{{"", "eMQP/1.0", "READY", "id-1"}, {"", "eMQP/1.0", "KBYE", "id-2"}, {"hello"}, {"a", "", "c"}} {
		var list [][]byte
		for _, b := range bodies {
			list = append(list, []byte(b))
		}
		stream = append(stream, zmtp.NewMessage(list...).Bytes()...)
	}
	stream = append(stream, unhex(t, "04070450494e47000a")...)
	whole := codectest.Cut(t, zmtp.Protocol{}, codec.Options{}, codec.ToServer, stream, 0)
	if len(whole) != 5 {
		t.Fatalf("%d records of the whole stream", len(whole))
	}
	for at := range stream {
		recs := codectest.Check(t, zmtp.Protocol{}, codec.Options{}, codec.ToServer, stream[at:])
		last := recs[len(recs)-1]
		if at <= len(stream)-9 && (last.Type != "command" || last.Text != "ping ttl=10") {
			t.Errorf("from offset %d: the last record is %v", at, last)
		}
	}
}

// TestGap loses bytes of one message: the next one is found again.
func TestGap(t *testing.T) {
	c, err := zmtp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := zmtp.NewMessage(nil, []byte("eMQP/1.0"), []byte("KBYE"), []byte("id")).Bytes()
	s := codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer)
	s.Feed(one[:14])
	for _, ok := s.Next(); ok; _, ok = s.Next() {
		t.Error("a record of half a message")
	}
	s.Gap(int64(len(one) - 14 + 3))
	var kinds []string
	take := func() {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			switch {
			case r.IsGap():
				kinds = append(kinds, "gap")
			case r.Frame == nil:
				kinds = append(kinds, "raw")
			default:
				kinds = append(kinds, r.Frame.Type())
			}
		}
	}
	take()
	s.Feed(append(slices.Clone(one[3:]), one...))
	s.End()
	take()
	if got := strings.Join(kinds, " "); got != "raw gap raw message message" {
		t.Errorf("records: %s", got)
	}
}

// TestDowngrade reads what libzmq sends to a peer of 1.0, whose first frame
// has come before.
func TestDowngrade(t *testing.T) {
	p := zmtp.Protocol{}
	c, err := p.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range codectest.CutIn(p, c, codec.ToServer, unhex(t, "0400616263030168690100"), 0) {
		got = append(got, r.Text)
	}
	for _, r := range codectest.CutIn(p, c, codec.ToClient, unhex(t, "ff00000000000000047f616263"+"06006869207468"), 0) {
		got = append(got, r.Text)
	}
	want := []string{`v1 identity "abc"`, `v1 message "hi" ""`, `v1 identity !long !flags=0x7f "abc"`, `v1 message "hi th"`}
	if !slices.Equal(got, want) {
		t.Errorf("records %q, expected %q", got, want)
	}
	if name, _ := c.Dialect(); name != "1.0" {
		t.Errorf("dialect %q", name)
	}
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name string
		src  []byte
		min  int
		max  int
	}{
		{"greeting", unhex(t, "ff00000000000000017f03014e554c4c"+zeros(48)), 90, 100},
		{"signature", unhex(t, "ff00000000000000017f"), 50, 100},
		{"eMQP", unhex(t, "01000108654d51502f312e3000024142"), 80, 95},
		{"command", unhex(t, "04070450494e47000a"), 50, 90},
		{"frames", unhex(t, "000161000162000163000164"), 1, 40},
		{"HTTP", []byte("GET / HTTP/1.1\r\n\r\n"), 0, 0},
		{"nothing", nil, 0, 0},
		{"text", []byte("REPLICATE 5\nPING 1\n"), 0, 0},
		{"zeros", make([]byte, 64), 0, 0},
	} {
		if p := (zmtp.Protocol{}).Probe(codec.ToServer, tt.src); p.Score < tt.min || p.Score > tt.max {
			t.Errorf("%s: score %d (%s), expected %d to %d", tt.name, p.Score, p.Why, tt.min, tt.max)
		}
	}
}

// TestProbeWaits feeds handshakes: while they last it is not known whose
// messages will come.
func TestProbeWaits(t *testing.T) {
	g := "ff00000000000000017f03014e554c4c" + zeros(48)
	ready := "04190552454144590b536f636b65742d5479706500000003505542"
	for _, tt := range []struct {
		hex  string
		more bool
	}{
		{g[:24], true}, {g[:50], true}, {g, true}, {g + "04", true}, {g + "0419", true}, {g + ready[:20], true}, {g + ready, true},
		{g + ready + "01", true}, {g + ready + "01000108", true},
		{g + ready + "0000", false}, {g + ready + "04070450494e47000a", false}, {g + "04070450494e47000a", false},
		{"ff00000000000000017f0301504c41494e" + zeros(47), false},
		{"ff00000000000000017f0105", false},
	} {
		if p := (zmtp.Protocol{}).Probe(codec.ToServer, unhex(t, tt.hex)); p.More != tt.more {
			t.Errorf("%s: more is %v", tt.hex, p.More)
		}
	}
}

func TestTopics(t *testing.T) {
	for _, topic := range (zmtp.Protocol{}).Topics("") {
		if topic.Title == "" || topic.Source == "" {
			t.Errorf("%s: no title or source", topic.Name)
		}
		if topic.Example == "" {
			continue
		}
		if _, err := codectest.Encode(zmtp.Protocol{}, topic.Example); err != nil {
			t.Errorf("%s: example %s: %v", topic.Name, topic.Example, err)
		}
	}
	if s, ok := (zmtp.Protocol{}).ExplainValue("", "0x07"); !ok || !strings.Contains(s, "more, long, command") {
		t.Errorf("0x07 is explained as %q", s)
	}
}

func TestDialects(t *testing.T) {
	_, err := zmtp.Protocol{}.Open(codec.Options{Dialect: "4.7"})
	if _, ok := errors.AsType[*codec.UnknownNameError](err); !ok {
		t.Errorf("dialect 4.7: %v", err)
	}
	for _, d := range []string{"3.1", "3", "3.0", "2.0", "2", "1.0", "1"} {
		if _, err := (zmtp.Protocol{}).Open(codec.Options{Dialect: d}); err != nil {
			t.Error(err)
		}
		if _, err := (zmtp.Protocol{}).Parser(codec.Options{Dialect: d}); err != nil {
			t.Error(err)
		}
	}
}
