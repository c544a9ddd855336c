package reactor

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Single makes a machine of one connection of a hub: for a client, which has
// its connections one after the other. Each [Opened] is a new connection of
// the hub. The hub has no timers of its own.
func Single(h Hub) Machine { return &single{hub: h} }

type single struct {
	hub  Hub
	conn int // the last one
}

// Step implements [Machine].
func (s *single) Step(now time.Time, ev Event, dst []Action) []Action {
	switch ev.(type) {
	case Opened:
		s.conn++
		ev = From{Conn: s.conn, Event: ev}
	case Input:
	default:
		ev = From{Conn: s.conn, Event: ev}
	}
	from := len(dst)
	dst = s.hub.Step(now, ev, dst)
	for i, a := range dst[from:] {
		_, dst[from+i] = Unwrap(a)
	}
	return dst
}

// Fault implements [Faulty].
func (s *single) Fault() error {
	if f, ok := s.hub.(Faulty); ok {
		return f.Fault()
	}
	return nil
}

// Peeks implements [Peeker].
func (s *single) Peeks(int) bool {
	p, ok := s.hub.(Peeker)
	return ok && p.Peeks(s.conn)
}

// State implements [Machine].
func (s *single) State() State { return s.hub.State() }

// Snapshot implements [Machine].
func (s *single) Snapshot() Machine { return &single{s.hub.Snapshot().(Hub), s.conn} }

// Input implements [Inputs]. The directive open is the connection's.
func (s *single) Input(name, args string) (Event, error) {
	if name == "open" && args == "" {
		return Opened{}, nil
	}
	if in, ok := s.hub.(Inputs); ok {
		return in.Input(name, args)
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name}
}

// InputNames implements [Inputs].
func (s *single) InputNames() []string {
	if in, ok := s.hub.(Inputs); ok {
		return append([]string{"open"}, in.InputNames()...)
	}
	return []string{"open"}
}
