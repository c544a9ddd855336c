package decode

import (
	"slices"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A batch is a run of events.
type batch struct {
	jobs  []job
	arena []byte // the events' bytes
	start time.Time
	done  sync.WaitGroup

	conn   int // the conversation of all events; 0 when there are several
	groups []*group
	used   int // groups
}

// A job is an event and what became of it.
type job struct {
	ev    capture.Event
	err   error
	text  []byte
	shown []shown
}

// shown is a record that a job gave, and where its text ends.
type shown struct {
	Shown
	end   int
	group *group // that has the text; nil when the job does
}

// add copies an event, which is only lent.
func (b *batch) add(ev *capture.Event, err error) {
	if len(b.jobs) < cap(b.jobs) {
		b.jobs = b.jobs[:len(b.jobs)+1]
	} else {
		b.jobs = append(b.jobs, job{})
	}
	j := &b.jobs[len(b.jobs)-1]
	*j = job{ev: *ev, err: err, text: j.text[:0], shown: j.shown[:0]}
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
func (j *job) add(r *codec.Record, g *group) *shown {
	j.shown = append(j.shown, shown{Shown: Shown{Record: *r, HasFrame: r.Frame != nil}, group: g})
	s := &j.shown[len(j.shown)-1]
	s.Frame = nil
	if s.Bytes != nil {
		s.Bytes = []byte{} // not nil: it is no gap
	}
	return s
}

// render is add with the text made at once.
func (j *job) render(r *codec.Record, w *worker) {
	s := j.add(r, nil)
	j.text = w.show(j.text, r, &s.Shown)
	s.end = len(j.text)
}

// yield gives what became of the jobs, in order.
func (b *batch) yield(yield func(*Shown, error) bool, closed func(conn int)) bool {
	for i := range b.jobs {
		j := &b.jobs[i]
		if j.err != nil && !yield(nil, j.err) || !j.yield(yield) {
			return false
		}
		if closed != nil && j.err == nil && j.ev.Kind == capture.KindClose && j.ev.Conn != nil {
			closed(j.ev.Conn.ID)
		}
	}
	return true
}

func (j *job) yield(yield func(*Shown, error) bool) bool {
	start := 0
	for k := range j.shown {
		s := &j.shown[k]
		if s.group != nil {
			s.group.take(&s.Shown)
		} else {
			s.Text, start = j.text[start:s.end], s.end
		}
		if !yield(&s.Shown, nil) {
			return false
		}
	}
	return true
}
