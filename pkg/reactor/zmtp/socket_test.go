package zmtp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A table is a socket and what it is told, in the notation.
type table struct {
	t    testing.TB
	s    *Socket
	p    codec.Parser
	now  time.Time
	acts []string
}

func newTable(t testing.TB, role reactor.Role, settings ...string) *table {
	t.Helper()
	o := reactor.Options{Role: role, Extra: map[string]string{}}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		o.Extra[name] = value
	}
	p, err := zmtp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &table{t: t, s: SocketOf(o), p: p, now: time.Unix(1e9, 0)}
}

func (b *table) step(conn int, ev reactor.Event) {
	if conn > 0 {
		ev = reactor.From{Conn: conn, Event: ev}
	}
	for _, a := range b.s.Step(b.now, ev, nil) {
		b.acts = append(b.acts, a.String())
	}
}

// say has a peer say lines, and returns what follows.
func (b *table) say(conn int, lines ...string) string {
	b.t.Helper()
	for _, line := range lines {
		f, err := b.p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
		if err != nil {
			b.t.Fatalf("%s: %v", line, err)
		}
		b.step(conn, reactor.Received{Frame: f.Clone()})
	}
	return b.take()
}

func (b *table) take() string {
	text := strings.Join(b.acts, "\n")
	b.acts = nil
	return text
}

// do gives a directive.
func (b *table) do(name, args string) string {
	b.t.Helper()
	ev, err := b.s.Input(name, args)
	if err != nil {
		b.t.Fatal(err)
	}
	b.step(0, ev)
	return b.take()
}

func (b *table) want(got string, want ...string) {
	b.t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			b.t.Errorf("%s\ndoes not hold %s", got, w)
		}
	}
	if len(want) == 0 && got != "" {
		b.t.Errorf("%s\nand nothing was expected", got)
	}
}

func (b *table) join(conn int, ready string) {
	b.t.Helper()
	b.step(conn, reactor.Opened{})
	b.say(conn, "greeting 3.1 NULL", "command READY "+ready)
}

// TestHandshake has peers that do not agree with us.
func TestHandshake(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings []string
		lines    []string
		want     string
	}{
		{"ready", nil, []string{"greeting 3.1 NULL", "command READY Socket-Type=DEALER Identity=me"}, `#1=DEALER/"me"`},
		{"no properties", nil, []string{"greeting 3.0 NULL", "command READY"}, `#1=/"`},
		{"wrong type", nil, []string{"greeting 3.1 NULL", "command READY Socket-Type=PUB"}, "peers {}"},
		{"early message", nil, []string{"greeting 3.1 NULL", `message "x"`}, "peers {}"},
		{"no greeting", nil, []string{`message "x"`}, "peers {}"},
		{"another mechanism", nil, []string{"greeting 3.1 PLAIN"}, "peers {}"},
		{"2.0", nil, []string{"greeting 2.0 DEALER", `identity "me"`}, `#1=DEALER/"me"`},
		{"2.0, another type", nil, []string{"greeting 2.0 PUB", `identity "me"`}, `#1=PUB/"me"`},
		{"2.0 without identity", nil, []string{"greeting 2.0 DEALER", `message "x"`}, "peers {}"},
		{"2.0 refused", []string{"downgrade=no"}, []string{"greeting 2.0 DEALER"}, "peers {}"},
		{"2.0 and CURVE", []string{"mechanism=curve", "secret-key=" + serverSecret.String()}, []string{"greeting 2.0 DEALER"}, "peers {}"},
		{"1.0", nil, []string{`v1 identity "me"`}, `#1=/"me"`},
		{"1.0 refused", []string{"downgrade=no"}, []string{`v1 identity "me"`}, "peers {}"},
		{"1.0 and frames of 3.x", nil, []string{`v1 identity "me"`, `message "x"`}, "peers {}"},
		{"identity", nil, []string{"greeting 3.1 NULL", `identity "me"`}, "peers {}"},
		{"second greeting", nil, []string{"greeting 3.1 NULL", "greeting 3.1 NULL"}, "peers {}"},
		{"INITIATE", nil, []string{"greeting 3.1 NULL", "command INITIATE Socket-Type=DEALER"}, "peers {}"},
		{"second READY", nil, []string{"greeting 3.1 NULL", "command READY Socket-Type=DEALER", "command READY Socket-Type=DEALER"}, "#1=DEALER"},
		{"READY in PLAIN", []string{"mechanism=plain", "user=a:b"}, []string{"greeting 3.1 PLAIN", "command READY Socket-Type=DEALER"}, "peers {}"},
		{"INITIATE before HELLO", []string{"mechanism=plain", "user=a:b"}, []string{"greeting 3.1 PLAIN", "command INITIATE Socket-Type=DEALER"}, "peers {}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newTable(t, reactor.Server, tt.settings...)
			b.step(1, reactor.Opened{})
			b.say(1, tt.lines...)
			b.want(b.s.State().String(), tt.want)
		})
	}
}

