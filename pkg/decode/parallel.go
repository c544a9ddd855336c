package decode

import (
	"context"
	"io"
	"iter"
	"runtime"
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

// A Parallel decodes a capture on several goroutines. What comes out is in the
// order in which one Session would give it.
//
//	worker: cut ▐ cut ▐ cut ▐ render ▐ cut ▐ …
//	             ╲     ╲
//	worker:       render ▐ render ▐ …
//
// There is one Session, as what a frame means depends on those before: one worker
// at a time has it and cuts the capture into chunks of records. But once cut they
// stand alone, and the others render them, each a chunk of its own. When there are
// enough for them the one that cuts renders as well, so that nobody waits whose
// work the others wait for. Chunks are given out in order, by whoever completes the
// first one.
type Parallel struct {
	Links bool // find out the links of frames

	// Choose makes a worker's Choose, as NewRender makes its Render. Records
	// that are not chosen come out without a text, unless Around is set. Nil
	// chooses all.
	Choose func(start time.Time) Choose
	Around bool

	// Lead makes what appends the part of a record's text that stands before
	// what Render appends, and that depends on the records before: it is called
	// for all of them, in order. Nil for none.
	Lead NewRender

	// Closed is called between records, when a conversation is over.
	Closed func(conn int)

	workers   int
	newRender NewRender
	free      chan *chunk // that nobody uses; so many that workers seldom wait for one
	ready     chan *chunk // that are cut, to be rendered by anyone

	in      sync.Mutex // of what cut uses
	session *Session
	next    func() (capture.Event, error, bool)
	filling *chunk
	room    int // how much that is to hold
	start   time.Time
	begun   bool
	lead    Render
	over    bool
	closed  bool // ready

	out    sync.Mutex // of the queue
	queue  []*chunk   // in order, from being filled to being given out
	giving bool       // somebody gives chunks out, and looks after what is completed meanwhile

	stopped atomic.Bool // nothing more is to be given out
	failed  error       // why
}

// Start returns the time of the capture's first event, and whether there was
// one. It is known once Run has given records, or has ended.
func (p *Parallel) Start() (start time.Time, begun bool) { return p.start, p.begun }

// NewParallel returns a Parallel of n workers.
func NewParallel(o Options, n int, render NewRender) (*Parallel, error) {
	s, err := NewSession(o)
	if err != nil {
		return nil, err
	}
	p := &Parallel{workers: n, newRender: render, session: s, room: denseBytes, ready: make(chan *chunk, max(1, n-1))}
	p.free = make(chan *chunk, 2*n) // being cut or rendered, to be rendered, and to be given out
	for range cap(p.free) {
		p.free <- new(chunk)
	}
	return p, nil
}

// Run decodes src and calls give for its records, or an error, in order: on
// several goroutines, but not on two at a time. A Batch is good until give
// returns. Run ends when give returns an error, and returns that. Errors of src
// are as those of [Session.Records].
func (p *Parallel) Run(ctx context.Context, src capture.Source, give func(*Batch, error) error) error {
	next, stop := iter.Pull2(src.Events())
	defer stop()
	p.next = next
	if direct, ok := src.(capture.DirectSource); ok {
		direct.ReadBy(p.read)
	}
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
	render Render      // made with the first chunk
	choose Choose      // likewise; nil chooses all
	frame  codec.Frame // the last one that was moved here to be rendered; its memory is used again
}

// work cuts when nobody else does and there is nothing to render, and renders.
func (p *Parallel) work(ctx context.Context, give func(*Batch, error) error) {
	w := worker{p: p}
	for {
		c := p.find(ctx)
		if c == nil {
			return // it is closed
		}
		c.render(&w)
		p.give(c, give)
	}
}

// patience is how often a worker looks for something to do before it sleeps: to
// wake it takes longer than what it mostly waits for, the cutting of a chunk.
const patience = 200

// find returns the next chunk to render, or nil when there are no more.
func (p *Parallel) find(ctx context.Context) *chunk {
	for range patience {
		select {
		case c := <-p.ready:
			return c
		default:
		}
		if p.in.TryLock() {
			defer p.in.Unlock()
			return p.cut(ctx)
		}
		runtime.Gosched()
	}
	return <-p.ready
}

// cut hands on chunks of the capture until nobody needs more, and returns the next
// one. When there are no more it closes ready, and returns what is left in there, or
// nil: who looked there before may have found nothing yet.
func (p *Parallel) cut(ctx context.Context) *chunk {
	for !p.over {
		if p.stopped.Load() || ctx.Err() != nil {
			p.over = true
			break
		}
		c := <-p.free
		p.fill(c)
		select {
		case p.ready <- c:
		default:
			return c
		}
	}
	if !p.closed {
		p.closed = true
		close(p.ready)
	}
	return <-p.ready
}

// fill puts the next records of the capture in c, and c in the queue.
func (p *Parallel) fill(c *chunk) {
	c.empty()
	p.filling = c
	p.session.buffers.Hold(&c.held)
	for !p.over && c.size < p.room {
		switch ev, err, ok := p.next(); {
		case !ok:
			p.over = true
			p.session.Finish(p.add)
		default:
			p.event(c, &ev, err)
		}
	}
	p.room = c.room()
	p.out.Lock()
	p.queue = append(p.queue, c)
	p.out.Unlock()
}

// read reads for the chunk that is being filled: as much as it is to hold, once
// frames are cut from that. Before, and where there are none, events are records.
func (p *Parallel) read(r io.Reader, size int) ([]byte, error) {
	if f := p.session.last; f != nil && f.talk != nil {
		size = p.room
	}
	return p.filling.held.Read(r, size)
}

// event puts in c what an event brings.
func (p *Parallel) event(c *chunk, ev *capture.Event, err error) {
	c.size += eventSize + len(ev.Data)
	if err != nil {
		c.marks = append(c.marks, mark{at: len(c.records), err: err})
		return
	}
	if !p.begun {
		p.begin(ev.Time)
	}
	p.session.Event(ev, p.add)
	if p.Closed != nil && ev.Kind == capture.KindClose && ev.Conn != nil {
		c.marks = append(c.marks, mark{at: len(c.records), closed: ev.Conn.ID})
	}
}

// begin is called with the first event.
func (p *Parallel) begin(start time.Time) {
	p.begun, p.start = true, start
	if p.Lead != nil {
		p.lead = p.Lead(start)
	}
}

// add puts a record in the chunk that is being filled, and what stands before its
// text.
func (p *Parallel) add(r *codec.Record) bool {
	c := p.filling
	c.add(r)
	if p.lead != nil {
		c.leads = p.lead(c.leads, r)
		c.leadEnds = append(c.leadEnds, len(c.leads))
	}
	return true
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

// give gives out c, when its turn has come, and what waits for it. While
// another worker does that, it is left to that one.
func (p *Parallel) give(c *chunk, give func(*Batch, error) error) {
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
