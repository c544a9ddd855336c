package synapse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Main is the main process, the server: a hub of the connections of
// workers, with streams that are fed by the input @row.
//
// Its settings are
//
//	reactor.Options.Extra        "server"    its name
//	                             "instance"  the name that it writes streams under, "master"
//	reactor.Options.MaxRequests  connections at a time
//	reactor.Options.MaxBuffered  bytes that wait for one connection, and bytes of rows kept
//	                             for those who come later
//
// and the inputs of InputNames.
type Main struct {
	o        reactor.Options
	r        *rules
	clock    time.Time // the latest time heard of
	server   string
	instance string

	sessions map[int]*session
	list     []*session // by number
	wide     bool       // more than the event's own connection is concerned
	sources  map[string]*source
	order    []*source // as POSITIONs are sent
	kept     int64     // bytes of rows
}

// A session is one worker's connection.
type session struct {
	link
	name       string          // what the worker calls itself
	subscribed map[string]bool // before v1.13
}

// NewMain returns a main process without connections. It has the streams of
// its dialect, with no rows yet.
func NewMain(o reactor.Options) *Main {
	m := &Main{
		o: o, r: newRules(o), server: o.Extra["server"], instance: o.Extra["instance"],
		sessions: map[int]*session{}, sources: map[string]*source{},
	}
	if m.server == "" {
		m.server = "wirectl"
	}
	if m.instance == "" {
		m.instance = "master"
	}
	for _, name := range m.r.sources() {
		m.source(name)
	}
	return m
}

// Conns implements [reactor.Hub].
func (m *Main) Conns() []int {
	conns := make([]int, len(m.list))
	for i, s := range m.list {
		conns[i] = s.conn
	}
	return conns
}

// State implements [reactor.Machine].
func (m *Main) State() reactor.State {
	streams := []string{}
	for _, s := range m.order {
		if s.token != 0 { // most have no rows
			streams = append(streams, where(s.name, "", s.token))
		}
	}
	state := reactor.State{
		{Name: "server", Value: m.server},
		{Name: "streams", Value: streams},
		{Name: "connections", Value: m.Conns()},
	}
	for _, s := range m.list {
		state = append(state, reactor.Attr{Name: fmt.Sprintf("#%d", s.conn), Value: s.String()})
	}
	return state
}

func (s *session) String() string {
	text := s.state
	if s.name != "" {
		text += " " + s.name
	}
	if len(s.subscribed) > 0 {
		text += " {" + strings.Join(slices.Sorted(maps.Keys(s.subscribed)), " ") + "}"
	}
	if len(s.queue) > 0 {
		text += fmt.Sprintf(" %d lines wait", len(s.queue))
	}
	return text
}

// Snapshot implements [reactor.Machine].
func (m *Main) Snapshot() reactor.Machine {
	c := *m
	c.sessions, c.list = make(map[int]*session, len(m.list)), make([]*session, len(m.list))
	for i, s := range m.list {
		copied := &session{link: s.clone(), name: s.name, subscribed: maps.Clone(s.subscribed)}
		c.list[i], c.sessions[s.conn] = copied, copied
	}
	c.sources, c.order = make(map[string]*source, len(m.sources)), make([]*source, len(m.order))
	for i, s := range m.order {
		s.rows = slices.Clip(s.rows) // so that neither writes behind the other's back
		copied := *s
		c.order[i], c.sources[s.name] = &copied, &copied
	}
	return &c
}

// Step implements [reactor.Machine].
func (m *Main) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	t := &turn{now: now, dst: dst}
	if now.Before(m.clock) {
		t.now = m.clock
	}
	m.wide = false
	concerned := 0
	switch ev := ev.(type) {
	case reactor.From:
		concerned = ev.Conn
		m.from(t, ev.Conn, ev.Event)
	case reactor.Input:
		m.input(t, 0, ev.Value)
	case reactor.Expired: // the hub has no timer of its own
	default:
		t.dst = append(t.dst, reactor.Reject{Message: "the event is of no connection"})
	}
	if s := m.sessions[concerned]; s != nil && !m.wide {
		m.settle(t, []*session{s})
	} else if m.wide {
		m.settle(t, m.list)
	}
	m.clock = t.now
	return t.dst
}

