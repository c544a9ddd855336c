package tcpflow

import (
	"fmt"
	"time"
)

// waits says whether there is something that time or packets would give up.
func (h *half) waits() bool { return len(h.held) > 0 || h.fin }

// tick counts a packet of the conversation and gives up what has waited long
// enough.
func (h *half) tick(t time.Time) {
	if !h.waits() {
		return
	}
	if !h.started {
		if h.since++; h.since >= startWait && len(h.held) > 0 {
			h.startHeld()
		}
		return
	}
	if !h.acked || !before(h.next, h.ack) {
		return
	}
	if h.passed++; h.passed == 1 {
		h.passedT = t
	}
	if h.passed > holeWait || t.Sub(h.passedT) >= holeTime {
		h.skip(t, "not captured: the other side acknowledged it")
	}
}

// skip gives up the hole at next, with a gap, and goes on behind it. There is
// something held, or a FIN, to end the hole.
func (h *half) skip(t time.Time, why string) {
	to := h.finSeq
	if len(h.held) > 0 {
		to = h.held[0].seq
	}
	if n := to - h.next; n != 0 && n < 1<<31 {
		h.gap(int(n), t, why)
	}
	h.drain(t)
}

// limit gives up holes while too much is held.
func (h *half) limit(t time.Time) {
	a := h.flow.asm
	for len(h.held) > 0 {
		var why string
		switch {
		case h.bytes > a.limits.Flow:
			why = fmt.Sprintf("limit reached: more than %d bytes of one conversation out of order", a.limits.Flow)
		case len(h.held) > a.limits.Segments:
			why = fmt.Sprintf("limit reached: more than %d segments of one conversation out of order", a.limits.Segments)
		case a.held > a.limits.Total:
			why = fmt.Sprintf("limit reached: more than %d bytes of all conversations out of order", a.limits.Total)
		default:
			return
		}
		h.emit(Event{Time: t, Kind: Note, Why: why})
		if !h.started {
			h.startHeld()
		} else {
			h.skip(t, why)
		}
	}
}

// flush gives out everything: no more packets come. lastFIN says that the
// other side closed in order, so that this side's FIN was sent too, seen or
// not.
func (h *half) flush(t time.Time, lastFIN bool) {
	if !h.started && len(h.held) > 0 {
		h.startHeld()
	}
	for len(h.held) > 0 {
		h.skip(t, "not captured")
	}
	if !h.started {
		return
	}
	edge := h.edge
	switch {
	case h.fin:
		edge = h.finSeq
	case lastFIN && edge != h.next, edge-h.next == 1:
		edge-- // FIN takes a number; a last segment of one byte is rare
	}
	if n := edge - h.next; n != 0 && n < farAhead {
		h.gap(int(n), t, "not captured: the other side acknowledged it")
	}
}
