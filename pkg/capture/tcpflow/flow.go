package tcpflow

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A flowKey names a conversation: its two ends, the lower first.
type flowKey struct{ low, high host }

// A flow is one conversation in the making.
type flow struct {
	asm    *Assembler
	key    flowKey
	conn   *Conn
	half   [2]half // by sender: 0 is key.low
	client int     // which of the ends is the client

	why    string // how it begins
	opened bool   // the Open event was given
	closed bool   // the Close event was given
	latest time.Time

	prev, following *flow // in the assembler's list
}

// emit puts an event out, behind Open and not before the events so far.
func (f *flow) emit(e Event) {
	if e.Kind != Open {
		f.open()
	}
	e.Conn = f.conn
	e.Time = f.at(e.Time)
	f.asm.out = append(f.asm.out, e)
}

// at returns the time of an event at t: not before the events so far.
func (f *flow) at(t time.Time) time.Time {
	if t.Before(f.latest) {
		return f.latest
	}
	f.latest = t
	return t
}

func (f *flow) open() {
	if f.opened {
		return
	}
	f.opened = true
	c := f.conn
	for i := range f.half {
		h := &f.half[i]
		h.dir = codec.ToClient
		end := &c.Server
		if i == f.client {
			h.dir, end = codec.ToServer, &c.Client
		}
		h.side = c.Side(h.dir)
		*h.side = h.own
		at := f.key.low
		if i == 1 {
			at = f.key.high
		}
		end.Addr = at.addrPort()
		if f.asm.Name != nil {
			end.Name = f.asm.Name(end.Addr.Addr())
		}
	}
	f.emit(Event{Dir: codec.ToServer, Time: c.Start, Kind: Open, Why: f.why})
}

// syn learns where the sender's direction begins. It returns false when the
// packet belongs to another conversation between the same ends.
func (f *flow) syn(i int, s *segment) bool {
	h, peer := &f.half[i], &f.half[1-i]
	first := s.seq + 1
	switch {
	case f.closed && s.flags&flagACK == 0:
		return false
	case h.started && h.exact && h.start != first:
		return false
	case h.started && !h.exact:
		// Joined in the middle: a SYN can only be late if it fits exactly.
		if h.start != first {
			return false
		}
		h.exact = true
	case !h.started && len(h.held) > 0:
		if d := h.held[0].seq - first; d > 1<<20 {
			return false
		}
		h.begin(first, true)
	case !h.started:
		if h.acked && h.ack-first > 1<<20 {
			return false
		}
		h.begin(first, true)
	}
	if s.flags&flagACK == 0 {
		f.setClient(i)
		f.why = "SYN"
	} else {
		f.setClient(1 - i)
		if f.why != "SYN" {
			f.why = "SYN of the server only"
		}
		if !peer.started {
			if len(peer.held) > 0 && peer.held[0].seq-s.ack > 1<<20 {
				return true // what is held is older: it stays in doubt
			}
			peer.begin(s.ack, true)
		}
	}
	if !f.opened { // what Open said stays
		f.conn.JoinedMidstream = false
	}
	return true
}

func (f *flow) setClient(i int) {
	if !f.opened {
		f.client = i
	}
}

// packet takes a segment of sender i.
func (f *flow) packet(i int, s *segment, t time.Time) {
	h, peer := &f.half[i], &f.half[1-i]
	f.conn.End = t
	h.side.Packets++
	if f.closed {
		if len(s.data) > 0 && h.started && before(h.next, s.seq+uint32(len(s.data))) {
			h.side.OutOfWindow += int64(len(s.data))
		}
		return
	}
	if s.flags&flagSYN != 0 && !f.conn.JoinedMidstream {
		f.open()
	}
	if s.flags&flagRST == 0 {
		if s.flags&flagACK != 0 {
			if s.flags&flagSYN == 0 {
				h.noteOwn(s.seq)
			}
			peer.noteAck(s.ack)
		}
	}
	peer.tick(t)
	if len(s.data)+s.cut > 0 && s.flags&flagRST == 0 {
		h.add(s, t)
	} else if len(h.held) > 0 && h.started {
		h.drain(t)
	}
	h.tick(t)
	switch {
	case s.flags&flagRST != 0:
		why := "reset by the server"
		if i == f.client {
			why = "reset by the client"
		}
		if i != f.client && !h.started && len(h.held) == 0 && peer.exact && !peer.begun() {
			why = "refused by the server"
		}
		if h.side.Ended.IsZero() {
			h.side.Ended = t
		}
		f.end(t, why)
	case s.flags&flagFIN != 0 && !h.fin:
		h.fin, h.finSeq, h.side.Ended = true, s.seq+uint32(len(s.data))+uint32(s.cut), t
	}
	if h.finished() && peer.finished() {
		f.end(t, "both sides closed (FIN)")
	}
}

// finished says whether everything up to FIN was given out.
func (h *half) finished() bool {
	if !h.started {
		return h.fin && len(h.held) == 0
	}
	return h.fin && h.next == h.finSeq
}

// done ends a conversation of which no more packets come.
func (f *flow) done() {
	why := "the capture ends"
	if f.half[0].fin && f.half[1].fin {
		why = "both sides closed (FIN)"
	}
	f.end(f.conn.End, why)
}

// end gives out what is held and closes the conversation.
func (f *flow) end(t time.Time, why string) {
	if f.closed {
		return
	}
	first, second := &f.half[f.client], &f.half[1-f.client]
	first.flush(t, second.fin)
	second.flush(t, first.fin)
	f.emit(Event{Dir: codec.ToServer, Time: t, Kind: Close, Why: why})
	f.closed = true
	for i := range f.half {
		f.asm.past -= len(f.half[i].past.ring)
		f.half[i].held, f.half[i].past = nil, history{}
	}
	f.asm.closed(f)
}
