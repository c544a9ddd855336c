package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Web answers the requests of a protocol whose frames are in the bodies of
// HTTP.
type Web interface {
	ServeExchange(x *Exchange, w http.ResponseWriter, r *http.Request)
}

// ServeHTTP serves HTTP on the connections that l accepts, as Serve does.
func (s *Server) ServeHTTP(ctx context.Context, l net.Listener, web Web) error {
	server := http.Server{
		ReadHeaderTimeout: limit(s.Limits.Idle, DefaultIdle),
		IdleTimeout:       limit(s.Limits.Idle, DefaultIdle),
		ReadTimeout:       limit(s.Limits.Total, DefaultIdle),
		WriteTimeout:      limit(s.Limits.Total, DefaultIdle),
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, webKey{}, c.(*webConn))
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := r.Context().Value(webKey{}).(*webConn)
			n := int(c.exchanges.Add(1))
			web.ServeExchange(&Exchange{Conn: c.n, N: n, s: s, ctx: r.Context(), faults: c.faults}, w, r)
		}),
	}
	ended := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(ended)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit(s.Limits.Grace, DefaultGrace))
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close() // the grace is over
		}
	})
	slots := newSlots(limit(s.Limits.Connections, DefaultConnections))
	err := server.Serve(&webListener{Listener: l, s: s, ctx: ctx, slots: slots})
	if !unhook() {
		<-ended
		return nil
	}
	_ = server.Close() // the listener's error is the one that counts
	return err
}

type webKey struct{}

// A webListener makes webConns.
type webListener struct {
	net.Listener
	s     *Server
	ctx   context.Context
	slots slots
}

func (l *webListener) Accept() (net.Conn, error) {
	rw, err := l.s.accept(l.ctx, l.Listener, l.slots)
	if err != nil {
		return nil, err
	}
	if rw == nil {
		return nil, http.ErrServerClosed
	}
	n := int(l.s.stats.next.Add(1))
	l.s.stats.conns.Add(1)
	l.s.opened(n, rw)
	c := &webConn{Conn: rw, n: n, l: l, tap: l.s.tap(n, rw)}
	if l.s.Faults != nil {
		c.faults = l.s.Faults.Conn(n)
	}
	return c, nil
}

// A webConn is a connection of HTTP.
type webConn struct {
	net.Conn
	n         int
	l         *webListener
	tap       io.ReadWriteCloser
	got       atomic.Int64
	faults    Saboteur
	exchanges atomic.Int64
	closed    sync.Once
}

func (c *webConn) Read(p []byte) (int, error) {
	n, err := c.tap.Read(p)
	if most := c.l.s.Limits.Bytes; most > 0 && c.got.Add(int64(n)) > most {
		return 0, ErrBytes
	}
	return n, err
}

func (c *webConn) Write(p []byte) (int, error) { return c.tap.Write(p) }

