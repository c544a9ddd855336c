package tcpflow

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// A Place says where the data of a packet stands in a buffer and when it was sent.
type Place struct {
	From, To             int
	Seconds, Nanoseconds uint32 // since 1970; the latter may go over a second
}

// Time returns when the packet was sent.
func (p *Place) Time() time.Time { return time.Unix(int64(p.Seconds), int64(p.Nanoseconds)).UTC() }

// Packets is Packet for several that stand in buf, and last: see Lasting. It takes
// them as long as they are usual ones and without events, and returns how many
// there were.
func (a *Assembler) Packets(link LinkType, buf []byte, pkts []Place) (int, []Event) {
	a.recycle()
	n := 0
	for n < len(pkts) && len(a.out) == 0 {
		p := &pkts[n]
		h, data := a.usual(link, buf[p.From:p.To])
		if h == nil {
			break
		}
		n++
		if len(data) > 0 {
			h.bring(data, p.Time())
		}
	}
	if n > 0 {
		a.latest.conn.End = pkts[n-1].Time()
		a.stats.Packets += int64(n)
		a.stats.TCP += int64(n)
	}
	return n, a.out
}

// usual looks at a packet that may be as most are: TCP without SYN, FIN and RST
// in a whole IPv4 datagram that has no options and is no fragment, on Ethernet or
// bare, of the conversation of the packet before, in which nothing is awaited; an
// acknowledgement, alone or with the bytes that are next. It does with it what
// decode and segment do, except to note the time and to take the bytes, which it
// returns. Of every other packet it returns nil and leaves it to them.
func (a *Assembler) usual(link LinkType, b []byte) (*half, []byte) {
	switch link {
	case LinkEthernet:
		if len(b) < 14 || binary.BigEndian.Uint16(b[12:]) != etherIPv4 {
			return nil, nil
		}
		b = b[14:]
	case LinkRaw:
	default:
		return nil, nil
	}
	const flags = flagFIN | flagSYN | flagRST | flagACK
	if len(b) < 40 || b[0] != 0x45 || b[9] != protoTCP || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 || b[33]&flags != flagACK {
		return nil, nil
	}
	total, head := int(binary.BigEndian.Uint16(b[2:])), 20+int(b[32]>>4)*4
	if head < 40 || head > total || total > len(b) {
		return nil, nil
	}
	f := a.latest
	if f == nil {
		return nil, nil
	}
	ends, ports := binary.LittleEndian.Uint64(b[12:]), uint64(binary.LittleEndian.Uint32(b[20:]))
	h, peer := &f.half[0], &f.half[1]
	if h.ends != ends || h.ports != ports {
		if h, peer = peer, h; h.ends != ends || h.ports != ports {
			return nil, nil
		}
	}
	seq, ack := binary.BigEndian.Uint32(b[24:]), binary.BigEndian.Uint32(b[28:])
	data := b[head:total]
	if f.closed || h.waits() || peer.waits() || len(data) > 0 && (!h.started || seq != h.next) {
		return nil, nil
	}
	h.side.Packets++
	h.noteOwn(seq)
	peer.noteAck(ack)
	return h, data
}

// bring takes the bytes that are next.
func (h *half) bring(data []byte, t time.Time) {
	h.sent(h.next + uint32(len(data)))
	if !h.flow.asm.join(h, data, t) {
		h.remember(data)
		h.giveData(data, t)
	}
	h.passed = 0
}

// ipv4Heads returns what stands in the headers of a flow's packets, as usual
// compares it: both addresses, and both ports. Of IPv6 these are no ports.
func (k *flowKey) ipv4Heads() (ends [2]uint64, ports [2]uint64) {
	if k.low.hi|k.high.hi != 0 || k.low.lo>>32 != 0xffff || k.high.lo>>32 != 0xffff {
		return ends, [2]uint64{1 << 32, 1 << 32}
	}
	for i, e := range [2][2]*host{{&k.low, &k.high}, {&k.high, &k.low}} {
		from, to := e[0], e[1]
		ends[i] = bits.ReverseBytes64(from.lo<<32 | to.lo&0xffffffff)
		ports[i] = uint64(bits.ReverseBytes32(uint32(from.port<<16 | to.port)))
	}
	return ends, ports
}
