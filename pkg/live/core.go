package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A sink is the outgoing half of a connection, as a core sees it. Its methods
// do not wait.
type sink interface {
	send(reactor.Send)
	begin(reactor.Begin)
	finish(cause error) // end it once all that was sent is out
	abort(cause error)  // end it now
}

// A core owns a machine: that of one connection, or a hub.
type core struct {
	s   *Server
	ctx context.Context

	mu     sync.Mutex
	m      reactor.Machine
	hub    bool
	sinks  map[int]sink // open connections
	timers map[timerKey]*time.Timer
	over   bool
	ended  func()                     // the hub has ended itself
	allow  func(reactor.Action) error // judges what the Handler is to do; may be nil

	// Of a client, whose machine may have several connections one after the
	// other and keeps its timers.
	client  bool
	current int           // the last connection
	asked   chan struct{} // the machine wants another
	enough  bool          // the machine has closed the last
}

type timerKey struct {
	conn int
	name string
}

func newCore(ctx context.Context, s *Server, m reactor.Machine) *core {
	_, hub := m.(reactor.Hub)
	return &core{s: s, ctx: ctx, m: m, hub: hub, sinks: map[int]sink{}, timers: map[timerKey]*time.Timer{}}
}

// open adds a connection that came in at a listener.
func (c *core) open(conn int, listener string, k sink) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sinks[conn] = k
	c.current, c.enough = conn, false
	if c.hub || c.client {
		c.run(conn, reactor.Opened{Listener: listener})
	}
}

// step gives the machine an event of a connection. It says whether the
// connection is still open.
func (c *core) step(conn int, ev reactor.Event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sinks[conn] == nil {
		return false
	}
	c.run(conn, ev)
	return c.sinks[conn] != nil
}

// peeks says whether the machine wants to see the beginning of a frame.
func (c *core) peeks(conn int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.m.(reactor.Peeker)
	if !c.hub {
		conn = 0
	}
	return ok && p.Peeks(conn)
}

// lost tells the machine that a connection is no more.
func (c *core) lost(conn int, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.sinks[conn]; k != nil {
		c.run(conn, reactor.Broken{Err: cause})
		c.end(conn, cause, sink.abort)
		k.abort(cause)
	}
}

// malformed tells the machine that the client's bytes are no frames, and the
// client that it is refused.
func (c *core) malformed(conn int, fault error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sinks[conn] == nil {
		return
	}
	if !c.hub {
		c.refusal(conn, nil, fault)
	}
	c.run(conn, reactor.Broken{Err: fault})
}

// end takes a connection out, once.
func (c *core) end(conn int, cause error, how func(sink, error)) {
	k := c.sinks[conn]
	if k == nil {
		return
	}
	delete(c.sinks, conn)
	for key, t := range c.timers {
		if key.conn == conn && !c.client {
			t.Stop()
			delete(c.timers, key)
		}
	}
	how(k, cause)
}

// stop ends the timers.
func (c *core) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, t := range c.timers {
		t.Stop()
	}
	clear(c.timers)
}

// An occurrence is an event and the connection that it is of, 0 for none.
type occurrence struct {
	conn  int
	event reactor.Event
}

// run steps the machine with an event, and with those that follow from it.
func (c *core) run(conn int, ev reactor.Event) {
	todo := []occurrence{{conn, ev}}
	for len(todo) > 0 {
		o := todo[0]
		todo = todo[1:]
		event := o.event
		if c.hub && o.conn > 0 {
			event = reactor.From{Conn: o.conn, Event: o.event}
		}
		for _, a := range c.m.Step(c.s.now(), event, nil) {
			n, inside := reactor.Unwrap(a)
			switch {
			case c.client:
				n = c.current
			case !c.hub:
				n = o.conn
			}
			todo = c.do(n, inside, o.event, todo)
		}
		c.after(o)
	}
}

