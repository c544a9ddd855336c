package reactor_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
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
		"@response 1 2 0123", "@response 3 2 x", "@response 5 4 y", "@application-error 3 2 no",
	},
}

// event makes an event of a line of a walk.
func event(t *testing.T, proto, dialect string, m reactor.Machine, line string) reactor.Event {
	t.Helper()
	if line[0] == '@' {
		var name, args string
		if _, err := fmt.Sscanf(line, "@%s", &name); err != nil {
			t.Fatal(err)
		}
		args = line[len("@")+len(name)+1:]
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
