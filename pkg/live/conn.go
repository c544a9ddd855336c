package live

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Sizes of the memory to read into: it begins small, so that many idle
// connections cost little, and grows with a client that fills it.
const (
	minRead = 4 << 10
	maxRead = 64 << 10
)

// A conn is one connection.
type conn struct {
	s    *Server
	ctx  context.Context
	n    int
	rw   io.ReadWriteCloser
	core *core
	in   *codec.Stream
	out  *queue

	talk sync.Mutex // of in and conv, which know what both sides said
	conv codec.Conversation

	faults Saboteur // nil for none

	idle   *time.Timer
	closed sync.Once
	gone   chan struct{} // closed when the connection is

	mu    sync.Mutex
	done  bool        // by finish or abort
	cause error       // of its end
	late  *time.Timer // closes it when all else fails

	written int64  // offset of the next byte of ours
	begun   []byte // what is out of a frame that is not whole
}

// ServeConn serves one connection until both sides are done, and closes it.
// When ctx ends, what has been received is answered first. The error is the
// cause if the connection did not end well.
func (s *Server) ServeConn(ctx context.Context, rw io.ReadWriteCloser) error {
	return s.serveAt(ctx, "", rw)
}

// serveAt is ServeConn for a connection that came in at a listener.
func (s *Server) serveAt(ctx context.Context, listener string, rw io.ReadWriteCloser) error {
	c := s.hub(ctx)
	if c == nil {
		c = newCore(ctx, s, s.Machine())
		defer c.stop()
	}
	return s.serveConn(ctx, c, listener, rw)
}

func (s *Server) serveConn(ctx context.Context, core *core, listener string, rw io.ReadWriteCloser) error {
	conv, err := s.Protocol.Open(s.Codec)
	if err != nil {
		_ = rw.Close() // nothing was said on it
		return err
	}
	c := &conn{
		s: s, ctx: ctx, n: int(s.stats.next.Add(1)), core: core, conv: conv,
		in:  codec.NewStream(conv.Decoder(s.theirs()), s.theirs()),
		out: newQueue(limit(s.Limits.Queue, DefaultQueue)), gone: make(chan struct{}),
	}
	if s.Faults != nil {
		c.faults = s.Faults.Conn(c.n)
	}
	if first, ok := conv.(codec.Starter); ok {
		first.Start()
	}
	c.rw = s.tap(c.n, rw)
	s.stats.conns.Add(1)
	s.opened(c.n, rw)

	if d := limit(s.Limits.Idle, DefaultIdle); d > 0 {
		c.idle = time.AfterFunc(d, func() { core.lost(c.n, ErrIdle) })
		defer c.idle.Stop()
	}
	if d := limit(s.Limits.Total, 0); d > 0 {
		defer time.AfterFunc(d, func() { core.lost(c.n, ErrTotal) }).Stop()
	}
	grace := limit(s.Limits.Grace, DefaultGrace)
	running := context.AfterFunc(ctx, func() { c.stop(grace) })
	defer running()

	core.open(c.n, listener, c)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	c.read()
	<-written
	c.close()
	c.mu.Lock()
	err = c.cause
	if c.late != nil {
		c.late.Stop()
	}
	c.mu.Unlock()
	if err != nil {
		s.stats.failed.Add(1)
	}
	s.closed(c.n, err)
	return err
}

// opened tells of a connection.
func (s *Server) opened(n int, rw any) {
	var client, server net.Addr
	if nc, ok := rw.(net.Conn); ok {
		client, server = nc.RemoteAddr(), nc.LocalAddr()
	}
	if s.client {
		client, server = server, client
	}
	s.observe(func(o Observer) { o.Opened(n, s.now(), client, server) })
}

