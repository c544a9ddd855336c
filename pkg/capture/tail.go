package capture

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// Tail returns a reader of r that waits at its end for more, as tail -f does,
// until ctx is done: then it ends. A file that has become shorter is read
// from its start again. No goroutine outlives a call of Read.
//
// A pipe's Read waits by itself; it is woken when ctx is done if r is an
// [os.File] that can be, which pipes are.
func Tail(ctx context.Context, r io.Reader, interval time.Duration) io.Reader {
	if interval <= 0 {
		interval = 200 * time.Millisecond
	}
	return &tail{ctx: ctx, r: r, interval: interval}
}

type tail struct {
	ctx      context.Context
	r        io.Reader
	interval time.Duration
	at       int64
}

func (t *tail) Read(b []byte) (int, error) {
	stop := func() bool { return true }
	if d, ok := t.r.(interface{ SetReadDeadline(time.Time) error }); ok {
		stop = context.AfterFunc(t.ctx, func() { _ = d.SetReadDeadline(time.Unix(1, 0)) })
	}
	defer stop()
	for {
		if t.ctx.Err() != nil {
			return 0, io.EOF
		}
		n, err := t.r.Read(b)
		t.at += int64(n)
		switch {
		case n > 0 || len(b) == 0:
			return n, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && t.ctx.Err() != nil:
			return 0, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return 0, err
		}
		if !t.grows() {
			return 0, io.EOF
		}
		wait := time.NewTimer(t.interval)
		select {
		case <-t.ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
		t.rewind()
	}
}

// grows reports whether more can come after the end of the input: not from a
// pipe whose writers are gone.
func (t *tail) grows() bool {
	f, ok := t.r.(*os.File)
	if !ok {
		return true
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// rewind goes back to the start of a file that was cut.
func (t *tail) rewind() {
	f, ok := t.r.(*os.File)
	if !ok {
		return
	}
	if info, err := f.Stat(); err == nil && info.Size() < t.at {
		if _, err := f.Seek(0, io.SeekStart); err == nil {
			t.at = 0
		}
	}
}
