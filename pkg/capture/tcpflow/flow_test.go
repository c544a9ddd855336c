package tcpflow

import (
	"slices"
	"strings"
	"testing"
)

const (
	ack  = flagACK
	push = flagACK | flagPSH
	syn  = flagSYN
	sack = flagSYN | flagACK
	fin  = flagFIN | flagACK
	rst  = flagRST | flagACK
)

// hands is the handshake.
var hands = []pkt{{up, syn, 0, 0, "", 0}, {down, sack, 0, 1, "", 0}, {up, ack, 1, 1, "", 0}}

func shook(p ...pkt) []pkt { return append(slices.Clone(hands), p...) }

// chatter is n packets of the server with one byte each.
func chatter(n int, acked uint32) []pkt {
	var p []pkt
	for i := range n {
		p = append(p, pkt{down, push, uint32(1 + i), acked, "x", 0})
	}
	return p
}

// TestScenarios holds each way in which packets come against what is to
// come out of it.
func TestScenarios(t *testing.T) {
	tests := []struct {
		name     string
		ends     ends
		limits   Limits
		packets  []pkt
		up, down string
		note     string // a part of one of the notes; "" for none at all
		close    string
		joined   bool
	}{
		{name: "in order", packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{down, push, 1, 4, "xyz", 0}, pkt{up, push, 4, 4, "def", 0},
			pkt{up, fin, 7, 4, "", 0}, pkt{down, fin, 4, 8, "", 0}, pkt{up, ack, 8, 5, "", 0}),
			up: "abcdef", down: "xyz", close: "FIN"},
		{name: "out of order", packets: shook(
			pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 7, 1, "ghi", 0}, pkt{up, push, 1, 1, "abc", 0}),
			up: "abcdefghi", close: "capture ends"},
		{name: "sent twice", packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 1, 1, "abcdef", 0}),
			up: "abcdef", close: "capture ends"},
		{name: "sent twice before its turn", packets: shook(
			pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 1, 1, "abc", 0}),
			up: "abcdef", close: "capture ends"},
		{name: "overlap", packets: shook(
			pkt{up, push, 1, 1, "abcd", 0}, pkt{up, push, 3, 1, "cdef", 0}, pkt{up, push, 5, 1, "efgh", 0}),
			up: "abcdefgh", close: "capture ends"},
		{name: "overlap with other bytes", packets: shook(
			pkt{up, push, 1, 1, "abcd", 0}, pkt{up, push, 3, 1, "XXef", 0}),
			up: "abcdef", note: "2 bytes were sent again with another value", close: "capture ends"},
		{name: "overlap of held bytes", packets: shook(
			pkt{up, push, 3, 1, "cd", 0}, pkt{up, push, 7, 1, "gh", 0}, pkt{up, push, 2, 1, "bXdefgXi", 0}, pkt{up, push, 1, 1, "a", 0}),
			up: "abcdefghi", note: "sent again with another value", close: "capture ends"},
		{name: "sequence numbers wrap", ends: ends{40000, 8000, [2]uint32{0xfffffffc, 0xffffffff}}, packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 7, 1, "ghi", 0}, pkt{up, push, 4, 1, "def", 0}, pkt{down, push, 1, 10, "xyz", 0}),
			up: "abcdefghi", down: "xyz", close: "capture ends"},
		{name: "FIN before the last data", packets: shook(
			pkt{up, fin, 7, 1, "", 0}, pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 1, 1, "abc", 0}, pkt{down, fin, 1, 8, "", 0}),
			up: "abcdef", close: "FIN"},
		{name: "a hole", packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 7, 1, "ghi", 0}, pkt{up, push, 10, 1, "jkl", 0}),
			up: "abc(3)ghijkl", close: "capture ends"},
		{name: "a hole that was acknowledged", packets: slices.Concat(shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 7, 1, "ghi", 0}), chatter(holeWait+1, 10),
			[]pkt{{up, push, 4, 1 + holeWait, "def", 0}}), // too late
			up: "abc(3)ghi", down: strings.Repeat("x", holeWait+1), close: "capture ends"},
		{name: "acknowledged before it comes", packets: slices.Concat(shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, push, 7, 1, "ghi", 0}), chatter(holeWait, 10),
			[]pkt{{up, push, 4, 1 + holeWait, "def", 0}}),
			up: "abcdefghi", down: strings.Repeat("x", holeWait), close: "capture ends"},
		{name: "cut by snaplen", packets: shook(
			pkt{up, push, 1, 1, "abcdef", 2}, pkt{up, push, 7, 1, "ghi", 0}),
			up: "abcd(2)ghi", close: "capture ends"},
		{name: "cut by snaplen before its turn", packets: shook(
			pkt{up, push, 4, 1, "defghi", 4}, pkt{up, push, 10, 1, "jkl", 0}, pkt{up, push, 1, 1, "abc", 0}),
			up: "abcde(4)jkl", close: "capture ends"},
		{name: "no SYN", joined: true, packets: []pkt{
			{up, push, 101, 201, "abc", 0}, {down, push, 201, 104, "xyz", 0}, {up, push, 104, 204, "def", 0}, {down, ack, 204, 107, "", 0}},
			up: "abcdef", down: "xyz", close: "capture ends"},
		{name: "no SYN, one direction", joined: true, packets: []pkt{
			{up, push, 101, 201, "abc", 0}, {up, push, 104, 201, "def", 0}},
			up: "abcdef", close: "capture ends"},
		{name: "no SYN and the first two swapped", joined: true, packets: []pkt{
			{up, push, 104, 201, "def", 0}, {up, push, 101, 201, "abc", 0}, {up, push, 107, 201, "ghi", 0}},
			up: "abcdefghi", close: "capture ends"},
		{name: "no SYN and the first two swapped, acknowledged", joined: true, packets: []pkt{
			{up, push, 104, 201, "def", 0}, {up, push, 101, 201, "abc", 0}, {down, push, 201, 107, "xyz", 0},
			{up, push, 107, 204, "ghi", 0}, {down, fin, 204, 110, "", 0}, {up, fin, 110, 205, "", 0}},
			up: "abcdefghi", down: "xyz", close: "FIN"},
		{name: "no SYN, both directions swapped", joined: true, packets: []pkt{
			{up, push, 104, 201, "def", 0}, {down, push, 204, 101, "uvw", 0}, {up, push, 101, 201, "abc", 0}, {down, push, 201, 101, "xyz", 0}},
			up: "abcdef", down: "xyzuvw", close: "capture ends"},
		{name: "SYN of the server only", packets: append(slices.Clone(hands[1:]),
			pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 1, 1, "abc", 0}),
			up: "abcdef", close: "capture ends"},
		{name: "SYN after the server's", packets: []pkt{hands[1], hands[0], {up, push, 4, 1, "def", 0}, {up, push, 1, 1, "abc", 0}},
			up: "abcdef", close: "capture ends"},
		{name: "SYN after the first data", packets: []pkt{{up, push, 1, 1, "abc", 0}, hands[0], hands[1], {up, push, 4, 1, "def", 0}},
			up: "abcdef", close: "capture ends"},
		{name: "SYN with data", packets: []pkt{{up, syn, 0, 0, "abc", 0}, {down, sack, 0, 4, "", 0}, {up, push, 4, 1, "def", 0}},
			up: "abcdef", close: "capture ends"},
		{name: "SYN sent twice", packets: append([]pkt{hands[0]}, shook(pkt{up, push, 1, 1, "abc", 0})...),
			up: "abc", close: "capture ends"},
		{name: "half open", packets: hands[:1], close: "capture ends"},
		{name: "refused", packets: []pkt{hands[0], {down, rst, 0, 1, "", 0}}, close: "refused"},
		{name: "reset with a hole", packets: shook(
			pkt{up, push, 4, 1, "def", 0}, pkt{down, rst, 1, 1, "", 0}),
			up: "(3)def", close: "reset by the server"},
		{name: "keep-alives and window probes", packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{up, ack, 3, 1, "", 0}, pkt{up, ack, 3, 1, "\x00", 0}, pkt{down, ack, 1, 4, "", 0},
			pkt{up, push, 4, 1, "def", 0}),
			up: "abcdef", close: "capture ends"},
		{name: "the end was lost", packets: shook(
			pkt{up, push, 1, 1, "abc", 0}, pkt{down, ack, 1, 10, "", 0}, pkt{down, fin, 1, 11, "", 0}, pkt{up, ack, 11, 2, "", 0}),
			up: "abc(6)", close: "capture ends"},
		{name: "limit of bytes", limits: Limits{Flow: 5}, packets: shook(
			pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 10, 1, "jkl", 0}, pkt{up, push, 13, 1, "mno", 0}),
			up: "(3)def(3)jklmno", note: "more than 5 bytes", close: "capture ends"},
		{name: "limit of segments", limits: Limits{Segments: 2}, packets: shook(
			pkt{up, push, 4, 1, "d", 0}, pkt{up, push, 6, 1, "f", 0}, pkt{up, push, 8, 1, "h", 0}),
			up: "(3)d(1)f(1)h", note: "more than 2 segments", close: "capture ends"},
		{name: "limit in total", limits: Limits{Total: 2}, packets: shook(
			pkt{up, push, 4, 1, "def", 0}, pkt{up, push, 7, 1, "g", 0}),
			up: "(3)defg", note: "all conversations", close: "capture ends"},
		{name: "data after FIN", packets: shook(
			pkt{up, fin, 1, 1, "", 0}, pkt{up, push, 2, 1, "abc", 0}),
			note: "3 bytes left out: after the end", close: "capture ends"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.ends == (ends{}) {
				tt.ends = plain
			}
			l := play(t, New(tt.limits), tt.ends, tt.packets)
			if len(l.conns) != 1 {
				t.Fatalf("%d conversations", len(l.conns))
			}
			c := l.conns[0]
			if l.text(0, up) != tt.up || l.text(0, down) != tt.down {
				t.Errorf("got %q and %q, want %q and %q", l.text(0, up), l.text(0, down), tt.up, tt.down)
			}
			notes := strings.Join(l.notes, "; ")
			if !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			if !strings.Contains(l.close[0], tt.close) {
				t.Errorf("closed because %q, want %q", l.close[0], tt.close)
			}
			if c.JoinedMidstream != tt.joined {
				t.Errorf("joined in the middle: %v", c.JoinedMidstream)
			}
			if c.Client.Addr.Port() != tt.ends.client || c.Server.String() != "10.0.0.2:8000" {
				t.Errorf("client %v, server %v", c.Client, c.Server)
			}
		})
	}
}