// read reads and steps until the client or the machine is done. Then it reads
// on for a while without taking anything in; see linger.
func (c *conn) read() {
	buf := make([]byte, minRead)
	var got int64
	open := true
	for open {
		c.out.room()
		n, err := c.rw.Read(buf)
		c.alive(n)
		if got += int64(n); c.s.Limits.Bytes > 0 && got > c.s.Limits.Bytes {
			c.core.malformed(c.n, ErrBytes)
			break
		}
		if n > 0 {
			c.feed(buf[:n])
			open = c.take()
		}
		switch {
		case err != nil && open:
			c.end(err)
			return
		case err != nil:
			return
		case n == len(buf) && n < maxRead:
			buf = make([]byte, 2*n)
		}
	}
	for {
		if n, err := c.rw.Read(buf); n == 0 && err != nil {
			return
		}
	}
}

// alive puts off the end for idleness.
func (c *conn) alive(n int) {
	if c.idle != nil && n > 0 {
		c.idle.Reset(limit(c.s.Limits.Idle, DefaultIdle))
	}
}

// end tells the machine that no more comes.
func (c *conn) end(err error) {
	switch stopped := c.ctx.Err() != nil; {
	case stopped && c.s.client: // it is we who leave
		c.core.mu.Lock()
		defer c.core.mu.Unlock()
		c.core.end(c.n, nil, sink.finish)
		return
	case stopped: // what is cut is not the client's fault
	case errors.Is(err, io.EOF):
		c.feed(nil)
	default:
		c.core.lost(c.n, err)
		return
	}
	if c.take() {
		c.core.step(c.n, reactor.EOF{})
	}
}

// feed takes bytes of the peer; nil is the end of them.
func (c *conn) feed(p []byte) {
	c.talk.Lock()
	defer c.talk.Unlock()
	if p == nil {
		c.in.End()
		return
	}
	c.in.Feed(p)
}

// next reads a frame of the peer.
func (c *conn) next(r *codec.Record) bool {
	c.talk.Lock()
	defer c.talk.Unlock()
	if !c.in.Read(r) {
		return false
	}
	r.Dialect, _ = c.conv.Dialect()
	return true
}

// hear has the conversation hear a frame of ours, and returns its dialect.
func (c *conn) hear(f codec.Frame) (dialect string) {
	c.talk.Lock()
	defer c.talk.Unlock()
	if h, ok := c.conv.(codec.Hearer); ok && f != nil {
		h.Hear(c.s.ours(), f)
	}
	dialect, _ = c.conv.Dialect()
	return dialect
}

// take steps the machine with the frames that are there. It says whether the
// connection is still open.
func (c *conn) take() bool {
	var r codec.Record
	for c.next(&r) {
		r.Conn, r.Proto, r.Time = c.n, c.s.Protocol.Info().Name, c.s.now()
		c.s.stats.framesIn.Add(1)
		c.s.stats.bytesIn.Add(r.Span.Len())
		c.s.record(&r)
		if r.Err != nil {
			c.core.malformed(c.n, r.Err)
			return false
		}
		if !c.core.step(c.n, reactor.Received{Frame: r.Frame}) {
			return false
		}
	}
	return c.peek()
}

// peek shows the machine the beginning of a frame, if it wants to see it.
func (c *conn) peek() bool {
	if !c.core.peeks(c.n) {
		return true
	}
	c.talk.Lock()
	part := slices.Clone(c.in.Rest())
	c.talk.Unlock()
	return len(part) == 0 || c.core.step(c.n, reactor.Partial{Bytes: part})
}

// write writes what the machine sends, until it is done.
func (c *conn) write() {
	var spare []byte
	var old []queued
	for {
		buf, frames, ok := c.out.take(spare, old)
		if !ok {
			break
		}
		// A client may use the ID of a request again as soon as it is answered:
		// the machine has to know by then that the answer is out. A hub
		// counts what waits, and is told when it does not any more.
		if !c.core.hub {
			c.sent(frames)
		}
		if err := c.put(buf, frames); err != nil {
			c.core.lost(c.n, err)
			break
		}
		if c.core.hub {
			c.sent(frames)
		}
		spare, old = buf, frames
		if cap(spare) > maxRead {
			spare = nil // an idle connection does not keep it
		}
		clear(old)
	}
	c.tellBegun(errors.New("the connection ended before the rest of a frame was sent"))
	c.farewell()
}

