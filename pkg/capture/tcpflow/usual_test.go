package tcpflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A race gives packets to two Assemblers. Only one knows the usual ones, as the
// other's are of a link type that it leaves alone, and has their data for longer:
// its events come later.
type race struct {
	quick, slow *Assembler
	buf         []byte  // what quick is lent, up to its capacity
	behind      []Event // of slow, that quick did not give yet
}

func newRace(l Limits) *race {
	r := &race{quick: New(l), slow: New(l), buf: make([]byte, 0, 1<<10)}
	r.quick.Lasting = true
	return r
}

// packet returns what slow makes of a packet; it fails if quick makes something
// else of it.
func (r *race) packet(t *testing.T, b []byte, at time.Time) ([]Event, error) {
	t.Helper()
	if cap(r.buf)-len(r.buf) < len(b) {
		r.settle(t)
	}
	usual, other, skip := LinkRaw, LinkIPv4, 0
	if len(b)%2 == 0 { // Ethernet, and Linux cooked
		b = slices.Concat([]byte("\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"), b)
		usual, other, skip = LinkEthernet, LinkSLL, 2
	}
	slow, err2 := r.slow.Packet(other, slices.Clone(b), at)
	for _, e := range slow {
		e.Data = slices.Clone(e.Data)
		r.behind = append(r.behind, e)
	}
	from := len(r.buf)
	r.buf = append(r.buf, b[skip:]...)
	var quick []Event
	var err error
	var n int
	if len(b)%3 == 0 {
		p := Place{from, len(r.buf), uint32(at.Unix()), uint32(at.Nanosecond())}
		n, quick = r.quick.Packets(usual, r.buf[:cap(r.buf)], []Place{p})
	}
	if n == 0 {
		quick, err = r.quick.Packet(usual, r.buf[from:], at)
	}
	r.same(t, quick)
	if fmt.Sprint(err) != fmt.Sprint(err2) {
		t.Errorf("%v, and read slowly %v", err, err2)
	}
	return slow, err2
}

// settle has quick give all that slow has given.
func (r *race) settle(t *testing.T) {
	t.Helper()
	r.same(t, r.quick.Settle())
	if len(r.behind) > 0 {
		t.Fatalf("after Settle there is no event for %+v", r.behind)
	}
	for f := r.slow.active.first; f != nil; f = f.following {
		if a, b := conn(f.conn), conn(r.quick.flows[f.key].conn); a != b {
			t.Fatalf("%s\nread slowly: %s", b, a)
		}
	}
	r.buf = r.buf[:cap(r.buf)]
	clear(r.buf)
	r.buf = r.buf[:0]
}

func (r *race) finish(t *testing.T) []Event {
	t.Helper()
	r.settle(t)
	slow := r.slow.Finish()
	r.behind = append(r.behind, slow...)
	r.same(t, r.quick.Finish())
	if a, b := r.quick.Stats(), r.slow.Stats(); a != b || len(r.behind) > 0 {
		t.Errorf("%+v, and read slowly %+v; no events for %+v", a, b, r.behind)
	}
	return slow
}

// same compares events of quick with the next ones of slow.
func (r *race) same(t *testing.T, events []Event) {
	t.Helper()
	for _, e := range events {
		for quick := range e.Each() {
			if len(r.behind) == 0 {
				t.Fatalf("one event too many: %+v", quick)
			}
			slow := r.behind[0]
			r.behind = r.behind[1:]
			a, b := quick.Conn, slow.Conn
			quick.Conn, slow.Conn = nil, nil
			if q, s := fmt.Sprintf("%+v of %d", quick, a.ID), fmt.Sprintf("%+v of %d", slow, b.ID); q != s {
				t.Fatalf("event %s\nread slowly: %s", q, s)
			}
			if quick.Kind == Close && conn(a) != conn(b) {
				t.Fatalf("%s\nread slowly: %s", conn(a), conn(b))
			}
		}
	}
}

func conn(c *Conn) string { return fmt.Sprintf("%+v", *c) }

// TestUsual gives conversations by turns, with packets lost, late, sent again,
// changed and cut, to an Assembler that knows the usual packets and to one that
// does not.
func TestUsual(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 3))
		run := newRace(Limits{})
		talks := [2][]pkt{makeWire(r, 20_000).pkts, makeWire(r, 30_000).pkts}
		for i := range talks {
			talks[i] = disturb(r, talks[i])
		}
		for n := 0; len(talks[0])+len(talks[1]) > 0; n++ {
			i := n / 20 % 2
			if len(talks[i]) == 0 {
				i = 1 - i
			}
			e := plain
			e.client += uint16(i)
			e.isn[0] = -uint32(500 * i) // one of them goes over the end of the numbers
			b := e.bytes(talks[i][0])
			talks[i] = talks[i][1:]
			if r.IntN(1000) == 0 {
				b[r.IntN(40)] ^= 1 << r.IntN(8)
			}
			if r.IntN(50) == 0 { // as Ethernet fills up short packets
				b = append(b, make([]byte, 6)...)
			}
			run.packet(t, b, tapeStart.Add(time.Duration(n)*time.Millisecond))
		}
		run.finish(t)
	}
}

// disturb loses, repeats, delays and changes packets.
func disturb(r *rand.Rand, pkts []pkt) []pkt {
	var out []pkt
	for i, p := range pkts {
		switch x := r.IntN(200); {
		case x == 0 && i > 2:
			continue
		case x <= 2 && i > 2: // from anywhere before
			again := out[len(out)-1-r.IntN(min(len(out), 600))]
			if len(again.data) > 0 {
				again.data = "x" + again.data[1:]
			}
			out = append(out, again)
		case x == 3:
			p.cut = len(p.data) / 2
		case x == 4 && i > len(pkts)*9/10:
			p.flags |= flagFIN
		}
		out = append(out, p)
		if r.IntN(100) == 0 {
			k := len(out) - 1 - r.IntN(min(4, len(out)))
			one := out[k]
			out = append(slices.Delete(out, k, k+1), one)
		}
	}
	return out
}