// TestPing wants a PING answered with its context, cut.
func TestPing(t *testing.T) {
	b := newTable(t, reactor.Server)
	b.join(1, "Socket-Type=DEALER")
	got := b.say(1, `ping ttl=10 context="0123456789abcdef"`)
	b.want(got, "pong context=0123456789abcdef", "set-timer ttl 2001-09-09T01:46:41Z")
	b.step(1, reactor.Expired{Timer: TimerTTL})
	b.want(b.take(), "nothing came for 1s", "close")
}

// TestHeartbeat has a peer that does not answer any more.
func TestHeartbeat(t *testing.T) {
	b := newTable(t, reactor.Server, "heartbeat=1", "timeout=2", "ttl=3")
	b.step(1, reactor.Opened{})
	b.want(b.say(1, "greeting 3.1 NULL", "command READY Socket-Type=DEALER"), "set-timer heartbeat")
	b.step(1, reactor.Expired{Timer: TimerHeartbeat})
	b.want(b.take(), "ping ttl=30", "set-timer heartbeat", "set-timer silence")
	b.want(b.say(1, "pong"), "set-timer silence off")
	b.step(1, reactor.Expired{Timer: TimerSilence})
	b.want(b.take(), "nothing came for 2s after a PING")
}

// TestRouting has several peers.
func TestRouting(t *testing.T) {
	b := newTable(t, reactor.Server, "seed=7")
	b.join(1, "Socket-Type=DEALER Identity=a")
	b.join(2, "Socket-Type=DEALER")
	b.take()
	b.want(b.do("send", "a x"), "[#1] send-frames", `message "x"`)
	made := string(zmtp.AppendQuoted(nil, []byte(b.s.o.madeUp(1))))
	b.want(b.do("send", made+" y"), "[#2] send-frames", `message "y"`)
	b.want(b.do("send", "nobody x"))
	b.step(3, reactor.Opened{})
	b.want(b.say(3, "greeting 3.1 NULL", "command READY Socket-Type=DEALER Identity=a"), "another peer has the identity")

	b = newTable(t, reactor.Client, "high-water=1")
	b.want(b.do("send", "first"))
	b.want(b.do("send", "second"), "reject 1 messages wait")
	b.join(1, "Socket-Type=ROUTER")
	b.want(b.s.State().String(), "waiting 0")
	b.join(2, "Socket-Type=ROUTER")
	b.take()
	b.want(b.do("send", "third"), "[#2] send-frames")
}

// TestLost has the peer of a request go away.
func TestLost(t *testing.T) {
	b := newTable(t, reactor.Server, "socket=rep")
	b.join(1, "Socket-Type=REQ")
	b.join(2, "Socket-Type=REQ")
	b.take()
	b.want(b.say(1, `message "" "one"`), `[#1] deliver message "one"`)
	b.want(b.say(2, `message "" "two"`))
	b.want(b.say(2, `message "no empty frame"`))
	b.step(1, reactor.Broken{Err: errors.New("reset")})
	b.want(b.take(), `[#2] deliver message "two"`)
	b.want(b.do("send", "answer"), `message "" "answer"`)
}

// TestSettings has wrong ones told.
func TestSettings(t *testing.T) {
	for _, s := range []string{"socket=nothing", "mechanism=x", "user=x", "heartbeat=x", "mandatory=x", "nonsense=1", "identity=" + strings.Repeat("x", 256)} {
		b := newTable(t, reactor.Server, s)
		b.step(1, reactor.Opened{})
		b.want(b.take(), "error "+strings.SplitN(s, "=", 2)[0])
	}
}

