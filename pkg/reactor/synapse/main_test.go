package synapse_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A play is a main process that is given what the workers of a recording
// sent. What it answers is held against what the recorded one did; rows, and
// where its streams are, are learned from there.
type play struct {
	t       *testing.T
	name    string
	dialect string
	list    []said
	m       *machine.Main
	out     map[int][]string // lines that were not compared yet, without PINGs
	closed  map[int]bool
	due     map[int]time.Time // of the ticks
	rows    map[string]bool   // stream, token and row of those that were fed
	count   int
	said    map[int][]string // by connection, what the recorded one said
	place   []int            // for each of list, how many of those stand before it
}

func newPlay(t *testing.T, name, dialect string) *play {
	p := &play{
		t: t, name: name, dialect: dialect, list: recording(t, name),
		out: map[int][]string{}, closed: map[int]bool{}, due: map[int]time.Time{}, rows: map[string]bool{}, said: map[int][]string{},
	}
	server := ""
	for _, s := range p.list {
		if verb(s.line) == "SERVER" {
			server = strings.TrimPrefix(s.line, "SERVER ")
		}
		p.place = append(p.place, len(p.said[s.conn]))
		if !s.toServer && s.line != "" {
			p.said[s.conn] = append(p.said[s.conn], s.line)
		}
	}
	p.m = machine.NewMain(reactor.Options{Dialect: dialect, Compat: true, Extra: map[string]string{"server": server}})
	return p
}

// step steps the machine; all that it sends is out at once.
func (p *play) step(at time.Time, ev reactor.Event) {
	p.t.Helper()
	actions := p.m.Step(at, ev, nil)
	for i := 0; i < len(actions); i++ {
		conn, a := reactor.Unwrap(actions[i])
		switch a := a.(type) {
		case reactor.Send:
			sent, _ := lines([]reactor.Action{a}, 0)
			for _, line := range sent {
				if verb(line) != "PING" {
					p.out[conn] = append(p.out[conn], line)
				}
			}
			actions = p.m.Step(at, reactor.From{Conn: conn, Event: reactor.Sent{ID: a.ID}}, actions)
		case reactor.SetTimer:
			p.due[conn] = a.At
		case reactor.Close, reactor.Drop:
			p.closed[conn] = true
			delete(p.due, conn)
		case reactor.Reject:
			p.t.Fatalf("%s: %v: %s", p.name, ev, a)
		}
	}
}

// tick lets the timers run out that are due, each a millisecond late as real
// ones are.
func (p *play) tick(at time.Time) {
	for {
		first := 0
		for conn, due := range p.due {
			if !due.After(at) && (first == 0 || due.Before(p.due[first])) {
				first = conn
			}
		}
		if first == 0 {
			return
		}
		late := p.due[first].Add(time.Millisecond)
		delete(p.due, first)
		p.step(late, reactor.From{Conn: first, Event: reactor.Expired{Timer: "ping"}})
	}
}

// answers returns the server's lines on a connection from place i on.
func (p *play) answers(i int) []string { return p.said[p.list[i].conn][p.place[i]:] }

// learn sets where streams are, and feeds rows that the recorded server had
// before it answered the REPLICATE at place i.
func (p *play) learn(i int) {
	asked := strings.Split(p.list[i].line, " ")
	one := asked[1]
	if p.dialect == "v1.66" || one == "ALL" {
		one = ""
	}
	seen := map[string]bool{}
	waiting := map[string][]string{}
	for _, line := range p.answers(i) {
		words := strings.SplitN(line, " ", 4)
		if len(words) < 3 || seen[words[1]] || one != "" && words[1] != one {
			continue
		}
		switch words[0] {
		case "RDATA":
			if p.dialect != "v1.66" && !p.rows[line] {
				waiting[words[1]] = append(waiting[words[1]], line)
			}
		case "POSITION":
			seen[words[1]] = true
			for _, row := range waiting[words[1]] {
				p.rows[row] = true
				p.step(p.list[i].at, input(p.t, p.m, "row "+strings.TrimPrefix(row, "RDATA ")))
			}
			all := strings.Split(line, " ")
			p.step(p.list[i].at, input(p.t, p.m, "stream "+words[1]+" "+all[len(all)-1]))
		}
	}
}

// feed gives the machine the row at place i, with its whole batch, or what
// else its own side wanted to say.
func (p *play) feed(i int) bool {
	line := p.list[i].line
	words := strings.Split(line, " ")
	switch words[0] {
	case "SYNC":
		p.step(p.list[i].at, input(p.t, p.m, "sync "+strings.TrimPrefix(line, "SYNC ")))
		return true
	case "RDATA":
	default:
		return false
	}
	at := 2
	if p.dialect == "v1.66" {
		at = 3
	}
	var rows []string
	for _, next := range p.answers(i) {
		w := strings.SplitN(next, " ", at+2)
		if w[0] != "RDATA" || w[1] != words[1] {
			continue
		}
		if rows = append(rows, w[at+1]); w[at] != "batch" {
			p.step(p.list[i].at, input(p.t, p.m, "row "+words[1]+" "+w[at]+" "+strings.Join(rows, " ")))
			for _, row := range rows {
				p.rows["RDATA "+words[1]+" "+w[at]+" "+row] = true
			}
			return true
		}
	}
	return false
}

// run plays the recording.
func (p *play) run() {
	spoken := map[int]bool{}
	for _, s := range p.list {
		spoken[s.conn] = spoken[s.conn] || !s.toServer && s.line != ""
	}
	for i, s := range p.list {
		p.tick(s.at)
		conn := s.conn + 1
		switch {
		case !spoken[s.conn]: // nobody listened there
		case s.begin:
			p.step(s.at, reactor.From{Conn: conn, Event: reactor.Opened{}})
		case s.toServer && s.end:
			p.step(s.at, reactor.From{Conn: conn, Event: reactor.EOF{}})
		case s.toServer:
			if verb(s.line) == "REPLICATE" && strings.Contains(s.line, " ") {
				p.learn(i)
			}
			p.step(s.at, reactor.From{Conn: conn, Event: received(p.t, p.dialect, codec.ToServer, s.line)})
		case s.end || verb(s.line) == "PING":
		default:
			if len(p.out[conn]) == 0 && !p.feed(i) || len(p.out[conn]) == 0 || p.out[conn][0] != s.line {
				p.t.Fatalf("%s %d: %q, the main process %q", p.name, s.conn, p.out[conn], s.line)
			}
			p.out[conn] = p.out[conn][1:]
			p.count++
		}
	}
}

// The main process answers what the real workers sent as the real ones did.
func TestMainRecordings(t *testing.T) {
	for _, c := range append(slices.Clone(talks), []struct{ name, dialect string }{
		{"seed-errors", "seed"}, {"v0.21-errors", "v0.21"}, {"seed-timeout", "seed"}, {"v0.21-timeout", "v0.21"}, {"v1.66-timeout", "v1.66"},
		{"seed-wrong-server", "seed"}, {"v0.21-wrong-server", "v0.21"},
	}...) {
		p := newPlay(t, c.name, c.dialect)
		p.run()
		for conn, left := range p.out {
			if len(left) > 0 {
				t.Errorf("%s %d: %d lines more than the main process: %q", c.name, conn-1, len(left), left[:min(3, len(left))])
			}
		}
		if p.count == 0 {
			t.Errorf("%s: nothing was compared", c.name)
		}
	}
}
