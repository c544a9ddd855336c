package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection    = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface  = 1
	blockOldPacket  = 2 // obsolete, still met
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6
	blockSecrets    = 10

	ngMagic = 0x1a2b3c4d

	// maxBlock is the longest block that is read; longer ones that hold no
	// packets are passed over.
	maxBlock = MaxPacket + 64<<10

	maxInterfaces = 1 << 16
	maxNames      = 1 << 16
)

// ng is the state of a pcapng reader.
//
//	block  type 4 | length 4 | body | padding to 4 | length 4
type ng struct {
	ifaces []iface
	names  map[netip.Addr]string
	began  bool // a section header was read
}

// An iface is what an interface description says.
type iface struct {
	link    tcpflow.LinkType
	snaplen uint32
	unit    uint64 // ticks in a second
	offset  int64  // seconds to add
}

func (p *Reader) openNG() {
	p.order = binary.LittleEndian
	p.next = (*Reader).nextNG
}

func (p *Reader) nextNG(pkt *Packet) error {
	for {
		got, err := p.block(pkt)
		if got || err != nil {
			return err
		}
	}
}

// block reads one block. It reports whether that was a packet.
func (p *Reader) block(pkt *Packet) (bool, error) {
	head, err := p.peek(12)
	switch {
	case err != nil:
		return false, err
	case len(head) == 0:
		return false, io.EOF
	case len(head) < 12:
		return false, p.truncated(p.offset, "a block's head", int64(len(head)), 12)
	}
	kind := p.order.Uint32(head)
	if kind == blockSection {
		switch binary.LittleEndian.Uint32(head[8:]) {
		case ngMagic:
			p.order = binary.LittleEndian
		case swapped(ngMagic):
			p.order = binary.BigEndian
		default:
			return false, p.resyncNG(fmt.Sprintf("section header with byte-order mark % x", head[8:12]))
		}
	}
	if !p.ng.began && kind != blockSection {
		return false, p.resyncNG(fmt.Sprintf("block of type %d before any section header", kind))
	}
	// Lengths are a multiple of 4; some old writers forgot.
	n := int64(p.order.Uint32(head[4:])+3) &^ 3
	if n < 12 {
		return false, p.resyncNG(fmt.Sprintf("block of type %d claims a length of %d", kind, n))
	}
	if n > maxBlock {
		return false, p.longBlock(kind, n)
	}
	at := p.offset
	b, err := p.peek(int(n))
	if err != nil {
		return false, err
	}
	if int64(len(b)) < n {
		if kind != blockPacket || len(b) <= 28 {
			return false, p.truncated(at, "a block", int64(len(b)), n)
		}
		// The part of the packet that is there goes out first.
		have := int64(len(b))
		got, err := p.packetBlock(kind, b[8:], pkt, at)
		p.take(len(b))
		if err != nil || !got {
			return false, p.truncated(at, "a packet", have, n)
		}
		pkt.Cut = true
		p.next = p.cutClassic(at, have, n)
		return true, nil
	}
	if tail := p.order.Uint32(b[n-4:]); int64(tail+3)&^3 != n {
		return false, p.resyncNG(fmt.Sprintf("block of type %d has length %d at its front and %d at its end", kind, n, tail))
	}
	p.take(int(n))
	body := b[8 : n-4]
	switch kind {
	case blockSection:
		p.ng.began, p.ng.ifaces = true, p.ng.ifaces[:0]
	case blockInterface:
		return false, p.interfaceBlock(body, at)
	case blockPacket, blockOldPacket, blockSimple:
		return p.packetBlock(kind, body, pkt, at)
	case blockNames:
		p.nameBlock(body)
	}
	return false, nil
}

// longBlock passes over a block that is too long to be held, if what follows
// it shows that its length is right.
func (p *Reader) longBlock(kind uint32, n int64) error {
	at := p.offset
	switch kind {
	case blockPacket, blockOldPacket, blockSimple, blockInterface, blockSection:
		return p.resyncNG(fmt.Sprintf("block of type %d claims a length of %d", kind, n))
	}
	if done, err := p.skip(n); err != nil {
		return err
	} else if done < n {
		return p.truncated(at, "a block", done, n)
	}
	return nil
}

func (p *Reader) interfaceBlock(b []byte, at int64) error {
	i := iface{unit: 1_000_000}
	if len(b) < 8 || len(p.ng.ifaces) == maxInterfaces {
		return p.damage(at, 0, "interface description of %d bytes, number %d", len(b), len(p.ng.ifaces))
	}
	i.link = tcpflow.LinkType(p.order.Uint16(b))
	i.snaplen = p.order.Uint32(b[4:])
	p.options(b[8:], func(code uint16, v []byte) {
		switch {
		case code == 9 && len(v) >= 1: // if_tsresol
			i.unit = resolution(v[0])
		case code == 14 && len(v) >= 8: // if_tsoffset
			i.offset = int64(p.order.Uint64(v))
		}
	})
	p.ng.ifaces = append(p.ng.ifaces, i)
	return nil
}

// resolution returns the ticks in a second: a power of 10, or of 2 when the
// highest bit is set.
func resolution(v byte) uint64 {
	if v&0x80 != 0 {
		return 1 << min(v&0x7f, 63)
	}
	u := uint64(1)
	for range min(v, 19) {
		u *= 10
	}
	return u
}

