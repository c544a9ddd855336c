package tcpflow

import "time"

// maxRun is how many bytes are handed on at a time: enough that it matters
// little what that costs.
const maxRun = 64 << 10

// A run is what packets brought of one direction, one after the other, and what
// has not been handed on yet. It stands where the first of them brought its
// bytes; those of the others were moved there.
type run struct {
	half  *half // nil when there is none
	data  []byte
	parts []Part
	other []Part // of the run before, which may not be over
}

// join adds bytes that are next to the run, or begins another one. It returns
// false when they are not to be handed on later: that takes memory that lasts,
// and a history that has its full size.
func (a *Assembler) join(h *half, data []byte, t time.Time) bool {
	if !a.Lasting || len(h.past.ring) < historySize {
		a.endRun()
		return false
	}
	r := &a.run
	n := len(r.data)
	if r.half != h || n+len(data) > min(maxRun, cap(r.data)) {
		a.endRun()
		h.flow.open() // which settles what the direction is
		r.half, r.data, n = h, data, 0
	} else {
		r.data = r.data[:n+len(data)]
		copy(r.data[n:], data)
	}
	h.next += uint32(len(data))
	h.side.Bytes += int64(len(data))
	r.parts = append(r.parts, Part{n + len(data), h.flow.at(t)})
	return true
}

// endRun hands on what is in the run.
func (a *Assembler) endRun() {
	r := &a.run
	if r.half == nil {
		return
	}
	h := r.half
	e := Event{Conn: h.flow.conn, Dir: h.dir, Time: r.parts[len(r.parts)-1].Time, Kind: Data, Data: r.data}
	if len(r.parts) > 1 {
		e.Parts = r.parts
	}
	a.out = append(a.out, e)
	a.late = append(a.late, late{&h.past, h.past.total, r.data})
	h.past.total += int64(len(r.data))
	*r = run{parts: r.other[:0], other: r.parts}
}

// A late is a stretch of bytes that were given out and do not stand in their
// history yet.
type late struct {
	in   *history
	at   int64
	data []byte
}

// Settle returns the events that were put off, and copies what is still wanted
// of the data of packets so far; see Lasting. The events are good until the
// next call.
func (a *Assembler) Settle() []Event {
	a.recycle()
	a.endRun()
	a.settle()
	return a.out
}

func (a *Assembler) settle() {
	for _, l := range a.late {
		l.in.settle(l.at, l.data)
	}
	clear(a.late)
	a.late = a.late[:0]
}
