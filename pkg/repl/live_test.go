package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// A wire joins two consoles as a network would, byte for byte in pieces.
type wire struct {
	other   *wire
	arrived []Arrival
	more    chan struct{}
	piece   int // 0 for whole
	dials   int
	shut    bool
}

func (w *wire) Address() string { return "tcp://test:1" }

func (w *wire) Arrivals() ([]Arrival, <-chan struct{}) {
	list := w.arrived
	w.arrived = nil
	return list, w.more
}

func (w *wire) arrive(a Arrival) {
	w.arrived = append(w.arrived, a)
	close(w.more)
	w.more = make(chan struct{})
}

func (w *wire) Write(conn int, b []byte) {
	for len(b) > 0 {
		n := len(b)
		if w.other.piece > 0 {
			n = min(n, w.other.piece)
		}
		w.other.arrive(Arrival{Conn: conn, Bytes: append([]byte(nil), b[:n]...)})
		b = b[n:]
	}
}

func (w *wire) Finish(conn int, abort bool) {
	err := io.EOF
	if abort {
		err = errors.New("reset")
	}
	w.other.arrive(Arrival{Conn: conn, Err: err})
}

func (w *wire) Dial() {
	w.dials++
	w.arrive(Arrival{Conn: w.dials, Opened: true})
	w.other.arrive(Arrival{Conn: w.dials, Opened: true})
}

func (w *wire) Close() error { w.shut = true; return nil }

// joined returns a client and a server, live with each other, and a clock.
func joined(t testing.TB, proto, dialect string, piece int) (client, server *Console, clock *time.Time) {
	t.Helper()
	now := time.Unix(1000, 0)
	clock = &now
	a, b := &wire{more: make(chan struct{}), piece: piece}, &wire{more: make(chan struct{}), piece: piece}
	a.other, b.other = b, a
	one := func(mode Mode, w *wire) *Console {
		return console(t, proto, func(o *Options, r *reactor.Options) {
			o.Mode, o.Dialect, r.Dialect = mode, dialect, dialect
			o.Live = func(bool, string) (Peer, error) { return w, nil }
			o.Now = func() time.Time { return now }
			o.Sleep = func(_ <-chan struct{}, until time.Time) { now = until }
		})
	}
	server, client = one(ServerMode, b), one(ClientMode, a)
	does(t, server, "listen tcp://test:1")
	does(t, client, "connect tcp://test:1")
	a.Dial()
	return client, server, clock
}