// TestSnapshot goes on from a copy as from the socket itself.
func TestSnapshot(t *testing.T) {
	lines := []string{"greeting 3.1 NULL", "command READY Socket-Type=DEALER Identity=a", `message "x" "y"`, "ping ttl=1"}
	for n := range lines {
		b := newTable(t, reactor.Server)
		b.step(1, reactor.Opened{})
		b.say(1, lines[:n]...)
		c := *b
		c.s = b.s.Snapshot().(*Socket)
		want := b.say(1, lines[n:]...)
		if got := c.say(1, lines[n:]...); got != want || c.s.State().String() != b.s.State().String() {
			t.Errorf("after %d: %s\nwant %s", n, got, want)
		}
	}
}

// TestCaptures gives what libzmq's clients said to a socket of the type that
// they spoke to, which lets them in and takes their messages.
func TestCaptures(t *testing.T) {
	for _, tt := range []struct{ name, socket string }{
		{"z_null_dealer_router", "ROUTER"}, {"z_large", "ROUTER"}, {"z_heartbeat", "ROUTER"}, {"z_null_req_rep", "REP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newTable(t, reactor.Server, "socket="+tt.socket)
			name := "emqp/captures/" + tt.name + ".pcap"
			src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			streams := map[int]*codec.Stream{}
			messages := 0
			for e, err := range src.Events() {
				if err != nil {
					t.Fatal(err)
				}
				if e.Kind != capture.KindData || e.Dir != codec.ToServer {
					continue
				}
				in := streams[e.Conn.ID]
				if in == nil {
					conv, err := zmtp.NewConversation(codec.Options{MaxFrame: 4 << 20})
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
					if f, ok := r.Frame.(*zmtp.Frame); ok && f.Kind() == zmtp.Message {
						messages++
					}
					b.step(e.Conn.ID, reactor.Received{Frame: r.Frame})
				}
			}
			got := strings.Count(b.take(), "deliver message")
			if messages == 0 || got == 0 {
				t.Errorf("%d messages, %d delivered", messages, got)
			}
		})
	}
}

// FuzzSocket has a peer say anything.
func FuzzSocket(f *testing.F) {
	for _, lines := range []string{
		"greeting 3.1 NULL\ncommand READY Socket-Type=DEALER Identity=a\nmessage \"\" \"x\"\nping ttl=1",
		"greeting 3.1 PLAIN\ncommand HELLO user=a password=b\ncommand INITIATE Socket-Type=REQ",
		"greeting 3.0 NULL\ncommand READY Socket-Type=SUB\nmessage \"\\1x\"\ncommand SUBSCRIBE x",
		"greeting 2.0 SUB\nidentity \"me\"\nmessage \"\\x01x\"",
		"v1 identity \"me\"\nv1 message \"\" \"x\"",
	} {
		p, err := zmtp.Protocol{}.Parser(codec.Options{})
		if err != nil {
			f.Fatal(err)
		}
		var b []byte
		for _, line := range strings.Split(lines, "\n") {
			frame, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
			if err != nil {
				continue // the notation of secrets may be another
			}
			b, _ = frame.AppendBinary(b)
		}
		for n := range served {
			f.Add(byte(n), b)
			f.Add(byte(n)+64, b)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		settings := []string{"socket=" + served[int(which)%len(served)]}
		if which >= 128 {
			settings = append(settings, "mechanism=plain", "user=a:b")
		}
		tb := newTable(t, reactor.Server, settings...)
		conv, err := zmtp.NewConversation(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tb.step(1, reactor.Opened{})
		if which&64 != 0 {
			conv.Start()
			for n := 1; n <= min(len(b), zmtp.GreetingLenV3) && tb.s.Peeks(1); n++ {
				tb.step(1, reactor.Partial{Bytes: b[:n]})
			}
		}
		in := codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
		in.Feed(b)
		in.End()
		var r codec.Record
		for in.Read(&r) {
			if r.Err != nil {
				tb.step(1, reactor.Broken{Err: r.Err})
				break
			}
			tb.step(1, reactor.Received{Frame: r.Frame})
		}
		tb.step(1, reactor.EOF{})
		if len(tb.s.peers) != 0 || len(tb.s.turn) != 0 || tb.s.partner != 0 {
			t.Fatal(fmt.Sprint("something is left: ", tb.s.State()))
		}
	})
}
