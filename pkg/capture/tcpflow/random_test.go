package tcpflow

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A wire is a conversation as packets, each with its place in the stream.
type wire struct {
	said [2][]byte
	pkts []pkt
}

// makeWire cuts random bytes into segments, sent by turns, with handshake,
// acknowledgements and FIN.
func makeWire(r *rand.Rand, bytes int) wire {
	var w wire
	for i := range w.said {
		w.said[i] = make([]byte, bytes/2+r.IntN(bytes/2+1))
		for n := range w.said[i] {
			w.said[i][n] = byte(r.Uint32())
		}
	}
	w.pkts = slices.Clone(hands)
	var sent [2]int
	for sent[0] < len(w.said[0]) || sent[1] < len(w.said[1]) {
		i := r.IntN(2)
		for range 1 + r.IntN(3) {
			n := min(1+r.IntN(40), len(w.said[i])-sent[i])
			if n == 0 {
				break
			}
			w.pkts = append(w.pkts, pkt{[]codec.Direction{up, down}[i], push, uint32(1 + sent[i]), uint32(1 + sent[1-i]), string(w.said[i][sent[i] : sent[i]+n]), 0})
			sent[i] += n
		}
		w.pkts = append(w.pkts, pkt{[]codec.Direction{down, up}[i], ack, uint32(1 + sent[1-i]), uint32(1 + sent[i]), "", 0})
	}
	a, b := uint32(1+sent[0]), uint32(1+sent[1])
	w.pkts = append(w.pkts, pkt{up, fin, a, b, "", 0}, pkt{down, fin, b, a + 1, "", 0}, pkt{up, ack, a + 1, b + 1, "", 0})
	return w
}

// TestRandomOrder sends a conversation with packets late, twice and in other
// cuts: all of it comes out.
func TestRandomOrder(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := makeWire(r, 2000)
		e := plain
		e.isn = [2]uint32{r.Uint32(), -uint32(r.IntN(1000))}
		var pkts []pkt
		for _, p := range w.pkts {
			pkts = append(pkts, p)
			if p.data != "" && r.IntN(5) == 0 { // again, from a little before
				i := sender(p.dir)
				from := max(0, int(p.seq)-1-r.IntN(30))
				to := int(p.seq) - 1 + len(p.data)
				again := p
				again.seq, again.data = uint32(from+1), string(w.said[i][from:to])
				pkts = append(pkts, again)
			}
		}
		for range len(pkts) / 10 { // a packet comes up to three places late
			i := 4 + r.IntN(len(pkts)-8)
			p := pkts[i]
			pkts = slices.Insert(slices.Delete(pkts, i, i+1), i+1+r.IntN(3), p)
		}
		l := play(t, New(Limits{}), e, pkts)
		if len(l.conns) != 1 || l.text(0, up) != string(w.said[0]) || l.text(0, down) != string(w.said[1]) {
			t.Fatalf("seed %d: %d conversations, notes %q, %+v", seed, len(l.conns), l.notes, l.conns[0])
		}
		if c := l.conns[0]; c.ToServer.Differing+c.ToClient.Differing > 0 {
			t.Errorf("seed %d: %+v", seed, c)
		}
	}
}

func sender(d codec.Direction) int {
	if d == down {
		return 1
	}
	return 0
}

