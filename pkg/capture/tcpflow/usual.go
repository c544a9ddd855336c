package tcpflow

import (
	"encoding/binary"
	"time"
)

// usual takes the packet that most are: TCP without SYN, FIN and RST in a whole
// IPv4 datagram that has no options and is no fragment, on Ethernet or bare, of
// the conversation of the packet before, in which nothing is awaited; an
// acknowledgement, alone or with the bytes that are next. It does with it what
// decode and segment do. Every other packet it leaves to them, and returns false.
func (a *Assembler) usual(link LinkType, b []byte, t time.Time) bool {
	switch link {
	case LinkEthernet:
		if len(b) < 14 || binary.BigEndian.Uint16(b[12:]) != etherIPv4 {
			return false
		}
		b = b[14:]
	case LinkRaw:
	default:
		return false
	}
	const flags = flagFIN | flagSYN | flagRST | flagACK
	if len(b) < 40 || b[0] != 0x45 || b[9] != protoTCP || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 || b[33]&flags != flagACK {
		return false
	}
	total, head := int(binary.BigEndian.Uint16(b[2:])), 20+int(b[32]>>4)*4
	if head < 40 || head > total || total > len(b) {
		return false
	}
	f := a.latest
	if f == nil {
		return false
	}
	from, to := binary.BigEndian.Uint32(b[12:]), binary.BigEndian.Uint32(b[16:])
	ports := binary.BigEndian.Uint32(b[20:])
	h, peer := &f.half[0], &f.half[1]
	switch k := &f.key; {
	case k.low.is(from, ports>>16) && k.high.is(to, ports&0xffff):
	case k.high.is(from, ports>>16) && k.low.is(to, ports&0xffff):
		h, peer = peer, h
	default:
		return false
	}
	seq, ack := binary.BigEndian.Uint32(b[24:]), binary.BigEndian.Uint32(b[28:])
	data := b[head:total]
	if f.closed || h.waits() || peer.waits() || len(data) > 0 && (!h.started || seq != h.next) {
		return false
	}
	f.conn.End = t
	h.side.Packets++
	h.noteOwn(seq)
	peer.noteAck(ack)
	if len(data) > 0 {
		h.sent(seq + uint32(len(data)))
		if !a.later(&h.past, data) {
			h.remember(data)
		}
		h.giveData(data, t)
		h.passed = 0
	}
	return true
}

// is says whether h is an end with an IPv4 address.
func (h *host) is(addr, port uint32) bool {
	return h.lo == 0xffff<<32|uint64(addr) && h.port == uint64(port) && h.hi == 0
}
