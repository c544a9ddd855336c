package tcpflow

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A pkt is a TCP packet in a test. seq and ack count from the start of each
// direction: the SYN has 0, the first byte 1.
type pkt struct {
	dir      codec.Direction
	flags    uint8
	seq, ack uint32
	data     string
	cut      int // bytes of data to leave out at the end
}

const (
	up   = codec.ToServer
	down = codec.ToClient
)

// ends are the two ends and the numbers that the sides begin with.
type ends struct {
	client, server uint16
	isn            [2]uint32
}

var plain = ends{40000, 8000, [2]uint32{1000, 5_000_000}}

// bytes returns p as an IPv4 packet.
func (e ends) bytes(p pkt) []byte {
	b := make([]byte, 40, 40+len(p.data))
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(p.data)))
	src, dst, sp, dp, seq, ack := byte(1), byte(2), e.client, e.server, e.isn[0], e.isn[1]
	if p.dir == down {
		src, dst, sp, dp, seq, ack = dst, src, dp, sp, ack, seq
	}
	copy(b[12:], []byte{10, 0, 0, src, 10, 0, 0, dst})
	t := b[20:]
	binary.BigEndian.PutUint16(t, sp)
	binary.BigEndian.PutUint16(t[2:], dp)
	binary.BigEndian.PutUint32(t[4:], seq+p.seq)
	if p.flags&flagACK != 0 {
		binary.BigEndian.PutUint32(t[8:], ack+p.ack)
	}
	t[12], t[13] = 5<<4, p.flags
	return append(b, p.data[:len(p.data)-p.cut]...)
}

var tapeStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// play gives packets to a, a millisecond apart, and logs the events: each
// with its direction and text, a gap as (n).
func play(t *testing.T, a *Assembler, e ends, pkts []pkt) *log {
	t.Helper()
	l := &log{t: t, sides: make(map[*Conn]*[2]strings.Builder)}
	for i, p := range pkts {
		b := e.bytes(p)
		events, err := a.Packet(LinkRaw, b, tapeStart.Add(time.Duration(i)*time.Millisecond))
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		l.add(events)
		for i := range b { // what is borrowed is not to be kept
			b[i] = 0xdb
		}
	}
	l.add(a.Finish())
	l.check()
	return l
}

// A log collects events and checks the rules for them.
type log struct {
	t     *testing.T
	conns []*Conn
	sides map[*Conn]*[2]strings.Builder
	open  map[*Conn]bool
	last  map[*Conn]time.Time
	notes []string
	close []string
	order strings.Builder // data and gaps of all directions
	bytes map[*Conn]*[2]int64
}

func (l *log) add(events []Event) {
	if l.open == nil {
		l.open, l.last, l.bytes = map[*Conn]bool{}, map[*Conn]time.Time{}, map[*Conn]*[2]int64{}
	}
	for _, e := range events {
		switch {
		case e.Kind == Open:
			if l.bytes[e.Conn] != nil {
				l.t.Errorf("conversation %d opens twice", e.Conn.ID)
			}
			l.conns = append(l.conns, e.Conn)
			l.sides[e.Conn], l.bytes[e.Conn], l.open[e.Conn] = new([2]strings.Builder), new([2]int64), true
		case !l.open[e.Conn]:
			l.t.Errorf("%v %q of a conversation that is not open", e.Kind, e.Why)
			continue
		}
		if e.Time.Before(l.last[e.Conn]) {
			l.t.Errorf("%v at %v is before the event at %v", e.Kind, e.Time, l.last[e.Conn])
		}
		l.last[e.Conn] = e.Time
		i := 0
		if e.Dir == down {
			i = 1
		}
		side := &l.sides[e.Conn][i]
		switch e.Kind {
		case Data:
			if len(e.Data) == 0 {
				l.t.Error("data event without data")
			}
			side.Write(e.Data)
			l.bytes[e.Conn][i] += int64(len(e.Data))
			fmt.Fprintf(&l.order, "%v%s ", e.Dir, e.Data)
		case Gap:
			if e.Gap <= 0 || e.Why == "" {
				l.t.Errorf("gap of %d bytes, because %q", e.Gap, e.Why)
			}
			fmt.Fprintf(side, "(%d)", e.Gap)
			l.bytes[e.Conn][i] += e.Gap
			fmt.Fprintf(&l.order, "%v(%d) ", e.Dir, e.Gap)
		case Close:
			l.open[e.Conn] = false
			l.close = append(l.close, e.Why)
		case Note:
			l.notes = append(l.notes, e.Why)
		}
	}
}

func (l *log) check() {
	l.t.Helper()
	for _, c := range l.conns {
		if l.open[c] {
			l.t.Errorf("conversation %d is never closed", c.ID)
		}
		for i, s := range []*Side{&c.ToServer, &c.ToClient} {
			if s.Bytes+s.Missing != l.bytes[c][i] {
				l.t.Errorf("conversation %d counts %d+%d bytes, its events have %d", c.ID, s.Bytes, s.Missing, l.bytes[c][i])
			}
		}
	}
}

// text returns what conversation i, from 0, says in a direction.
func (l *log) text(i int, d codec.Direction) string {
	if i >= len(l.conns) {
		return "no such conversation"
	}
	s := l.sides[l.conns[i]]
	if d == up {
		return s[0].String()
	}
	return s[1].String()
}
