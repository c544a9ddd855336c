package decode

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// What a group holds at most, unless a single record is larger.
const (
	groupBytes   = 16 << 10
	groupRecords = 64
)

// A group is a run of records of one conversation that were copied, so that
// another goroutine can render them. It keeps its memory from one use to the
// next.
type group struct {
	batch   *batch
	records []codec.Record
	frames  []codec.Frame // of earlier records, to be used again
	arena   []byte        // the records' bytes; it must not move

	text  []byte
	shown []Shown // what else there is to know of each record
	ends  []int   // of each record's text

	next, at int // what take gives next
}

// group returns an empty group of b.
func (b *batch) group() *group {
	if b.used == len(b.groups) {
		b.groups = append(b.groups, &group{batch: b, arena: make([]byte, 0, 2*groupBytes)})
	}
	g := b.groups[b.used]
	b.used++
	g.records, g.arena = g.records[:0], g.arena[:0]
	g.text, g.shown, g.ends = g.text[:0], g.shown[:0], g.ends[:0]
	g.next, g.at = 0, 0
	return g
}

// add copies r.
func (g *group) add(r *codec.Record) {
	c := *r
	if r.Bytes != nil {
		if cap(g.arena)-len(g.arena) >= len(r.Bytes) {
			start := len(g.arena)
			g.arena = append(g.arena, r.Bytes...)
			c.Bytes = g.arena[start:len(g.arena):len(g.arena)]
		} else {
			c.Bytes = slices.Clone(r.Bytes)
		}
	}
	k := len(g.records)
	if k == len(g.frames) {
		g.frames = append(g.frames, nil)
	}
	switch f := r.Frame.(type) {
	case nil:
	case codec.Mover:
		c.Frame = f.MoveTo(c.Bytes, g.frames[k])
		g.frames[k] = c.Frame
	default:
		c.Frame = f.Clone()
	}
	g.records = append(g.records, c)
}

func (g *group) full() bool {
	return len(g.arena) >= groupBytes || len(g.records) >= groupRecords
}

// render renders the records and says that it is done.
func (g *group) render(w *worker) {
	for i := range g.records {
		var s Shown
		g.text = w.show(g.text, &g.records[i], &s)
		g.shown, g.ends = append(g.shown, s), append(g.ends, len(g.text))
	}
	g.batch.done.Done()
}

// take completes the next of the group's records.
func (g *group) take(s *Shown) {
	end := g.ends[g.next]
	s.Text, g.at = g.text[g.at:end], end
	made := &g.shown[g.next]
	s.Chosen, s.Later, s.Link = made.Chosen, made.Later, made.Link
	g.next++
}

// A hander hands the records of a batch on as long as somebody has time for
// them, and else renders them itself.
type hander struct {
	w    *worker
	b    *batch
	on   bool
	g    *group // that is being filled; nil for none
	left int    // bytes to render here before it is tried again to hand on
}

func (h *hander) add(j *job, r *codec.Record) {
	if !h.on {
		j.render(r, h.w)
		return
	}
	if h.g == nil && h.left <= 0 {
		if len(h.w.p.groups) < cap(h.w.p.groups) {
			h.g = h.b.group()
		} else {
			h.left = groupBytes
		}
	}
	if h.g == nil {
		h.left -= len(r.Bytes)
		j.render(r, h.w)
		return
	}
	h.g.add(r)
	j.add(r, h.g)
	if h.g.full() {
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
