package synapse_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A pair is a worker on a main process, with wires between them that can be
// cut at any time. What is under way is then lost.
type pair struct {
	t       *testing.T
	r       *rand.Rand
	m       *machine.Main
	w       *machine.Worker
	conn    int
	up, old bool
	toMain  []*synapse.Frame
	toWork  []*synapse.Frame
	fed     []string // "stream token row"
	got     []string
	fetches []string // answers to the open ones
}

func (p *pair) main(ev reactor.Event) {
	actions := p.m.Step(time.Time{}, ev, nil)
	for i := 0; i < len(actions); i++ {
		conn, a := reactor.Unwrap(actions[i])
		if s, ok := a.(reactor.Send); ok && conn == p.conn {
			for _, f := range s.Frames {
				p.toWork = append(p.toWork, f.(*synapse.Frame))
			}
			actions = p.m.Step(time.Time{}, reactor.From{Conn: conn, Event: reactor.Sent{ID: s.ID}}, actions)
		}
	}
}

func (p *pair) work(ev reactor.Event) {
	for _, a := range p.w.Step(time.Time{}, ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				p.toMain = append(p.toMain, f.(*synapse.Frame))
			}
			p.w.Step(time.Time{}, reactor.Sent{ID: a.ID}, nil)
		case machine.Rows:
			for _, row := range a.Rows {
				p.got = append(p.got, fmt.Sprintf("%s %d %s", a.Stream, a.Token, row))
			}
		case reactor.Run:
			p.answer(a)
		case reactor.Close, reactor.Reject:
			p.t.Fatalf("%s", a)
		}
	}
}

// answer prepares the rows for a fetch.
func (p *pair) answer(a reactor.Run) {
	var from, to int
	fmt.Sscan(string(a.Args[2].Value), &from)
	fmt.Sscan(string(a.Args[3].Value), &to)
	var rows []string
	for _, one := range p.fed {
		var stream string
		var token int
		fmt.Sscan(one, &stream, &token)
		if stream == string(a.Args[0].Value) && token > from && token <= to {
			rows = append(rows, fmt.Sprintf("[%d,%s]", token, strings.SplitN(one, " ", 3)[2]))
		}
	}
	p.fetches = append(p.fetches, fmt.Sprintf("fetched %d [%s]", a.Request, strings.Join(rows, ",")))
}

// move does one thing that can be done.
func (p *pair) move() {
	switch n := p.r.IntN(12); {
	case n < 3 && len(p.toMain) > 0:
		f := p.toMain[0]
		p.toMain = p.toMain[1:]
		p.main(reactor.From{Conn: p.conn, Event: reactor.Received{Frame: f}})
	case n < 7 && len(p.toWork) > 0:
		f := p.toWork[0]
		p.toWork = p.toWork[1:]
		p.work(reactor.Received{Frame: f})
	case n == 7 && len(p.fetches) > 0:
		v := p.fetches[0]
		p.fetches = p.fetches[1:]
		p.work(input(p.t, p.w, v))
	case n < 11:
		stream := []string{"caches", "typing"}[p.r.IntN(2)]
		rows := []string{}
		for range 1 + p.r.IntN(3) {
			rows = append(rows, fmt.Sprintf("[%d]", len(p.fed)+len(rows)))
		}
		p.main(input(p.t, p.m, "row "+stream+" "+strings.Join(rows, " ")))
		for _, s := range p.m.State().Get("streams").([]string) {
			if name, token, _ := strings.Cut(s, " "); name == stream {
				for _, row := range rows {
					p.fed = append(p.fed, stream+" "+token+" "+row)
				}
			}
		}
	case p.up && p.r.IntN(4) == 0:
		p.cut()
	case !p.up:
		p.connect()
	}
}

// cut ends the connection. Before v1.13 rows that share a token come to who
// catches up as if each were whole: between them the protocol itself loses
// rows, so that it is not cut there.
func (p *pair) cut() {
	for len(p.toWork) > 0 && len(p.got) > 0 && p.old {
		last := strings.Split(p.got[len(p.got)-1], " ")
		if !strings.HasPrefix(string(p.toWork[0].Line()), "RDATA "+last[0]+" "+last[1]+" ") {
			break
		}
		p.work(reactor.Received{Frame: p.toWork[0]})
		p.toWork = p.toWork[1:]
	}
	p.up, p.toMain, p.toWork = false, nil, nil
	p.main(reactor.From{Conn: p.conn, Event: reactor.EOF{}})
	p.w.Step(time.Time{}, reactor.EOF{}, nil)
}

func (p *pair) connect() {
	p.conn++
	p.up = true
	p.w.Step(time.Time{}, reactor.Expired{Timer: "reconnect"}, nil)
	p.main(reactor.From{Conn: p.conn, Event: reactor.Opened{}})
	p.work(reactor.Opened{})
}

// Whatever happens to the connections, a worker gets every row once, in the
// order of its stream, and ends where the streams are.
func TestPair(t *testing.T) {
	for _, dialect := range machine.Dialects() {
		for seed := range uint64(20) {
			o := reactor.Options{Dialect: dialect}
			p := &pair{t: t, r: rand.New(rand.NewPCG(seed, 1)), m: machine.NewMain(o), w: machine.NewWorker(o)}
			for _, stream := range []string{"caches", "typing"} {
				known := "known " + stream + " 0"
				if _, err := p.w.Input("known", stream+" 0"); err != nil {
					known = "known " + stream + " master 0"
				} else {
					p.old = true
				}
				p.w.Step(time.Time{}, input(t, p.w, known), nil)
			}
			for range 400 {
				p.move()
			}
			if p.up {
				p.cut()
			}
			p.connect()
			for len(p.toMain)+len(p.toWork)+len(p.fetches) > 0 {
				if len(p.toMain) > 0 {
					p.main(reactor.From{Conn: p.conn, Event: reactor.Received{Frame: p.toMain[0]}})
					p.toMain = p.toMain[1:]
				} else if len(p.toWork) > 0 {
					f := p.toWork[0]
					p.toWork = p.toWork[1:]
					p.work(reactor.Received{Frame: f})
				} else {
					v := p.fetches[0]
					p.fetches = p.fetches[1:]
					p.work(input(t, p.w, v))
				}
			}
			for _, stream := range []string{"caches", "typing"} {
				only := func(list []string) []string {
					out := []string{}
					for _, one := range list {
						if strings.HasPrefix(one, stream+" ") {
							out = append(out, one)
						}
					}
					return out
				}
				if got, want := only(p.got), only(p.fed); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s, seed %d: %s: %d rows\n%q\nwant %d\n%q", dialect, seed, stream, len(got), got, len(want), want)
				}
			}
		}
	}
}