// do does an action on a connection, 0 for the hub as a whole, and appends
// what follows from it.
func (c *core) do(conn int, a reactor.Action, ev reactor.Event, todo []occurrence) []occurrence {
	switch a := a.(type) {
	case reactor.Send:
		if k := c.sinks[conn]; k != nil {
			k.send(a)
		}
	case reactor.Begin:
		if k := c.sinks[conn]; k != nil {
			k.begin(a)
		}
	case reactor.SetTimer:
		if c.client {
			conn = 0
		}
		c.timer(timerKey{conn, a.Timer}, a.At)
	case reactor.Connect:
		c.connect(a)
	case reactor.Reject:
		c.s.Note(conn, "rejected: "+a.Message)
	case reactor.Deliver:
		c.s.Note(conn, a.String())
	case reactor.Fail:
		c.refuse(conn, ev, errors.New(a.Message))
	case reactor.Close:
		c.enough = !over(ev)
		c.close(conn, why(a.Why, ev), sink.finish)
	case reactor.Drop:
		c.enough = !over(ev)
		c.close(conn, why(a.Why, ev), sink.abort)
	case reactor.Want, reactor.Noop:
	default:
		for _, ev := range c.handle(conn, a) {
			todo = append(todo, occurrence{conn, ev})
		}
	}
	return todo
}

// after ends a connection of which a machine of its own need not say that it
// is over. A hub says so itself, but after Broken there is nothing to wait
// for.
func (c *core) after(o occurrence) {
	switch ev := o.event.(type) {
	case reactor.EOF:
		if !c.hub {
			c.end(o.conn, nil, sink.finish)
		}
	case reactor.Broken:
		c.end(o.conn, ev.Err, sink.finish)
	}
}

// handle has an action done by the Handler.
func (c *core) handle(conn int, a reactor.Action) []reactor.Event {
	if c.allow != nil {
		if err := c.allow(a); err != nil {
			c.end(conn, err, sink.finish)
			return nil
		}
	}
	if c.s.Handler != nil {
		if events, ok := c.s.Handler.Handle(c.ctx, conn, a); ok {
			return events
		}
	}
	if c.client || a.Name() == "deliver" { // something to know, not to do
		c.s.Note(conn, a.String())
		return nil
	}
	c.s.Note(conn, "nobody does: "+a.String())
	return nil
}

// refuse ends a connection that broke the rules, with the protocol's words
// for it. A hub ends it itself.
func (c *core) refuse(conn int, ev reactor.Event, cause error) {
	if c.hub {
		c.s.Note(conn, cause.Error())
		return
	}
	var last codec.Frame
	if ev, ok := ev.(reactor.Received); ok {
		last = ev.Frame
	}
	c.refusal(conn, last, cause)
	c.end(conn, cause, sink.finish)
}

// refusal sends the protocol's words for a refusal.
func (c *core) refusal(conn int, last codec.Frame, cause error) {
	k, r := c.sinks[conn], c.s.Handler
	if r, ok := r.(Refuser); ok && k != nil {
		if frames := r.Refuse(last, cause.Error()); len(frames) > 0 {
			k.send(reactor.Send{Frames: frames})
		}
	}
}

// why returns the cause of an end that a machine wants after an event.
func why(text string, ev reactor.Event) error {
	if b, ok := ev.(reactor.Broken); ok {
		return b.Err
	}
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// over says whether the peer ended the connection.
func over(ev reactor.Event) bool {
	switch ev.(type) {
	case reactor.EOF, reactor.Broken:
		return true
	}
	return false
}

// close ends a connection, or all.
func (c *core) close(conn int, cause error, how func(sink, error)) {
	if conn > 0 {
		c.end(conn, cause, how)
		return
	}
	for _, n := range slices.Sorted(maps.Keys(c.sinks)) {
		c.end(n, cause, how)
	}
	if c.ended != nil {
		c.ended()
	}
}

// connect notes that the machine wants another connection.
func (c *core) connect(a reactor.Connect) {
	if !c.client {
		c.s.Note(0, "nobody does: "+a.String())
		return
	}
	select {
	case c.asked <- struct{}{}:
	default: // it is known
	}
}

// timer sets or stops a timer.
func (c *core) timer(key timerKey, at time.Time) {
	if t := c.timers[key]; t != nil {
		t.Stop()
		delete(c.timers, key)
	}
	if at.IsZero() || c.over {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(at.Sub(c.s.now()), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.timers[key] != t {
			return // set anew meanwhile
		}
		delete(c.timers, key)
		c.run(key.conn, reactor.Expired{Timer: key.name})
	})
	c.timers[key] = t
}
