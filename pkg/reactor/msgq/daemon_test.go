package msgq

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// frameOf makes an event of a frame in the notation.
func frameOf(t testing.TB, conn int, line string) reactor.Event {
	t.Helper()
	p, err := msgq.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return reactor.From{Conn: conn, Event: reactor.Received{Frame: f.Clone()}}
}

// served fails the test unless a connection gets its pong.
func (f *feeder) served(conn int) {
	f.t.Helper()
	n := len(f.sent[conn])
	f.step(frameOf(f.t, conn, `ping {"still": "there"}`))
	if len(f.sent[conn]) != n+1 || f.sent[conn][n].Type() != "pong" || string(f.sent[conn][n].Body) != `{"still": "there"}` {
		f.t.Errorf("connection %d is not served any more", conn)
	}
}

// wire returns what a connection was sent.
func (f *feeder) wire(conn int) []byte {
	f.t.Helper()
	var b []byte
	for _, frame := range f.sent[conn] {
		var err error
		if b, err = frame.AppendBinary(b); err != nil {
			f.t.Fatal(err)
		}
	}
	return b
}

type malformedVector struct {
	ID, Hex string
	Daemon  struct {
		Effect string
		Reply  string `json:"reply_hex"`
	}
}

// Malformed input ends the connection that it came from, where the real daemon
// closes it and where it dies. What that ignores or takes, is ignored or
// taken. Others are served in any case.
func TestMalformed(t *testing.T) {
	for _, v := range testdata.Vectors[malformedVector](t, "msgq/vectors/shared_malformed.json") {
		t.Run(v.ID, func(t *testing.T) {
			src, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			f := newFeeder(t, DaemonOptions{Membership: MembershipNever})
			f.open(2)
			f.bytes(1, src)
			stays := map[string]bool{"ignored, connection stays": true, "accepted": true}[v.Daemon.Effect]
			if stays {
				f.served(1)
				f.sent[1] = f.sent[1][:len(f.sent[1])-1]
			}
			f.eof(1)
			if got := f.closed[1]; got == "" || stays && got != "close " || !stays && v.Daemon.Effect == "poller thread dies" && got == "close " {
				t.Errorf("closed %q, the real daemon: %s", got, v.Daemon.Effect)
			}
			if got := hex.EncodeToString(f.wire(1)); got != v.Daemon.Reply {
				t.Errorf("answer %s, want %s", got, v.Daemon.Reply)
			}
			f.served(2)
		})
	}
}

// The same with what was tried on the running daemon, most of which hung it.
func TestMalformedLive(t *testing.T) {
	type result struct {
		ID     string
		Sent   string `json:"sent_hex"`
		Reply  string `json:"reply_hex"`
		Closed bool   `json:"offender_closed"`
		Exit   *int   `json:"daemon_exit_code"`
		Other  string `json:"other_client"`
	}
	var results []result
	if err := json.Unmarshal(testdata.Read(t, "msgq/captures/malformed-results.json"), &results); err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		src, err := hex.DecodeString(r.Sent)
		if err != nil || r.Exit != nil {
			continue // shortened in the record; stop
		}
		t.Run(r.ID, func(t *testing.T) {
			f := newFeeder(t, DaemonOptions{Membership: MembershipNever})
			f.open(2)
			f.bytes(1, src)
			f.served(2)
			if r.Closed {
				f.eof(1) // what is cut short is closed by it
			}
			hung := !strings.HasPrefix(r.Other, "pong")
			if ended := f.closed[1] != ""; !hung && ended != r.Closed {
				t.Errorf("closed %q, the real daemon: %v", f.closed[1], r.Closed)
			}
			if !strings.HasPrefix(hex.EncodeToString(f.wire(1)), r.Reply) {
				t.Errorf("answer %x, want %s", f.wire(1), r.Reply)
			}
			f.served(2)
		})
	}
}

// Who does not read is dropped once too much waits for it, and is no recipient
// any more. What it was sent until then is what the real daemon sent.
func TestSlowReader(t *testing.T) {
	r := recordingOf(t, "msgq/captures/s15_slow_reader")
	o := r.options(t)
	o.MaxQueued = 300 << 10
	f := newFeeder(t, o)
	f.mute[2] = true
	r.play(f)
	if !strings.HasPrefix(f.closed[2], "drop ") {
		t.Errorf("the slow reader was not dropped: %q", f.closed[2])
	}
	if got, want := f.wire(2), r.streams[streamKey{2, codec.ToClient}]; !bytes.HasPrefix(got, want) || len(got) > int(o.MaxQueued) {
		t.Errorf("the slow reader was sent %d octets, that began otherwise than the recorded %d or are too many", len(got), len(want))
	}
	for _, conn := range []int{1, 3} {
		if !bytes.Equal(f.wire(conn), r.streams[streamKey{conn, codec.ToClient}]) {
			t.Errorf("connection %d was sent something else", conn)
		}
	}
}

