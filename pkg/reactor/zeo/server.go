package zeo

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// Server is a ZEO server with its storage: a hub, since a commit of one client
// is told to the others, and waits for theirs.
//
//	Opened ─▶ id ─▶ client's id ─▶ register ─▶ calls
//	                    │
//	                    └ ruok ─▶ statistics, close
//
// A transaction of a client is kept until its vote; the one that may commit
// next holds the lock until it finishes, aborts or is gone:
//
//	tpc_begin ─▶ stores ─▶ vote ─▶ (waiting ─▶) locked ─▶ tpc_finish
//
// Clients that break the rules lose their connection, and no one else is
// worse off.
type Server struct {
	o     ServerOptions
	fault error // in the settings: the server does nothing else than say so

	store    *storage.Storage
	sessions map[int]*session
	holder   int            // the connection that has the lock; 0 for none
	waiting  []int          // connections with a vote that waits for it
	changes  []invalidation // of the last transactions, the newest last
	spooled  int64          // bytes of all open transactions
	counts   counts

	began   time.Time
	now     time.Time
	dst     []reactor.Action
	edition int // of the storage
}

// An invalidation is what a transaction changed.
type invalidation struct {
	tid  storage.TID
	oids []storage.OID
}

// counts are what server_status tells.
type counts struct {
	loads, stores, commits, aborts, conflicts, resolved int
	lockedAt                                            time.Time
}

// NewServer returns a server without connections. It takes over the storage.
func NewServer(o ServerOptions) *Server {
	o = o.withDefaults()
	s := &Server{o: o, store: o.Storage, sessions: map[int]*session{}}
	s.remember(o.Storage)
	return s
}

// ServerOf returns a server with the settings of o; see [ServerOptionsOf]. If
// one is wrong, the server answers every event with that.
func ServerOf(o reactor.Options) *Server {
	own, err := ServerOptionsOf(o)
	s := NewServer(own)
	s.fault = err
	return s
}

// remember makes the invalidations of what a storage already holds.
func (s *Server) remember(store *storage.Storage) {
	txns := store.Transactions(storage.TID{}, storage.TID{})
	for _, t := range txns[max(0, len(txns)-s.o.Invalidations):] {
		var oids []storage.OID
		for i := range t.Records {
			oids = append(oids, t.Records[i].OID)
		}
		s.changes = append(s.changes, invalidation{t.TID, oids})
	}
}

// Storage returns a copy of what is served.
func (s *Server) Storage() *storage.Storage { return s.store.Clone() }

// Edition counts how often what is served has changed.
func (s *Server) Edition() int { return s.edition }

// Fault implements [reactor.Faulty].
func (s *Server) Fault() error { return s.fault }

// Conns implements [reactor.Hub].
func (s *Server) Conns() []int { return slices.Sorted(maps.Keys(s.sessions)) }

// Step implements [reactor.Machine].
func (s *Server) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if s.fault != nil {
		return append(dst, reactor.Fail{Message: s.fault.Error()})
	}
	if now.IsZero() { // as it is where there is no clock
		now = time.Unix(0, 0)
	}
	if s.began.IsZero() {
		s.began = now
	}
	s.now, s.dst = now, dst
	switch ev := ev.(type) {
	case reactor.From:
		s.onConn(ev.Conn, ev.Event)
	case reactor.Input:
		s.input(ev.Value)
	default:
		s.do(reactor.Reject{Message: "the event is of no connection"})
	}
	dst, s.dst = s.dst, nil
	return dst
}

func (s *Server) do(a reactor.Action) { s.dst = append(s.dst, a) }

// onConn handles an event of one connection.
func (s *Server) onConn(conn int, ev reactor.Event) {
	if _, opened := ev.(reactor.Opened); opened {
		s.accept(conn)
		return
	}
	c := s.sessions[conn]
	if c == nil {
		return // it is closed
	}
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*zeo.Frame)
		if !ok {
			c.do(reactor.Reject{Message: fmt.Sprintf("a %T is no frame of zeo", ev.Frame)})
			return
		}
		c.receive(f)
	case reactor.Sent:
		c.queued -= c.unsent[ev.ID]
		delete(c.unsent, ev.ID)
	case reactor.Expired:
		c.expired(ev.Timer)
	case reactor.EOF:
		c.end(reactor.Close{})
	case reactor.Broken:
		c.end(reactor.Close{Why: ev.Err.Error()})
	default:
		c.do(reactor.Noop{})
	}
}

// accept takes a new connection: the server speaks first.
func (s *Server) accept(conn int) {
	refuse := func(a reactor.Action) { s.do(reactor.To{Conn: conn, Action: a}) }
	switch {
	case conn < 1:
		refuse(reactor.Reject{Message: "connections count from 1"})
	case s.sessions[conn] != nil:
		refuse(reactor.Reject{Message: fmt.Sprintf("connection %d is open", conn)})
	case len(s.sessions) >= s.o.MaxConnections:
		refuse(reactor.Close{Why: fmt.Sprintf("too many connections: %d", s.o.MaxConnections)})
	default:
		c := &session{s: s, conn: conn, unsent: map[int]int64{}, iterators: map[int]*iterator{}}
		s.sessions[conn] = c
		c.send(zeo.NewHello(s.o.Protocol))
	}
}

// Snapshot implements [reactor.Machine].
func (s *Server) Snapshot() reactor.Machine {
	c := *s
	c.store, c.dst = s.store.Clone(), nil
	c.waiting, c.changes = slices.Clone(s.waiting), slices.Clone(s.changes)
	c.sessions = make(map[int]*session, len(s.sessions))
	for conn, one := range s.sessions {
		c.sessions[conn] = one.clone(&c)
	}
	return &c
}

// others returns the registered connections other than one, in order.
func (s *Server) others(than int) []*session {
	var all []*session
	for _, conn := range s.Conns() {
		if c := s.sessions[conn]; conn != than && c.registered {
			all = append(all, c)
		}
	}
	return all
}

// State implements [reactor.Machine].
func (s *Server) State() reactor.State {
	var clients, waiting []string
	for _, conn := range s.Conns() {
		clients = append(clients, s.sessions[conn].state())
	}
	for _, conn := range s.waiting {
		waiting = append(waiting, fmt.Sprintf("#%d", conn))
	}
	holder := "none"
	if s.holder != 0 {
		holder = fmt.Sprintf("#%d", s.holder)
	}
	return reactor.State{
		{Name: "clients", Value: clients},
		{Name: "lock", Value: holder},
		{Name: "waiting", Value: waiting},
		{Name: "last_tid", Value: s.store.LastTID().String()},
		{Name: "objects", Value: s.store.Len()},
		{Name: "size", Value: int(s.store.Size())},
		{Name: "spooled", Value: int(s.spooled)},
		{Name: "commits", Value: s.counts.commits},
		{Name: "conflicts", Value: s.counts.conflicts},
	}
}

var (
	_ reactor.Hub    = (*Server)(nil)
	_ reactor.Inputs = (*Server)(nil)
	_ codec.Frame    = (*zeo.Frame)(nil)
)
