package live

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// A Listener is where connections come in. A hub that has several knows them
// by their names.
type Listener struct {
	net.Listener
	Name string
}

// Serve serves the connections that l accepts, until ctx ends or the hub ends
// itself; then it stops accepting, lets the connections finish, and returns
// nil. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.ServeAll(ctx, Listener{Listener: l})
}

// ServeAll is Serve for several listeners. When one fails, all end.
func (s *Server) ServeAll(ctx context.Context, listeners ...Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c := s.hub(ctx); c != nil {
		c.mu.Lock()
		c.ended = cancel
		c.mu.Unlock()
		defer c.stop()
	}
	var conns, accepting sync.WaitGroup
	slots := newSlots(limit(s.Limits.Connections, DefaultConnections))
	ends := make([]error, len(listeners))
	for i, l := range listeners {
		accepting.Go(func() {
			context.AfterFunc(ctx, func() { _ = l.Close() }) // Accept tells
			ends[i] = s.acceptAll(ctx, l, slots, &conns)
			cancel()
		})
	}
	accepting.Wait()
	conns.Wait()
	return errors.Join(ends...)
}

// acceptAll serves what one listener accepts.
func (s *Server) acceptAll(ctx context.Context, l Listener, slots slots, conns *sync.WaitGroup) error {
	for {
		rw, err := s.accept(ctx, l, slots)
		if err != nil || rw == nil {
			return err
		}
		conns.Go(func() {
			defer slots.free()
			// What ended it has been told to the Observer.
			_ = s.serveAt(ctx, l.Name, rw)
		})
	}
}

// accept returns the next connection for which there is a slot; nil when ctx
// has ended.
func (s *Server) accept(ctx context.Context, l net.Listener, slots slots) (net.Conn, error) {
	wait := time.Duration(0)
	for {
		rw, err := l.Accept()
		switch {
		case err == nil && slots.take():
			return rw, nil
		case err == nil:
			s.stats.refused.Add(1)
			s.Note(0, "a connection is refused: there are too many")
			_ = rw.Close() // nothing was said on it
			wait = 0
		case ctx.Err() != nil:
			return nil, nil
		case !passing(err):
			return nil, err
		default: // such as too many open files: others may close theirs
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
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

// slots bound the connections that are open; nil means no bound.
type slots chan struct{}

func newSlots(n int) slots {
	if n == 0 {
		return nil
	}
	return make(slots, n)
}

func (s slots) take() bool {
	if s == nil {
		return true
	}
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) free() {
	if s != nil {
		<-s
	}
}
