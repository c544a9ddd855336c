package decode

import (
	"github.com/wirectl/wirectl/pkg/codec"
)

// What a chunk holds at least, unless the capture ends.
const (
	chunkBytes = 64 << 10
	eventSize  = 64 // what an event counts beside its bytes
)

// A chunk is a run of records of a capture, with memory of its own, and then
// what a worker made of them.
type chunk struct {
	held    codec.Held // the records' bytes
	size    int
	records []codec.Record
	frames  []codec.Frame // of earlier records, to be used again
	marks   []mark

	made  []made // by the record
	text  []byte
	ready bool // to be given out

	shown Shown
}

// A mark is what happened before a record.
type mark struct {
	at     int // the record
	err    error
	closed int // the conversation that was over, if err is nil
}

// made is what rendering found out about a record.
type made struct {
	chosen bool
	later  Later
	link   codec.Link
	end    int // of its text
}

// kept is how much memory for texts is kept to be used again: a frame of many
// megabytes is no reason to hold as much for the rest of a capture.
const kept = 1 << 20

// empty makes the chunk ready to be filled again.
func (c *chunk) empty() {
	clear(c.records)
	clear(c.made)
	clear(c.marks)
	if cap(c.text) > kept {
		c.text = nil
	}
	c.size, c.ready = 0, false
	c.records, c.made, c.marks, c.text = c.records[:0], c.made[:0], c.marks[:0], c.text[:0]
}

func (c *chunk) full() bool { return c.size >= chunkBytes }

// add takes a record, of which the bytes are held.
func (c *chunk) add(r *codec.Record) bool {
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
	return true
}

// render makes the records' texts.
func (c *chunk) render(w *worker) {
	w.begin()
	for i := range c.records {
		r := &c.records[i]
		if f, ok := r.Frame.(codec.Postponer); ok && f.Postponed() {
			w.frame = f.MoveTo(r.Bytes, w.frame)
			r.Frame = w.frame
		}
		var m made
		c.text, m = w.show(c.text, r)
		c.made = append(c.made, m)
	}
}

// give gives out what was made, in order.
func (c *chunk) give(give func(*Shown, error) error, closed func(conn int)) error {
	marks, at := c.marks, 0
	for i := range len(c.records) + 1 {
		for ; len(marks) > 0 && marks[0].at == i; marks = marks[1:] {
			switch m := marks[0]; {
			case m.err == nil:
				closed(m.closed)
			default:
				if err := give(nil, m.err); err != nil {
					return err
				}
			}
		}
		if i == len(c.records) {
			break
		}
		m := &c.made[i]
		c.show(&c.records[i], m, c.text[at:m.end])
		if err := give(&c.shown, nil); err != nil {
			return err
		}
		at = m.end
	}
	return nil
}

// show makes a Shown of a record.
func (c *chunk) show(r *codec.Record, m *made, text []byte) {
	c.shown = Shown{Record: *r, HasFrame: r.Frame != nil, Chosen: m.chosen, Later: m.later, Link: m.link, Text: text}
	c.shown.Frame = nil
	if c.shown.Bytes != nil {
		c.shown.Bytes = []byte{} // not nil: it is no gap
	}
}
