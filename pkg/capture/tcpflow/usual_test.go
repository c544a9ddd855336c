package tcpflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A race gives packets to two Assemblers. Only one knows the usual ones, as the
// other's are of a link type that it leaves alone, and is lent their data.
type race struct {
	quick, slow *Assembler
	lent        [][]byte
}

func newRace(l Limits) *race {
	r := &race{quick: New(l), slow: New(l)}
	r.quick.Lasting = true
	return r
}

// packet returns what both make of a packet; it fails if that is not the same.
func (r *race) packet(t *testing.T, b []byte, at time.Time) ([]Event, error) {
	t.Helper()
	if len(r.lent) == 5 {
		r.quick.Settle()
		for _, b := range r.lent {
			clear(b)
		}
		r.lent = r.lent[:0]
	}
	usual, other, skip := LinkRaw, LinkIPv4, 0
	if len(b)%2 == 0 { // Ethernet, and Linux cooked
		b = slices.Concat([]byte("\x00\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"), b)
		usual, other, skip = LinkEthernet, LinkSLL, 2
	}
	slow, err2 := r.slow.Packet(other, slices.Clone(b), at)
	quick, err := r.quick.Packet(usual, b[skip:], at)
	r.lent = append(r.lent, b)
	if fmt.Sprint(err) != fmt.Sprint(err2) {
		t.Errorf("%v, and read slowly %v", err, err2)
	}
	same(t, quick, slow)
	return quick, err
}

func (r *race) finish(t *testing.T) []Event {
	t.Helper()
	quick, slow := r.quick.Finish(), r.slow.Finish()
	same(t, quick, slow)
	if a, b := r.quick.Stats(), r.slow.Stats(); a != b {
		t.Errorf("%+v, and read slowly %+v", a, b)
	}
	return quick
}

// same compares events, and what their conversations count so far.
func same(t *testing.T, quick, slow []Event) {
	t.Helper()
	text := func(e Event) string {
		c := *e.Conn
		e.Conn = nil
		return fmt.Sprintf("%+v of %+v", e, c)
	}
	for i := range max(len(quick), len(slow)) {
		if i >= len(quick) || i >= len(slow) || text(quick[i]) != text(slow[i]) {
			t.Fatalf("event %d of %+v\nread slowly: %+v", i, quick, slow)
		}
	}
}

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
