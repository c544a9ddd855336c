package msgq

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A bus is a daemon and its clients, joined by the bytes of their frames.
type bus struct {
	*feeder
	clients map[int]*Client
	log     []string        // what clients' own sides got to know, as "N: action"
	absent  map[string]bool // commands that nobody runs
	taken   map[int]int     // frames that a client got
}

func newBus(t *testing.T, o DaemonOptions, n int) *bus {
	b := &bus{feeder: newFeeder(t, o), clients: map[int]*Client{}, absent: map[string]bool{}, taken: map[int]int{}}
	b.now = time.Unix(1000, 0)
	for conn := 1; conn <= n; conn++ {
		b.clients[conn] = NewClient(ClientOptions{})
		b.open(conn)
		b.client(conn, reactor.Opened{})
		b.settle()
	}
	return b
}

// client steps a client. It answers commands at once with who it is.
func (b *bus) client(conn int, ev reactor.Event) {
	b.t.Helper()
	c := b.clients[conn]
	for _, a := range c.Step(b.now, ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				raw, err := f.AppendBinary(nil)
				if err != nil {
					b.t.Fatal(err)
				}
				b.bytes(conn, raw)
			}
		case reactor.Run:
			if !b.absent[a.Command] {
				b.client(conn, reactor.Input{Value: Answer{Request: a.Request, Value: quote(fmt.Sprintf("%s by %d", a.Command, conn))}})
			}
		case reactor.SetTimer, reactor.Noop:
		default:
			b.log = append(b.log, fmt.Sprintf("%d: %s", conn, a))
		}
	}
}

// settle hands clients what the daemon sent, until nothing is left.
func (b *bus) settle() {
	b.t.Helper()
	for again := true; again; {
		again = false
		for conn := 1; conn <= len(b.clients); conn++ {
			for c := b.clients[conn]; c != nil && b.taken[conn] < len(b.sent[conn]) && b.closed[conn] == ""; again = true {
				raw, err := b.sent[conn][b.taken[conn]].AppendBinary(nil)
				if err != nil {
					b.t.Fatal(err)
				}
				b.taken[conn]++
				for _, f := range framesOf(b.t, raw) {
					b.client(conn, reactor.Received{Frame: f})
				}
			}
		}
	}
}

// directive gives a client an input as text.
func (b *bus) directive(conn int, line string) {
	b.t.Helper()
	name, args, _ := strings.Cut(line, " ")
	ev, err := b.clients[conn].Input(name, args)
	if err != nil {
		b.t.Fatalf("%s: %v", line, err)
	}
	b.client(conn, ev)
}

