package decode

import (
	"slices"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A batch is a run of events, and what the workers made of them.
type batch struct {
	jobs  []job
	arena []byte // the events' bytes
	start time.Time
	done  sync.WaitGroup

	conn  int     // the conversation of all events; 0 when there are several
	parts []*part // by the number of the worker
}

// A job is an event. The records that it gave are the next ones of its part.
type job struct {
	ev      capture.Event
	err     error
	part    *part // nil when nobody decoded it
	records int
}

// A part is what one worker made of a batch.
type part struct {
	text   []byte
	shown  []shown
	groups []*group // that others rendered

	next, at int // what take gives next, and where its text begins
}

// shown is a record that a job gave, and where its text ends.
type shown struct {
	Shown
	end   int
	group *group // that has the text; nil when the part does
}

// newBatch returns a batch for so many workers.
func newBatch(workers int) *batch {
	b := &batch{arena: make([]byte, 0, 2*batchBytes)}
	for range workers {
		b.parts = append(b.parts, new(part))
	}
	return b
}

// kept is how much memory for texts is kept to be used again: a frame of many
// megabytes is no reason to hold as much for the rest of a capture.
const kept = 1 << 20

// emptied returns b without what is in it, or, if it has grown, nil.
func emptied(b []byte) []byte {
	if cap(b) > kept {
		return nil
	}
	return b[:0]
}

// empty makes the batch ready to be filled again.
func (b *batch) empty() {
	b.jobs, b.arena, b.conn = b.jobs[:0], b.arena[:0], 0
	for _, p := range b.parts {
		clear(p.shown)
		p.text, p.shown, p.groups = emptied(p.text), p.shown[:0], p.groups[:0]
		p.next, p.at = 0, 0
	}
}

// add copies an event, which is only lent.
func (b *batch) add(ev *capture.Event, err error) {
	b.jobs = append(b.jobs, job{ev: *ev, err: err})
	j := &b.jobs[len(b.jobs)-1]
	switch c := ev.Conn; {
	case c == nil:
	case len(b.jobs) == 1:
		b.conn = c.ID
	case b.conn != c.ID:
		b.conn = 0
	}
	if n := len(b.arena); n+len(ev.Data) <= cap(b.arena) {
		b.arena = append(b.arena, ev.Data...)
		j.ev.Data = b.arena[n:]
	} else {
		j.ev.Data = slices.Clone(ev.Data)
	}
}

// add appends r, without what is only lent of it. Its text is in g, or yet to
// come.
func (p *part) add(r *codec.Record, g *group) *shown {
	p.shown = append(p.shown, shown{Shown: Shown{Record: *r, HasFrame: r.Frame != nil}, group: g})
	s := &p.shown[len(p.shown)-1]
	s.Frame = nil
	if s.Bytes != nil {
		s.Bytes = []byte{} // not nil: it is no gap
	}
	return s
}

// render is add with the text made at once.
func (p *part) render(r *codec.Record, w *worker) {
	s := p.add(r, nil)
	p.text = w.show(p.text, r, &s.Shown)
	s.end = len(p.text)
}

// take gives the next n records.
func (p *part) take(n int, yield func(*Shown, error) bool) bool {
	for range n {
		s := &p.shown[p.next]
		p.next++
		if s.group != nil {
			s.group.take(&s.Shown)
		} else {
			s.Text, p.at = p.text[p.at:s.end], s.end
		}
		if !yield(&s.Shown, nil) {
			return false
		}
	}
	return true
}

// yield gives what became of the jobs, in order.
func (b *batch) yield(yield func(*Shown, error) bool, closed func(conn int)) bool {
	for i := range b.jobs {
		j := &b.jobs[i]
		if j.err != nil && !yield(nil, j.err) || j.part != nil && !j.part.take(j.records, yield) {
			return false
		}
		if closed != nil && j.err == nil && j.ev.Kind == capture.KindClose && j.ev.Conn != nil {
			closed(j.ev.Conn.ID)
		}
	}
	return true
}
