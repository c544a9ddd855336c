package decode

import (
	"context"
	"iter"
	"slices"
	"sync"
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

// A Parallel decodes the conversations of one capture on several goroutines:
// each conversation on one of them. What comes out is in the order in which
// one Session would give it.
//
//	source ──▶ batch of events ──┬─▶ worker: Session, Render ─┬─▶ in order
//	           (copied once)     └─▶ worker: Session, Render ─┘
//
// A conversation is not cut, as what its frames mean depends on those before.
// But once decoded they stand alone: while a batch is of one conversation, its
// worker hands groups of frames to those that have nothing to do, which render
// them.
type Parallel struct {
	Links bool // find out the links of frames
	Light bool // Render does next to nothing: it is not worth handing on

	// Choose makes a worker's Choose, as NewRender makes its Render. Records
	// that are not chosen come out without a text, unless Around is set. Nil
	// chooses all.
	Choose func(start time.Time) Choose
	Around bool

	// Closed is called between records, when a conversation is over.
	Closed func(conn int)

	workers []*worker
	groups  chan *group // to be rendered by anyone
	turn    chan *batch // batches in order, while they are worked on
	free    pool[*batch]
	spare   pool[*group]
	copies  pool[*copies]
	start   time.Time
}

// Start returns the time of the capture's first event. It is known once Run
// has given a record.
func (p *Parallel) Start() time.Time { return p.start }

// NewParallel returns a Parallel of n workers.
func NewParallel(o Options, n int, render NewRender) (*Parallel, error) {
	p := &Parallel{
		groups: make(chan *group, 2*n),
		turn:   make(chan *batch, ahead),
		free:   newPool(ahead+3, func() *batch { return newBatch(n) }),
		spare:  newPool(32, func() *group { return new(group) }),
		copies: newPool(4*n, newCopies), // in the queue, being rendered, being filled
	}
	for range n {
		s, err := NewSession(o)
		if err != nil {
			return nil, err
		}
		p.workers = append(p.workers, &worker{session: s, p: p, newRender: render, in: make(chan *batch, ahead)})
	}
	return p, nil
}

const (
	ahead      = 2        // batches that may wait
	batchBytes = 64 << 10 // about how much a batch holds
	batchJobs  = 1024
)

type worker struct {
	session   *Session
	p         *Parallel // for its settings
	newRender NewRender
	render    Render // made with the first batch
	choose    Choose // likewise; nil chooses all
	in        chan *batch
	frame     codec.Frame // of the group that is rendered: copies are moved here, one after the other
}

// Run decodes src. Shown records are good until the next one is asked for.
// Errors are as those of [Session.Records].
func (p *Parallel) Run(ctx context.Context, src capture.Source) iter.Seq2[*Shown, error] {
	return func(yield func(*Shown, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		all.Go(func() { p.read(ctx, src) })
		for i, w := range p.workers {
			all.Go(func() { w.run(ctx, i, len(p.workers)) })
		}
		for b := range p.turn {
			b.done.Wait()
			p.start = b.start
			if ctx.Err() != nil || !b.yield(yield, p.Closed) {
				return
			}
			for _, part := range b.parts {
				p.drop(part.groups)
			}
			p.free.put(b)
		}
		p.finish(yield)
	}
}

// read makes batches of the events and hands them to all workers.
func (p *Parallel) read(ctx context.Context, src capture.Source) {
	defer close(p.turn)
	defer func() {
		for _, w := range p.workers {
			close(w.in)
		}
	}()
	var start time.Time
	b := p.free.get()
	for ev, err := range src.Events() {
		if start.IsZero() {
			start = ev.Time
		}
		b.start = start
		b.add(&ev, err)
		if len(b.arena) >= batchBytes || len(b.jobs) >= batchJobs {
			if !p.send(ctx, b) {
				return
			}
			b = p.free.get()
			b.empty()
		}
	}
	p.send(ctx, b)
}

func (p *Parallel) send(ctx context.Context, b *batch) bool {
	b.done.Add(len(p.workers))
	select {
	case p.turn <- b:
	case <-ctx.Done():
		return false
	}
	for _, w := range p.workers {
		select {
		case w.in <- b:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// run decodes the conversations that are the worker's, and renders what
// others hand on.
func (w *worker) run(ctx context.Context, number, of int) {
	for {
		select {
		case b, ok := <-w.in:
			if !ok {
				w.help()
				return
			}
			w.begin(b)
			w.decode(ctx, b, number, of)
			b.done.Done()
		case g := <-w.p.groups:
			w.begin(g.batch)
			g.render(w)
		}
	}
}

// help renders what is left when no more batches come.
func (w *worker) help() {
	for {
		select {
		case g := <-w.p.groups:
			w.begin(g.batch)
			g.render(w)
		default:
			return
		}
	}
}

func (w *worker) begin(b *batch) {
	if w.render != nil {
		return
	}
	w.render = w.newRender(b.start)
	if w.p.Choose != nil {
		w.choose = w.p.Choose(b.start)
	}
}

// decode decodes the events of a batch that are the worker's.
func (w *worker) decode(ctx context.Context, b *batch, number, of int) {
	h := hander{w: w, b: b, part: b.parts[number], on: of > 1 && b.conn != 0 && !w.p.Light}
	for i := range b.jobs {
		j := &b.jobs[i]
		if j.err == nil && j.ev.Conn != nil && j.ev.Conn.ID%of == number && ctx.Err() == nil {
			before := len(h.part.shown)
			w.session.Event(&j.ev, func(r *codec.Record) bool { h.add(r); return true })
			j.part, j.records = h.part, len(h.part.shown)-before
		}
	}
	h.flush()
}

// show appends the text of r, if it is wanted, and says in s what else is to
// be known of the frame.
func (w *worker) show(dst []byte, r *codec.Record, s *Shown) []byte {
	if s.Chosen = true; w.choose != nil {
		s.Chosen, s.Later = w.choose(r)
	}
	if s.Chosen || s.Later != nil || w.p.Around {
		dst = w.render(dst, r)
	}
	if w.p.Links {
		s.Link = LinkOf(r)
	}
	return dst
}

// finish ends the conversations that are still open. The workers are done.
func (p *Parallel) finish(yield func(*Shown, error) bool) {
	for _, w := range p.workers {
		var last part
		if w.render == nil {
			continue // there was nothing
		}
		w.session.Finish(func(r *codec.Record) bool { last.render(r, w); return true })
		if !last.take(len(last.shown), yield) {
			return
		}
	}
}

// Summaries returns what is known about the conversations, in the order of
// their numbers.
func (p *Parallel) Summaries() []*Summary {
	var all []*Summary
	for _, w := range p.workers {
		all = append(all, w.session.Summaries()...)
	}
	slices.SortFunc(all, func(a, b *Summary) int { return a.Conn.ID - b.Conn.ID })
	return all
}
