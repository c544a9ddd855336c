package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/repl"
)

// Limits of a replPeer.
const (
	maxArrived = 16 << 20 // bytes that wait to be looked at: then nothing is read
	maxLeaving = 64 << 20 // bytes that wait for a peer who does not read: then he is left
	leaveTime  = time.Second
)

// A replPeer is the live peer of a session: connections that are made, or
// accepted.
type replPeer struct {
	address  string
	dial     func(context.Context) (io.ReadWriteCloser, error) // nil for one that listens
	listener net.Listener
	one      bool // a connection at a time
	done     func()

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	arrived []repl.Arrival
	waiting int           // bytes of arrived
	more    chan struct{} // closed when something arrives
	room    *sync.Cond    // there is room in arrived
	conns   map[int]*replConn
	last    int
}

// live returns what makes peers.
func (o *replOptions) live(ctx context.Context, machine func(reactor.Role) (reactor.Machine, error)) func(listen bool, address string) (repl.Peer, error) {
	return func(listen bool, address string) (repl.Peer, error) {
		m, err := machine(reactor.Server)
		_, hub := m.(reactor.Hub)
		o.alive = true
		p := &replPeer{address: address, more: make(chan struct{}), conns: map[int]*replConn{}, one: err == nil && !hub && listen}
		p.room = sync.NewCond(&p.mu)
		p.ctx, p.cancel = context.WithCancel(ctx)
		if listen {
			err = p.listen(o.tls)
		} else if p.dial, p.done, err = o.tls.dialer(address); err == nil {
			p.Dial()
		}
		if err != nil {
			p.cancel()
			return nil, err
		}
		return p, nil
	}
}

func (p *replPeer) listen(o connectOptions) error {
	at, err := live.ParseAddress(p.address)
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if at.Web() || at.Scheme == "stdio" {
		return &hinted{ui.Usagef("a session cannot listen at %s", at), "there are tcp://HOST:PORT, unix:PATH and tls://HOST:PORT"}
	}
	s := serveOptions{cert: o.cert, key: o.key, keyLog: o.keyLog}
	secure, done, err := s.tls(places{{"", at}})
	if err != nil {
		return err
	}
	p.done = done
	l, got, err := at.Listen(secure)
	if err != nil {
		done()
		return ui.With(ui.ExitIO, err)
	}
	p.listener, p.address = l, got.String()
	go func() {
		for {
			rw, err := l.Accept()
			if err != nil {
				return // it has been closed
			}
			p.begin(rw)
		}
	}()
	return nil
}

// Address implements [repl.Peer].
func (p *replPeer) Address() string { return p.address }

// Arrivals implements [repl.Peer].
func (p *replPeer) Arrivals() ([]repl.Arrival, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.arrived
	p.arrived, p.waiting = nil, 0
	p.room.Broadcast()
	return list, p.more
}

// arrive keeps something until it is asked for.
func (p *replPeer) arrive(a repl.Arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.waiting > maxArrived && p.ctx.Err() == nil {
		p.room.Wait()
	}
	p.arrived = append(p.arrived, a)
	p.waiting += len(a.Bytes)
	close(p.more)
	p.more = make(chan struct{})
}

// Dial implements [repl.Peer].
func (p *replPeer) Dial() {
	if p.dial == nil {
		return
	}
	go func() {
		rw, err := p.dial(p.ctx)
		if err != nil {
			p.mu.Lock()
			p.last++
			n := p.last
			p.mu.Unlock()
			p.arrive(repl.Arrival{Conn: n, Err: err})
			return
		}
		p.begin(rw)
	}()
}

// begin begins a connection.
func (p *replPeer) begin(rw io.ReadWriteCloser) {
	p.mu.Lock()
	if p.ctx.Err() != nil || p.one && len(p.conns) > 0 {
		p.mu.Unlock()
		_ = rw.Close() // the machine has one connection at a time
		return
	}
	p.last++
	c := &replConn{p: p, n: p.last, rw: rw, written: make(chan struct{})}
	c.wake = sync.NewCond(&c.mu)
	p.conns[c.n] = c
	p.mu.Unlock()
	p.arrive(repl.Arrival{Conn: c.n, Opened: true})
	go c.write()
	go c.read()
}