// CloseWrite ends our half, which is how package http ends a connection.
func (c *webConn) CloseWrite() error {
	if half, ok := c.tap.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (c *webConn) Close() error {
	err := c.tap.Close()
	c.closed.Do(func() {
		c.l.slots.free()
		c.l.s.closed(c.n, nil)
	})
	return err
}

// An Exchange is one request of HTTP and its answer.
type Exchange struct {
	Conn int // the connection
	N    int // which one of it, from 1
	s    *Server
	ctx  context.Context
	conv codec.Conversation
	http codec.HTTP

	faults Saboteur // of the connection; nil for none
}

// Run lets m take the frames of a body and its end, and returns what it
// answers. An error of allow, which judges the commands before they run, and
// one of the machine end it and are returned; [*codec.SyntaxError] is one of
// the body.
func (x *Exchange) Run(m reactor.Machine, body io.Reader, h codec.HTTP, allow func(reactor.Action) error) ([]codec.Frame, error) {
	o := x.s.Codec
	o.MediaType = h.MediaType
	var err error
	if x.conv, err = x.s.Protocol.Open(o); err != nil {
		return nil, err
	}
	x.http = h
	c := newCore(x.ctx, x.s, m)
	defer c.stop()
	c.allow = allow
	out := &collected{}
	c.open(1, "", out)
	err = x.feed(c, body)
	if err == nil {
		err = out.cause
	}
	if err != nil {
		x.s.stats.failed.Add(1)
		return nil, err
	}
	return out.frames, nil
}

// feed gives the frames of a body to the machine.
func (x *Exchange) feed(c *core, body io.Reader) error {
	in := codec.NewStream(x.conv.Decoder(codec.ToServer), codec.ToServer)
	for r, err := range codec.Records(body, in) {
		if err != nil {
			return err
		}
		x.record(r)
		x.s.stats.framesIn.Add(1)
		x.s.stats.bytesIn.Add(r.Span.Len())
		if r.Err != nil {
			return r.Err
		}
		if !c.step(1, reactor.Received{Frame: r.Frame}) {
			return nil
		}
	}
	c.step(1, reactor.EOF{})
	return nil
}

func (x *Exchange) record(r *codec.Record) {
	r.Conn, r.Exchange, r.Proto, r.Time = x.Conn, x.N, x.s.Protocol.Info().Name, x.s.now()
	r.Dialect, _ = x.conv.Dialect()
	r.HTTP = &x.http
	x.s.record(r)
}

// Answer writes frames as the body of the answer: each is a chunk. The head
// has been made by then, but for its status if that is 200.
func (x *Exchange) Answer(w http.ResponseWriter, frames []codec.Frame) error {
	x.http.Status = http.StatusOK
	x.http.MediaType = w.Header().Get("Content-Type")
	flush := http.NewResponseController(w)
	var buf []byte
	var at int64
	for _, f := range frames {
		var err error
		if buf, err = f.AppendBinary(buf[:0]); err != nil {
			return err
		}
		pieces := []Piece{{Bytes: buf}}
		if x.faults != nil {
			if pieces = x.faults.Frame(f, buf); len(pieces) == 0 {
				x.s.Note(x.Conn, dropped)
			}
		}
		for _, p := range pieces {
			if err := x.piece(w, p, f, &at); err != nil {
				return err
			}
			if err := flush.Flush(); err != nil {
				return err
			}
			if p.Close {
				panic(http.ErrAbortHandler) // how the connection is closed at once
			}
		}
	}
	return nil
}

// piece writes a piece of the answer, of which at bytes are out.
func (x *Exchange) piece(w http.ResponseWriter, p Piece, f codec.Frame, at *int64) error {
	if p.Delay > 0 {
		select {
		case <-time.After(p.Delay):
		case <-x.ctx.Done():
			return x.ctx.Err()
		}
	}
	if p.Mute {
		<-x.ctx.Done() // the client gives up, or the server ends
		return x.ctx.Err()
	}
	n := int64(len(p.Bytes))
	r := codec.Record{Dir: codec.ToClient, Span: codec.Span{Start: *at, End: *at + n}, Frame: f, Bytes: p.Bytes}
	if p.Fault != "" {
		r.Frame, r.Err = nil, &codec.SyntaxError{Code: CodeFault, Offset: *at, Err: onPurpose(p.Fault)}
	}
	x.record(&r)
	x.s.stats.framesOut.Add(1)
	x.s.stats.bytesOut.Add(n)
	*at += n
	_, err := w.Write(p.Bytes)
	return err
}

// collected is the sink of an exchange: what is sent is written at its end.
type collected struct {
	frames []codec.Frame
	cause  error
}

// No machine of hg says the beginning of a frame before the rest.
func (k *collected) begin(reactor.Begin) {}

func (k *collected) send(a reactor.Send) { k.frames = append(k.frames, a.Frames...) }

func (k *collected) finish(cause error) { k.cause = cause }

func (k *collected) abort(cause error) {
	if cause == nil {
		cause = errors.New("the exchange is dropped")
	}
	k.cause = cause
}
