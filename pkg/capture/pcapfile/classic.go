package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Magic numbers of pcap files, in the byte order of the recording host.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's: 8 more bytes in a packet's head
)

// classic is the state of a pcap reader.
//
//	file    magic 4 | version 2+2 | zone 4 | accuracy 4 | snaplen 4 | link type 4
//	packet  seconds 4 | µs or ns 4 | captured 4 | on the wire 4 | bytes
type classic struct {
	link    tcpflow.LinkType
	nano    bool
	swapped bool   // the recording host had the other byte order
	head    int    // length of a packet's head
	seconds uint32 // of the packet before
	snaplen uint32
	places  []tcpflow.Place // of Ahead
}

// maxAhead is how many packets are looked for at a time.
const maxAhead = 256

const classicHead = 24

func (p *Reader) openClassic() error {
	b, err := p.peek(classicHead)
	if err != nil {
		return err
	}
	c := &p.classic
	c.head = 16
	p.order = binary.LittleEndian
	switch m := binary.LittleEndian.Uint32(b); m {
	case swapped(magicMicro), swapped(magicNano), swapped(magicModified):
		p.order, c.swapped = binary.BigEndian, true
	}
	switch p.order.Uint32(b) {
	case magicNano:
		c.nano = true
	case magicModified:
		c.head = 24
	}
	if len(b) < classicHead {
		return p.truncated(0, "the file header", int64(len(b)), classicHead)
	}
	c.snaplen = p.order.Uint32(b[16:])
	c.link = tcpflow.LinkType(p.order.Uint32(b[20:]))
	p.take(classicHead)
	p.next = (*Reader).nextClassic
	return nil
}

func (p *Reader) nextClassic(pkt *Packet) error {
	c := &p.classic
	b := p.buf[p.lo:p.hi]
	if len(b) < c.head {
		var err error
		switch b, err = p.peek(c.head); {
		case err != nil:
			return err
		case len(b) == 0:
			return io.EOF
		case len(b) < c.head:
			return p.truncated(p.offset, "a packet's head", int64(len(b)), int64(c.head))
		}
	}
	h := c.packetHead(b)
	if !c.follows(h) {
		return p.resyncClassic(h)
	}
	whole := c.head + int(h.captured)
	if len(b) < whole {
		var err error
		if b, err = p.peek(whole); err != nil {
			return err
		}
	}
	b = b[:min(len(b), whole)]
	p.number++
	pkt.Time, pkt.Link, pkt.Data = c.time(h), c.link, b[c.head:]
	pkt.Length, pkt.Number, pkt.Offset = int(max(h.captured, h.wire)), p.number, p.offset
	pkt.Cut = false
	if pkt.Comment != "" {
		pkt.Comment = ""
	}
	c.seconds = h.seconds
	if len(p.ahead) > 0 {
		p.ahead = p.ahead[1:]
	}
	if len(b) < whole {
		// The part that is there goes out first.
		pkt.Cut = true
		p.next = p.cutClassic(pkt.Offset, int64(len(b)), int64(whole))
	}
	p.take(len(b))
	return nil
}

// lookAhead finds the packets that are whole in the buffer.
func (p *Reader) lookAhead() {
	c := &p.classic
	if c.places == nil {
		c.places = make([]tcpflow.Place, maxAhead)
	}
	n, at := 0, p.lo
	for n < maxAhead && at+c.head <= p.hi {
		h := c.packetHead(p.buf[at:])
		from := at + c.head
		if at = from + int(h.captured); !c.follows(h) || at > p.hi {
			break
		}
		c.places[n] = tcpflow.Place{From: from, To: at, Seconds: h.seconds, Nanoseconds: c.nanoseconds(h)}
		n++
	}
	p.ahead = c.places[:n]
}

// cutClassic reports that the last packet was cut.
func (p *Reader) cutClassic(offset, have, want int64) func(*Reader, *Packet) error {
	return func(*Reader, *Packet) error {
		p.number--
		return p.truncated(offset, "a packet", have, want)
	}
}

// A packetHead is the head of a packet.
type packetHead struct{ seconds, fraction, captured, wire uint32 }

// packetHead reads the head of a packet.
func (c *classic) packetHead(b []byte) packetHead {
	t, n := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	if c.swapped {
		t, n = bits.RotateLeft64(bits.ReverseBytes64(t), 32), bits.RotateLeft64(bits.ReverseBytes64(n), 32)
	}
	return packetHead{uint32(t), uint32(t >> 32), uint32(n), uint32(n >> 32)}
}

func (c *classic) time(h packetHead) time.Time {
	return time.Unix(int64(h.seconds), int64(c.nanoseconds(h))).UTC()
}

func (c *classic) nanoseconds(h packetHead) uint32 {
	if c.nano {
		return h.fraction
	}
	return h.fraction * 1000
}

// unit is how many fractions are a second.
func (c *classic) unit() uint32 {
	if c.nano {
		return 1_000_000_000
	}
	return 1_000_000
}

// follows reports whether h may be the head of the packet that follows another
// one without a break: some writers let fractions run over, some give no wire
// length.
func (c *classic) follows(h packetHead) bool {
	return h.captured <= MaxPacket && h.fraction < 4*c.unit()-1
}

// plausible reports whether h is likely a packet's head and nothing else.
func (c *classic) plausible(h packetHead) bool {
	const day = 24 * 60 * 60
	near := c.seconds == 0 || h.seconds-c.seconds < day || c.seconds-h.seconds < day
	return near && h.fraction < c.unit() && h.captured > 0 && h.captured <= MaxPacket && h.wire >= h.captured && h.wire < 1<<24
}

// resyncClassic looks for the next two packets' heads in a row and goes on
// there.
func (p *Reader) resyncClassic(h packetHead) error {
	from := p.offset
	c := &p.classic
	why := fmt.Sprintf("a packet's head claims %d of %d bytes", h.captured, h.wire)
	if h.captured <= MaxPacket {
		why = "a packet's head has no valid time"
	}
	for first := true; ; first = false {
		b, err := p.peek(window)
		if err != nil {
			return err
		}
		at := 0
		if first {
			at = 1
		}
		last := len(b) < window
		for ; at+c.head <= len(b); at++ {
			h := c.packetHead(b[at:])
			if !c.plausible(h) {
				continue
			}
			after := at + c.head + int(h.captured)
			if after+c.head > len(b) && !last {
				break // look again with more behind it
			}
			if after == len(b) || after+c.head <= len(b) && c.plausible(c.packetHead(b[after:])) {
				p.take(at)
				return p.damage(from, p.number+1, "%s: %d bytes passed over", why, p.offset-from)
			}
		}
		if last || at == 0 {
			p.take(len(b))
			if last {
				return p.damage(from, p.number+1, "%s: %d bytes passed over, to the end of the file", why, p.offset-from)
			}
			continue
		}
		p.take(at)
	}
}