// expect checks what became known since the last time.
func (b *bus) expect(want ...string) {
	b.t.Helper()
	got := b.log
	b.log = nil
	for i, line := range got {
		got[i] = strings.ReplaceAll(line, "@localhost", "")
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func name(n int) string { return fmt.Sprintf("3e8_%d@localhost", n) } // the daemon itself is 1

func TestCalls(t *testing.T) {
	b := newBus(t, DaemonOptions{}, 4)
	b.expect(`1: deliver ready 0 "3e8_2"`, `2: deliver ready 0 "3e8_3"`, `3: deliver ready 0 "3e8_4"`, `4: deliver ready 0 "3e8_5"`)
	do := func(conn int, line string) { b.directive(conn, line); b.settle() }

	do(2, "subscribe War")
	do(3, "subscribe War")
	do(4, "subscribe War/i1")
	do(3, "subscribe Single")
	b.expect()

	do(1, "call 7 Auth to="+name(3)+" command:status")
	b.expect(`1: outcome 7 3e8_3: answer {"text":"\"status by 2\""}`)
	do(1, "call 7 Single command:status")
	b.expect(`1: outcome 7 Single: answer {"text":"\"status by 3\""} (3e8_4)`)
	do(1, "call 8 Empty command:status")
	b.expect(`1: outcome 8 Empty: no-recipient (msgq)`)
	do(1, "call 8 Auth to="+name(99)+" command:status")
	b.expect(`1: outcome 8 3e8_99: no-recipient (msgq)`)
	do(1, `call 9 Msgq command:"nonsense"`)
	b.expect(`1: outcome 9 Msgq: error 1 "unknown command: nonsense" (3e8_1)`)
	do(1, "call-all 1 War command:advice")
	b.expect(`1: outcome 1 3e8_3: answer {"text":"\"advice by 2\""} …`, `1: outcome 1 3e8_4: answer {"text":"\"advice by 3\""}`)
	do(2, "call-all 1 War command:advice") // a member calls the others
	b.expect(`2: outcome 1 3e8_4: answer {"text":"\"advice by 3\""}`)
	do(1, "call-all 2 Nobody command:advice")
	b.expect(`1: outcome 2 Msgq: nobody`)

	do(1, `send War {"x": 1}`)
	b.expect(`2: message War/* from 3e8_2 {"text":"{\"x\": 1}"}`, `3: message War/* from 3e8_2 {"text":"{\"x\": 1}"}`)
	do(4, `ping {"n": 1}`)
	b.expect(`4: deliver pong 0 "{\"n\": 1}"`)
	do(4, "subscribe notifications/cc_members")
	do(2, "unsubscribe War")
	b.expect(`4: message notifications/cc_members/* from 3e8_1 {"text":"{\"notification\": [\"subscribed\", {\"client\": \"3e8_5\", \"group\": \"notifications/cc_members\"}]}"}`,
		`4: message notifications/cc_members/* from 3e8_1 {"text":"{\"notification\": [\"unsubscribed\", {\"client\": \"3e8_3\", \"group\": \"War\"}]}"}`)
}

// Calls end when the callee goes, by whatever name it was called.
func TestGone(t *testing.T) {
	b := newBus(t, DaemonOptions{}, 3)
	b.absent["think"] = true
	do := func(conn int, line string) { b.directive(conn, line); b.settle() }
	do(2, "subscribe Sages")
	do(3, "subscribe Sages")
	do(3, "subscribe Oracle")
	b.log = nil
	do(1, "call 1 Oracle command:think")
	do(1, "call 2 Sages to="+name(4)+" command:think")
	do(1, "call-all 3 Sages command:think")
	do(1, "call 4 Sages to="+name(3)+" command:think")
	b.expect()
	do(1, "call 4 Sages command:think")
	b.expect("1: reject call 4 is open")
	b.eof(3)
	b.settle()
	b.expect("1: outcome 1 Oracle: gone (3e8_4)", "1: outcome 2 3e8_4: gone", "1: outcome 3 3e8_4: gone …")
	if got := fmt.Sprint(b.clients[1].State().Get("calls")); got != "[5=3e8_3@localhost 7=3e8_3@localhost]" {
		t.Errorf("calls %s", got)
	}
	b.client(1, reactor.Expired{Timer: "call 7"})
	b.client(1, reactor.Expired{Timer: "call 7"})
	b.expect("1: outcome 4 3e8_3: timeout")
	for range 3 { // the last is late for call 4, whose number is free again
		b.client(2, reactor.Input{Value: Answer{Request: uint64(len(b.clients[2].requests))}})
		b.settle()
	}
	b.expect("1: outcome 3 3e8_3: answer", "2: reject request 0 is not open")
	do(1, "call 4 Sages command:think")
	b.client(1, reactor.EOF{})
	b.expect(`1: outcome 4 Sages: closed "the daemon ended the connection"`, "1: close the daemon ended the connection")
	do(1, "call 4 Sages command:think")
	b.expect("1: reject the client is not running: closed")
}

// A daemon that is silent, or talks nonsense, ends the client.
func TestClientStart(t *testing.T) {
	start := func() *Client {
		c := NewClient(ClientOptions{Timeout: time.Second})
		if got := text(c.Step(time.Unix(5, 0), reactor.Opened{}, nil)); got != "send-frames 1\n  {\"type\": \"getlname\"}; set-timer start 1970-01-01T00:00:06Z; " {
			t.Errorf("opened: %s", got)
		}
		return c
	}
	frame := func(header, body string) reactor.Event {
		return reactor.Received{Frame: &msgq.Frame{Header: []byte(header), Body: []byte(body)}}
	}
	for _, c := range []struct {
		ev   reactor.Event
		want string
	}{
		{reactor.Expired{Timer: "start"}, "error the daemon does not answer; set-timer start off; close the daemon does not answer; "},
		{frame(`{"type": "getlname"}`, `{"lname": 1}`), "error getlname was answered without a lname; set-timer start off; close getlname was answered without a lname; "},
		{frame(`[]`, ``), "error header: a JSON object expected, not []; set-timer start off; close header: a JSON object expected, not []; "},
		{frame(`{"type": "pong"}`, ``), "noop a pong without a ping; "},
		{frame(`{"type": "send", "reply": 2}`, `{"result": [0]}`), "noop nobody waits for the reply to 2; "},
		{frame(`{"type": "stats"}`, ``), "noop unknown type \"stats\"; "},
		{reactor.Input{Value: Ping{}}, "reject the client is not running: naming; "},
		{reactor.Opened{}, "reject the connection was opened before; "},
	} {
		if got := text(start().Step(time.Time{}, c.ev, nil)); got != c.want {
			t.Errorf("%v: %s, want %s", c.ev, got, c.want)
		}
	}
}

func text(actions []reactor.Action) string {
	s := ""
	for _, a := range actions {
		s += a.String() + "; "
	}
	return s
}

func TestClientInputFaults(t *testing.T) {
	c := NewClient(ClientOptions{})
	for _, line := range []string{"call", "call x G command:y", "call 1", "call 1 G bogus=1", "answer", "answer 1", "answer x 0", "answer 1 x", "answer 1 0 {", "subscribe", "send"} {
		name, args, _ := strings.Cut(line, " ")
		_, err := c.Input(name, args)
		fault, ok := err.(*codec.TextError)
		if !ok {
			t.Errorf("%s: %v", line, err)
		} else if fault.End > len(args)+1 {
			t.Errorf("%s: %v at %d to %d", line, err, fault.Start, fault.End)
		}
	}
	if _, err := c.Input("nothing", ""); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("nothing: %v", err)
	}
}
