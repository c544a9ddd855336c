package tcpflow

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Limits bound the memory of an [Assembler]. A zero field means its default.
type Limits struct {
	Flow     int // bytes out of order in one direction: 4 MiB
	Segments int // segments out of order in one direction: 4096
	Total    int // bytes out of order in all conversations: 64 MiB
	Flows    int // open conversations: 65536; the longest idle one goes first
}

func (l Limits) orDefaults() Limits {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&l.Flow, 4<<20)
	set(&l.Segments, 4096)
	set(&l.Total, 64<<20)
	set(&l.Flows, 64<<10)
	return l
}

// How long closed conversations are remembered, so that late packets do not
// seem to be new conversations.
const (
	maxClosed  = 4096
	closedTime = 2 * time.Minute
)

// Stats counts what went into an [Assembler].
type Stats struct {
	Packets   int64 // all of them
	TCP       int64 // with a TCP segment
	Other     int64 // something else, or a fragment of something
	Bad       int64 // that could not be read
	Fragments int   // datagrams that were never complete
	Conns     int   // conversations
}

// An Assembler puts conversations together. It is for one goroutine.
type Assembler struct {
	// Name gives names to addresses; it may be nil.
	Name func(netip.Addr) string

	// Keep says whether the conversation between two ends, the sender of a
	// packet first, is wanted; nil takes all.
	Keep func(from, to netip.AddrPort) bool

	// Lasting says that the data of packets stays good until Settle is called,
	// and not only until the next packet: most of it is then hardly copied.
	// Each packet's data stands behind that of the one before in one array, to
	// the end of which its capacity goes, and the assembler may write there:
	// what several packets bring is one event, and comes when something else
	// does or at Settle.
	Lasting bool

	limits Limits
	flows  map[flowKey]*flow
	latest *flow // of the packet before
	active list  // least recently used first
	ended  list  // closed, oldest first
	frags  fragments
	stats  Stats

	out   []Event
	held  int // bytes in pieces
	past  int // bytes in histories
	run   run
	late  []late
	spent [][]byte
	spare [][]byte
}

// New returns an Assembler.
func New(l Limits) *Assembler {
	return &Assembler{limits: l.orDefaults(), flows: make(map[flowKey]*flow)}
}

// Stats returns the counts so far.
func (a *Assembler) Stats() Stats {
	s := a.stats
	s.Fragments = a.frags.lost + len(a.frags.open)
	return s
}

// Packet takes a captured packet that was sent at t. It returns the events
// that the packet completes; they are good, and data must not change, until
// the next call. The error says what is wrong with the packet, if it cannot
// be used; packets of other protocols are none.
func (a *Assembler) Packet(link LinkType, data []byte, t time.Time) ([]Event, error) {
	a.recycle()
	a.stats.Packets++
	if h, bytes := a.usual(link, data); h != nil {
		a.latest.conn.End = t
		if len(bytes) > 0 {
			h.bring(bytes, t)
		}
	} else {
		a.endRun()
		var s segment
		if err := decode(link, data, &a.frags, &s); err != nil {
			return a.out, a.unfit(err)
		}
		a.segment(&s, t)
	}
	a.stats.TCP++
	return a.out, nil
}

// unfit counts a packet that decode refused. It returns what is wrong with it.
func (a *Assembler) unfit(err error) error {
	if errors.Is(err, errNotTCP) || errors.Is(err, errFragment) {
		a.stats.Other++
		return nil
	}
	a.stats.Bad++
	return err
}

func (a *Assembler) segment(s *segment, t time.Time) {
	key, i := flowKey{s.src, s.dst}, 0
	if s.dst.less(s.src) {
		key, i = flowKey{s.dst, s.src}, 1
	}
	f := a.find(key)
	if f != nil && a.isNew(f, i, s) {
		f.end(t, "its ports are used again")
		a.forget(f)
		f = nil
	}
	if f == nil {
		if a.Keep != nil && !a.Keep(s.src.addrPort(), s.dst.addrPort()) {
			return
		}
		f = a.begin(key, i, s, t)
	}
	f.packet(i, s, t)
}

// find returns the conversation between two ends, nil if it is not known.
func (a *Assembler) find(key flowKey) *flow {
	f := a.latest
	if f == nil || f.key != key {
		if f = a.flows[key]; f != nil && !f.closed {
			a.active.toEnd(f)
		}
		a.latest = f
	}
	return f
}

