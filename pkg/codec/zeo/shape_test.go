package zeo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// told returns all that is told of a body, with some shapes known, "" if it is
// no usual message.
func told(d *dialect, body []byte, known *shapes) string {
	f := Frame{raw: sized(body), head: lengthSize, dialct: d}
	if !f.see(known) {
		return ""
	}
	u := f.usual
	text := f.AppendText(nil, codec.View{})
	inJSON, ok := f.AppendJSONText(nil, codec.View{})
	return fmt.Sprintln(u, f.kind, f.enc, f.Link(), ok, f.asExpected()) +
		fmt.Sprintf("%s\n%s\n%s", text, inJSON, f.AppendJSON(nil, codec.View{}))
}

// checkShape learns the shape of a usual message and holds what is told with it
// to what is told without: of the message, and of others that differ from it in
// one byte, or in the size of its values. It says whether there was a shape to
// learn.
func checkShape(t *testing.T, dialect string, body []byte) bool {
	t.Helper()
	f := Frame{raw: sized(body), head: lengthSize, dialct: lookup(dialect)}
	if !f.see(new(shapes)) {
		return false
	}
	known := shapes{dialect: f.dialct, missed: firstMiss}
	if known.missing(&f) {
		known.learn(&f)
	}
	if len(known.list) == 0 {
		return false
	}
	s := known.list[0]
	if !s.fits(f.tail()) {
		t.Fatalf("%x has not its own shape", body)
	}
	check := func(body []byte) {
		if got, want := told(f.dialct, body, &known), told(f.dialct, body, new(shapes)); got != want {
			t.Fatalf("%x is, by the shape of %x,\n%s; want\n%s", body, f.body(), got, want)
		}
		c := Frame{raw: sized(body), head: lengthSize, dialct: f.dialct}
		if c.see(&known) && c.shape != nil {
			sure := c.Certain()
			c.shape = nil
			if text := c.AppendText(nil, codec.View{}); sure&codec.Bare != 0 && bytes.Contains(text, []byte(codec.Redacted)) || sure|codec.Bare != c.Certain()|codec.Bare {
				t.Fatalf("%s is certain of %b", text, sure)
			}
		}
	}
	check(body)
	for i := range body {
		for _, x := range []byte{1, 0x80, 0xff, body[i]} {
			c := bytes.Clone(body)
			c[i] ^= x
			check(c)
		}
		check(append(bytes.Clone(body[:i]), body[i+1:]...))
	}
	if s.open > 0 {
		at := int(f.usual.tail) + s.open
		for _, value := range []string{"", "a", "12345678", "{{redacted}}", strings.Repeat("\x00a", 127)} {
			c := append(append(bytes.Clone(body[:at]), value...), s.rest(f.tail())...)
			check(c) // its length is that of another value
			c[at-1] = byte(len(value))
			check(c)
		}
	}
	return true
}

// rest returns what follows the value of any size.
func (s *shape) rest(tail []byte) []byte { return tail[s.open+len(s.hole(tail)):] }

func TestShapes(t *testing.T) {
	const oid, tid = "C\x08\x00\x00\x00\x00\x00\x00\x00\x01", "C\x08\x7f\xff\xff\xff\xff\xff\xff\xff"
	for _, tt := range []struct {
		body  string
		learn bool
	}{
		{"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping)t.", true},
		{"\x80\x03(M\x07\x01\x88X\x01\x00\x00\x00fC\x00\x85t.", true},
		{"\x80\x03(J\x07\x00\x01\x00K\x01X\x01\x00\x00\x00fK\x01\x85t.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyNt.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyK\x05t.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyC\x03abct.", true},
		{"\x80\x03(K\x07\x88X\x06\x00\x00\x00.reply" + oid + "\x85t.", true},
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyC\x0c{{redacted}}" + tid + "N\x87t.", true},
		{"\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBefore" + oid + tid + "\x86t.", true},
		{"\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBefore" + oid + "C\x07\x00\x00\x00\x00\x00\x00\x01\x86t.", true},
		{"\x80\x03(K\x07\x88X\x15\x00\x00\x00invalidateTransaction" + tid + "](" + oid + oid + "e\x86t.", true},
		{"\x80\x03(K\x07\x88X\x15\x00\x00\x00invalidateTransaction" + tid + "](" + oid + "C\x01aK\x02Ne]\x87t.", true},
		{"\x80\x03(K\x07\x88X\x15\x00\x00\x00invalidateTransaction" + tid + "]C\x02aba]\x87t.", true},
		{"\x80\x03(K\x07\x89X\x06\x00\x00\x00storea(" + oid + tid + "C\x0512345K\x02tt.", true},
		{"\x80\x03(K\x07\x89X\x06\x00\x00\x00storea(" + oid + tid + "C\x0512345M\x02\x01tt.", false}, // a larger number
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyX\x01\x00\x00\x00at.", false},                    // a text
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyC\x01aC\x01b\x86t.", false},                      // two of any size
		{"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyB\x00\x01\x00\x00" + strings.Repeat("a", 256) + "t.", false},
	} {
		for _, dialect := range []string{"Z5", "M5", "Z4", "Z309"} {
			if got := checkShape(t, dialect, []byte(tt.body)); got != tt.learn {
				t.Errorf("%x: learned is %v", tt.body, got)
			}
		}
	}
}

