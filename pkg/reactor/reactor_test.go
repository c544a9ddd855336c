package reactor_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

// walks are frames and inputs of which random walks are made, for each kind
// of machine.
var walks = map[string][]string{
	"hg seed server": {
		"> 1 1 stream-begin command-name eos heads", "> 3 1 0 command-name have-args lookup",
		"> 3 1 0 command-argument eoa arg:key=tip", "> 3 1 0 command-argument continuation hex:0100020061",
		"> 5 3 stream-begin command-name have-data put", "> 5 3 0 command-data continuation abc",
		"> 5 3 stream-end command-data eos def", "> 1 2 0 command-name eos even", "> 1 1 0 text-output 0 text:\"x\"",
		"> 7 5 stream-begin stream-settings 0 settings:\"identity\"", "> 7 5 encoded command-name eos heads",
		"@response 1 2 0123", "@response 3 2 x", "@response 5 4 y", "@application-error 3 2 no",
	},
	"hg final server": {
		"> 1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'zlib', b'zstd-8mb']}",
		"> 1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'zlib', b'identity']}",
		"> 1 1 stream-begin sender-protocol-settings continuation \\xa1", "> 1 1 0 sender-protocol-settings eos AaAb",
		"> 1 1 0 command-request new cbor:{b'name': b'heads'}", "> 1 1 stream-begin command-request new cbor:{b'name': b'heads'}",
		"> 3 1 0 command-request new|more \\xa1Dname", "> 3 1 0 command-request continuation Fbranch",
		"> 5 3 stream-begin command-request new|have-data cbor:{b'name': b'put'}", "> 5 3 0 command-data continuation abc",
		"> 5 3 stream-end command-data eos def", "> 1 2 0 command-request new even", "> 1 1 encoded command-request new x",
		"@objects 1 2 [1, b'two', [b'three']]", "@objects 3 2 [b'x']", "@response 5 2 cbor:b'y'", "@response 1 4 ", "@server-error 3 2 no",
		"@command-error 1 2 never", "@text-output 1 2 hello", "@redirect 5 4 {b'url': b'http://a/', b'mediatype': b'm'}",
	},
	"hg final client": {
		"@call heads", "@call heads", "@call lookup {b'key': b'tip'}", "@flush", "@request {b'name': b'put', b'data': b'abc'}",
		"< 1 2 stream-begin stream-settings eos cbor:b'zlib'", "< 1 2 stream-begin stream-settings continuation D", "< 1 2 0 stream-settings eos zlib",
		"< 1 4 stream-begin stream-settings eos cbor:b'zstd-8mb'",
		"< 1 2 encoded command-response continuation x\\x9cZ\\xe8V\\\\\\x92XRZ\\xec\\x94\\x9f\\r\\x00\\x00\\x00\\xff\\xff",
		"< 3 2 encoded command-response eos j\\x8cH\\xc9HML)\\xa61\\x01\\x00\\x00\\x00\\xff\\xff",
		"< 3 4 encoded command-response continuation (\\xb5/\\xfd\\x00XY\\x00\\x00\\xa1FstatusBok", "< 3 4 0 command-response eos ",
		"< 1 6 stream-begin|stream-end command-response eos cbor:{b'status': b'ok'}", "< 1 6 stream-begin command-response continuation \\xa1Fstatus",
		"< 1 6 0 command-response continuation Bok", "< 5 6 stream-end error-response 0 cbor:{b'type': b'server', b'message': [{b'msg': b'no'}]}",
		"< 1 2 0 text-output 0 cbor:[{b'msg': b'%s', b'args': [b'a']}]", "< 1 2 0 progress 0 cbor:{}", "< 1 3 0 command-response eos x",
	},
	"msgq json client": {
		"@open ", "@open ", `< getlname {"lname": "a"}`, `< getlname {"lname": "a"}`, "< pong", "< pong", "@subscribe G", "@call 1 G command:x",
		"@call 2 G to=b command:y", "@call-all 3 G command:z", `< {"type": "send", "from": "b", "to": "a", "reply": 2} {"result": [0]}`,
		`< {"type": "send", "from": "m", "to": "a", "reply": 3} {"result": [0, ["b", "c", "a"]]}`,
		`< {"type": "send", "from": "b", "to": "a", "group": "G", "instance": "*", "seq": 9} {"command": ["do"]}`, "@answer 1 0 7",
		`< {"type": "send", "to": "*", "group": "notifications/cc_members"} {"notification": ["disconnected", {"client": "b"}]}`,
		"@unsubscribe notifications/cc_members", "@ping 1", "< ping",
	},
	"msgq json server": {
		"[#1] @open", "[#2] @open", "[#3] @open", "[#1] > getlname", "[#2] > subscribe A", "[#2] > subscribe A/i1", "[#3] > subscribe A/i1",
		"[#3] > subscribe notifications/cc_members", "[#1] > send A from=0_2@localhost seq=2 want_answer command:x",
		"[#2] > send A/i1 from=0_3@localhost seq=7 want_answer command:x", "[#1] > unsubscribe A", "[#2] > unsubscribe A/i1",
		"[#1] > send Msgq from=0_2@localhost seq=3 want_answer command:members", "[#3] > {\"type\": 7}", "[#3] > {\"type\": \"send\"}",
		"[#2] > ping {\"n\": 1}", "@stop", "[#3] > subscribe ConfigManager",
	},
}