// far moves numbers away, as another start of a conversation has them.
func far(pkts []pkt) []pkt {
	out := slices.Clone(pkts)
	for i := range out {
		out[i].seq += 500_000_000
		out[i].ack += 700_000_000
	}
	return out
}

// TestPortReuse wants a conversation of its own for each time that the same
// ports are used.
func TestPortReuse(t *testing.T) {
	first := shook(pkt{up, push, 1, 1, "one", 0}, pkt{down, push, 1, 4, "ONE", 0})
	closing := []pkt{{up, fin, 4, 4, "", 0}, {down, fin, 4, 5, "", 0}, {up, ack, 5, 5, "", 0}}
	second := shook(pkt{up, push, 1, 1, "two", 0})
	for i := range second { // other numbers
		second[i].seq += 7_000_000
		second[i].ack += 9_000_000
		if second[i].dir == down {
			second[i].seq, second[i].ack = second[i].seq+2_000_000, second[i].ack-2_000_000
		}
	}
	for name, pkts := range map[string][]pkt{
		"after FIN":     slices.Concat(first, closing, second),
		"without a FIN": slices.Concat(first, second),
		"after reset":   slices.Concat(first, []pkt{{down, rst, 4, 4, "", 0}}, second),
		"without SYN":   slices.Concat(first, closing, second[3:]),
		"without both":  slices.Concat(first, far(second[3:])),
	} {
		t.Run(name, func(t *testing.T) {
			l := play(t, New(Limits{}), plain, pkts)
			if len(l.conns) != 2 || l.text(0, up) != "one" || l.text(0, down) != "ONE" || l.text(1, up) != "two" {
				t.Errorf("%d conversations: %s", len(l.conns), l.order.String())
			}
			for i, c := range l.conns {
				if c.ID != i+1 {
					t.Errorf("conversation %d has number %d", i, c.ID)
				}
			}
		})
	}
}