// TestRandomLoss loses packets: what comes out is the stream, byte for byte,
// with gaps of the right size.
func TestRandomLoss(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := makeWire(r, 2000)
		var pkts []pkt
		for i, p := range w.pkts {
			if i < 3 || r.IntN(10) > 0 {
				pkts = append(pkts, p)
			}
		}
		asm := New(Limits{})
		var got [2][]byte
		take := func(events []Event) {
			for _, e := range events {
				i := sender(e.Dir)
				switch e.Kind {
				case Data:
					if want := w.said[i][len(got[i]):]; string(want[:len(e.Data)]) != string(e.Data) {
						t.Fatalf("seed %d: at %d stand the wrong bytes", seed, len(got[i]))
					}
					got[i] = append(got[i], e.Data...)
				case Gap:
					got[i] = append(got[i], w.said[i][len(got[i]):len(got[i])+int(e.Gap)]...)
				}
			}
		}
		for i, p := range pkts {
			events, err := asm.Packet(LinkRaw, plain.bytes(p), tapeStart.Add(time.Duration(i)*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			take(events)
		}
		take(asm.Finish())
		for i := range got {
			// The last segment may be lost with all that acknowledged it.
			if missing := len(w.said[i]) - len(got[i]); missing < 0 || missing > 80 {
				t.Errorf("seed %d: %d of %d bytes", seed, len(got[i]), len(w.said[i]))
			}
		}
		if asm.held != 0 || asm.past != 0 || len(asm.flows) != 0 {
			t.Errorf("seed %d: %d and %d bytes are held at the end", seed, asm.held, asm.past)
		}
	}
}

// FuzzAssembler makes packets of the input, any order and any overlap, and
// holds the events against the rules.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x12\x01\x00\x00\x10\x00\x01\x05\x18\x00\x06\x05"))
	f.Add([]byte("\x18\x00\x09\x05\x98\x00\x01\x05\x18\x00\x05\x05\x11\x00\x0e\x00\x04\x00\x00\x00"))
	f.Add([]byte("\x02\x00\x00\x00\x18\x00\x40\x1f\x18\x00\x20\x1f\x18\x00\x30\x3f\x92\x00\x00\x00\x02\x07\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		run := newRace(Limits{Flow: 200, Segments: 8, Total: 300, Flows: 3})
		asm := run.quick
		l := &log{t: t, sides: map[*Conn]*[2]strings.Builder{}}
		for n := 0; len(b) >= 4; n, b = n+1, b[4:] {
			p := pkt{dir: up, flags: b[0] & 0x17, seq: uint32(b[2]), ack: uint32(b[3]), data: string(make([]byte, b[3]%64))}
			if b[0]&0x80 != 0 {
				p.dir = down
			}
			if b[0]&0x40 != 0 {
				p.seq <<= 24
			}
			if b[0]&0x20 != 0 {
				p.cut = len(p.data) / 2
			}
			e := plain
			e.client += uint16(b[1] & 7)
			e.isn[0] = uint32(b[1]>>3) << 28
			events, err := run.packet(t, e.bytes(p), tapeStart.Add(time.Duration(n)*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			l.add(events)
			if asm.held > 300+64 || asm.active.n > 3 {
				t.Fatalf("%d bytes are held, %d conversations", asm.held, asm.active.n)
			}
		}
		l.add(run.finish(t))
		l.check()
		if asm.held != 0 || asm.past != 0 || len(asm.flows) != 0 {
			t.Errorf("%d bytes and %d conversations are left", asm.held, len(asm.flows))
		}
	})
}

// FuzzPacket gives anything to the readers of headers.
func FuzzPacket(f *testing.F) {
	f.Add(uint16(LinkRaw), plain.bytes(pkt{up, push, 1, 1, "abc", 0}))
	f.Add(uint16(LinkEthernet), append([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x81\x00\x00\x01\x08\x00"), plain.bytes(pkt{up, push, 1, 1, "abc", 0})...))
	f.Add(uint16(LinkIPv6), append([]byte("\x60\x00\x00\x00\x00\x1c\x00\x40"), make([]byte, 60)...))
	f.Add(uint16(LinkSLL2), append([]byte("\x08\x00"), make([]byte, 60)...))
	f.Fuzz(func(t *testing.T, link uint16, b []byte) {
		var s segment
		var frags fragments
		if decode(LinkType(link), b, &frags, &s) == nil && (s.cut < 0 || len(s.data) > len(b)) {
			t.Errorf("%+v", s)
		}
	})
}