// sent tells the machine of what is out.
func (c *conn) sent(frames []queued) {
	for _, f := range frames {
		if f.last && f.sent != 0 {
			c.core.step(c.n, reactor.Sent{ID: f.sent})
		}
	}
}

// put writes frames.
func (c *conn) put(buf []byte, frames []queued) error {
	if c.faults != nil {
		return c.putFaulty(buf, frames)
	}
	at := 0
	for _, f := range frames {
		if f.frame == nil {
			c.begun = append(c.begun, buf[at:f.end]...)
		} else {
			c.tell(buf[at:f.end], f.frame, nil)
		}
		at = f.end
	}
	n, err := c.rw.Write(buf)
	c.alive(n)
	return err
}

// tell tells of a frame that is about to be written: afterwards what the
// client says to it might be told first. What went out of it before is told
// with it.
func (c *conn) tell(p []byte, f codec.Frame, fault *codec.SyntaxError) {
	if len(c.begun) > 0 {
		p, c.begun = append(c.begun, p...), nil
	}
	start := c.written
	c.written += int64(len(p))
	c.s.stats.framesOut.Add(1)
	c.s.stats.bytesOut.Add(int64(len(p)))
	dialect := c.hear(f)
	c.s.record(&codec.Record{
		Proto: c.s.Protocol.Info().Name, Dialect: dialect, Conn: c.n, Dir: c.s.ours(), Time: c.s.now(),
		Span: codec.Span{Start: start, End: c.written}, Frame: f, Bytes: p, Err: fault,
	})
}

// tellBegun tells of the beginning of a frame whose rest does not follow, if
// there is one.
func (c *conn) tellBegun(why error) {
	if n := int64(len(c.begun)); n > 0 {
		c.tell(nil, nil, &codec.SyntaxError{Code: codec.CodeTruncated, Offset: c.written + n, Err: why})
	}
}

// farewell ends our half once all is written, and the whole when the client
// has ended its half too, or after a while.
func (c *conn) farewell() {
	half, ok := c.rw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.ctx.Err() != nil {
		c.close()
		return
	}
	c.closeLater(linger, c.close)
}

// closeLater sets the last timer of the connection.
func (c *conn) closeLater(d time.Duration, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.late != nil {
		c.late.Stop()
	}
	c.late = time.AfterFunc(d, do)
}

func (c *conn) close() {
	c.closed.Do(func() {
		close(c.gone)
		_ = c.rw.Close() // all that counts has been written
	})
}

// stop ends a connection in an orderly way: what has been read is answered.
func (c *conn) stop(grace time.Duration) {
	if d, ok := c.rw.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = d.SetReadDeadline(time.Unix(1, 0)) // if not, there is the end of the grace
	}
	c.closeLater(grace, func() {
		c.core.lost(c.n, ErrStopped)
		c.abort(ErrStopped)
	})
}

// send implements sink.
func (c *conn) send(a reactor.Send) {
	ok, err := c.out.add(a.ID, a.Frames)
	if err == nil && !ok {
		err = ErrQueue
	}
	if err != nil {
		c.abort(err)
	}
}

// begin implements sink.
func (c *conn) begin(a reactor.Begin) { c.out.begin(a.Bytes) }

// finish implements sink.
func (c *conn) finish(cause error) { c.over(cause, false) }

// abort implements sink. It does not wait for the closing, which with TLS may
// take a while.
func (c *conn) abort(cause error) {
	c.over(cause, true)
	go c.close()
}

func (c *conn) over(cause error, abort bool) {
	c.mu.Lock()
	if !c.done || abort && c.cause == nil { // aborted while it finishes
		c.done, c.cause = true, cause
	}
	c.mu.Unlock()
	c.out.close(abort)
}
