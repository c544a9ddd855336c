package zmtp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

var (
	serverSecret = Key{1, 2, 3, 31: 4}
	clientSecret = Key{5, 6, 7, 31: 8}
)

// A couple is two sockets of ours with one connection, the client first. What
// goes between them is cut into frames by the codec.
type couple struct {
	t     testing.TB
	ends  [2]*Socket
	in    [2]*codec.Stream // what comes to each
	now   time.Time
	acts  []string // not those that send
	sizes []int    // of what was sent

	// meddle changes the nth thing that is sent; nil for no change.
	meddle func(n int, b []byte) []byte
}

func newCouple(t testing.TB, client, server []string) *couple {
	t.Helper()
	c := &couple{t: t, now: time.Unix(1e9, 0)}
	conv, err := zmtp.NewConversation(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.in[0] = codec.NewStream(conv.Decoder(codec.ToClient), codec.ToClient)
	c.in[1] = codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
	c.ends[0] = newTable(t, reactor.Client, append([]string{"mechanism=curve", "server-key=" + serverSecret.Public().String()}, client...)...).s
	c.ends[1] = newTable(t, reactor.Server, append([]string{"mechanism=curve", "secret-key=" + serverSecret.String()}, server...)...).s
	return c
}

func (c *couple) open() {
	c.step(0, reactor.From{Conn: 1, Event: reactor.Opened{}})
	c.step(1, reactor.From{Conn: 1, Event: reactor.Opened{}})
	c.run()
}

// step gives one end an event, and the other what it sends.
func (c *couple) step(end int, ev reactor.Event) {
	for _, a := range c.ends[end].Step(c.now, ev, nil) {
		_, inside := reactor.Unwrap(a)
		send, ok := inside.(reactor.Send)
		if !ok {
			c.acts = append(c.acts, fmt.Sprintf("%d: %s", end, inside))
			continue
		}
		for _, f := range send.Frames {
			b, err := f.AppendBinary(nil)
			if err != nil {
				c.t.Fatal(err)
			}
			if c.meddle != nil {
				b = c.meddle(len(c.sizes), b)
			}
			c.sizes = append(c.sizes, len(b))
			c.in[1-end].Feed(b)
		}
	}
}

// run goes on until nothing is under way.
func (c *couple) run() {
	for again := true; again; {
		again = false
		for end := range c.ends {
			var r codec.Record
			for c.in[end].Read(&r) {
				again = true
				if r.Err != nil {
					c.step(end, reactor.From{Conn: 1, Event: reactor.Broken{Err: r.Err}})
				} else {
					c.step(end, reactor.From{Conn: 1, Event: reactor.Received{Frame: r.Frame}})
				}
			}
		}
	}
}

func (c *couple) do(end int, name, args string) {
	c.t.Helper()
	ev, err := c.ends[end].Input(name, args)
	if err != nil {
		c.t.Fatal(err)
	}
	c.step(end, ev)
	c.run()
}

func (c *couple) want(text string) {
	c.t.Helper()
	if !slices.ContainsFunc(c.acts, func(a string) bool { return strings.Contains(a, text) }) {
		c.t.Errorf("no %q among %q", text, c.acts)
	}
}

// TestCurveSizes wants the sizes that libzmq's frames have, and the same bytes
// of the same seed.
func TestCurveSizes(t *testing.T) {
	var last []byte
	for range 2 {
		var all []byte
		c := newCouple(t, []string{"seed=one", "socket=DEALER", "identity=c-curve"}, []string{"seed=two", "socket=ROUTER"})
		c.meddle = func(_ int, b []byte) []byte {
			all = append(all, b...)
			return b
		}
		c.open()
		c.do(0, "send", `"" hello`)
		c.want(`1: deliver message from "c-curve" "" "hello"`)
		c.do(1, "send", `c-curve back`)
		c.want(`0: deliver message "back"`)
		// Greetings, HELLO, WELCOME, INITIATE, READY, three MESSAGEs.
		want := []int{64, 64, 202, 170, 9 + 9 + 96 + 8 + 128 + 16 + 42, 67, 2 + 8 + 8 + 17, 2 + 8 + 8 + 17 + 5, 2 + 8 + 8 + 17 + 4}
		if !slices.Equal(c.sizes, want) {
			t.Errorf("sizes %v, want %v", c.sizes, want)
		}
		if last != nil && !bytes.Equal(all, last) {
			t.Error("the same seeds led to other bytes")
		}
		last = all
	}
}

// TestCurveMeddled changes any one byte of what is sent, which ends the
// connection before a message is through.
func TestCurveMeddled(t *testing.T) {
	sealed := map[int]int{2: 11, 3: 10, 4: 19, 5: 8, 6: 10} // what is sent, and where what counts begins
	for n, from := range sealed {
		for at := from; at >= 0; {
			c := newCouple(t, nil, nil)
			size := 0
			c.meddle = func(i int, b []byte) []byte {
				if i == n {
					b[at] ^= 0x40
					size = len(b)
				}
				return b
			}
			c.open()
			if n >= 6 {
				c.do(0, "send", "hello")
			}
			if slices.ContainsFunc(c.acts, func(a string) bool { return strings.Contains(a, "deliver message") }) {
				t.Errorf("send %d, byte %d: a message was delivered", n, at)
			}
			if len(c.ends[0].peers) > 0 && len(c.ends[1].peers) > 0 {
				t.Errorf("send %d, byte %d: nobody noticed", n, at)
			}
			if at += 7; at >= size {
				break
			}
		}
	}
}

// TestCurveRefusals has clients that may not come in.
func TestCurveRefusals(t *testing.T) {
	public := clientSecret.Public().String()
	c := newCouple(t, []string{"secret-key=" + clientSecret.String()}, []string{"client-keys=" + public})
	c.open()
	c.want("1: deliver peer")
	c = newCouple(t, nil, []string{"client-keys=" + public})
	c.open()
	c.want("1: close no client of the key")
	c.want(`0: close the peer refuses: "400"`)
	c = newCouple(t, []string{"socket=SUB"}, nil)
	c.open()
	c.want(`1: close a ROUTER cannot talk to a "SUB"`)
}

// TestCurveTraffic has what a peer with the right keys may say wrongly.
func TestCurveTraffic(t *testing.T) {
	for _, tt := range []struct {
		name string
		say  func(s *Session) []codec.Frame
		want string
	}{
		{"again", func(s *Session) []codec.Frame {
			f := s.Message([]byte("x"))
			return append(f, f...)
		}, "with the nonce 3 after one with 3"},
		{"in the clear", func(*Session) []codec.Frame { return []codec.Frame{zmtp.NewMessage([]byte("x"))} }, "not sealed"},
		{"a command in the clear", func(*Session) []codec.Frame { return []codec.Frame{zmtp.NewCommand(Curve, "PING", []byte{0, 1})} }, "PING of 2 bytes"},
		{"short", func(*Session) []codec.Frame { return []codec.Frame{zmtp.NewCommand(Null, "MESSAGE", []byte("x"))} }, "MESSAGE of 1 bytes"},
		{"a command in a message", func(s *Session) []codec.Frame {
			return []codec.Frame{s.seal(sealedMore, []byte("x")), s.Command("PING", []byte{0, 1})}
		}, "between the frames"},
		{"a wrong command", func(s *Session) []codec.Frame { return []codec.Frame{s.Command("PING", nil)} }, "the TTL has 2 bytes"},
		{"no command", func(s *Session) []codec.Frame { return []codec.Frame{s.seal(sealedCommand, nil)} }, "a command has a name"},
		{"too large", func(s *Session) []codec.Frame { return s.Message(make([]byte, 60), make([]byte, 41)) }, "100 bytes"},
		{"not too large", func(s *Session) []codec.Frame { return s.Message(make([]byte, 60), make([]byte, 40)) }, "deliver message"},
		{"PING", func(s *Session) []codec.Frame { return []codec.Frame{s.Command("PING", []byte{0, 10, 1})} }, "set-timer ttl"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCouple(t, nil, []string{"max-message=100"})
			c.open()
			for _, f := range tt.say(c.ends[0].peers[1].s) {
				c.step(1, reactor.From{Conn: 1, Event: reactor.Received{Frame: f}})
			}
			c.want(tt.want)
		})
	}
}

