package tap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/wirectl/wirectl/pkg/live"
)

// Serve passes on the connections that l accepts, until ctx ends. Then it
// accepts no more, writes what it has read, closes the connections, and
// returns nil. It closes l.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	var conns sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // Accept tells
	defer stop()
	var slots chan struct{} // nil for no bound
	if n := limit(p.Limits.Connections, DefaultConnections); n > 0 {
		slots = make(chan struct{}, n)
	}
	for wait := time.Duration(0); ; {
		rw, err := l.Accept()
		switch {
		case err == nil && take(slots):
			wait = 0
			conns.Go(func() {
				defer free(slots)
				p.ServeConn(ctx, rw)
			})
		case err == nil:
			p.tell(func(s *Summary) { s.Refused++ }, func(o live.Observer) {
				o.Note(0, "a connection is refused: there are too many")
			})
			_ = rw.Close() // nothing was said on it
		case ctx.Err() != nil:
			conns.Wait()
			return nil
		case !passing(err):
			_ = l.Close() // it has failed already
			conns.Wait()
			return err
		default: // such as too many open files: others may close theirs
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
	}
}

func take(slots chan struct{}) bool {
	if slots == nil {
		return true
	}
	select {
	case slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func free(slots chan struct{}) {
	if slots != nil {
		<-slots
	}
}

// passing says whether Accept may do better the next time.
func passing(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// ServeConn passes on one connection until both sides are done, and closes
// it. What ended it is told to the Observer.
func (p *Proxy) ServeConn(ctx context.Context, client net.Conn) {
	n := int(p.conns.Add(1))
	server, err := p.connect(ctx, client)
	if err != nil {
		_ = client.Close() // nothing was said on it
		p.tell(func(s *Summary) { s.Unreached++ }, func(o live.Observer) { o.Closed(n, p.now(), err) })
		return
	}
	c := newConn(p, n, client, server)
	p.tell(func(s *Summary) { s.Connections++ }, func(o live.Observer) {
		o.Opened(n, p.now(), client.RemoteAddr(), server.RemoteAddr())
	})
	err = c.run(ctx)
	p.tell(func(s *Summary) {
		if err != nil {
			s.Failed++
		}
	}, func(o live.Observer) { o.Closed(n, p.now(), err) })
}

// connect makes the connection to the server. A client that is to encrypt
// has to have done so first: what is no client does not reach the server.
func (p *Proxy) connect(ctx context.Context, client net.Conn) (net.Conn, error) {
	if d := limit(p.Limits.Connect, DefaultConnect); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	if t, ok := client.(*tls.Conn); ok {
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("the client does not encrypt: %w", err)
		}
	}
	server, err := p.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConnect, err)
	}
	return server, nil
}