func init() {
	// The dialects of synapse fall into two families.
	old := []string{
		"@open", "@open", "@known events 3", "@known presence NOW", "@user-sync @a:x start", "@user-sync @a:x end", "@close",
		"@federation-ack 7", "@send PING 1", "< SERVER example.com", "< PING 1", "< RDATA presence batch [1]", "< RDATA presence 5 [2]",
		"< POSITION events 9", "< POSITION presence 4", "< ERROR no", "< RDATA events x []", "< NAME x", "< BOGUS x", "< ",
	}
	recent := []string{
		"@open", "@open", "@known events master 3", "@user-sync @a:x start", "@user-sync @a:x end", "@close", "@fetched 1",
		"@fetched 1 [[4,[1]],[4,[2]],[5,[3]]]", "@fetched 2", "@clear-user-sync", "@send PING 1", "< SERVER example.com", "< PING 1",
		"< RDATA events master batch [1]", "< RDATA events master 5 [2]", "< RDATA typing master 5 [2]", "< ERROR no", "< NAME x", "< BOGUS x", "< ",
	}
	for _, d := range []string{"seed", "v0.21", "v0.22", "v1.0", "v1.12"} {
		walks["synapse "+d+" client"] = old
		walks["synapse "+d+" server"] = []string{
			"[#1] @open", "[#2] @open", "[#1] > NAME a", "[#2] > REPLICATE ALL NOW", "[#1] > REPLICATE events 1", "[#1] > PING 1",
			"[#2] > REPLICATE typing 2", "[#2] > FEDERATION_ACK 1", "@row events [1]", "@row events [2] [3]", "@row typing 7 [4]",
			"@row federation [5]", "@position events 9", "@stream caches 3", "@shutdown", "@sync x", "[#2] > BOGUS x", "[#1] > PING", "[#1] @send ERROR y",
		}
	}
	for d, positions := range map[string][]string{
		"v1.13": {"< POSITION events master 4", "< POSITION typing master 4"}, "v1.18": {"< POSITION events master 4", "< POSITION typing master 4"},
		"v1.22": {"< POSITION events master 3 4", "< POSITION events master 4 5"}, "v1.66": {"< POSITION events master 3 4", "< POSITION events master 4 5"},
		"v1.98": {"< POSITION events master 3 4", "< POSITION events master 4 5"},
	} {
		walks["synapse "+d+" client"] = append(append([]string(nil), recent...), positions...)
		walks["synapse "+d+" server"] = []string{
			"[#1] @open", "[#2] @open", "[#1] > NAME a", "[#2] > REPLICATE ", "[#1] > REPLICATE", "[#1] > PING 1", "[#1] > REMOTE_SERVER_UP x",
			"@row events [1]", "@row events [2] [3]", "@row typing 7 [4]", "@position events 9", "@stream caches 3", "@shutdown",
			"[#2] > BOGUS x", "[#1] > FEDERATION_ACK x", "[#1] @send ERROR y", "@remote-server-up z",
		}
	}
}

