package tap

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/live"
)

// Sizes of the memory to read into: it begins small, so that many idle
// connections cost little, and grows with a side that fills it.
const (
	minRead = 4 << 10
	maxRead = 64 << 10
)

// A conn is a connection of a client and the one to the server for it.
type conn struct {
	p              *Proxy
	n              int
	client, server net.Conn
	ear            *ear    // without Rules
	editor         *editor // with Rules

	idle   *time.Timer
	passed atomic.Int64 // bytes

	mu      sync.Mutex
	cause   error
	leaving bool          // nothing more is read
	left    chan struct{} // closed when leaving
}

func newConn(p *Proxy, n int, client, server net.Conn) *conn {
	c := &conn{p: p, n: n, client: client, server: server, left: make(chan struct{})}
	if p.Rules != nil && p.Rules.Len() > 0 {
		c.editor = newEditor(p, n, capture.EndpointOf(server.RemoteAddr()))
	} else {
		c.ear = newEar(p, n, client, server)
	}
	return c
}

// run passes on until both sides are done or one has failed. It returns the
// cause of the end when it is not that both were done.
func (c *conn) run(ctx context.Context) error {
	if d := limit(c.p.Limits.Idle, 0); d > 0 {
		c.idle = time.AfterFunc(d, func() { c.abort(live.ErrIdle, false) })
		defer c.idle.Stop()
	}
	if d := limit(c.p.Limits.Total, 0); d > 0 {
		defer time.AfterFunc(d, func() { c.abort(live.ErrTotal, false) }).Stop()
	}
	stopped := make(chan struct{})
	running := context.AfterFunc(ctx, func() {
		defer close(stopped)
		c.stop()
	})
	var pumps, listening sync.WaitGroup
	pump := c.edit
	if c.editor == nil {
		pump = c.pump
		listening.Go(c.ear.listen)
	}
	pumps.Go(func() { pump(codec.ToServer, c.client, c.server) })
	pumps.Go(func() { pump(codec.ToClient, c.server, c.client) })
	pumps.Wait()
	if !running() {
		<-stopped
	}
	_, _ = c.client.Close(), c.server.Close() // all that counts has been written
	if c.ear != nil {
		c.ear.end()
	}
	listening.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// pump passes on one direction. It ends with the side that speaks, whose end
// it passes on, or when the other cannot be written to any more.
func (c *conn) pump(dir codec.Direction, from, to net.Conn) {
	size := minRead
	for {
		buf := c.ear.buffer(dir, size)
		n, err := from.Read(buf)
		if n > 0 {
			c.ear.hear(dir, buf, n)
			if _, err := to.Write(buf[:n]); err != nil {
				// What that side has said before it went is still to come.
				c.fail(err)
				return
			}
			if !c.count(n) {
				return
			}
		}
		if err != nil {
			c.over(to, err)
			return
		}
		if n == len(buf) && size < maxRead {
			size *= 2
		}
	}
}

// count counts bytes that have passed. It says false when they are too many.
func (c *conn) count(n int) bool {
	if c.idle != nil {
		c.idle.Reset(limit(c.p.Limits.Idle, 0))
	}
	if c.passed.Add(int64(n)) > c.p.Limits.Bytes && c.p.Limits.Bytes > 0 {
		c.abort(live.ErrBytes, false)
		return false
	}
	return true
}

// over passes on to a side why nothing more comes from the other.
func (c *conn) over(to net.Conn, err error) {
	switch {
	case errors.Is(err, io.EOF), c.isLeaving():
		half, ok := to.(interface{ CloseWrite() error })
		if !ok {
			c.abort(nil, false) // it cannot be told in another way
			return
		}
		_ = half.CloseWrite() // if that side has gone, its own pump finds out
	case errors.Is(err, io.ErrUnexpectedEOF): // TLS without its last words
		c.abort(err, false)
	default:
		c.abort(err, true)
	}
}

// stop ends the reading. What has been read is written, for a while.
func (c *conn) stop() {
	c.leave()
	grace := time.Now().Add(limit(c.p.Limits.Grace, DefaultGrace))
	_, _ = c.client.SetWriteDeadline(grace), c.server.SetWriteDeadline(grace) // if not, nothing is written either
}

// leave ends the reading of both sides.
func (c *conn) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaving {
		return
	}
	c.leaving = true
	close(c.left)
	past := time.Unix(1, 0)
	_, _ = c.client.SetReadDeadline(past), c.server.SetReadDeadline(past) // if not, they are closed
}

func (c *conn) isLeaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaving
}

// fail remembers the first cause of an end that is none of those that both
// sides wanted.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = err
	}
}

// abort ends both connections at once; reset says that the sides are to see
// that this was no end that anybody wanted.
func (c *conn) abort(cause error, reset bool) {
	c.fail(cause)
	c.leave()
	for _, rw := range []net.Conn{c.client, c.server} {
		if reset {
			doReset(rw)
		}
		_ = rw.Close() // there is nothing more to be said
	}
}

// doReset has a connection reset when it is closed, if it is one of TCP.
func doReset(rw net.Conn) {
	if t, ok := rw.(interface{ NetConn() net.Conn }); ok {
		rw = t.NetConn()
	}
	if t, ok := rw.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // if not, it is closed in the usual way
	}
}