// isNew says whether a segment begins another conversation than f.
func (a *Assembler) isNew(f *flow, i int, s *segment) bool {
	h, peer := &f.half[i], &f.half[1-i]
	switch {
	case s.flags&flagRST != 0:
		return false
	case s.flags&flagSYN != 0:
		return !f.syn(i, s)
	case !f.closed && len(s.data) > 0 && h.foreign(s.seq) && s.flags&flagACK != 0 && peer.foreign(s.ack):
		return true
	case !f.closed || len(s.data) == 0 || !h.started:
		return false
	}
	// Data long after the end: the same ports, and a SYN that was missed.
	return s.seq-h.next > 1<<20 && h.next-s.seq > 1<<20
}

func (a *Assembler) begin(key flowKey, i int, s *segment, t time.Time) *flow {
	a.stats.Conns++
	f := &flow{
		asm:  a,
		key:  key,
		conn: &Conn{ID: a.stats.Conns, Start: t, End: t, JoinedMidstream: true},
		why:  "joined in the middle: no SYN",
	}
	ends, ports := key.ipv4Heads()
	for n := range f.half {
		h := &f.half[n]
		h.flow, h.side = f, &h.own
		h.ends, h.ports = ends[n], ports[n]
	}
	f.client = i
	if low, high := key.low.port, key.high.port; low < high {
		f.client = 1
	} else if low > high {
		f.client = 0
	}
	if s.flags&flagSYN != 0 && s.flags&flagRST == 0 {
		f.syn(i, s)
	}
	a.flows[key], a.latest = f, f
	a.active.push(f)
	if len(a.flows)-a.ended.n > a.limits.Flows {
		old := a.active.first
		old.end(t, "limit reached: too many open conversations, this one was idle longest")
		a.forget(old)
	}
	for a.ended.n > maxClosed || a.ended.n > 0 && t.Sub(a.ended.first.conn.End) > closedTime {
		a.forget(a.ended.first)
	}
	return f
}

// closed moves a flow to the list of those that are over.
func (a *Assembler) closed(f *flow) {
	a.active.remove(f)
	a.ended.push(f)
}

// forget drops a flow that is over.
func (a *Assembler) forget(f *flow) {
	a.ended.remove(f)
	delete(a.flows, f.key)
	if a.latest == f {
		a.latest = nil
	}
}

// Finish ends all conversations: no more packets come. The events are good
// until the next call.
func (a *Assembler) Finish() []Event {
	a.recycle()
	a.endRun()
	var open []*flow
	for f := a.active.first; f != nil; f = f.following {
		open = append(open, f)
	}
	slices.SortFunc(open, func(x, y *flow) int { return x.conn.ID - y.conn.ID })
	for _, f := range open {
		f.done()
	}
	for a.ended.n > 0 {
		a.forget(a.ended.first)
	}
	return a.out
}

// alloc returns a copy of data in memory of the assembler.
func (a *Assembler) alloc(data []byte) []byte {
	a.held += len(data)
	if n := len(a.spare); n > 0 && cap(a.spare[n-1]) >= len(data) {
		b := a.spare[n-1]
		a.spare = a.spare[:n-1]
		return append(b[:0], data...)
	}
	return append(make([]byte, 0, max(len(data), 1536)), data...)
}

// free takes back what alloc gave; it can be read until recycle.
func (a *Assembler) free(b []byte) {
	a.held -= len(b)
	a.spent = append(a.spent, b)
}

// recycle begins a new packet: the events of the one before are over.
func (a *Assembler) recycle() {
	a.out = a.out[:0]
	if len(a.spent) > 0 {
		a.reuse()
	}
}

// reuse takes back what free was given.
func (a *Assembler) reuse() {
	const keep = 64 // buffers
	for _, b := range a.spent {
		if len(a.spare) < keep {
			a.spare = append(a.spare, b)
		}
	}
	a.spent = a.spent[:0]
}

// A list links flows in an order.
type list struct {
	first, last *flow
	n           int
}

func (l *list) push(f *flow) {
	f.prev, f.following = l.last, nil
	if l.last != nil {
		l.last.following = f
	} else {
		l.first = f
	}
	l.last = f
	l.n++
}

func (l *list) remove(f *flow) {
	if f.prev != nil {
		f.prev.following = f.following
	} else {
		l.first = f.following
	}
	if f.following != nil {
		f.following.prev = f.prev
	} else {
		l.last = f.prev
	}
	f.prev, f.following = nil, nil
	l.n--
}

func (l *list) toEnd(f *flow) {
	if l.last != f {
		l.remove(f)
		l.push(f)
	}
}

// Latest returns the conversation of the packet before, if it was given any
// event and is still known.
func (a *Assembler) Latest() *Conn {
	if a.latest == nil || !a.latest.opened || a.latest.closed {
		return nil
	}
	return a.latest.conn
}
