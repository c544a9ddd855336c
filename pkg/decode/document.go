package decode

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A Written is a record of a document.
type Written struct {
	*codec.Record

	// Masked says that a secret stood there masked: something else took its
	// place in the record's bytes.
	Masked bool

	// Line is the line that completed the record.
	Line int
}

// Document decodes a document of the notation, such as decode prints: its
// bytes are decoded like those of a capture. o names the protocol of lines
// before which the document names none; dir is the direction of lines that
// have none. A record is good until the next one is asked for. Errors are of
// type [*humanframe.Error], or those of r, and end the reading.
func Document(name string, r io.Reader, o Options, dir codec.Direction) iter.Seq2[Written, error] {
	return NewDocumentReader(o, dir).Records(name, r)
}

// A DocumentReader is Document for those who want to know what the
// conversations were, as a [Session] tells of a capture. It reads one document.
type DocumentReader struct{ d *document }

// NewDocumentReader returns a DocumentReader that has read nothing.
func NewDocumentReader(o Options, dir codec.Direction) *DocumentReader {
	d := &document{o: o, talks: map[[2]int]*written{}, last: map[int]*written{}, seqs: map[int]int{}, conns: map[int]*capture.Conn{}}
	d.enc = humanframe.NewEncoder(registry.Lookup, dir, codec.Options{Compat: o.Codec.Compat})
	return &DocumentReader{d}
}

// Records gives the records, as Document does.
func (dr *DocumentReader) Records(name string, r io.Reader) iter.Seq2[Written, error] {
	d := dr.d
	return func(yield func(Written, error) bool) {
		d.yield = yield
		if o := &d.o; o.Protocol != "" && o.Protocol != Auto {
			if err := d.enc.Use(o.Protocol, o.Codec.Dialect); err != nil {
				yield(Written{}, err)
				return
			}
		}
		lines := humanframe.NewScanner(name, r)
		for !d.stopped {
			l, err := lines.Next()
			if errors.Is(err, io.EOF) {
				d.finish()
				return
			}
			if err = d.line(name, l, err); err != nil {
				yield(Written{}, err)
				return
			}
		}
	}
}

// Conn returns a conversation, nil when there is none of that number. Who its
// client and its server are is not known.
func (dr *DocumentReader) Conn(number int) *capture.Conn { return dr.d.conns[number] }

// Summaries returns what is known about the conversations, in the order of
// their numbers.
func (dr *DocumentReader) Summaries() []*Summary {
	byConn := map[int]*Summary{}
	for _, w := range dr.d.order {
		conn, exchange := w.number[0], w.number[1]
		sum := byConn[conn]
		if sum == nil {
			sum = &Summary{Conn: dr.d.conns[conn]}
			byConn[conn] = sum
		}
		for _, part := range w.session.Summaries() {
			sum.add(part, exchange)
		}
	}
	return slices.SortedFunc(maps.Values(byConn), func(a, b *Summary) int { return a.Conn.ID - b.Conn.ID })
}

// add adds what is known about an exchange, or with 0 about all.
func (sum *Summary) add(part *Summary, exchange int) {
	sum.Protocol, sum.Dialect, sum.Why = part.Protocol, part.Dialect, "as the document says"
	for i, n := range part.Frames {
		sum.Frames[i] += n
	}
	sum.Damage += part.Damage
	sum.Gaps += part.Gaps
	sum.Missing += part.Missing
	sum.addAccount(part, exchange)
}

// A document is one while it is read.
type document struct {
	o       Options
	enc     *humanframe.Encoder
	talks   map[[2]int]*written // by connection and exchange
	last    map[int]*written    // by connection
	order   []*written
	seqs    map[int]int
	conns   map[int]*capture.Conn
	time    time.Time
	number  int // of the line that is decoded
	yield   func(Written, error) bool
	stopped bool
}

// written is one conversation of a document. Each exchange of HTTP is a
// conversation to its protocol.
type written struct {
	session *Session
	conn    *capture.Conn
	number  [2]int // connection and exchange
	sides   [2]writtenSide

	// What is no frame waits until there is one, as bytes among which there
	// are no frames need not be tried: they are of no protocol of ours, or a
	// body of HTTP that holds something else.
	waiting []waitingItem
	waits   int
}

type writtenSide struct {
	frames bool // there was a frame; in both sides, but for those of HTTP
	given  bool // what waited was given up: there are no frames
	at     int64
	base   int64        // what was not decoded
	masked []codec.Span // in order; those that are behind are dropped
}

type waitingItem struct {
	item humanframe.Item
	time time.Time
	line int
}

// maxWaits is how many bytes wait for a frame.
const maxWaits = 1 << 20