// However the bytes are cut, the actions are the same.
func TestChunking(t *testing.T) {
	for _, name := range []string{"s04_group_send", "s08_notifications", "s13_framing_splits", "s17_cpp_client"} {
		r := recordingOf(t, "msgq/captures/"+name)
		whole := newFeeder(t, r.options(t))
		r.play(whole)
		want := text(whole.actions)
		rnd := rand.New(rand.NewPCG(3, 4))
		for _, most := range []int{1, 7, 1000} {
			f := newFeeder(t, r.options(t))
			f.cut = func(left int) int { return min(left, 1+rnd.IntN(most)) }
			r.play(f)
			if text(f.actions) != want {
				t.Errorf("%s in pieces of at most %d: other actions", name, most)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	f := newFeeder(t, DaemonOptions{MaxConnections: 2, MaxMessage: 200, MaxSubscribed: 150, RefuseStop: true})
	for conn := 1; conn <= 3; conn++ {
		f.open(conn)
	}
	if f.closed[1]+f.closed[2] != "" || f.closed[3] != "close too many connections: 2" {
		t.Errorf("closed %v", f.closed)
	}
	f.step(frameOf(t, 1, "subscribe abc"))
	f.step(frameOf(t, 1, "subscribe abc"))
	f.step(frameOf(t, 1, "unsubscribe abc"))
	f.step(frameOf(t, 1, "subscribe def"))
	f.step(frameOf(t, 1, "subscribe ghi"))
	f.served(1)
	f.step(frameOf(t, 1, "subscribe jkl"))
	if f.closed[1] != "close subscriptions over the limit of 150 octets" {
		t.Errorf("closed %q", f.closed[1])
	}
	f.step(frameOf(t, 2, "stop"))
	f.served(2)
	f.step(frameOf(t, 2, `ping "`+strings.Repeat("x", 200)+`"`))
	if f.closed[2] != "close a message of 224 octets is over the limit of 200" {
		t.Errorf("closed %q", f.closed[2])
	}
	f.open(4)
	f.served(4)
}

// A header that grows beyond its length field when it is written anew ends its
// sender only.
func TestHeaderGrows(t *testing.T) {
	f := newFeeder(t, DaemonOptions{})
	f.open(1)
	f.open(2)
	f.step(frameOf(t, 2, "subscribe G"))
	f.step(reactor.From{Conn: 1, Event: reactor.Received{Frame: &msgq.Frame{
		Header: []byte(`{"type": "send", "to": "*", "group": "G", "instance": "*", "x": "` + strings.Repeat("é", 20000) + `"}`),
	}}})
	if f.closed[1] == "" || f.closed[2] != "" || len(f.sent[2]) != 0 {
		t.Errorf("closed %v, sent %d", f.closed, len(f.sent[2]))
	}
}

// The config manager need not answer.
func TestConfigManagerSilent(t *testing.T) {
	f := newFeeder(t, DaemonOptions{Membership: MembershipConfigManager})
	f.now = time.Unix(7, 0)
	f.open(1)
	f.open(2)
	if got, want := text(f.step(frameOf(t, 1, "subscribe ConfigManager/x"))), "set-timer session 1970-01-01T00:00:07Z; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	ask := frameOf(t, 2, "send Msgq from=7_2@localhost seq=2 want_answer command:members")
	f.step(ask)
	f.step(reactor.Expired{Timer: timerSession})
	f.step(ask) // waits until the session is ready
	if len(f.sent[2]) != 1 || string(f.sent[2][0].Body) != noRecipient {
		t.Fatalf("%d answers", len(f.sent[2]))
	}
	f.step(reactor.Expired{Timer: timerConfig})
	if len(f.sent[2]) != 2 || string(f.sent[2][1].Body) != `{"result": [0, ["7_1@localhost", "7_2@localhost", "7_3@localhost"]]}` {
		t.Errorf("%d answers, the last %s", len(f.sent[2]), f.sent[2][len(f.sent[2])-1].Body)
	}
	if got := f.d.State().Get("own_session"); got != "ready" {
		t.Errorf("own session %v", got)
	}
}

// The commands of the group Msgq.
func TestCommands(t *testing.T) {
	f := newFeeder(t, DaemonOptions{Hostname: "h"})
	f.open(1)
	f.open(2)
	for _, line := range []string{"subscribe A", "subscribe A/i1", `subscribe A/""`} {
		f.step(frameOf(t, 1, line))
	}
	f.step(frameOf(t, 2, "subscribe A/i1"))
	for _, c := range []struct{ command, want string }{
		{`{"command": ["members"]}`, `{"result": [0, ["0_1@h", "0_2@h", "0_3@h"]]}`},
		{`{"command": ["members", {}]}`, `{"result": [0, ["0_1@h", "0_2@h", "0_3@h"]]}`},
		{`{"command": ["members", null]}`, `{"result": [0, ["0_1@h", "0_2@h", "0_3@h"]]}`},
		{`{"command": ["members", {"group": ""}]}`, `{"result": [0, ["0_1@h", "0_2@h", "0_3@h"]]}`},
		{`{"command": ["members", {"group": "A"}]}`, `{"result": [0, ["0_2@h"]]}`},
		{`{"command": ["members", {"group": "B"}]}`, `{"result": [0, []]}`},
		{`{"command": ["members", {"group": "Msgq"}]}`, `{"result": [0, ["0_1@h"]]}`},
		{`{"command": ["members", {"group": []}]}`, `{"result": [0, ["0_1@h", "0_2@h", "0_3@h"]]}`},
		{`{"command": ["members", {"group": [1]}]}`, `{"result": [1, "unhashable type: 'list'"]}`},
		{`{"command": ["members", [1]]}`, `{"result": [1, "'list' object has no attribute 'get'"]}`},
		{`{"command": ["x"]}`, `{"result": [1, "unknown command: x"]}`},
		{`{"command": ["config_update", {}]}`, `{"result": [0]}`},
		{`{"command": ["config_update", {"a": 1}]}`, `{"result": [1, "unknown item a"]}`},
		{`{"command": 1}`, `{"result": [1, "not a command"]}`},
		{`not json`, `{"result": [1, "not a command"]}`},
		{`{"result": [0]}`, ``},
		{`{"notification": ["x"]}`, ``},
		{``, ``},
	} {
		f.sent[2] = nil
		f.step(reactor.From{Conn: 2, Event: reactor.Received{Frame: &msgq.Frame{
			Header: []byte(`{"type": "send", "from": "0_3@h", "to": "*", "group": "Msgq", "instance": "*", "seq": 5}`), Body: []byte(c.command),
		}}})
		got := ""
		for _, frame := range f.sent[2] {
			got += string(frame.Body)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.command, got, c.want)
		}
	}
}

// stop ends everything, and nothing happens afterwards.
func TestStop(t *testing.T) {
	for _, how := range []string{"stop", "input"} {
		f := newFeeder(t, DaemonOptions{})
		f.open(1)
		f.open(3)
		ev := frameOf(t, 3, "stop")
		if how == "input" {
			ev = reactor.Input{Value: Stop{}}
		}
		got := text(f.step(ev))
		if want := "[#1] close the daemon stops; [#3] close the daemon stops; close asked by "; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", how, got)
		}
		if got := text(f.step(reactor.From{Conn: 1, Event: reactor.EOF{}})) + text(f.step(ev)) + text(f.step(reactor.Expired{Timer: timerConfig})); got != "" {
			t.Errorf("afterwards: %s", got)
		}
		if f.open(4); f.closed[4] != "close the daemon has stopped" || len(f.d.Conns()) != 0 {
			t.Errorf("a new connection: %q", f.closed[4])
		}
	}
}

func TestSettings(t *testing.T) {
	for extra, want := range map[string]string{
		"": "", "hostname=x": "", "membership=never": "", "stop=refuse": "", "max-connections=5": "",
		"membership=sometimes": `error membership: no such value "sometimes"; `, "max-message=x": `error max-message: strconv.Atoi: parsing "x": invalid syntax; `,
		"colour=red": `error no setting of the msgq daemon "colour"; `,
	} {
		o := reactor.Options{}
		if name, value, ok := strings.Cut(extra, "="); ok {
			o.Extra = map[string]string{name: value}
		}
		if got := text(DaemonOf(o).Step(time.Time{}, reactor.From{Conn: 1, Event: reactor.Opened{}}, nil)); got != want {
			t.Errorf("%s: %s, want %s", extra, got, want)
		}
	}
}

// Frames that were decoded do not stay in use.
func TestFramesAreCopied(t *testing.T) {
	f := newFeeder(t, DaemonOptions{})
	f.open(1)
	f.open(2)
	f.step(frameOf(t, 2, "subscribe G"))
	frame := &msgq.Frame{Header: []byte(`{"type": "send", "to": "*", "group": "G", "instance": "*", "seq": 1}`), Body: []byte(`{"x": 1}`)}
	f.step(reactor.From{Conn: 1, Event: reactor.Received{Frame: frame}})
	clear(frame.Header)
	clear(frame.Body)
	if got := string(f.wire(2)); !strings.HasSuffix(got, `"seq": 1}{"x": 1}`) {
		t.Errorf("sent %q", got)
	}
	if got := text(f.step(reactor.From{Conn: 1, Event: reactor.Broken{Err: errors.New("reset")}})); got != "[#1] close reset; " {
		t.Errorf("%s", got)
	}
}

// BenchmarkRoute routes a message of 100 octets to the members of a group.
func BenchmarkRoute(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := NewDaemon(DaemonOptions{})
			for conn := 1; conn <= n+1; conn++ {
				d.Step(time.Time{}, reactor.From{Conn: conn, Event: reactor.Opened{}}, nil)
				if conn > 1 {
					d.Step(time.Time{}, frameOf(b, conn, "subscribe G"), nil)
				}
			}
			ev := frameOf(b, 1, `send G from=x seq=2 {"text": "`+strings.Repeat("x", 80)+`"}`)
			var actions []reactor.Action
			b.ReportAllocs()
			for b.Loop() {
				actions = d.Step(time.Time{}, ev, actions[:0])
				for _, a := range actions {
					if to, ok := a.(reactor.To); ok {
						d.Step(time.Time{}, reactor.From{Conn: to.Conn, Event: reactor.Sent{ID: to.Action.(reactor.Send).ID}}, nil)
					}
				}
			}
		})
	}
}