// TestRetriedSYN wants two conversations when a refused client tries again,
// even with the same number.
func TestRetriedSYN(t *testing.T) {
	l := play(t, New(Limits{}), plain, slices.Concat(hands[:1], []pkt{{down, rst, 0, 1, "", 0}}, shook(pkt{up, push, 1, 1, "abc", 0})))
	if len(l.conns) != 2 || l.text(1, up) != "abc" {
		t.Errorf("%d conversations: %s", len(l.conns), l.order.String())
	}
}

// TestInterleaved wants both directions in the order of the packets that
// completed them.
func TestInterleaved(t *testing.T) {
	l := play(t, New(Limits{}), plain, shook(
		pkt{up, push, 4, 1, "def", 0}, pkt{down, push, 1, 1, "uvw", 0}, pkt{up, push, 1, 1, "abc", 0}, pkt{down, push, 4, 7, "xyz", 0}))
	if got := l.order.String(); got != "<uvw >abc >def <xyz " {
		t.Errorf("got %s", got)
	}
}

// TestFlowLimit wants the longest idle conversation to go when there are too
// many.
func TestFlowLimit(t *testing.T) {
	a := New(Limits{Flows: 2})
	l := &log{t: t, sides: map[*Conn]*[2]strings.Builder{}}
	for i, port := range []uint16{40001, 40002, 40001, 40003} {
		e := ends{port, 8000, plain.isn}
		events, err := a.Packet(LinkRaw, e.bytes(pkt{up, syn, 0, 0, "", 0}), tapeStart)
		if err != nil {
			t.Fatal(i, err)
		}
		l.add(events)
	}
	l.add(a.Finish())
	l.check()
	if len(l.close) != 3 || !strings.Contains(l.close[0], "too many open conversations") {
		t.Errorf("closed: %q", l.close)
	}
	if len(a.flows) != 0 || a.held != 0 || a.active.n+a.ended.n != 0 {
		t.Errorf("%d flows and %d bytes are left", len(a.flows), a.held)
	}
}