func does(t testing.TB, c *Console, line string) string {
	t.Helper()
	out, err := c.Do("test", 1, line)
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// talk lets both say what they have to say.
func talk(client, server *Console) string {
	said := ""
	for range 100 {
		a := string(client.Pump())
		b := string(server.Pump())
		said += a + b
		if a+b == "" {
			return said
		}
	}
	return said + "they do not end"
}

// Machines that are live with each other, over bytes in pieces, come to the
// same state as in mode both.
func TestLive(t *testing.T) {
	for proto, lines := range map[string][2][]string{
		"msgq":    {{"@subscribe G", "> send G {\"a\": 1}"}, {"> [#1] ping", "state"}},
		"zeo":     {{"@load oid'0'", "> call 77 lastTransaction()"}, {"< oneway 0 nonsense()"}},
		"zmtp":    {{"@send hello"}, {"< message \"there\""}},
		"synapse": {{"@send PING 5", "> PING 6"}, {"< PING 7"}},
		"emqp":    {nil, nil},
		"hg":      {{"@request {b'name': b'heads'}", "> 9 1 stream-begin command-request new cbor:{b'name': b'heads'}"}, {"@response 1 2 abc"}},
	} {
		for _, piece := range []int{0, 1, 7} {
			t.Run(fmt.Sprint(proto, piece), func(t *testing.T) {
				dialect := ""
				if proto == "hg" {
					dialect = "final"
				}
				client, server, _ := joined(t, proto, dialect, piece)
				said := talk(client, server)
				if piece == 0 {
					both := console(t, proto, func(o *Options, r *reactor.Options) {
						o.Mode, o.Dialect, r.Dialect = BothMode, dialect, dialect
					})
					for i, c := range []*Console{client, server} {
						names := func(s reactor.State) string {
							if a, ok := s.Get("state").(string); ok {
								return a
							}
							return fmt.Sprint(len(s))
						}
						if got, want := names(c.world().State()), names(both.world().ends[i].m.State()); got != want {
							t.Errorf("%s: %s, want %s\n%s", c.Mode(), got, want, said)
						}
					}
				}
				for i, c := range []*Console{client, server} {
					for _, line := range lines[i] {
						_, _ = c.Do("test", 1, line)
						said += talk(client, server)
					}
				}
				if strings.Contains(said, "do not end") {
					t.Error(said)
				}
				// Back, and forth again.
				for _, c := range []*Console{client, server} {
					at, now := c.step.At(), picture(t, c)
					if c.moveTo(0) != nil || len(c.Pump()) > 0 || c.moveTo(at) != nil || picture(t, c) != now {
						t.Errorf("%s after going back and forth\n%s\nwant\n%s", c.Mode(), picture(t, c), now)
					}
				}
			})
		}
	}
}

// What comes while the session is in the past, or stands at a breakpoint,
// waits.
func TestLiveWaits(t *testing.T) {
	client, server, clock := joined(t, "msgq", "", 0)
	talk(client, server)
	does(t, client, "back 2")
	was := picture(t, client)
	does(t, server, `< [#1] {"type": "pong"}`)
	if out := client.Pump(); len(out) > 0 || picture(t, client) != was {
		t.Errorf("in the past something came: %s", out)
	}
	if _, err := client.Do("test", 1, "await"); err == nil {
		t.Error("await in the past")
	}
	does(t, client, "goto end")
	if out := string(client.Pump()); !strings.Contains(out, "pong") {
		t.Errorf("at the end there is only %q", out)
	}

	does(t, client, `break type == "pong" and dir == "<"`)
	does(t, server, `< [#1] {"type": "pong"}`)
	does(t, server, `< [#1] {"type": "pong"}`)
	if out := string(client.Pump()); strings.Count(out, "{") != 1 || !strings.Contains(client.Prompt(), "paused") {
		t.Errorf("at the breakpoint: %s %s", out, client.Prompt())
	}
	does(t, client, "break off")
	if out := does(t, client, "continue"); !strings.Contains(out, "pong") {
		t.Errorf("after the breakpoint: %q", out)
	}

	// What the machine says is held.
	does(t, client, "hold on")
	does(t, client, "@ping")
	if out := server.Pump(); len(out) > 0 {
		t.Errorf("held, and yet %s", out)
	}
	if out := does(t, client, "pending"); !strings.Contains(out, "ping") {
		t.Errorf("pending: %s", out)
	}
	does(t, client, "hold off")
	if out := talk(client, server); !strings.Contains(out, "ping") || !strings.Contains(out, "pong") {
		t.Errorf("let go: %s", out)
	}

	// A timer goes off when its time has come.
	does(t, client, "@call 1 Nobody command:x")
	more, due := client.Wake()
	if more == nil || due.Sub(*clock) != 4*time.Second {
		t.Errorf("due in %v", due.Sub(*clock))
	}
	*clock = due
	if out := string(client.Pump()); !strings.Contains(out, "timer call 2 goes off") {
		t.Errorf("at the time: %s", out)
	}
	if _, err := client.Do("test", 1, `await 3s type == "nothing"`); !errors.Is(err, ErrTimeout) {
		t.Errorf("await: %v", err)
	}

	does(t, client, "hangup")
	if out := string(server.Pump()); !strings.Contains(out, "reset") {
		t.Errorf("hung up: %s", out)
	}
	if _, err := client.Do("test", 1, "> ping"); err == nil {
		t.Error("a frame without a connection")
	}

	// Other modes leave the peer.
	peer := client.peer.(*wire)
	does(t, client, "mode both")
	if !peer.shut || client.live() {
		t.Error("the peer has not been left")
	}
}

// A saved live session is a document of all that was said.
func TestLiveSave(t *testing.T) {
	client, server, _ := joined(t, "msgq", "", 0)
	talk(client, server)
	does(t, client, "> getlname")
	talk(client, server)
	does(t, client, "save live.wire")
	b, _ := client.o.ReadFile("live.wire")
	if n := strings.Count(string(b), `> [#1] {"type": "getlname"}`); n != 2 || !strings.Contains(string(b), `< [#1] {"type": "pong"}`) {
		t.Errorf("saved:\n%s", b)
	}
	does(t, client, "mode client")
	does(t, client, "load live.wire")
	out := does(t, client, "continue")
	if !strings.Contains(out, "as recorded") {
		t.Errorf("loaded: %s", out)
	}
}

// A machine that stands aside neither gets nor says anything; what comes is
// shown all the same, and can be waited for.
func TestLiveAside(t *testing.T) {
	client, server, clock := joined(t, "zeo", "", 3)
	talk(client, server)
	does(t, client, "machine off")
	was := client.world().State().String()
	does(t, client, "> call 77 lastTransaction()")
	talk(client, server)
	if out := does(t, client, "requests"); !strings.Contains(out, "→") || client.world().State().String() != was {
		t.Errorf("requests:\n%s%s", out, client.world().State())
	}
	*clock = clock.Add(time.Hour)
	if _, due := client.Wake(); !due.IsZero() || len(client.Pump()) > 0 {
		t.Error("a timer went off")
	}
	does(t, client, "save aside.wire")
	if b, _ := client.o.ReadFile("aside.wire"); !strings.Contains(string(b), "< [#1] reply 77 ") {
		t.Errorf("saved:\n%s", b)
	}
	does(t, client, "machine on")
	if out := string(client.Pump()); !strings.Contains(out, "heartbeat") {
		t.Errorf("on again: %s", out)
	}
}
