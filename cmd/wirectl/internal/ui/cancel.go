package ui

import (
	"context"
	"io"
	"os"
)

// Cancelable returns a reader of r whose Read ends with the context's cause
// when ctx ends, even while it waits for somebody to type or to write into a
// pipe. Regular files do not keep anybody waiting and are only checked.
func Cancelable(ctx context.Context, r io.Reader) io.Reader {
	if f, ok := r.(*os.File); ok {
		if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
			return &waiting{ctx: ctx, r: r}
		}
	}
	return &checked{ctx, r}
}

type checked struct {
	ctx context.Context
	r   io.Reader
}

func (c *checked) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

// waiting reads in a goroutine that lives from the first Read to the end of
// the input, or of the process when the input never says another word.
type waiting struct {
	ctx    context.Context
	r      io.Reader
	pieces chan piece
	rest   []byte
	err    error
}

type piece struct {
	b   []byte
	err error
}

func (w *waiting) Read(p []byte) (int, error) {
	done := w.ctx.Done()
	if w.pieces == nil {
		w.pieces = make(chan piece)
		go w.pump()
	}
	if len(w.rest) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		select {
		case <-done:
			return 0, context.Cause(w.ctx)
		case got := <-w.pieces:
			w.rest, w.err = got.b, got.err
		}
	}
	n := copy(p, w.rest)
	if w.rest = w.rest[n:]; len(w.rest) == 0 && n == 0 {
		return 0, w.err
	}
	return n, nil
}

// pump uses two buffers in turn: while one is being read, the other fills. A
// piece is only sent when the one before has been used up.
func (w *waiting) pump() {
	var bufs [2][]byte
	for i := range bufs {
		bufs[i] = make([]byte, 64<<10)
	}
	for i := 0; ; i ^= 1 {
		n, err := w.r.Read(bufs[i])
		select {
		case w.pieces <- piece{bufs[i][:n], err}:
		case <-w.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}
