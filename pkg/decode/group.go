package decode

import (
	"github.com/wirectl/wirectl/pkg/codec"
)

// What a group holds at most, unless a single record is larger.
const (
	groupBytes   = 16 << 10
	groupRecords = 64
)

// A group is a run of records of one conversation that another goroutine may
// render, and then the texts of these.
type group struct {
	batch  *batch
	copies *copies // until they are rendered

	text  []byte
	made  []made
	given int // of made, by take
	at    int // where the text of the next one begins
}

// made is what rendering found out about a record.
type made struct {
	chosen bool
	later  Later
	link   codec.Link
	end    int // of its text
}

// copies are records with memory of their own. There are only as many of them
// as groups can wait and be worked on at a time: what has been rendered needs
// its texts alone.
type copies struct {
	records []codec.Record
	frames  []codec.Frame // of earlier records, to be used again
	arena   []byte        // the records' bytes; it must not move
}

// A pool keeps what is used again and again; it takes no more than its
// channel holds.
type pool[T any] struct {
	free  chan T
	fresh func() T
}

func newPool[T any](n int, fresh func() T) pool[T] {
	return pool[T]{free: make(chan T, n), fresh: fresh}
}

func (p *pool[T]) get() T {
	select {
	case x := <-p.free:
		return x
	default:
		return p.fresh()
	}
}

func (p *pool[T]) put(x T) {
	select {
	case p.free <- x:
	default:
	}
}

func newCopies() *copies { return &copies{arena: make([]byte, 0, 2*groupBytes)} }

// group returns an empty group for records of b.
func (p *Parallel) group(b *batch) *group {
	g := p.spare.get()
	g.batch, g.copies = b, p.copies.get()
	return g
}

// drop takes groups back whose texts are needed no more.
func (p *Parallel) drop(groups []*group) {
	for i, g := range groups {
		clear(g.made)
		*g = group{text: emptied(g.text), made: g.made[:0]}
		p.spare.put(g)
		groups[i] = nil
	}
}

// fits says whether there is room for r, or for nothing at all yet.
func (c *copies) fits(r *codec.Record) bool {
	return len(c.records) == 0 || len(c.arena)+len(r.Bytes) <= cap(c.arena)
}

// add copies r, which fits.
func (c *copies) add(r *codec.Record) {
	if len(c.arena)+len(r.Bytes) > cap(c.arena) {
		c.arena = make([]byte, 0, len(r.Bytes))
	}
	own := *r
	if r.Bytes != nil {
		start := len(c.arena)
		c.arena = append(c.arena, r.Bytes...)
		own.Bytes = c.arena[start:len(c.arena):len(c.arena)]
	}
	k := len(c.records)
	if k == len(c.frames) {
		c.frames = append(c.frames, nil)
	}
	switch f := r.Frame.(type) {
	case nil:
	case codec.Mover:
		own.Frame = f.MoveTo(own.Bytes, c.frames[k])
		c.frames[k] = own.Frame
	default:
		own.Frame = f.Clone()
	}
	c.records = append(c.records, own)
}

func (c *copies) full() bool {
	return len(c.arena) >= groupBytes || len(c.records) >= groupRecords
}

// render renders the records, gives their memory back and says that it is
// done.
func (g *group) render(w *worker) {
	c := g.copies
	for i := range c.records {
		r := &c.records[i]
		if f, ok := r.Frame.(codec.Postponer); ok && f.Postponed() {
			w.frame = f.MoveTo(r.Bytes, w.frame)
			r.Frame = w.frame
		}
		var s Shown
		g.text = w.show(g.text, r, &s)
		g.made = append(g.made, made{s.Chosen, s.Later, s.Link, len(g.text)})
	}
	clear(c.records)
	c.records = c.records[:0]
	if c.arena = emptied(c.arena); c.arena == nil {
		c.arena = make([]byte, 0, 2*groupBytes)
	}
	g.copies = nil
	w.p.copies.put(c)
	g.batch.done.Done()
}

// take completes the next of the group's records.
func (g *group) take(s *Shown) {
	m := &g.made[g.given]
	g.given++
	s.Text, g.at = g.text[g.at:m.end], m.end
	s.Chosen, s.Later, s.Link = m.chosen, m.later, m.link
}

// A hander hands the records of a batch on as long as somebody has time for
// them, and else renders them itself.
type hander struct {
	w    *worker
	b    *batch
	part *part
	on   bool
	g    *group // that is being filled; nil for none
	left int    // bytes to render here before it is tried again to hand on
}

func (h *hander) add(r *codec.Record) {
	if !h.on {
		h.part.render(r, h.w)
		return
	}
	if h.g != nil && !h.g.copies.fits(r) {
		h.flush()
	}
	if h.g == nil && h.left <= 0 {
		if len(h.w.p.groups) < cap(h.w.p.groups) {
			h.g = h.w.p.group(h.b)
			h.part.groups = append(h.part.groups, h.g)
		} else {
			h.left = groupBytes
		}
	}
	if h.g == nil {
		h.left -= len(r.Bytes)
		h.part.render(r, h.w)
		return
	}
	h.g.copies.add(r)
	h.part.add(r, h.g)
	if h.g.copies.full() {
		h.flush()
	}
}

// flush hands the group on.
func (h *hander) flush() {
	g := h.g
	if h.g = nil; g == nil {
		return
	}
	h.b.done.Add(1)
	select {
	case h.w.p.groups <- g:
	default:
		g.render(h.w)
	}
}
