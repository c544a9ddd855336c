package capture

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/codec"
)

// long is a conversation of 50 packets, 11 messages in each direction, and
// what the two sides say in it.
func long(t testing.TB) (p *packets, said [2]string) {
	t.Helper()
	p = new(packets)
	r := pcapfile.NewRecorder(p)
	c := &Conn{
		Client: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.1:40000")},
		Server: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.2:8000")},
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 11 {
		at = at.Add(time.Millisecond)
		for n, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
			msg := fmt.Sprintf("%v%02d-%s;", d, i, strings.Repeat("x", (i+n)%7))
			said[n] += msg
			if err := r.Data(c, d, at, []byte(msg), ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	if len(p.data) != 50 {
		t.Fatalf("%d packets", len(p.data))
	}
	return p, said
}

// heard is what came out of one direction: bytes, with 0xff for each that is
// missing. No message holds that byte.
type heard struct {
	text    string
	missing int
}

// hear reads a capture of one conversation. It holds the events against the
// counters.
func hear(t *testing.T, s Source) (out [2]heard, damages []*Damage) {
	t.Helper()
	var conn *Conn
	for e, err := range s.Events() {
		if err != nil {
			var d *Damage
			if !errors.As(err, &d) {
				t.Fatal(err)
			}
			damages = append(damages, d)
			continue
		}
		if conn != nil && conn != e.Conn {
			t.Fatalf("a second conversation: %+v", e.Conn)
		}
		conn = e.Conn
		h := &out[0]
		if e.Dir == codec.ToClient {
			h = &out[1]
		}
		switch e.Kind {
		case KindData:
			h.text += string(e.Data)
		case KindGap:
			h.text += strings.Repeat("\xff", int(e.Gap))
			h.missing += int(e.Gap)
		}
	}
	if conn != nil {
		for i, side := range []*struct{ Bytes, Missing int64 }{{conn.ToServer.Bytes, conn.ToServer.Missing}, {conn.ToClient.Bytes, conn.ToClient.Missing}} {
			if side.Bytes+side.Missing != int64(len(out[i].text)) || side.Missing != int64(out[i].missing) {
				t.Errorf("counted %d bytes and %d missing, the events have %d and %d", side.Bytes, side.Missing, len(out[i].text)-out[i].missing, out[i].missing)
			}
		}
	}
	return out, damages
}

// matches reports whether what was heard is the text, but for what is
// missing.
func (h heard) matches(text string) bool {
	if len(h.text) != len(text) {
		return false
	}
	for i := range h.text {
		if h.text[i] != '\xff' && h.text[i] != text[i] {
			return false
		}
	}
	return true
}

// payload returns the data of a packet of the recorder, and its direction.
func payload(b []byte) (string, int) {
	return string(b[20+int(b[32]>>4)*4:]), int(b[15]) - 1
}

// TestEveryPacketMissing takes each packet out in turn: exactly its bytes
// are missing.
func TestEveryPacketMissing(t *testing.T) {
	p, said := long(t)
	for gone := range p.data {
		got, damages := hear(t, open(t, "x", p.file(t, func(i int) bool { return i != gone }), Options{}))
		lost, from := payload(p.data[gone])
		for n := range got {
			want := 0
			if n == from {
				want = len(lost)
			}
			if !got[n].matches(said[n]) || got[n].missing != want || len(damages) > 0 {
				t.Errorf("without packet %d: %q with %d bytes missing, want %d", gone+1, got[n].text, got[n].missing, want)
			}
		}
	}
}

// TestTwoPacketsMissing takes out each pair of neighbours.
func TestTwoPacketsMissing(t *testing.T) {
	p, said := long(t)
	for gone := range len(p.data) - 1 {
		got, _ := hear(t, open(t, "x", p.file(t, func(i int) bool { return i != gone && i != gone+1 }), Options{}))
		for n := range got {
			if gone >= 2 && !got[n].matches(said[n]) {
				t.Errorf("without packets %d and %d: %q", gone+1, gone+2, got[n].text)
			}
		}
	}
}

// TestJoinedEverywhere begins the capture at each packet: all bytes from
// there on are there.
func TestJoinedEverywhere(t *testing.T) {
	p, said := long(t)
	for first := range p.data {
		s := open(t, "x", p.file(t, func(i int) bool { return i >= first }), Options{})
		got, damages := hear(t, s)
		var want [2]string
		for _, b := range p.data[first:] {
			text, from := payload(b)
			want[from] += text
		}
		for n := range got {
			if got[n].text != want[n] || !strings.HasSuffix(said[n], want[n]) || len(damages) > 0 {
				t.Errorf("from packet %d: %q, want %q", first+1, got[n].text, want[n])
			}
		}
	}
}

// TestSwappedEverywhere swaps each two neighbours, with the SYN and without.
func TestSwappedEverywhere(t *testing.T) {
	p, _ := long(t)
	for _, first := range []int{0, 3} {
		var want [2]string
		for _, b := range p.data[first:] {
			text, from := payload(b)
			want[from] += text
		}
		for at := first; at+1 < len(p.data); at++ {
			q := &packets{times: p.times[first:], data: slices.Clone(p.data[first:])}
			i := at - first
			q.data[i], q.data[i+1] = q.data[i+1], q.data[i]
			got, _ := hear(t, open(t, "x", q.file(t, all), Options{}))
			for n := range got {
				if got[n].text != want[n] {
					t.Errorf("from packet %d, %d swapped with the next: %q, want %q", first+1, at+1, got[n].text, want[n])
				}
			}
		}
	}
}

// TestCutEverywhere cuts the file at every byte: what is before the cut is
// there, the cut is told, and what it took of a packet is a gap.
func TestCutEverywhere(t *testing.T) {
	p, said := long(t)
	file := p.file(t, all)
	ends := map[int]int{24: 0} // where packets end, and how many are before
	at := 24
	for i, b := range p.data {
		at += 16 + len(b)
		ends[at] = i + 1
	}
	whole := 0
	for n := 4; n <= len(file); n++ {
		s, err := Open("x", bytes.NewReader(file[:n]), Options{})
		if n < 24 {
			var d *Damage
			if !errors.As(err, &d) {
				t.Errorf("cut at %d: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, damages := hear(t, s)
		if k, ok := ends[n]; ok {
			whole = k
			if len(damages) > 0 {
				t.Errorf("cut at %d, between packets: %v", n, damages[0])
			}
		} else if len(damages) == 0 || damages[0].Packet != whole+1 {
			t.Errorf("cut at %d, in packet %d: %v", n, whole+1, damages)
		}
		var want [2]string
		for _, b := range p.data[:whole] {
			text, from := payload(b)
			want[from] += text
		}
		for i := range got {
			if !got[i].matches(said[i][:min(len(got[i].text), len(said[i]))]) || len(got[i].text) < len(want[i]) {
				t.Errorf("cut at %d: %q, want %q", n, got[i].text, want[i])
			}
		}
	}
}

// TestSnaplen cuts every packet at every length: whatever was not captured
// is a gap of that size.
func TestSnaplen(t *testing.T) {
	p, said := long(t)
	for snap := 40; snap < 60; snap++ {
		q := &packets{times: p.times}
		for _, b := range p.data {
			q.data = append(q.data, b[:min(len(b), snap)])
		}
		got, damages := hear(t, open(t, "x", q.file(t, all), Options{}))
		for n := range got {
			if !got[n].matches(said[n]) {
				t.Errorf("snaplen %d: %q, want %q; %v", snap, got[n].text, said[n], damages)
			}
		}
	}
}

// TestBadPackets puts packets that cannot be read between the others.
func TestBadPackets(t *testing.T) {
	p, said := long(t)
	bad := [][]byte{
		{}, {0x45}, {0x99, 0, 0}, bytes.Repeat([]byte{0x45}, 20),
		append([]byte{0x45, 0, 0, 41, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, make([]byte, 21)...),
		append([]byte{0x60, 0, 0, 0, 0, 4, 44, 64}, make([]byte, 36)...),
		append([]byte{0x45, 0, 0, 24, 0, 0, 0x20, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, 1, 2, 3, 4), // a fragment
	}
	q := new(packets)
	for i, b := range p.data {
		q.times = append(q.times, p.times[i], p.times[i])
		q.data = append(q.data, b, bad[i%len(bad)])
	}
	got, damages := hear(t, open(t, "x", q.file(t, all), Options{}))
	if got[0].text != said[0] || got[1].text != said[1] {
		t.Errorf("got %q and %q", got[0].text, got[1].text)
	}
	if len(damages) < 25 {
		t.Errorf("%d damages", len(damages))
	}
	for _, d := range damages {
		if d.Packet%2 != 0 || d.File != "x" || d.Offset < 24 {
			t.Errorf("damage %v", d)
		}
	}
}

// FuzzOpen opens anything. Nothing panics or hangs, and what the events say
// adds up.
func FuzzOpen(f *testing.F) {
	p := talk(f, 3)
	f.Add(p.file(f, all))
	f.Add(p.file(f, func(i int) bool { return i%3 != 0 }))
	f.Add([]byte("68 65 6c\n"))
	f.Add([]byte("00000000  68 65 6c 6c 6f                                    |hello|\n*\n00000020\n"))
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Open("x", bytes.NewReader(b), Options{})
		if err != nil {
			return
		}
		sums := map[*Conn]int64{}
		for e, err := range s.Events() {
			switch {
			case err != nil:
				if !strings.HasPrefix(err.Error(), "x: ") {
					t.Errorf("error without the file's name: %v", err)
				}
			case e.Conn == nil:
				t.Fatal("event without conversation")
			case e.Kind == KindData:
				sums[e.Conn] += int64(len(e.Data))
			case e.Kind == KindGap:
				sums[e.Conn] += e.Gap
			case e.Kind == KindClose:
				c := e.Conn
				if n := c.ToServer.Bytes + c.ToServer.Missing + c.ToClient.Bytes + c.ToClient.Missing; n != sums[c] {
					t.Errorf("conversation %d counts %d bytes, its events %d", c.ID, n, sums[c])
				}
			}
		}
	})
}