// event makes an event of a line of a walk. A line for a hub may begin with
// "[#N] ": the event is then of connection N.
func event(t *testing.T, proto, dialect string, m reactor.Machine, line string) reactor.Event {
	t.Helper()
	if bracket, rest, ok := strings.Cut(line, "] "); ok && line[0] == '[' {
		var conn int
		if _, err := fmt.Sscanf(bracket, "[#%d", &conn); err != nil {
			t.Fatal(err)
		}
		if rest == "@open" {
			return reactor.From{Conn: conn, Event: reactor.Opened{}}
		}
		return reactor.From{Conn: conn, Event: event(t, proto, dialect, m, rest)}
	}
	if line[0] == '@' {
		name, args, _ := strings.Cut(line[1:], " ")
		ev, err := m.(reactor.Inputs).Input(name, args)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return ev
	}
	p, err := registry.Lookup(proto)
	if err != nil {
		t.Fatal(err)
	}
	parser, err := p.Parser(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.Parse(codec.Direction(line[0]), codec.Text{Body: []byte(line[2:])})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return reactor.Received{Frame: f.Clone()}
}

// A trace is what a machine did and knew, step by step.
func step(m reactor.Machine, ev reactor.Event) string {
	s := ""
	for _, a := range m.Step(time.Time{}, ev, nil) {
		s += a.String() + "; "
	}
	return s + m.State().String()
}

// A snapshot goes its own way: what is done to it changes nothing in the
// machine, and it does what the machine would have done.
func TestSnapshots(t *testing.T) {
	for _, k := range machines.All() {
		name := fmt.Sprintf("%s %s %s", k.Proto, k.Dialect, k.Role)
		t.Run(name, func(t *testing.T) {
			lines := walks[name]
			if len(lines) == 0 {
				t.Fatal("no walk for this machine")
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				m := k.New(reactor.Options{Role: k.Role, DeferOutput: r.IntN(2) == 0, Compat: r.IntN(2) == 0})
				for range 12 {
					ev := reactor.Event(reactor.EOF{})
					switch n := r.IntN(len(lines) + 3); {
					case n < len(lines):
						ev = event(t, k.Proto, k.Dialect, m, lines[n])
					case n == len(lines):
						ev = reactor.Sent{ID: 1 + r.IntN(3)}
					}
					if _, hub := m.(reactor.Hub); hub {
						if _, of := ev.(reactor.From); !of && r.IntN(2) == 0 {
							ev = reactor.From{Conn: 1 + r.IntN(3), Event: ev}
						}
					}
					before := m.State().String()
					copied := m.Snapshot()
					want := step(copied, ev)
					if m.State().String() != before {
						t.Fatalf("stepping a snapshot changed the machine: %s, was %s", m.State(), before)
					}
					if got := step(m, ev); got != want {
						t.Fatalf("the snapshot did\n%s\nthe machine\n%s", want, got)
					}
				}
			}
		})
	}
}

func TestStepper(t *testing.T) {
	k := machines.All()[0]
	s := reactor.NewStepper(k.New(reactor.Options{Role: k.Role}))
	var states []string
	for _, line := range walks["hg seed server"][:5] {
		states = append(states, s.Machine().State().String())
		step := s.Do(time.Time{}, event(t, k.Proto, k.Dialect, s.Machine(), line), line)
		if step.Text != line || step.Before.String() != states[len(states)-1] {
			t.Errorf("step %+v", step)
		}
	}
	states = append(states, s.Machine().State().String())
	for _, n := range []int{2, 0, 5, 3, 4, 1} {
		if err := s.Goto(n); err != nil || s.At() != n || s.Machine().State().String() != states[n] {
			t.Errorf("at %d: %v, %s, want %s", n, err, s.Machine().State(), states[n])
		}
	}
	for _, n := range []int{-1, 6} {
		if s.Goto(n) == nil {
			t.Errorf("went to step %d", n)
		}
	}
	fork := s.Fork()
	fork.Do(time.Time{}, reactor.EOF{}, "@eof")
	if len(s.Steps()) != 5 || s.Machine().State().String() != states[1] || len(fork.Steps()) != 2 {
		t.Errorf("%d steps here, %d in the fork", len(s.Steps()), len(fork.Steps()))
	}
	s.Do(time.Time{}, reactor.EOF{}, "@eof")
	if len(s.Steps()) != 2 {
		t.Errorf("%d steps after going another way", len(s.Steps()))
	}
}

func TestDiff(t *testing.T) {
	a := reactor.State{{Name: "state", Value: "idle"}, {Name: "active", Value: []int{}}, {Name: "gone", Value: true}}
	b := reactor.State{{Name: "state", Value: "idle"}, {Name: "active", Value: []int{1, 3}}, {Name: "names", Value: []string{"x"}}}
	want := []string{"active {} → {1 3}", "names – → {x}", "gone true → –"}
	if got := reactor.Diff(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("Diff = %q, want %q", got, want)
	}
	if got, want := string(b.AppendJSON(nil)), `{"state":"idle","active":[1,3],"names":["x"]}`; got != want {
		t.Errorf("JSON %s, want %s", got, want)
	}
}
