package repl

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Peer is who a machine talks to when it is live: connections of a network.
// Its methods do not wait for the network.
type Peer interface {
	// Address is where it is, or where it is waited for.
	Address() string

	// Arrivals returns what has come since it was called last, and a channel
	// that is closed when there is more.
	Arrivals() (list []Arrival, more <-chan struct{})

	// Write sends bytes on a connection.
	Write(conn int, b []byte)

	// Finish ends what we say on a connection, or all of it at once.
	Finish(conn int, abort bool)

	// Dial makes another connection; one that is waited for cannot.
	Dial()

	// Close ends all connections.
	Close() error
}

// An Arrival is what comes from a [Peer]: a connection, bytes, or its end.
type Arrival struct {
	Conn   int
	Opened bool
	Bytes  []byte
	Err    error // io.EOF when the peer says no more
}

// ErrTimeout is what await returns when nothing came.
var ErrTimeout = errors.New("nothing of the kind came")

// live says whether there is a peer.
func (c *Console) live() bool { return c.peer != nil }

// ours is the direction of what the machine says.
func (c *Console) ours() codec.Direction { return c.peerOf(0).Reverse() }

// goLive begins anew with a peer.
func (c *Console) goLive(listen bool, address string) error {
	if c.o.Live == nil {
		return errors.New("there is no network here")
	}
	peer, err := c.o.Live(listen, address)
	if err != nil {
		return err
	}
	mode := ClientMode
	if listen {
		mode = ServerMode
	}
	err = c.fresh("a live peer", func() { c.o.Mode = mode; c.coming = peer })
	if err != nil {
		return errors.Join(err, peer.Close())
	}
	verb := map[bool]string{true: "listening at", false: "connecting to"}[listen]
	c.say("  %s %s", verb, peer.Address())
	return nil
}

// Close ends the connections with a live peer, if there are any.
func (c *Console) Close() error {
	if c.peer == nil {
		return nil
	}
	peer := c.peer
	c.peer = nil
	return peer.Close()
}

// Pump takes in what has come from a live peer, and has timers go off whose
// time has come. It returns what there is to see, which is good until the next
// call. While the session is in the past, or stopped by a breakpoint, it
// waits.
func (c *Console) Pump() []byte {
	c.out = c.out[:0]
	c.pump()
	return c.out
}

// Wake returns what a live session waits for: a channel that is closed when
// something comes, nil when there is no peer, and the time of the next timer,
// zero when there is none.
func (c *Console) Wake() (more <-chan struct{}, due time.Time) {
	if c.peer == nil {
		return nil, due
	}
	list, more := c.peer.Arrivals()
	c.arrived = append(c.arrived, list...)
	if c.waits() {
		return more, due
	}
	if len(c.arrived) > 0 || slices.ContainsFunc(c.links, func(l *link) bool { return l.more }) {
		return closed, due
	}
	for _, t := range c.world().timers {
		if c.aside {
			break
		}
		if due.IsZero() || t.at.Before(due) {
			due = t.at
		}
	}
	return more, due
}

// closed is a channel that does not keep anyone waiting.
var closed = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// waits says whether what comes has to wait.
func (c *Console) waits() bool { return c.paused || c.step.At() < len(c.step.Steps()) }

// pump is Pump without a new output.
func (c *Console) pump() { c.pumpUntil(func() bool { return false }) }

// arrive takes in one thing. It says false when there is none.
func (c *Console) arrive() (bool, error) {
	if now := c.now(); !c.aside && c.world().dueBy(now) {
		c.do(waiting{now}, "wait", now)
		return true, c.settle()
	}
	for _, l := range c.links {
		if l.more {
			c.hear(l)
			return true, c.settle()
		}
	}
	if len(c.arrived) == 0 {
		c.arrived, _ = c.peer.Arrivals()
	}
	if len(c.arrived) == 0 {
		return false, nil
	}
	a := c.arrived[0]
	c.arrived = c.arrived[1:]
	l := c.link(a.Conn)
	switch {
	case a.Opened:
		return true, c.opened(a.Conn)
	case l == nil && a.Err != nil: // it could not be made
		c.happened(a.Conn, reactor.Broken{Err: a.Err}, a.Err.Error())
	case l == nil || l.broken: // what has been hung up on
	case a.Err == nil:
		l.in.Feed(a.Bytes)
		l.more = true
	case errors.Is(a.Err, io.EOF):
		l.in.End()
		l.open = false
		c.hear(l) // what was cut, if anything
		if !l.broken {
			c.happened(a.Conn, reactor.EOF{}, "it says no more")
		}
	default:
		l.open, l.broken = false, true
		c.happened(a.Conn, reactor.Broken{Err: a.Err}, a.Err.Error())
	}
	return true, c.settle()
}

// An overheard is what a live peer says while the machine stands aside.
type overheard struct {
	conn  int
	frame codec.Frame // nil for a new connection, and for the end of one
	what  string      // then
}

func (overheard) do(_ *world, _ time.Time, dst []reactor.Action) []reactor.Action { return dst }

// An opening is a new connection with a live peer.
type opening struct{ conn int }

func (o opening) do(w *world, now time.Time, dst []reactor.Action) []reactor.Action {
	e := &w.ends[0]
	again := w.wants
	w.wants, w.begun = false, nil
	if e.hub {
		w.conn = o.conn
		return w.give(0, reactor.From{Conn: o.conn, Event: reactor.Opened{}}, now, dst)
	}
	if w.conn > 0 && !again {
		m, err := w.fresh()
		if err != nil {
			return append(dst, reactor.Reject{Message: err.Error()})
		}
		e.m, w.timers, w.sends = m, nil, nil
	}
	w.conn = o.conn
	return w.give(0, reactor.Opened{}, now, dst)
}

// A holding says whether what the machine says stays on the way.
type holding struct{ on bool }

func (h holding) do(w *world, _ time.Time, dst []reactor.Action) []reactor.Action {
	w.holds = h.on
	return dst
}

// send lets out what a step has said to a live peer.
func (c *Console) send() {
	if !c.live() {
		return
	}
	w := c.world()
	for _, p := range w.out {
		l := c.link(p.conn)
		switch {
		case l == nil:
			c.say("  %s", c.styled(c.o.Styles.Error, "there is no connection: nothing is sent"))
		case p.eof:
			l.broken = l.broken || p.broken
			c.peer.Finish(p.conn, p.broken)
		default:
			if h, ok := l.conv.(codec.Hearer); ok && p.frame != nil {
				h.Hear(c.ours(), p.frame)
			}
			c.peer.Write(p.conn, p.bytes)
		}
	}
	if w.wants && !c.dialled {
		c.dialled = true
		c.peer.Dial()
	}
	c.dialled = w.wants
}

// now returns the time: that of the world, or the clock's in a live session.
func (c *Console) now() time.Time {
	now := c.world().now
	if c.live() && c.o.Now != nil {
		if clock := c.o.Now(); clock.After(now) {
			return clock
		}
	}
	return now
}

// dueBy says whether a timer goes off at a time, or before.
func (w *world) dueBy(now time.Time) bool {
	return slices.ContainsFunc(w.timers, func(t timer) bool { return !t.at.After(now) })
}
