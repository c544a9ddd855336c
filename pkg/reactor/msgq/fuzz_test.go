package msgq

import (
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Whatever one client sends, in whatever pieces, the others are served, no
// more waits for anybody than may, and a copy of the daemon does the same.
func FuzzDaemon(f *testing.F) {
	for _, line := range []string{
		"subscribe A", "subscribe notifications/cc_members", "unsubscribe A", "send A from=0_2@h seq=2 want_answer command:x",
		"send Msgq from=0_2@h seq=2 want_answer command:members", "ping 1", "getlname", `{"type": "send", "to": "*", "group": 1, "instance": {}}`,
		"send Msgq from=0_1@h seq=2 command:members", "send X to=0_1@h from=* seq=2 command:x", "stop",
	} {
		raw, err := frameOf(f, 1, line).(reactor.From).Event.(reactor.Received).Frame.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, uint8(5))
	}
	f.Add([]byte("\x00\x00\x00\x04\x00\x02{}"), uint8(1))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, src []byte, cut uint8) {
		play := func(n int) *feeder {
			b := newFeeder(t, DaemonOptions{Hostname: "h", MaxQueued: 4 << 10, RefuseStop: true})
			b.open(1)
			b.open(2)
			b.mute[1] = true
			b.cut = func(left int) int { return min(left, n) }
			b.step(frameOf(t, 2, "subscribe A"))
			b.bytes(1, src)
			return b
		}
		whole, pieces := play(1<<20), play(int(cut)+1)
		if text(whole.actions) != text(pieces.actions) {
			t.Fatalf("cut into %d: other actions", int(cut)+1)
		}
		if p := whole.d.peers[1]; p != nil && p.queued > 4<<10 {
			t.Fatalf("%d octets wait", p.queued)
		}
		if whole.closed[2] == "" {
			whole.served(2)
		}
		copied := whole.d.Snapshot()
		ev := reactor.From{Conn: 2, Event: reactor.EOF{}}
		if got, want := text(copied.Step(time.Time{}, ev, nil)), text(whole.d.Step(time.Time{}, ev, nil)); got != want {
			t.Fatalf("the copy did %s, the daemon %s", got, want)
		}
	})
}

// Whatever the daemon sends, the client does not fall over, and every call
// ends when the connection does.
func FuzzClient(f *testing.F) {
	for _, line := range []string{
		`{"type": "send", "from": "m", "reply": 3} {"result": [0, ["b", "c", "a", "b", 1, "*", ""]]}`, `{"type": "send", "reply": 2} {"result": [1, 2]}`,
		"send notifications/cc_members notification:disconnected {\"client\": \"b\"}", "send notifications/cc_members notification:unsubscribed {\"group\": \"G\"}",
		"send X from=b seq=7 command:do [1]", "pong", "getlname", "stop",
	} {
		raw, err := frameOf(f, 1, line).(reactor.From).Event.(reactor.Received).Frame.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c := NewClient(ClientOptions{MaxCalls: 10})
		open, outcomes := map[uint64]bool{}, 0
		step := func(ev reactor.Event) {
			for _, a := range c.Step(time.Time{}, ev, nil) {
				if o, ok := a.(Outcome); ok {
					if !open[o.Call] {
						t.Fatalf("an outcome of a call that is over: %v", o)
					}
					outcomes++
					open[o.Call] = !o.Last
				}
			}
		}
		step(reactor.Opened{})
		for _, line := range []string{`{"type": "getlname"} {"lname": "a"}`, "pong"} {
			step(frameOf(t, 1, line).(reactor.From).Event)
		}
		open[1], open[2], open[3] = true, true, true
		step(reactor.Input{Value: Call{ID: 1, Group: "G", Body: []byte(`{"command": ["x"]}`)}})
		step(reactor.Input{Value: CallAll{ID: 2, Group: "G", Body: []byte(`{"command": ["x"]}`)}})
		step(reactor.Input{Value: Call{ID: 3, To: "b", Body: []byte(`{"command": ["x"]}`)}})
		s := newDecoding(t, codec.ToClient)
		s.Feed(src)
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if r.Err != nil {
				step(reactor.Broken{Err: r.Err})
				break
			}
			step(reactor.Received{Frame: r.Frame})
		}
		step(reactor.EOF{})
		for id, still := range open {
			if still {
				t.Fatalf("call %d has no last outcome after %d", id, outcomes)
			}
		}
	})
}
