package tcpflow

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// How long to wait before something is given up. Captures give packets in
// nearly the order of the wire: what is late is late by a few packets.
const (
	// startWait is how many packets of a conversation are awaited for bytes
	// before the first ones of a direction whose beginning was not captured.
	startWait = 8

	// holeWait and holeTime bound the wait for bytes that the other side has
	// acknowledged, so that nobody will send them again: in packets of the
	// conversation and in time. They may still come where the two directions
	// were recorded by different queues or clocks.
	holeWait = 16
	holeTime = time.Second

	// farAhead is how far a sequence number may be ahead: the largest window.
	farAhead = 1 << 30

	// farEdge is how far ahead a mere acknowledgement is believed, and how
	// far off a segment and its acknowledgement are when they are another
	// conversation's, whose SYN was not captured.
	farEdge = 64 << 20
)

// A half is one direction of a conversation: the bytes of one sender.
//
// While unstarted it does not know where the direction begins and holds what
// comes; once started, next is the sequence number of the next byte to give
// out and held is what came before its turn.
type half struct {
	ends, ports uint64 // see usual
	flow        *flow
	side        *Side // &own until the conversation is opened, then the Conn's
	past        history

	dir     codec.Direction
	started bool
	exact   bool // start comes from a handshake
	acked   bool // ack is known
	edged   bool // edge is known
	fin     bool
	start   uint32 // of the first byte; good when started
	next    uint32
	ack     uint32
	edge    uint32
	finSeq  uint32  // the number that FIN takes; good when fin
	held    []piece // sorted, apart from each other

	passed  int // packets since the ack went beyond the hole at next
	passedT time.Time
	bytes   int // in held
	since   int // packets of the conversation since held began, while unstarted
	own     Side
}

// A piece is a segment that waits for its turn.
type piece struct {
	seq  uint32
	data []byte // of the assembler's own memory
	cut  int    // bytes after data that were not captured
	time time.Time
}

func (p *piece) end() uint32 { return p.seq + uint32(len(p.data)) + uint32(p.cut) }

// before says whether sequence number a stands before b.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// begin fixes where the direction starts.
func (h *half) begin(seq uint32, exact bool) {
	h.started, h.exact = true, exact
	h.start, h.next = seq, seq
	if !h.edged || before(h.edge, seq) {
		h.edge, h.edged = seq, true
	}
}

// begun reports whether bytes or gaps of the direction were given out.
func (h *half) begun() bool { return h.started && h.next != h.start }

// noteEdge learns that every byte before seq was sent.
func (h *half) noteEdge(seq uint32) {
	if !h.edged {
		h.edge, h.edged = seq, true
		return
	}
	if d := seq - h.edge; d != 0 && d < farEdge {
		h.edge = seq
	}
}

// sent learns that bytes before seq were sent, from a segment in the window.
func (h *half) sent(seq uint32) {
	if before(h.edge, seq) {
		h.edge = seq
	}
}

// foreign reports whether a sequence number is far from all that was sent.
func (h *half) foreign(seq uint32) bool {
	if !h.started {
		return false
	}
	back := uint32(min(h.side.Bytes+h.side.Missing, farAhead)) + 64<<10
	return seq-(h.next-back) > back+(h.edge-h.next)+farEdge
}

// noteOwn learns the number of the next byte that the sender will send.
func (h *half) noteOwn(seq uint32) {
	if h.started {
		h.noteEdge(seq)
	}
}

// noteAck learns that the other side has every byte before ack.
func (h *half) noteAck(ack uint32) {
	if !h.acked || before(h.ack, ack) {
		h.ack, h.acked = ack, true
	}
	h.noteEdge(ack)
	if !h.started && len(h.held) > 0 && !before(ack, h.held[0].end()) {
		h.startHeld()
	}
}

// startHeld begins the direction at the lowest byte held.
func (h *half) startHeld() {
	h.begin(h.held[0].seq, false)
	h.drain(time.Time{})
}

