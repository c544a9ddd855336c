package msgq

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A replayed client hears what a recorded one heard, and is told to do what
// that one did.
type replayed struct {
	t        *testing.T
	c        *Client
	out      []*msgq.Frame // said, not compared yet
	outcomes []Outcome
	compared int
	all      string // a group: its members are called by one CallAll
}

func (r *replayed) step(ev reactor.Event) {
	r.t.Helper()
	for _, a := range r.c.Step(time.Time{}, ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				r.out = append(r.out, f.(*msgq.Frame))
			}
		case Outcome:
			r.outcomes = append(r.outcomes, a)
		case reactor.Reject, reactor.Fail:
			r.t.Errorf("%v", a)
		}
	}
}

// hears gives the client a frame of the daemon. The recorded clients send no
// ping at their start, ours does.
func (r *replayed) hears(f *msgq.Frame) {
	r.t.Helper()
	r.step(reactor.Received{Frame: f})
	if r.c.state == clientJoining {
		r.out = nil
		r.step(reactor.Received{Frame: &msgq.Frame{Header: []byte(`{"type": "pong"}`)}})
	}
}

// says compares a frame of the recorded client with what ours says, having
// told it what to do if it has nothing to say by itself. bodies are those of
// the frames that follow.
func (r *replayed) says(f *msgq.Frame, bodies []string) {
	r.t.Helper()
	h, err := parseHeader(f)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(r.out) == 0 {
		r.step(reactor.Input{Value: r.input(h, f, bodies)})
	}
	if len(r.out) == 0 {
		r.t.Errorf("nothing is said, want %s %s", f.Header, f.Body)
		return
	}
	got := r.out[0]
	r.out = r.out[1:]
	r.compared++
	if string(got.Header) != string(f.Header) || string(got.Body) != string(f.Body) {
		r.t.Errorf("said %s %s\nwant %s %s", got.Header, got.Body, f.Header, f.Body)
	}
}

// input makes an input of what the recorded client said.
func (r *replayed) input(h header, f *msgq.Frame, bodies []string) any {
	text := func(raw []byte) string { s, _ := jsonv.StringValue(raw); return s }
	group, instance := text(h.group), text(h.instance)
	switch kind := text(h.kind); {
	case kind == "subscribe":
		return Subscribe{group, instance}
	case kind == "unsubscribe":
		return Unsubscribe{group, instance}
	case kind == "ping":
		return Ping{f.Body}
	case h.reply != nil:
		for number, asked := range r.c.requests {
			if string(asked.seq) == string(h.reply) && string(asked.from) == string(h.to) {
				rcode, value, err := msgq.ParseAnswer(f.Body)
				if err != nil {
					r.t.Fatal(err)
				}
				return Answer{Request: uint64(number), Rcode: rcode, Value: value}
			}
		}
		r.t.Fatalf("nobody asked for %s", f.Header)
	case r.all != "" && string(f.Body) == `{"command": ["members", {"group": "`+r.all+`"}]}` && slices.ContainsFunc(bodies, isAdvice):
		body := bodies[slices.IndexFunc(bodies, isAdvice)]
		return CallAll{ID: 1 << 20, Group: r.all, Body: []byte(body)}
	case jsonv.Truthy(h.wantAnswer):
		id, _ := jsonv.IntValue(h.seq)
		return Call{ID: uint64(id), To: text(h.to), Group: group, Instance: instance, Body: f.Body}
	}
	return Send{To: text(h.to), Group: group, Instance: instance, Body: f.Body}
}

func isAdvice(body string) bool { return strings.HasPrefix(body, `{"command": ["advice"`) }

// Our client says, octet by octet, what the recorded Python clients said when
// it is told to do the same, and learns what became of each call.
func TestClientCaptures(t *testing.T) {
	for name, all := range map[string]string{"s08_notifications": "", "s09_rpc_one_to_one": "", "s10_rpc_one_to_many": "WarCouncil"} {
		r := recordingOf(t, "msgq/captures/"+name)
		conns := map[int]bool{}
		for _, m := range r.timeline {
			conns[m.conn()] = m.conn() != r.own
		}
		for _, conn := range slices.Sorted(maps.Keys(conns)) {
			if conns[conn] {
				replayClient(t, &r, name, conn, all)
			}
		}
	}
}

