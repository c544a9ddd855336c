package replay

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// An outbox writes to a connection, in its order, what several goroutines
// send: the session, the duty that answers, and its timers. Adding never
// waits, so that a peer that does not read does not keep us from reading.
type outbox struct {
	mu      sync.Mutex
	changed *sync.Cond
	queue   []byte
	added   int64
	written int64
	err     error // of the first write that failed; nothing is written after it
}

var (
	errNotRead = errors.New("the peer does not read")
	errClosed  = errors.New("the connection is closed")
)

func newOutbox() *outbox {
	o := &outbox{}
	o.changed = sync.NewCond(&o.mu)
	return o
}

// add queues bytes, of which it makes a copy.
func (o *outbox) add(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, b...)
	o.added += int64(len(b))
	o.changed.Broadcast()
}

// run writes until stop is called or a write fails.
func (o *outbox) run(w io.Writer) {
	for {
		o.mu.Lock()
		for len(o.queue) == 0 && o.err == nil {
			o.changed.Wait()
		}
		b, done := o.queue, o.err != nil
		o.queue = nil
		o.mu.Unlock()
		if done {
			return
		}
		n, err := w.Write(b)
		o.mu.Lock()
		o.written += int64(n)
		o.mu.Unlock()
		o.stop(err)
	}
}

// stop has nothing more written, when there is an error.
func (o *outbox) stop(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.changed.Broadcast()
}

// flush waits until all that was added before is written. It gives up after
// a time or when ctx ends; drop is called then, and the error says why.
func (o *outbox) flush(ctx context.Context, d time.Duration, drop func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	mark := o.added
	giveUp := func(err error) {
		o.mu.Lock()
		late := o.written < mark && o.err == nil
		o.mu.Unlock()
		if late {
			o.stop(err)
			drop()
		}
	}
	t := time.AfterFunc(d, func() { giveUp(errNotRead) })
	defer t.Stop()
	defer context.AfterFunc(ctx, func() { giveUp(context.Cause(ctx)) })()
	for o.written < mark && o.err == nil {
		o.changed.Wait()
	}
	if o.written >= mark {
		return nil
	}
	return o.err
}
