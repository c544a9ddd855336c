package hg

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// Limits on what is kept of messages that are not whole yet.
const (
	maxItem = 16 << 20 // bytes of one CBOR item; longer ones are not shown
	maxHeld = 64 << 20 // bytes of all of them in one direction
	maxOpen = 1024     // messages; the frames of others are looked at alone

	maxItems = 1 << 16 // items that end in one frame; the others are counted
)

// A message is a sequence of CBOR items that is cut over frames: a request, a
// response, settings.
type message struct {
	scan   cbor.Scanner
	items  int         // that have ended
	began  int64       // the frame in which the item at hand began
	buf    []byte      // its bytes from earlier frames
	pieces cbor.Pieces // where those stand
	long   bool        // it has too many bytes to be kept
	broken error       // no CBOR from here on

	// The item that ended in the frame at hand, if it began before it.
	whole       []byte
	wholePieces cbor.Pieces
}

func (m *message) reset(lim cbor.Limits) {
	m.scan.Limits = lim
	m.scan.Reset()
	m.pieces.Reset()
	m.items, m.began, m.buf, m.long, m.broken = 0, 0, m.buf[:0], false, nil
}

// An item is a CBOR item of a message. It is in the frame in which it ends.
type item struct {
	index  int          // in its message, from 0
	bytes  []byte       // all of it; nil when it is too long to be kept
	at, n  int          // what of it stands in the frame's body
	back   int64        // how many frames of the direction before this one it began
	pieces *cbor.Pieces // where it stands; nil when it is all in this frame
}

// message returns the message that the frame is part of.
func (in *inbound) message(f *Frame) *message {
	key := messageKey(f)
	m := in.open[key]
	if m != nil && f.begins() {
		in.close(key, m)
		m = nil
	}
	switch {
	case m != nil:
	case f.ends() || len(in.open) >= maxOpen:
		m = &in.alone
		m.reset(in.lim)
	default:
		if last := len(in.spare) - 1; last >= 0 {
			m, in.spare = in.spare[last], in.spare[:last]
		} else {
			m = &message{}
		}
		m.reset(in.lim)
		if in.open == nil {
			in.open = make(map[uint32]*message)
		}
		in.open[key] = m
	}
	return m
}

// messageKey is equal for the frames of one message.
func messageKey(f *Frame) uint32 {
	return uint32(f.RequestID)<<12 | uint32(f.StreamID)<<4 | uint32(f.TypeID)
}

// close forgets a message. What it holds stays good until the next frame.
func (in *inbound) close(key uint32, m *message) {
	delete(in.open, key)
	in.held -= len(m.buf)
	if len(in.spare) < 16 && cap(m.buf) <= 1<<20 && cap(m.whole) <= 1<<20 {
		in.spare = append(in.spare, m)
	}
}

// collect finds the items that end in the frame's body.
func (in *inbound) collect(f *Frame) {
	c, m := &in.c, in.message(f)
	if m.scan.Within() {
		c.skip = len(c.body)
	}
	for pos := 0; pos < len(c.body) && m.broken == nil; {
		within := m.scan.Within()
		if !within {
			m.began = in.frames
		}
		n, done, err := m.scan.Next(c.body[pos:])
		switch {
		case err != nil:
			m.broken = err
			c.bad = pos + n
			in.held -= len(m.buf)
			m.buf = m.buf[:0]
		case done:
			in.finish(m, pos, n, within)
			if within {
				c.skip = pos + n
			}
		default:
			c.rest = n
			in.keep(m, pos, n)
		}
		pos += n
	}
	c.broken = m.broken
	if f.ends() {
		c.cut = m.scan.Within()
		if m != &in.alone {
			in.close(messageKey(f), m)
		}
	}
}

// finish adds an item of which n bytes of the body from pos are the last.
func (in *inbound) finish(m *message, pos, n int, within bool) {
	c := &in.c
	it := item{index: m.items, at: pos, n: n, bytes: c.body[pos : pos+n]}
	m.items++
	if len(c.items) >= maxItems {
		c.more++
		return
	}
	if within {
		it.back = in.frames - m.began
		in.keep(m, pos, n)
		m.whole, m.buf = m.buf, m.whole[:0]
		m.wholePieces, m.pieces = m.pieces, m.wholePieces
		m.pieces.Reset()
		in.held -= len(m.whole)
		it.bytes, it.pieces = m.whole, &m.wholePieces
		if m.long {
			it.bytes = nil
		}
		m.long = false
	}
	c.items = append(c.items, it)
}

// keep keeps n bytes of the body from pos for an item that goes on.
func (in *inbound) keep(m *message, pos, n int) {
	c := &in.c
	if m.long || len(m.buf)+n > maxItem || in.held+n > maxHeld {
		in.held -= len(m.buf)
		m.buf, m.long = m.buf[:0], true
		return
	}
	span := codec.Span{Start: c.at + int64(pos), End: c.at + int64(pos+n)}
	if c.packed() {
		span = codec.Span{Start: c.at, End: in.at + HeaderLen + in.payload}
	}
	m.pieces.Add(len(m.buf), n, span, c.packed())
	m.buf = append(m.buf, c.body[pos:pos+n]...)
	in.held += n
}