// TestShapesLearned wants shapes learned once there are some messages, no more
// than so many, and others in their place when messages change.
func TestShapesLearned(t *testing.T) {
	d := open(t, "Z5").Decoder(codec.ToServer).(*decoder)
	shaped := func(name string) bool {
		f, _, err := d.Decode(sized("\x80\x03(K\x07\x89X\x04\x00\x00\x00"+name+")t."), false)
		if err != nil {
			t.Fatal(err)
		}
		return f.(*Frame).shape != nil
	}
	for i := range firstMiss {
		if shaped("ping") {
			t.Fatalf("message %d has a shape already", i)
		}
	}
	if !shaped("ping") || shaped("pong") || !shaped("pong") {
		t.Error("shapes are not learned")
	}
	for round := range 2 {
		for i := range 10 * mostMisses {
			shaped(fmt.Sprintf("a%03d", i%1000))
		}
		if len(d.shapes.list) > mostShapes {
			t.Fatalf("%d shapes", len(d.shapes.list))
		}
		n := 0
		for n < 2*mostMisses && !shaped("ping") {
			n++
		}
		if n == 2*mostMisses {
			t.Errorf("round %d: the shape of what comes now is not learned", round)
		}
	}
	if d.find(t, "M5") {
		t.Error("a shape of another dialect")
	}
}

// find says whether a shape is known for a dialect.
func (d *decoder) find(t *testing.T, dialect string) bool {
	t.Helper()
	return d.shapes.find(lookup(dialect), d.frame.tail()) != nil
}

// TestShapeAllocs wants no memory for messages that have shapes, whatever is
// told of them.
func TestShapeAllocs(t *testing.T) {
	d := open(t, "Z5").Decoder(codec.ToServer)
	wire := sized("\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyC\x0312\x00C\x08\x7f\xff\xff\xff\xff\xff\xff\xffN\x87t.")
	var buf []byte
	tell := func() {
		f, _, err := d.Decode(wire, false)
		if err != nil {
			t.Fatal(err)
		}
		buf = f.AppendText(buf[:0], shown)
		buf, _ = f.(codec.JSONTexter).AppendJSONText(buf[:0], shown)
		buf = f.AppendJSON(buf[:0], shown)
	}
	for range 2 * firstMiss {
		tell()
	}
	if n := testing.AllocsPerRun(100, tell); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if want := `{"id":7,"flag":0,"name":".reply","args":{"$t":[{"$b":"313200"},{"$b":"7fffffffffffffff"},null]},"encoding":"p3"}`; string(buf) != want {
		t.Errorf("%s", buf)
	}
}

func FuzzShape(f *testing.F) {
	f.Add("Z5", []byte("\x80\x03(K\x07\x89X\x0a\x00\x00\x00loadBeforeC\x08\x00\x00\x00\x00\x00\x00\x00\x01C\x08\x7f\xff\xff\xff\xff\xff\xff\xff\x86t."))
	f.Add("Z4", []byte("\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply](K\x01NC\x01\"e\x85t."))
	f.Add("M5", []byte("\x80\x03(M\x07\x01K\x01X\x02\x00\x00\x00ab(K\x01]C\x01aaN)tt."))
	f.Fuzz(func(t *testing.T, dialect string, body []byte) { checkShape(t, dialect, body) })
}

// checkRead holds what is made of a text by the shapes of others to what is made
// of it without them.
func checkRead(t *testing.T, learned *parser, text string) {
	t.Helper()
	fresh := parserOf(t)
	want, wants := fresh.usual([]byte("before"), codec.Text{Body: []byte(text)})
	learned.shapes.missed = 0 // it learns nothing more
	got, ok := learned.usual([]byte("before"), codec.Text{Body: []byte(text)})
	if ok != wants || ok && !bytes.Equal(got, want) {
		t.Fatalf("%q is %x, %v with shapes; want %x, %v", text, got, ok, want, wants)
	}
}

