package decode

import (
	"github.com/wirectl/wirectl/pkg/codec"
)

// What a chunk holds at least, unless the capture ends.
const (
	chunkBytes = 128 << 10
	denseBytes = 32 << 10 // where frames are so small that they take more memory than their bytes
	denseFrame = 256
	eventSize  = 64 // what an event counts beside its bytes
)

// A chunk is a run of records of a capture, with memory of its own, and then
// what a worker made of them.
type chunk struct {
	held     codec.Held // the records' bytes
	size     int
	records  []codec.Record
	frames   []codec.Frame // of earlier records, to be used again
	leads    []byte        // what stands before the records' texts
	leadEnds []int         // of each; empty if there are none
	marks    []mark

	text    []byte
	ends    []int        // of each record's text
	links   []codec.Link // of each; empty if nobody asked
	choices []choice     // likewise
	ready   bool         // to be given out

	batch Batch
}

// A mark is what happened before a record.
type mark struct {
	at     int // the record
	err    error
	closed int // the conversation that was over, if err is nil
}

// A choice is what a Choose said.
type choice struct {
	chosen bool
	later  Later
}

// kept is how much memory for texts is kept to be used again, unless a quarter of
// it was used: a frame of many megabytes is no reason to hold as much for the rest
// of a capture, but more of them are.
const kept = 1 << 20

// empty makes the chunk ready to be filled again.
func (c *chunk) empty() {
	clear(c.records)
	clear(c.links)
	clear(c.choices)
	clear(c.marks)
	if cap(c.text) > max(kept, 4*len(c.text)) {
		c.text = nil
	}
	c.size, c.ready = 0, false
	c.records, c.leads, c.leadEnds, c.marks = c.records[:0], c.leads[:0], c.leadEnds[:0], c.marks[:0]
	c.text, c.ends, c.links, c.choices = c.text[:0], c.ends[:0], c.links[:0], c.choices[:0]
}

// room returns how much the chunk after c is to hold.
func (c *chunk) room() int {
	if c.size < denseFrame*len(c.records) {
		return denseBytes
	}
	return chunkBytes
}

// add takes a record, of which the bytes are held.
func (c *chunk) add(r *codec.Record) {
	k := len(c.records)
	c.records = append(c.records, *r)
	if k == len(c.frames) {
		c.frames = append(c.frames, nil)
	}
	switch f := r.Frame.(type) {
	case nil:
	case codec.Mover:
		c.frames[k] = f.MoveTo(r.Bytes, c.frames[k])
		c.records[k].Frame = c.frames[k]
	default:
		c.records[k].Frame = f.Clone()
	}
}

// render makes the records' texts, and what else is to be known of their frames.
func (c *chunk) render(w *worker) {
	w.begin()
	lead := 0
	for i := range c.records {
		if len(c.leadEnds) > 0 {
			c.text = append(c.text, c.leads[lead:c.leadEnds[i]]...)
			lead = c.leadEnds[i]
		}
		r := &c.records[i]
		if f, ok := r.Frame.(codec.Postponer); ok && f.Postponed() {
			w.frame = f.MoveTo(r.Bytes, w.frame)
			r.Frame = w.frame
		}
		if w.wants(c, r) {
			c.text = w.render(c.text, r)
		}
		c.ends = append(c.ends, len(c.text))
		if w.p.Links {
			c.links = append(c.links, LinkOf(r))
		}
		r.Frame = nil
	}
}

// wants says whether the text of r is to be made, and adds what Choose says to c.
func (w *worker) wants(c *chunk, r *codec.Record) bool {
	if w.choose == nil {
		return true
	}
	chosen, later := w.choose(r)
	c.choices = append(c.choices, choice{chosen, later})
	return chosen || later != nil || w.p.Around
}

// give gives out what was made, in order.
func (c *chunk) give(give func(*Batch, error) error, closed func(conn int)) error {
	from := 0
	for i := range c.marks {
		m := &c.marks[i]
		if err := c.giveRecords(give, from, m.at); err != nil {
			return err
		}
		if from = m.at; m.err == nil {
			closed(m.closed)
		} else if err := give(nil, m.err); err != nil {
			return err
		}
	}
	return c.giveRecords(give, from, len(c.records))
}

// giveRecords gives out the records from one on and before another.
func (c *chunk) giveRecords(give func(*Batch, error) error, from, to int) error {
	if from == to {
		return nil
	}
	c.batch = Batch{c: c, from: from, to: to}
	return give(&c.batch, nil)
}

// A Batch is records one after the other, after they were rendered.
type Batch struct {
	c        *chunk
	from, to int
}

// Len returns the number of records.
func (b *Batch) Len() int { return b.to - b.from }

// Record returns a record, of which the Frame is gone.
func (b *Batch) Record(i int) *codec.Record { return &b.c.records[b.from+i] }

// Link returns the link of a record's frame, if Links was asked for.
func (b *Batch) Link(i int) (l codec.Link) {
	if len(b.c.links) > 0 {
		l = b.c.links[b.from+i]
	}
	return l
}

// Choice returns what Choose said of a record.
func (b *Batch) Choice(i int) (chosen bool, later Later) {
	if len(b.c.choices) == 0 {
		return true, nil
	}
	x := &b.c.choices[b.from+i]
	return x.chosen, x.later
}

// Text returns the texts of the records from one on and before another, which
// stand one after the other. What is appended to it goes elsewhere.
func (b *Batch) Text(from, to int) []byte {
	end := b.begin(to)
	return b.c.text[b.begin(from):end:end]
}

// begin returns where the text of a record begins, or, behind the last one, where
// that ends.
func (b *Batch) begin(i int) int {
	if k := b.from + i; k > 0 {
		return b.c.ends[k-1]
	}
	return 0
}