// Write implements [repl.Peer].
func (p *replPeer) Write(conn int, b []byte) {
	if c := p.conn(conn); c != nil {
		c.add(b)
	}
}

// Finish implements [repl.Peer].
func (p *replPeer) Finish(conn int, abort bool) {
	if c := p.conn(conn); c != nil {
		c.finish(abort)
	}
}

func (p *replPeer) conn(n int) *replConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[n]
}

// Close implements [repl.Peer].
func (p *replPeer) Close() error {
	p.cancel()
	var err error
	if p.listener != nil {
		err = p.listener.Close()
	}
	p.mu.Lock()
	var all []*replConn
	for _, c := range p.conns {
		all = append(all, c)
	}
	p.room.Broadcast()
	p.mu.Unlock()
	limit := time.After(leaveTime)
	for _, c := range all {
		c.finish(false)
	}
	for _, c := range all {
		select { // what was said last is to arrive
		case <-c.written:
		case <-limit:
		}
		c.finish(true)
	}
	p.done()
	return err
}

// A replConn is one connection of a replPeer.
type replConn struct {
	p    *replPeer
	n    int
	rw   io.ReadWriteCloser
	wake *sync.Cond // there is something to write, or nothing more

	mu      sync.Mutex
	leaving []byte
	over    bool          // nothing more is to be written
	written chan struct{} // closed when all is
	halves  int           // that have ended
}

// read takes in what the peer says.
func (c *replConn) read() {
	for {
		buf := make([]byte, 32<<10)
		n, err := c.rw.Read(buf)
		if n > 0 {
			c.p.arrive(repl.Arrival{Conn: c.n, Bytes: buf[:n]})
		}
		if err != nil {
			if op, ok := errors.AsType[*net.OpError](err); ok {
				err = op.Err // the addresses are known
			}
			if errors.Is(err, net.ErrClosed) {
				err = io.EOF // by us
			}
			c.p.arrive(repl.Arrival{Conn: c.n, Err: err})
			c.half()
			return
		}
	}
}

// write writes what is said, until no more is.
func (c *replConn) write() {
	defer c.half()
	defer close(c.written)
	for {
		c.mu.Lock()
		for len(c.leaving) == 0 && !c.over {
			c.wake.Wait()
		}
		b := c.leaving
		c.leaving = nil
		c.mu.Unlock()
		if len(b) == 0 {
			if w, ok := c.rw.(interface{ CloseWrite() error }); !ok || w.CloseWrite() != nil {
				_ = c.rw.Close() // there is no half of it
			}
			return
		}
		if _, err := c.rw.Write(b); err != nil {
			return // the reader is told too
		}
	}
}

// half notes that one direction has ended; after both the connection has.
func (c *replConn) half() {
	c.mu.Lock()
	c.halves++
	end := c.halves == 2
	c.mu.Unlock()
	if end {
		_ = c.rw.Close() // all has been said
		c.p.mu.Lock()
		delete(c.p.conns, c.n)
		c.p.mu.Unlock()
	}
}

// add keeps bytes to be written.
func (c *replConn) add(b []byte) {
	c.mu.Lock()
	full := len(c.leaving)+len(b) > maxLeaving
	if !c.over && !full {
		c.leaving = append(c.leaving, b...)
	}
	c.wake.Broadcast()
	c.mu.Unlock()
	if full {
		c.finish(true)
	}
}

// finish ends what we say, or all.
func (c *replConn) finish(abort bool) {
	c.mu.Lock()
	c.over = true
	c.wake.Broadcast()
	c.mu.Unlock()
	if abort {
		_ = c.rw.Close() // nothing more counts
	}
}
