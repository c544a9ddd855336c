package decode

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A Render appends a record in some form.
type Render func(dst []byte, r *codec.Record) []byte

// A NewRender makes a Render. start is the time of the capture's first event,
// zero when it has none. Each worker has a Render of its own.
type NewRender func(start time.Time) Render

// A Choose says whether a record is wanted, by that record alone. If that takes
// what others tell of it, it returns a Later.
type Choose func(r *codec.Record) (chosen bool, later Later)

// A Later says whether a record is wanted, once it is known what others tell of
// it. It may append the record's text, if that takes it as well. The record
// itself is gone by then.
type Later func(dst []byte, joined *codec.Joined) (text []byte, chosen bool)

// A Shown is a record after it was rendered. The record's Frame and Bytes are
// gone; HasFrame and Gap say what they were.
type Shown struct {
	codec.Record
	HasFrame bool
	Chosen   bool       // as Choose says, if Later is nil
	Later    Later      // as Choose says
	Link     codec.Link // if Links was asked for
	Text     []byte     // what Render appended
}

// A Parallel decodes a capture on several goroutines. What comes out is in the
// order in which one Session would give it.
//
//	worker: ▐ fill ▌ render        ▐ give ▌▐ fill ▌ render …
//	worker:        ▐ fill ▌ render        ▐ give ▌▐ fill ▌ …
//
// There is one Session, as what a frame means depends on those before. One
// worker at a time has it: that one fills a chunk with the next records of the
// capture. But once decoded they stand alone, and what takes the time is to
// render them: that is done by all at once, each with a chunk of its own, which
// it has in its caches from the first byte to the text. Chunks are given out in
// order, by whoever completes the first one.
type Parallel struct {
	Links bool // find out the links of frames

	// Choose makes a worker's Choose, as NewRender makes its Render. Records
	// that are not chosen come out without a text, unless Around is set. Nil
	// chooses all.
	Choose func(start time.Time) Choose
	Around bool

	// Closed is called between records, when a conversation is over.
	Closed func(conn int)

	workers   int
	newRender NewRender
	free      chan *chunk // that nobody uses; so many that workers seldom wait for one

	in      sync.Mutex // of what fill uses
	session *Session
	next    func() (capture.Event, error, bool)
	start   time.Time
	begun   bool
	over    bool

	out    sync.Mutex // of the queue
	queue  []*chunk   // in order, from being filled to being given out
	giving bool       // somebody gives chunks out, and looks after what is completed meanwhile

	stopped atomic.Bool // nothing more is to be given out
	failed  error       // why
}

// Start returns the time of the capture's first event. It is known once Run
// has given a record.
func (p *Parallel) Start() time.Time { return p.start }

// NewParallel returns a Parallel of n workers.
func NewParallel(o Options, n int, render NewRender) (*Parallel, error) {
	s, err := NewSession(o)
	if err != nil {
		return nil, err
	}
	p := &Parallel{workers: n, newRender: render, session: s, free: make(chan *chunk, n+2)}
	for range cap(p.free) {
		p.free <- new(chunk)
	}
	return p, nil
}

// Run decodes src and calls give for each record, or error, in order: on
// several goroutines, but not on two at a time. A Shown is good until give
// returns. Run ends when give returns an error, and returns that. Errors of src
// are as those of [Session.Records].
func (p *Parallel) Run(ctx context.Context, src capture.Source, give func(*Shown, error) error) error {
	next, stop := iter.Pull2(src.Events())
	defer stop()
	p.next = next
	var all sync.WaitGroup
	for range p.workers {
		all.Go(func() { p.work(ctx, give) })
	}
	all.Wait()
	return p.failed
}

// Summaries returns what is known about the conversations, in the order of
// their numbers.
func (p *Parallel) Summaries() []*Summary { return p.session.Summaries() }

// A worker is one of the goroutines.
type worker struct {
	p      *Parallel
	render Render // made with the first chunk
	choose Choose // likewise; nil chooses all
	frame  codec.Frame
}

func (p *Parallel) work(ctx context.Context, give func(*Shown, error) error) {
	w := worker{p: p}
	for c := range p.free {
		if !p.fill(ctx, c) {
			p.free <- c // for the next one to see that it is over
			return
		}
		c.render(&w)
		p.give(c, give)
	}
}

// fill puts the next records of the capture in c, and c in the queue. It says
// false when there are none.
func (p *Parallel) fill(ctx context.Context, c *chunk) bool {
	p.in.Lock()
	defer p.in.Unlock()
	if p.over || p.stopped.Load() || ctx.Err() != nil {
		return false
	}
	c.empty()
	p.session.buffers.Hold(&c.held)
	for !p.over && !c.full() {
		switch ev, err, ok := p.next(); {
		case !ok:
			p.over = true
			p.session.Finish(c.add)
		default:
			p.event(c, &ev, err)
		}
	}
	p.out.Lock()
	p.queue = append(p.queue, c)
	p.out.Unlock()
	return true
}

// event puts in c what an event brings.
func (p *Parallel) event(c *chunk, ev *capture.Event, err error) {
	if !p.begun {
		p.begun, p.start = true, ev.Time
	}
	c.size += eventSize + len(ev.Data)
	if err != nil {
		c.marks = append(c.marks, mark{at: len(c.records), err: err})
		return
	}
	p.session.Event(ev, c.add)
	if p.Closed != nil && ev.Kind == capture.KindClose && ev.Conn != nil {
		c.marks = append(c.marks, mark{at: len(c.records), closed: ev.Conn.ID})
	}
}

// begin gives the worker what it needs, once it is known when the capture
// begins.
func (w *worker) begin() {
	if w.render != nil {
		return
	}
	w.render = w.p.newRender(w.p.start)
	if w.p.Choose != nil {
		w.choose = w.p.Choose(w.p.start)
	}
}

// show appends the text of r, if it is wanted, and returns what else is to be
// known of the frame.
func (w *worker) show(dst []byte, r *codec.Record) ([]byte, made) {
	m := made{chosen: true}
	if w.choose != nil {
		m.chosen, m.later = w.choose(r)
	}
	if m.chosen || m.later != nil || w.p.Around {
		dst = w.render(dst, r)
	}
	if w.p.Links {
		m.link = LinkOf(r)
	}
	m.end = len(dst)
	return dst, m
}

// give gives out c, when its turn has come, and what waits for it. While
// another worker does that, it is left to that one.
func (p *Parallel) give(c *chunk, give func(*Shown, error) error) {
	p.out.Lock()
	defer p.out.Unlock()
	if c.ready = true; p.giving {
		return
	}
	p.giving = true
	for len(p.queue) > 0 && p.queue[0].ready {
		first := p.queue[0]
		p.queue = append(p.queue[:0], p.queue[1:]...)
		p.out.Unlock()
		if !p.stopped.Load() {
			if err := first.give(give, p.Closed); err != nil {
				p.failed = err
				p.stopped.Store(true)
			}
		}
		p.free <- first
		p.out.Lock()
	}
	p.giving = false
}