func replayClient(t *testing.T, r *recording, name string, conn int, all string) {
	p := &replayed{t: t, c: NewClient(ClientOptions{Unwatched: true}), all: all}
	p.step(reactor.Opened{})
	said := framesOf(t, r.streams[streamKey{conn, codec.ToServer}])
	heard := framesOf(t, r.streams[streamKey{conn, codec.ToClient}])
	var bodies []string
	for _, f := range said {
		bodies = append(bodies, string(f.Body))
	}
	ends := map[string]int64{}
	for _, m := range r.timeline {
		if m.conn() != conn || m.Ev != "data" {
			continue
		}
		upTo := int64(m.Offset + m.Len)
		for m.Dir == "c2s" && len(said) > 0 && ends["c2s"]+size(said[0]) <= upTo {
			ends["c2s"] += size(said[0])
			p.says(said[0], bodies[1:])
			said, bodies = said[1:], bodies[1:]
		}
		for m.Dir == "s2c" && len(heard) > 0 && ends["s2c"]+size(heard[0]) <= upTo {
			ends["s2c"] += size(heard[0])
			p.hears(heard[0])
			heard = heard[1:]
		}
	}
	if silent := ends["c2s"] == 0; p.compared == 0 && !silent || len(p.out) > 0 && !silent {
		t.Errorf("%s, connection %d: %d frames compared, %d too many said", name, conn, p.compared, len(p.out))
	}
	if calls := p.c.State().Get("calls"); len(calls.([]string)) > 0 {
		t.Errorf("%s, connection %d: open calls %v", name, conn, calls)
	}
	want, checked := recordedOutcomes[name][conn]
	var got []string
	for _, o := range p.outcomes {
		got = append(got, lnames.ReplaceAllString(o.String(), "#$1"))
	}
	if checked && !slices.Equal(got, want) {
		t.Errorf("%s, connection %d:\n%s\nwant\n%s", name, conn, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var lnames = regexp.MustCompile(`[0-9a-f]+_([0-9a-f]+)@\w+`)

// recordedOutcomes are what became of the calls of two clients.
var recordedOutcomes = map[string]map[int][]string{
	"s09_rpc_one_to_one": {5: {
		`outcome 4 DeepThought: answer {"text":"42"} (#4)`,
		`outcome 5 DeepThought: answer (#4)`,
		`outcome 6 DeepThought: answer {"text":"{\"x\": [1, 2.5, null, true, \"\\u00e9\"]}"} (#4)`,
		`outcome 7 DeepThought: error 1 "You need to fill in other form" (#4)`,
		`outcome 8 DeepThought: error 1 "boom" (#4)`,
		`outcome 9 DeepThought: error 2 "unknown command nosuch" (#4)`,
		`outcome 10 NoSuchModule: no-recipient (msgq)`,
		`outcome 11 s0: no-recipient (msgq)`,
		`outcome 12 DeepThought: gone (#4)`,
		`outcome 13 DeepThought: gone (#4)`,
	}},
	"s10_rpc_one_to_many": {1: {
		`outcome 2 Msgq: no-recipient (msgq)`,
		`outcome 3 Msgq: no-recipient (msgq)`,
		`outcome 4 Msgq: answer {"text":"[\"#3\"]"} (#3)`,
		`outcome 1048576 #6: gone …`,
		`outcome 1048576 #4: answer {"text":"true"} …`,
		`outcome 1048576 #5: error 1 "Advice feature not implemented" …`,
		`outcome 1048576 #7: gone`,
	}},
}

func size(f *msgq.Frame) int64 { return int64(6 + len(f.Header) + len(f.Body)) }