// line takes a line, or the error of reading it.
func (d *document) line(name string, l *humanframe.Line, err error) error {
	var item humanframe.Item
	ok, masked, number := false, false, 0
	if err == nil {
		number = l.Number
		item, ok, err = d.enc.Encode(l)
	}
	if fault, is := errors.AsType[*humanframe.Error](err); is && strings.Contains(fault.Text, codec.Redacted) {
		masked, number = true, fault.Line
		item, ok, err = d.unmask(name, fault)
	}
	if err != nil || !ok {
		return err
	}
	if item.Timed || d.time.IsZero() && !d.enc.Start().IsZero() {
		d.time = d.enc.Start().Add(item.At)
	}
	w, err := d.talk(&item)
	if err != nil {
		return err
	}
	c := d.conns[item.Conn]
	c.End = d.time
	c.Side(item.Dir).Bytes += int64(len(item.Bytes))
	if last := d.last[item.Conn]; last != nil && last != w {
		d.giveUp(last) // its next exchange: the order is to stay
	}
	d.last[item.Conn] = w
	frame := masked || item.Gap == 0 && l.Raw == nil
	s := &w.sides[side(item.Dir)]
	switch {
	case frame && !s.frames:
		s.frames = true
		if item.Exchange == 0 {
			w.sides[0].frames, w.sides[1].frames = true, true
		}
		d.release(w)
	case !s.frames && !s.given:
		item.Bytes = bytes.Clone(item.Bytes)
		w.waiting = append(w.waiting, waitingItem{item, d.time, number})
		if w.waits += len(item.Bytes); w.waits > maxWaits {
			d.giveUp(w)
		}
		return nil
	}
	if d.number = number; item.Gap > 0 || len(item.Bytes) > 0 {
		d.feed(w, &item, d.time, masked)
	}
	return nil
}

// release decodes what waited for a frame.
func (d *document) release(w *written) {
	waiting := w.waiting
	w.waiting = nil
	for _, i := range waiting {
		if w.sides[side(i.item.Dir)].frames {
			d.number = i.line
			d.feed(w, &i.item, i.time, false)
		} else {
			w.waiting = append(w.waiting, i)
		}
	}
}

// giveUp shows what waited as what is no frame.
func (d *document) giveUp(w *written) {
	waiting := w.waiting
	w.waiting = nil
	for _, i := range waiting {
		w.sides[side(i.item.Dir)].given = true
		d.number = i.line
		d.feed(w, &i.item, i.time, false)
	}
}

// feed decodes an item, or shows it as it is.
func (d *document) feed(w *written, item *humanframe.Item, at time.Time, masked bool) {
	s := &w.sides[side(item.Dir)]
	n := int64(len(item.Bytes)) + item.Gap
	span := codec.Span{Start: s.at, End: s.at + n}
	s.at = span.End
	if s.given && !s.frames {
		r := codec.Record{Dir: item.Dir, Time: at, Bytes: item.Bytes, Span: codec.Span{End: n}}
		if item.Gap == 0 {
			r.Err = codec.Faultf(CodeNotFrames, 0, "", "no frame, says the document")
		} else {
			r.Bytes = nil
		}
		d.emit(w)(&r)
		s.base = s.at
		return
	}
	if masked {
		s.masked = append(s.masked, span)
	}
	ev := capture.Event{Conn: w.conn, Dir: item.Dir, Time: at, Kind: capture.KindData, Data: item.Bytes}
	if item.Gap > 0 {
		ev.Kind, ev.Data, ev.Gap = capture.KindGap, nil, item.Gap
	}
	w.session.Event(&ev, d.emit(w))
}

// standIns take the place of a masked secret. One of them is what each
// protocol reads there.
var standIns = []string{`x`, `""`, `None`, `x""`, `00`}

// unmask encodes a line in which a secret is masked.
func (d *document) unmask(name string, fault *humanframe.Error) (item humanframe.Item, ok bool, err error) {
	for _, s := range standIns {
		var l *humanframe.Line
		if l, err = humanframe.ParseLine(name, fault.Line, strings.ReplaceAll(fault.Text, codec.Redacted, s)); err != nil {
			continue
		}
		if item, ok, err = d.enc.Encode(l); err == nil {
			return item, ok, nil
		}
	}
	return item, false, fault
}

// talk returns the conversation that an item is part of.
func (d *document) talk(item *humanframe.Item) (*written, error) {
	number := [2]int{item.Conn, item.Exchange}
	if w := d.talks[number]; w != nil {
		return w, nil
	}
	o := d.o
	o.Protocol = item.Proto
	s, err := NewSession(o)
	if err != nil {
		return nil, err
	}
	w := &written{session: s, conn: &capture.Conn{ID: 1}, number: number}
	d.talks[number] = w
	if d.conns[item.Conn] == nil {
		d.conns[item.Conn] = &capture.Conn{ID: item.Conn, Start: d.time}
	}
	d.order = append(d.order, w)
	return w, nil
}

// emit returns what takes the records of a conversation.
func (d *document) emit(w *written) func(*codec.Record) bool {
	return func(r *codec.Record) bool {
		if d.stopped {
			return false
		}
		r.Conn, r.Exchange = w.number[0], w.number[1]
		r.Seq = d.seqs[r.Conn]
		d.seqs[r.Conn]++
		s := &w.sides[side(r.Dir)]
		r.Span.Start += s.base
		r.Span.End += s.base
		for len(s.masked) > 0 && s.masked[0].End <= r.Span.Start {
			s.masked = s.masked[1:]
		}
		masked := len(s.masked) > 0 && s.masked[0].Start < r.Span.End
		d.stopped = !d.yield(Written{r, masked, d.number}, nil)
		return !d.stopped
	}
}

// finish ends what is still open.
func (d *document) finish() {
	for _, w := range d.order {
		d.giveUp(w)
		w.session.Finish(d.emit(w))
	}
}