func (i *iface) time(ticks uint64) time.Time {
	sec, rest := ticks/i.unit, ticks%i.unit
	hi, lo := bits.Mul64(rest, 1_000_000_000)
	nsec, _ := bits.Div64(hi, lo, i.unit)
	return time.Unix(int64(sec)+i.offset, int64(nsec)).UTC()
}

// packetBlock reads a block that holds a packet: what stands after its type
// and length.
func (p *Reader) packetBlock(kind uint32, b []byte, pkt *Packet, at int64) (bool, error) {
	p.number++
	head := 20
	if kind == blockSimple {
		head = 4
	}
	if len(b) < head {
		return false, p.damage(at, p.number, "packet block of %d bytes", len(b))
	}
	var index, n, wire uint32
	switch kind {
	case blockPacket:
		index = p.order.Uint32(b)
	case blockOldPacket:
		index = uint32(p.order.Uint16(b))
	}
	if int64(index) >= int64(len(p.ng.ifaces)) {
		return false, p.damage(at, p.number, "packet of interface %d: only %d are described", index, len(p.ng.ifaces))
	}
	i := &p.ng.ifaces[index]
	*pkt = Packet{Link: i.link, Number: p.number, Offset: at}
	if kind == blockSimple {
		wire = p.order.Uint32(b)
		n = wire
		if i.snaplen > 0 {
			n = min(n, i.snaplen)
		}
		n = min(n, uint32(len(b)-head))
	} else {
		pkt.Time = i.time(uint64(p.order.Uint32(b[4:]))<<32 | uint64(p.order.Uint32(b[8:])))
		n, wire = p.order.Uint32(b[12:]), p.order.Uint32(b[16:])
	}
	pkt.Data = b[head:]
	pkt.Length = int(max(wire, n))
	if int64(n) > int64(len(pkt.Data)) {
		if len(p.ng.ifaces) > 0 && kind == blockPacket && n <= MaxPacket {
			return true, nil // the file is cut, or the length is wrong: all there is
		}
		return false, p.damage(at, p.number, "packet of %d bytes in a block with %d", n, len(pkt.Data))
	}
	pkt.Data = pkt.Data[:n]
	if kind != blockSimple {
		rest := b[min(head+int(n+3)&^3, len(b)):]
		p.options(rest, func(code uint16, v []byte) {
			if code == 1 { // opt_comment
				if pkt.Comment != "" {
					pkt.Comment += "\n"
				}
				pkt.Comment += string(v)
			}
		})
	}
	return true, nil
}

// options calls f for each option in b.
func (p *Reader) options(b []byte, f func(code uint16, v []byte)) {
	for len(b) >= 4 {
		code, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if code == 0 || 4+n > len(b) {
			return
		}
		f(code, b[4:4+n])
		b = b[min(4+(n+3)&^3, len(b)):]
	}
}

// nameBlock learns names of addresses. The first name of an address counts.
func (p *Reader) nameBlock(b []byte) {
	for len(b) >= 4 {
		kind, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if kind == 0 || 4+n > len(b) {
			return
		}
		v := b[4 : 4+n]
		size := map[uint16]int{1: 4, 2: 16}[kind]
		if size > 0 && len(v) > size {
			addr, _ := netip.AddrFromSlice(v[:size])
			name := v[size:]
			for i, c := range name {
				if c == 0 {
					name = name[:i]
					break
				}
			}
			if p.ng.names == nil {
				p.ng.names = make(map[netip.Addr]string)
			}
			if _, have := p.ng.names[addr]; !have && len(p.ng.names) < maxNames {
				p.ng.names[addr] = string(name)
			}
		}
		b = b[min(4+(n+3)&^3, len(b)):]
	}
}

// resyncNG looks for the next block whose length stands at both of its ends
// and goes on there.
func (p *Reader) resyncNG(why string) error {
	from := p.offset
	p.take(1)
	for {
		b, err := p.peek(window)
		if err != nil {
			return err
		}
		last := len(b) < window
		at := 0
		for ; at+12 <= len(b) && (last || at+maxBlock <= len(b)); at++ {
			if p.plausibleBlock(b[at:]) {
				p.take(at)
				return p.damage(from, 0, "%s: %d bytes passed over", why, p.offset-from)
			}
		}
		if last {
			p.take(len(b))
			return p.damage(from, 0, "%s: %d bytes passed over, to the end of the file", why, p.offset-from)
		}
		p.take(at)
	}
}

// plausibleBlock reports whether b begins with a whole block of a known type.
func (p *Reader) plausibleBlock(b []byte) bool {
	order := p.order
	kind := order.Uint32(b)
	switch kind {
	case blockSection:
		switch binary.LittleEndian.Uint32(b[8:]) {
		case ngMagic:
			order = binary.LittleEndian
		case swapped(ngMagic):
			order = binary.BigEndian
		default:
			return false
		}
	case blockInterface, blockOldPacket, blockSimple, blockNames, blockStatistics, blockPacket, blockSecrets:
		if !p.ng.began {
			return false
		}
	default:
		return false
	}
	n := order.Uint32(b[4:])
	return n >= 12 && n%4 == 0 && n <= maxBlock && int(n) <= len(b) && order.Uint32(b[n-4:]) == n
}
