package live

import (
	"slices"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A queue holds the frames that wait to be written to one connection.
//
//	buf     │ frame │ frame │ frame │
//	frames     end1    end2    end3   sent=ID with the last frame of a Send
type queue struct {
	limit int64 // bytes; 0 for no limit

	mu      sync.Mutex
	changed sync.Cond
	buf     []byte
	frames  []queued
	begun   int   // bytes of the next frame that went before it
	writing int64 // bytes that are taken and not written yet
	closing bool  // nothing is added any more
	aborted bool  // what waits is not wanted any more
}

// queued is a frame in a queue.
type queued struct {
	frame codec.Frame // nil for the beginning of the next one
	end   int         // where it ends in buf
	sent  int         // the Send that ends with it, 0 for none
	last  bool
}

func newQueue(limit int64) *queue {
	q := &queue{limit: limit}
	q.changed.L = &q.mu
	return q
}

// add appends the frames of a Send. It says false when that is too much.
func (q *queue) add(id int, frames []codec.Frame) (ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing {
		return true, nil
	}
	for i, f := range frames {
		at := len(q.buf)
		if q.buf, err = f.AppendBinary(q.buf); err != nil {
			return true, err
		}
		q.buf, q.begun = slices.Delete(q.buf, at, min(at+q.begun, len(q.buf))), 0
		last := i == len(frames)-1
		q.frames = append(q.frames, queued{frame: f, end: len(q.buf), sent: id, last: last})
	}
	q.changed.Broadcast()
	return q.limit == 0 || q.writing+int64(len(q.buf)) <= q.limit, nil
}

// begin appends the first bytes of the next frame.
func (q *queue) begin(b []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing {
		return
	}
	q.buf = append(q.buf, b...)
	q.frames = append(q.frames, queued{end: len(q.buf)})
	q.begun += len(b)
	q.changed.Broadcast()
}

// take waits for frames and takes all there are; spare is memory to use from
// now on. It says false when the queue is closed and empty, or aborted.
func (q *queue) take(spare []byte, frames []queued) (buf []byte, list []queued, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = 0
	q.changed.Broadcast()
	for len(q.frames) == 0 && !q.closing {
		q.changed.Wait()
	}
	if len(q.frames) == 0 || q.aborted {
		return nil, nil, false
	}
	buf, list = q.buf, q.frames
	q.buf, q.frames = spare[:0], frames[:0]
	q.writing = int64(len(buf))
	return buf, list, true
}

// room waits until half the queue is free, so that a client that asks without
// reading the answers is not read any more.
func (q *queue) room() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.limit > 0 && q.writing+int64(len(q.buf)) > q.limit/2 && !q.closing {
		q.changed.Wait()
	}
}

// close lets nothing more in; abort drops what waits as well.
func (q *queue) close(abort bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closing = true
	q.aborted = q.aborted || abort
	q.changed.Broadcast()
}
