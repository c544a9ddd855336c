package standin

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/session"
)

// Options are the settings of a [StandIn].
type Options struct {
	// AnyOrder takes what clients say in any order.
	AnyOrder bool

	// Forget says that nobody will ask for a Snapshot, so that what comes
	// need not be kept for one.
	Forget bool

	// MaxConnections bounds the open connections; 1000 by default.
	MaxConnections int
}

// A StandIn is the server of a recording. What clients said that was not
// expected comes out as [reactor.Fail]; what they left out, when they go, as
// [reactor.Deliver] of the kind "unmet". Faults counts both.
type StandIn struct {
	doc     *session.Document
	o       Options
	scripts []script
	plays   []*play // the last one has scripts left
	actors  map[int]*actor
	faults  int
	log     []occurrence // what snapshots are made of

	now time.Time
	dst []reactor.Action
}

// A play is one run of the document.
type play struct {
	run  *session.Run
	next int // the first script that nobody has
}

// An occurrence is an event that a StandIn was given.
type occurrence struct {
	now time.Time
	ev  reactor.Event
}

// An actor plays a script on one connection.
type actor struct {
	conn    int
	play    *play
	script  *script
	at      int               // the item that is next
	left    []*session.Expect // of the block in any order at this place
	answers []answer          // in any order
	todo    []item            // in any order: what is being sent
	loose   bool              // a gap: anything may come
	asleep  bool
	sends   int
}

// timerSleep is the end of a pause in a script.
const timerSleep = "sleep"

// New returns a stand-in for the server of a document, which must have been
// parsed with Options.Serve.
func New(doc *session.Document, o Options) (*StandIn, error) {
	list, err := scripts(doc)
	if err != nil {
		return nil, err
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = 1000
	}
	return &StandIn{doc: doc, o: o, scripts: list, actors: map[int]*actor{}}, nil
}

// Faults returns how often a client said what was not expected, or left out
// what was.
func (s *StandIn) Faults() int { return s.faults }

// Dialect returns the dialect of the recording, "" when it does not say. That of
// synapse is found out line by line, so that the last line knows it best.
func (s *StandIn) Dialect() string {
	first := &s.scripts[0]
	if first.proto == "synapse" {
		return first.found
	}
	return first.dialect
}

// Conns implements [reactor.Hub].
func (s *StandIn) Conns() []int { return slices.Sorted(maps.Keys(s.actors)) }

// Step implements [reactor.Machine].
func (s *StandIn) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	from, ok := ev.(reactor.From)
	if !ok {
		return append(dst, reactor.Reject{Message: "the event is of no connection"})
	}
	if r, ok := from.Event.(reactor.Received); ok { // it is kept
		from.Event = reactor.Received{Frame: r.Frame.Clone()}
	}
	if !s.o.Forget {
		s.log = append(s.log, occurrence{now, from})
	}
	s.now, s.dst = now, dst
	s.onConn(from)
	dst, s.dst = s.dst, nil
	if len(s.actors) == 0 {
		s.log = nil // plays that have begun are not gone on with
		s.plays = nil
	}
	return dst
}

func (s *StandIn) do(a *actor, action reactor.Action) {
	s.dst = append(s.dst, reactor.To{Conn: a.conn, Action: action})
}

func (s *StandIn) onConn(ev reactor.From) {
	a := s.actors[ev.Conn]
	if _, opened := ev.Event.(reactor.Opened); opened {
		s.accept(ev.Conn)
		return
	}
	if a == nil {
		return // it is closed
	}
	switch e := ev.Event.(type) {
	case reactor.Received:
		s.receive(a, e.Frame)
	case reactor.Expired:
		if e.Timer == timerSleep {
			a.asleep = false
			s.advance(a)
		}
	case reactor.EOF:
		s.leave(a, reactor.Close{})
	case reactor.Broken:
		s.leave(a, reactor.Close{Why: e.Err.Error()})
	}
}

// accept gives a connection the next script.
func (s *StandIn) accept(conn int) {
	refuse := func(a reactor.Action) { s.dst = append(s.dst, reactor.To{Conn: conn, Action: a}) }
	switch {
	case conn < 1:
		refuse(reactor.Reject{Message: "connections count from 1"})
		return
	case s.actors[conn] != nil:
		refuse(reactor.Reject{Message: fmt.Sprintf("connection %d is open", conn)})
		return
	case len(s.actors) >= s.o.MaxConnections:
		refuse(reactor.Close{Why: fmt.Sprintf("too many connections: %d", s.o.MaxConnections)})
		return
	}
	if len(s.plays) == 0 || s.plays[len(s.plays)-1].next == len(s.scripts) {
		s.plays = append(s.plays, &play{run: s.doc.Begin()})
	}
	p := s.plays[len(s.plays)-1]
	a := &actor{conn: conn, play: p, script: &s.scripts[p.next]}
	p.next++
	s.actors[conn] = a
	if s.o.AnyOrder {
		a.todo, a.answers = a.script.answers()
	}
	s.advance(a)
}

// end takes a connection out.
func (s *StandIn) end(a *actor, how reactor.Action) {
	delete(s.actors, a.conn)
	s.do(a, how)
}

// leave is the end of a connection that the client wants. It may not be over.
func (s *StandIn) leave(a *actor, how reactor.Action) {
	if e := a.unmet(); e != nil {
		s.faults++
		s.do(a, reactor.Deliver{Kind: "unmet", Body: fmt.Appendf(nil, "the client leaves; expected was %s", at(e))})
	}
	s.end(a, how)
}

// fault is a frame that is not expected: the client is told, and in order it is
// the end of the connection.
func (s *StandIn) fault(a *actor, f codec.Frame, why string) {
	s.faults++
	s.do(a, reactor.Fail{Message: why})
	s.refuse(a, f, why)
	if !s.o.AnyOrder {
		s.end(a, reactor.Close{Why: "what came is not in the recording"})
	}
}

// Snapshot implements [reactor.Machine]: it goes through all again that came
// since there was no connection last. With Options.Forget it has seen nothing.
func (s *StandIn) Snapshot() reactor.Machine {
	c := &StandIn{doc: s.doc, o: s.o, scripts: s.scripts, actors: map[int]*actor{}}
	for _, o := range s.log {
		c.Step(o.now, o.ev, nil)
	}
	c.faults = s.faults
	return c
}

// State implements [reactor.Machine].
func (s *StandIn) State() reactor.State {
	var list []string
	for _, conn := range s.Conns() {
		a := s.actors[conn]
		text := fmt.Sprintf("#%d=", conn)
		if e := a.unmet(); e != nil {
			text += at(e)
		} else {
			text += "done"
		}
		list = append(list, text)
	}
	return reactor.State{{Name: "connections", Value: list}, {Name: "plays", Value: len(s.plays)}, {Name: "faults", Value: s.faults}}
}

// at names the place of an expectation.
func at(e *session.Expect) string { return fmt.Sprintf("%s:%d", e.File, e.Line) }

var _ reactor.Hub = (*StandIn)(nil)
var _ codec.Frame = (*raw)(nil)
