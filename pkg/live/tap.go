package live

import (
	"errors"
	"io"
	"time"
)

// A tapped connection tells the Observer of the bytes that pass.
type tapped struct {
	s  *Server
	n  int
	rw io.ReadWriteCloser
}

// tap returns rw with the Observer's ear at it.
func (s *Server) tap(n int, rw io.ReadWriteCloser) io.ReadWriteCloser {
	if s.Observer == nil {
		return rw
	}
	return &tapped{s, n, rw}
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.rw.Read(p)
	if n > 0 {
		t.s.observe(func(o Observer) { o.Passed(t.n, t.s.theirs(), t.s.now(), p[:n]) })
	}
	return n, err
}

func (t *tapped) Write(p []byte) (int, error) {
	t.s.observe(func(o Observer) { o.Passed(t.n, t.s.ours(), t.s.now(), p) })
	return t.rw.Write(p)
}

func (t *tapped) Close() error { return t.rw.Close() }

// CloseWrite ends our half, if that can be done.
func (t *tapped) CloseWrite() error {
	if half, ok := t.rw.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetReadDeadline makes a Read return, if that can be done.
func (t *tapped) SetReadDeadline(d time.Time) error {
	if r, ok := t.rw.(interface{ SetReadDeadline(time.Time) error }); ok {
		return r.SetReadDeadline(d)
	}
	return errors.ErrUnsupported
}
