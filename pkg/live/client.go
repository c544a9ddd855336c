package live

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Client runs a client's machine on connections that it makes itself, one
// after the other. Its fields are not to be changed once it runs.
type Client struct {
	Protocol codec.Protocol
	Codec    codec.Options

	// Machine makes the machine. One that asks for another connection, by
	// [reactor.Connect], goes on with it.
	Machine func() reactor.Machine

	// Dial makes a connection.
	Dial func(context.Context) (io.ReadWriteCloser, error)

	// Retry is how long to wait before another connection is made with
	// another machine, when the server ended one or could not be reached;
	// 0 means that there is none.
	Retry time.Duration

	Handler  Handler  // who does what the machine asks for; may be nil
	Observer Observer // who is told what happens; may be nil
	Limits   Limits   // by default a connection may be idle for any time

	// Now is the clock; nil means time.Now. Timers are those of package time.
	Now func() time.Time

	once   sync.Once
	server *Server // the connections, from the other end

	mu   sync.Mutex
	core *core // nil before Run
}

// Run makes connections until ctx ends, the machine closes one, or no other
// is wanted. It returns the cause of an end that is none of the first two.
func (c *Client) Run(ctx context.Context) error {
	core := c.begin(ctx)
	defer func() { core.stop() }()
	for {
		cause := c.connection(ctx, core)
		switch {
		case ctx.Err() != nil:
			return nil
		case core.wantsAnother(ctx):
		case core.hasClosed():
			return cause
		case c.Retry <= 0:
			return cause
		case !pause(ctx, c.Retry):
			return nil
		default:
			core.stop()
			core = c.begin(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// begin makes a machine.
func (c *Client) begin(ctx context.Context) *core {
	core := newCore(ctx, c.base(), c.Machine())
	core.client, core.asked = true, make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core = core
	return core
}

// connection makes a connection and stays with it to its end.
func (c *Client) connection(ctx context.Context, core *core) error {
	rw, err := c.Dial(ctx)
	if err != nil {
		if ctx.Err() == nil {
			core.unreachable(err)
		}
		return err
	}
	return c.base().serveConn(ctx, core, "", rw)
}

// base returns what runs a connection: a server with the sides swapped.
func (c *Client) base() *Server {
	c.once.Do(func() {
		limits := c.Limits
		if limits.Idle == 0 {
			limits.Idle = -1
		}
		c.server = &Server{
			Protocol: c.Protocol, Codec: c.Codec, Handler: c.Handler, Observer: c.Observer,
			Limits: limits, Now: c.Now, client: true,
		}
	})
	return c.server
}

// Input gives the machine what our own side wants. It says false when there
// is no machine yet.
func (c *Client) Input(ev reactor.Event) bool {
	core := c.running()
	if core == nil {
		return false
	}
	core.mu.Lock()
	defer core.mu.Unlock()
	core.run(core.current, ev)
	return true
}

// Look calls f with the machine, which is not stepped meanwhile. It says false
// when there is none yet.
func (c *Client) Look(f func(reactor.Machine)) bool {
	core := c.running()
	if core == nil {
		return false
	}
	core.mu.Lock()
	defer core.mu.Unlock()
	f(core.m)
	return true
}

func (c *Client) running() *core {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core
}

// Note tells the Observer of something worth a remark; see [Observer].
func (c *Client) Note(text string) { c.base().Note(0, text) }

// Summary returns what has been done so far.
func (c *Client) Summary() Summary { return c.base().Summary() }

// unreachable tells the machine that there is no connection.
func (c *core) unreachable(err error) {
	c.s.Note(0, err.Error())
	c.s.stats.failed.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run(0, reactor.Broken{Err: err})
}

// hasClosed says whether the machine has ended the last connection itself.
func (c *core) hasClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.enough
}

// wantsAnother waits while the machine may still ask for a connection: for as
// long as it has set a timer. It says whether it did ask.
func (c *core) wantsAnother(ctx context.Context) bool {
	for {
		c.mu.Lock()
		waiting := len(c.timers) > 0
		c.mu.Unlock()
		select {
		case <-c.asked:
			return true
		default:
		}
		if !waiting {
			return false
		}
		// Timers are few and long: what one leads to is looked for, not told.
		if !pause(ctx, 10*time.Millisecond) {
			return false
		}
	}
}

// pause waits, and says false when ctx ends meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// theirs is the direction of what the peer says, ours that of what we say.
func (s *Server) theirs() codec.Direction {
	if s.client {
		return codec.ToClient
	}
	return codec.ToServer
}

func (s *Server) ours() codec.Direction { return s.theirs().Reverse() }
