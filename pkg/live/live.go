// Package live runs the machines of package reactor on connections: it is
// what stands between them and the network.
//
//	             ┌────────────────── one connection ──────────────────┐
//	client ────▶ │ read ─▶ codec.Stream ─▶ Received ─┐                │
//	             │                                   ▼                │
//	             │                        Machine.Step, under a lock ─┼─▶ Handler
//	             │                                   │                │
//	client ◀──── │ write ◀── queue, bounded ◀── Send ┘                │
//	             └────────────────────────────────────────────────────┘
//
// A connection has two goroutines: one reads and steps, one writes. A
// machine of its own is stepped by its connection alone; a [reactor.Hub] is
// stepped under one lock by all of them. Nothing waits for the network while
// it holds that lock, so that a client that is slow, stuck or hostile holds
// up no other: what it does not read waits in its own queue, and when that is
// full it loses the connection.
package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Server serves a protocol. Its fields are not to be changed once it
// serves.
type Server struct {
	Protocol codec.Protocol
	Codec    codec.Options

	// Machine makes the machine of a connection; for HTTP, of an exchange.
	// Without it Hub has all connections.
	Machine func() reactor.Machine
	Hub     reactor.Hub

	Handler  Handler  // who runs commands; may be nil
	Observer Observer // who is told what happens; may be nil
	Limits   Limits

	// Now is the clock; nil means time.Now. Timers are those of package time.
	Now func() time.Time

	// Faults changes what is sent, to try clients; nil leaves it as it is.
	Faults Faults

	client bool // the sides are swapped; see Client
	stats  counters
	watch  watcher
	once   sync.Once
	shared atomic.Pointer[core] // of the hub
}

// Limits bound what a client can take. A zero field means the default of its
// kind, a negative one means no limit.
type Limits struct {
	Connections int           // open at a time; others are closed at once
	Bytes       int64         // that a connection may send; by default any number
	Idle        time.Duration // without a byte in either direction
	Total       time.Duration // that a connection may last; by default any
	Queue       int64         // bytes that wait for a client that does not read
	Grace       time.Duration // for what is under way when the server ends
}

// Defaults of [Limits].
const (
	DefaultConnections = 1000
	DefaultIdle        = 5 * time.Minute
	DefaultQueue       = 16 << 20
	DefaultGrace       = 5 * time.Second
)

// linger is how long a connection that we end is read on: closed with bytes
// unread it would be reset, and the client lose our last words.
const linger = time.Second

func limit[T int | int64 | time.Duration](value, byDefault T) T {
	switch {
	case value < 0:
		return 0
	case value == 0:
		return byDefault
	}
	return value
}

// Causes of the end of a connection.
var (
	ErrIdle    = errors.New("nothing was said for too long")
	ErrTotal   = errors.New("the connection lasted too long")
	ErrBytes   = errors.New("too many bytes were sent")
	ErrQueue   = errors.New("the answers are not read")
	ErrStopped = errors.New("the server ends")
)

// A Handler does what a machine asks its own side for: it runs commands.
type Handler interface {
	// Handle does an action that a driver does not do itself: a [reactor.Run],
	// or one of the protocol's own. The events that it returns are given to
	// the machine. It says false for an action that it does not know. It is
	// called from several goroutines. The machine waits for it, and with a
	// hub all connections do. conn is 0 for an action of the hub as a whole.
	Handle(ctx context.Context, conn int, a reactor.Action) (events []reactor.Event, ok bool)
}

// A Refuser is a Handler that knows how the protocol tells a client that it
// is refused: because of last, which may be nil, or of what follows it.
type Refuser interface {
	Refuse(last codec.Frame, message string) []codec.Frame
}

// A Summary counts what a Server did.
type Summary struct {
	Connections, Refused int64 // connections taken and not taken
	FramesIn, FramesOut  int64
	BytesIn, BytesOut    int64 // of frames
	Failed               int64 // connections and exchanges that ended in an error
}

type counters struct {
	conns, refused, framesIn, framesOut, bytesIn, bytesOut, failed atomic.Int64

	next atomic.Int64 // the latest connection's number
}

// Summary returns what has been done so far.
func (s *Server) Summary() Summary {
	c := &s.stats
	return Summary{
		Connections: c.conns.Load(), Refused: c.refused.Load(),
		FramesIn: c.framesIn.Load(), FramesOut: c.framesOut.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Failed: c.failed.Load(),
	}
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// Input gives the hub what our own side wants, of a connection or, with conn
// 0, of the whole. It says false when there is no such connection or no hub.
func (s *Server) Input(ctx context.Context, conn int, ev reactor.Event) bool {
	c := s.hub(ctx)
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn > 0 && c.sinks[conn] == nil {
		return false
	}
	c.run(conn, ev)
	return true
}

// State returns what the hub knows; nil when there is none or nothing is
// served yet.
func (s *Server) State() reactor.State {
	c := s.shared.Load()
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.Hub.State()
}

// Inspect calls f with the hub, which handles no event meanwhile: f is not to
// keep it. It says false, and does not call f, when there is no hub or nothing
// is served yet.
func (s *Server) Inspect(f func(reactor.Hub)) bool {
	c := s.shared.Load()
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f(s.Hub)
	return true
}

// hub returns the core of the hub; nil when connections have their own.
func (s *Server) hub(ctx context.Context) *core {
	if s.Machine != nil {
		return nil
	}
	s.once.Do(func() { s.shared.Store(newCore(ctx, s, s.Hub)) })
	return s.shared.Load()
}