// add takes a segment with data.
func (h *half) add(s *segment, t time.Time) {
	seq, data, cut := s.seq, s.data, s.cut
	if s.flags&flagSYN != 0 {
		seq++ // SYN takes a number of its own
	}
	if !h.started {
		if h.acked && h.ack == seq && len(h.held) == 0 {
			h.begin(seq, false) // everything before is known to have arrived
		} else {
			if !h.near(seq, uint32(len(data)+cut)) {
				h.stray(len(data), t, "far from the first bytes of this direction")
				return
			}
			h.hold(seq, data, cut, t)
			h.limit(t)
			return
		}
	}
	ahead := int32(seq - h.next)
	end := seq + uint32(len(data)) + uint32(cut)
	if h.fin && before(h.finSeq, end) {
		h.stray(len(data), t, "after the end (FIN) of this direction")
		return
	}
	switch {
	case ahead > farAhead || ahead < -farAhead:
		h.stray(len(data), t, "out of every window")
		return
	case ahead > 0:
		h.side.OutOfOrder++
		h.hold(seq, data, cut, t)
		h.sent(end)
		h.limit(t)
		return
	case ahead < 0:
		if lost := min(int(h.start-seq), len(data)); before(seq, h.start) && lost > 1 {
			h.stray(lost, t, "before the first byte of this direction")
			seq, data = seq+uint32(lost), data[lost:]
		}
		old := min(int(h.next-seq), len(data))
		h.compare(seq, data[:old], t)
		if !before(h.next, end) {
			return
		}
		data = data[old:]
		if len(data) == 0 {
			cut = int(end - h.next)
		}
	}
	h.sent(end)
	if len(h.held) == 0 || !before(h.held[0].seq, end) {
		h.give(data, cut, t)
	} else { // it overlaps what is held, which was first
		h.hold(h.next, data, cut, t)
	}
	if len(h.held) > 0 {
		h.drain(t)
	}
}

// near reports whether a segment and all that is held are within a window.
func (h *half) near(seq, n uint32) bool {
	if len(h.held) == 0 {
		return true
	}
	first, last := h.held[0].seq, h.held[len(h.held)-1].end()
	if before(seq, first) {
		first = seq
	}
	if before(last, seq+n) {
		last = seq + n
	}
	return last-first <= farAhead
}

// give hands out bytes that are next, and the gap after them if their rest
// was not captured.
func (h *half) give(data []byte, cut int, t time.Time) {
	if len(data) > 0 {
		h.remember(data)
		h.giveData(data, t)
	}
	if cut > 0 {
		h.gap(cut, t, "cut off in the capture (snaplen)")
	}
	h.passed = 0
}

// giveData hands out bytes that are remembered, or will be.
func (h *half) giveData(data []byte, t time.Time) {
	h.next += uint32(len(data))
	h.side.Bytes += int64(len(data))
	h.flow.open() // which settles what the direction is
	t = h.flow.at(t)
	a := h.flow.asm
	a.out = append(a.out, Event{Conn: h.flow.conn, Dir: h.dir, Time: t, Kind: Data, Data: data})
}

// remember keeps bytes to compare with later ones, while there is room.
func (h *half) remember(data []byte) {
	more := h.past.growth(len(data))
	if more > 0 && h.flow.asm.past+more > maxHistory {
		h.past.gap(len(data))
		return
	}
	h.flow.asm.past += more
	h.past.add(data)
}

func (h *half) gap(n int, t time.Time, why string) {
	h.past.gap(n)
	h.next += uint32(n)
	h.side.Missing += int64(n)
	h.emit(Event{Time: t, Kind: Gap, Gap: int64(n), Why: why})
	h.passed = 0
}

// drain hands out the pieces whose turn has come, at time t or, if that is
// zero, each at the time of its own packet.
func (h *half) drain(t time.Time) {
	n := 0
	for n < len(h.held) && h.held[n].seq == h.next {
		p := &h.held[n]
		h.release(p)
		at := t
		if at.IsZero() {
			at = p.time
		}
		h.give(p.data, p.cut, at)
		n++
	}
	h.held = h.held[:copy(h.held, h.held[n:])]
}

// release gives a piece's memory back; it stays readable until the next
// packet.
func (h *half) release(p *piece) {
	h.bytes -= len(p.data)
	h.flow.asm.free(p.data)
}

// stray counts bytes that fit nowhere.
func (h *half) stray(n int, t time.Time, where string) {
	if n == 0 {
		return
	}
	h.side.OutOfWindow += int64(n)
	h.emit(Event{Time: t, Kind: Note, Why: fmt.Sprintf("%d bytes left out: %s", n, where)})
}

// compare notes bytes that were sent again.
func (h *half) compare(seq uint32, data []byte, t time.Time) {
	if len(data) <= 1 && seq+uint32(len(data)) == h.next {
		return // a keep-alive: one byte of any value
	}
	h.side.Resent += int64(len(data))
	h.flow.asm.settle()
	if n := h.past.differs(int64(int32(seq-h.next)), data); n > 0 {
		h.differing(n, t)
	}
}

func (h *half) differing(n int, t time.Time) {
	h.side.Differing += int64(n)
	h.emit(Event{Time: t, Kind: Note,
		Why: fmt.Sprintf("%d bytes were sent again with another value: the first were kept", n)})
}

// emit puts out an event of this direction.
func (h *half) emit(e Event) {
	h.flow.open() // which settles what the direction is
	e.Dir = h.dir
	h.flow.emit(e)
}