func parserOf(t *testing.T) *parser {
	t.Helper()
	p, err := Protocol{}.Parser(codec.Options{Dialect: "Z5"})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*parser)
}

// TestShapesRead reads texts whose shapes were learned, and others that are
// nearly like them.
func TestShapesRead(t *testing.T) {
	texts := []string{
		"call 7 ping()",
		"call 300 loadBefore(oid'0000000000000001', tid'7fffffffffffffff')",
		`oneway 70000 invalidateTransaction(tid'0000000000000001', [x"0000000000000001", b"abc\"efgh"])`,
		`reply 7 (x"0102ff", x"0000000000000001", None)`,
		`reply 7 (1,)`,
		`reply 7 b"12345678"`,
		`reply 7 [1, True, b""]`,
		`call 7 f([x"01"], 3)`,
	}
	p := parserOf(t)
	for range 2 * firstMiss {
		for _, text := range texts {
			if _, ok := p.usual(nil, codec.Text{Body: []byte(text)}); !ok {
				t.Fatalf("%s is no usual text", text)
			}
		}
	}
	if len(p.shapes.list) < 7 {
		t.Fatalf("%d shapes were learned", len(p.shapes.list))
	}
	for _, text := range texts {
		checkRead(t, p, text)
		for i := range text {
			checkRead(t, p, text[:i])
			checkRead(t, p, text[:i]+text[i+1:])
			for _, c := range []string{" ", "'", `"`, "\\", "(", ")", "]", "0", "f", "F", "g", "x", "None", `x"00"`, `b"a"`, "12345678901"} {
				checkRead(t, p, text[:i]+c+text[i:])
				checkRead(t, p, text[:i]+c+text[i+1:])
			}
		}
	}
}

// TestShapeReadAllocs wants no memory for texts that have shapes.
func TestShapeReadAllocs(t *testing.T) {
	p := parserOf(t)
	text := codec.Text{Body: []byte(`call 7 f(x"0000000000000001", b"ab", 1)`)}
	var buf []byte
	read := func() { buf, _ = p.usual(buf[:0], text) }
	for range 2 * firstMiss {
		read()
	}
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestShapesAmongOthers has messages of all sorts follow each other, and asks
// some of them for their values.
func TestShapesAmongOthers(t *testing.T) {
	bodies := []string{
		"\x80\x03(K\x07\x89X\x04\x00\x00\x00ping)t.",
		"\x80\x03(K\x07\x89X\x01\x00\x00\x00fC\x02ab\x85t.",
		"\x80\x03(M\x07\x01\x89X\x01\x00\x00\x00fC\x08abcdefgh\x85t.",
		"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.replyX\x01\x00\x00\x00at.",
		"\x80\x03(K\x07K\x02X\x06\x00\x00\x00.replyX\x01\x00\x00\x00aNt.",
		"\x80\x03(K\x07K\x00X\x06\x00\x00\x00.reply}t.",
		"\x80\x03(J\xff\xff\xff\xffK\x00X\x06\x00\x00\x00.replyNt.",
		"garbage",
	}
	quick := open(t, "Z5").Decoder(codec.ToServer).(*decoder)
	slow := open(t, "Z5").Decoder(codec.ToServer).(*decoder)
	slow.usual = false
	rnd := rand.New(rand.NewPCG(1, 2))
	shaped := 0
	for range 5_000 {
		wire := sized(bodies[rnd.IntN(len(bodies))])
		cut := len(wire) - rnd.IntN(2)*rnd.IntN(len(wire))
		var told [2]string
		ask := rnd.IntN(4)
		for i, d := range []*decoder{quick, slow} {
			f, n, err := d.Decode(wire[:cut], false)
			told[i] = fmt.Sprintln(n, err)
			if f == nil {
				continue
			}
			if f := f.(*Frame); d == quick && f.shape != nil {
				shaped++
			}
			if ask == 0 {
				told[i] += fmt.Sprintln(f.AppendFields(nil, 0, shown))
			}
			told[i] += fmt.Sprintf("%s %s %s %v", f.Type(), f.AppendText(nil, shown), f.AppendJSON(nil, shown), f.(*Frame).AppendFindings(nil))
		}
		if told[0] != told[1] {
			t.Fatalf("%x:\n%s\nwant\n%s", wire[:cut], told[0], told[1])
		}
	}
	if shaped < 500 {
		t.Errorf("only %d had a shape", shaped)
	}
}