// TestCurveSnapshot goes on from copies at each point.
func TestCurveSnapshot(t *testing.T) {
	c := newCouple(t, nil, nil)
	c.meddle = func(_ int, b []byte) []byte {
		for _, s := range c.ends {
			was := s.State().String()
			copied := s.Snapshot().(*Socket)
			for _, p := range copied.peers {
				p.s.Receive(c.now, zmtp.NewMessage(nil))
				if p.s.curve != nil {
					p.s.curve.random(p.s.curve.secret[:])
					p.s.curve.number(nil)
				}
			}
			if s.State().String() != was {
				t.Fatal("a copy shares with the original")
			}
		}
		return b
	}
	c.open()
	c.do(0, "send", "a b")
	c.want(`"a" "b"`)
}

// TestKeys reads and writes keys.
func TestKeys(t *testing.T) {
	var keys map[string]string
	if err := json.Unmarshal(testdata.Read(t, "emqp/captures/z_curve.keys.json"), &keys); err != nil {
		t.Fatal(err)
	}
	for _, side := range []string{"server", "client"} {
		secret, err := ParseKey(keys[side+"_secret"])
		if err != nil {
			t.Fatal(err)
		}
		if got := secret.Public().String(); got != keys[side+"_public"] {
			t.Errorf("the public key of the %s is %s, want %s", side, got, keys[side+"_public"])
		}
		if again, err := ParseKey(fmt.Sprintf("%x", secret[:])); again != secret || err != nil {
			t.Errorf("%x, %v, want %x", again, err, secret)
		}
	}
	// The example of the document.
	want := Key{0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b}
	if got, err := ParseKey("HelloWorld" + strings.Repeat("0", 30)); got != want || err != nil {
		t.Errorf("%x, %v", got, err)
	}
	for _, text := range []string{"", "x", strings.Repeat("#", 40), strings.Repeat(",", 40), strings.Repeat("x", 64)} {
		if _, err := ParseKey(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}

// TestCurveSettings has wrong ones told.
func TestCurveSettings(t *testing.T) {
	secret, public := "secret-key="+serverSecret.String(), serverSecret.Public().String()
	for _, tt := range []struct {
		role     reactor.Role
		settings []string
		want     string
	}{
		{reactor.Server, []string{secret}, "keys are of the mechanism CURVE"},
		{reactor.Client, []string{"mechanism=PLAIN", "server-key=" + public}, "keys are of the mechanism CURVE"},
		{reactor.Server, []string{"mechanism=CURVE"}, "secret-key"},
		{reactor.Client, []string{"mechanism=CURVE", secret}, "server-key"},
		{reactor.Server, []string{"mechanism=CURVE", secret, "public-key=" + clientSecret.Public().String()}, "not that of"},
		{reactor.Server, []string{"mechanism=CURVE", secret, "client-keys=x"}, "client-keys"},
		{reactor.Server, []string{"mechanism=CURVE", secret, "public-key=" + public}, ""},
	} {
		err := newTable(t, tt.role, tt.settings...).s.Fault()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.settings, err, tt.want)
		}
	}
}