// everyone returns all connections, to be told something.
func (m *Main) everyone() []*session {
	m.wide = true
	return m.list
}

// settle sends what connections have to send, and forgets those that ended.
func (m *Main) settle(t *turn, list []*session) {
	closed := false
	for _, s := range list {
		s.flush(t)
		closed = closed || s.state == stateClosed
	}
	if !closed {
		return
	}
	m.list = slices.DeleteFunc(m.list, func(s *session) bool {
		if s.state == stateClosed {
			delete(m.sessions, s.conn)
		}
		return s.state == stateClosed
	})
}

// from handles an event of one connection.
func (m *Main) from(t *turn, conn int, ev reactor.Event) {
	s := m.sessions[conn]
	if _, opened := ev.(reactor.Opened); opened {
		m.open(t, conn)
		return
	}
	if s == nil {
		return // it has been closed meanwhile
	}
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*synapse.Frame)
		if !ok {
			s.do(t, reactor.Reject{Message: fmt.Sprintf("a %T is no line of synapse", ev.Frame)})
			return
		}
		m.receive(t, s, f)
	case reactor.Input:
		m.input(t, conn, ev.Value)
	case reactor.Sent:
		s.went(t, ev.ID)
	case reactor.Expired:
		if ev.Timer == timerPing {
			s.tick(t)
		}
	case reactor.EOF:
		s.close(t, "") // an orderly end: there is no cause to tell
	case reactor.Broken:
		var e *codec.SyntaxError
		if isLimit(ev.Err, &e) {
			s.overLong(t)
			return
		}
		s.close(t, ev.Err.Error())
	}
}

// open begins a connection.
func (m *Main) open(t *turn, conn int) {
	s := &session{link: newLink(m.r, codec.ToClient, conn), subscribed: map[string]bool{}}
	switch {
	case m.sessions[conn] != nil:
		s.do(t, reactor.Reject{Message: fmt.Sprintf("connection %d is open", conn)})
		return
	case len(m.sessions) >= m.o.Requests():
		s.do(t, reactor.Close{Why: fmt.Sprintf("more than %d connections", m.o.Requests())})
		return
	}
	at, _ := slices.BinarySearchFunc(m.list, conn, func(s *session, n int) int { return s.conn - n })
	m.list, m.sessions[conn] = slices.Insert(m.list, at, s), s
	s.link.open(t, "SERVER "+m.server)
	s.setTick(t)
}

// receive handles a line of a worker.
func (m *Main) receive(t *turn, s *session, f *synapse.Frame) {
	if f = s.judge(t, f); f == nil {
		return
	}
	switch f.Type() {
	case "PING":
		s.pinged = true
	case "NAME":
		s.name = string(f.Part("data"))
	case "REPLICATE":
		m.replicate(t, s, f)
	case "REMOTE_SERVER_UP":
		s.do(t, Heard{f})
		m.relay(t, s, f)
	case "FEDERATION_ACK":
		m.acknowledge(number(f, "token"))
		s.do(t, Heard{f})
	default: // what presence, pushers, caches and logs want to know
		s.do(t, Heard{f})
	}
}

// relay passes a line on to the other connections.
func (m *Main) relay(t *turn, from *session, f *synapse.Frame) {
	out := m.r.frame(codec.ToClient, string(f.Line()))
	for _, s := range m.everyone() {
		if s != from || m.r.compat && m.r.perStream() {
			s.send(t, out)
		}
	}
}

// all sends a line to every connection. It says whether the program would
// send it.
func (m *Main) all(t *turn, line string) bool {
	f := m.r.frame(codec.ToClient, line)
	if f == nil {
		return false
	}
	for _, s := range m.everyone() {
		s.send(t, f)
	}
	return true
}