// TestCurveCapture gives a server the HELLO of libzmq's clients: it answers
// those that know its key. What they say next is sealed for the server that
// they spoke to.
func TestCurveCapture(t *testing.T) {
	var keys map[string]string
	if err := json.Unmarshal(testdata.Read(t, "emqp/captures/z_curve.keys.json"), &keys); err != nil {
		t.Fatal(err)
	}
	name := "emqp/captures/z_curve.pcap"
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := newTable(t, reactor.Server, "mechanism=curve", "secret-key="+keys["server_secret"])
	streams := map[int]*codec.Stream{}
	for e, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != capture.KindData || e.Dir != codec.ToServer {
			continue
		}
		in := streams[e.Conn.ID]
		if in == nil {
			conv, err := zmtp.NewConversation(codec.Options{})
			if err != nil {
				t.Fatal(err)
			}
			in = codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
			streams[e.Conn.ID] = in
			b.step(e.Conn.ID, reactor.Opened{})
		}
		in.Feed(e.Data)
		var r codec.Record
		for in.Read(&r) {
			b.step(e.Conn.ID, reactor.Received{Frame: r.Frame})
		}
	}
	got := b.take()
	b.want(got, "curve WELCOME", "an INITIATE with another cookie", "not sealed for this server's key")
}

// FuzzKey reads keys back as they are written.
func FuzzKey(f *testing.F) {
	f.Add(clientSecret.String())
	f.Add(fmt.Sprintf("%x", serverSecret[:]))
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKey(text)
		if err != nil {
			return
		}
		if again, err := ParseKey(k.String()); again != k || err != nil {
			t.Fatalf("%x is read as %x, %v", k, again, err)
		}
		if len(text) == 40 && k.String() != text {
			t.Fatalf("%s is written as %s", text, k)
		}
	})
}

// FuzzCurve has a peer with the right keys say anything in the handshake (what
// begins with a name) and after it.
func FuzzCurve(f *testing.F) {
	f.Add(byte(0), []byte{1, 'x'}, []byte{0, 'y'})
	f.Add(byte(1), []byte("\x02\x04PING\x00\x01"), []byte("\x02\x09SUBSCRIBEx"))
	f.Add(byte(9), []byte("\x01\x00"), binary.BigEndian.AppendUint64(nil, 7))
	f.Fuzz(func(t *testing.T, stage byte, a, b []byte) {
		c := newCouple(t, []string{"socket=SUB"}, []string{"socket=PUB"})
		c.meddle = func(n int, p []byte) []byte {
			if n == int(stage) { // as its sizes allow it
				copy(p[len(p)/2:], a)
			}
			return p
		}
		c.open()
		if p := c.ends[0].peers[1]; p != nil && p.s.Ready() {
			for _, text := range [][]byte{a, b} {
				if len(text) > 0 {
					c.step(1, reactor.From{Conn: 1, Event: reactor.Received{Frame: p.s.seal(text[0], text[1:])}})
				}
			}
			for _, name := range []string{"HELLO", "WELCOME", "INITIATE", "READY", "MESSAGE"} {
				c.step(1, reactor.From{Conn: 1, Event: reactor.Received{Frame: zmtp.NewCommand(Null, name, b)}})
			}
		}
		c.run()
		for _, s := range c.ends {
			s.Step(c.now, reactor.From{Conn: 1, Event: reactor.EOF{}}, nil)
			if len(s.peers) != 0 {
				t.Fatal("something is left: ", s.State())
			}
		}
	})
}
