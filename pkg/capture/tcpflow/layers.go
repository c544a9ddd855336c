package tcpflow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// A LinkType says what a captured packet begins with. The numbers are those
// of capture files (tcpdump.org/linktypes.html).
type LinkType uint16

// The link types that are understood.
const (
	LinkNull     LinkType = 0 // BSD loopback: family in the order of the recording host
	LinkEthernet LinkType = 1
	LinkRawBSD   LinkType = 12 // raw IP as some systems number it
	LinkRawOpen  LinkType = 14
	LinkRaw      LinkType = 101 // IPv4 or IPv6 without link header
	LinkLoop     LinkType = 108 // OpenBSD loopback: family in network order
	LinkSLL      LinkType = 113 // Linux cooked capture
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276 // Linux cooked capture, second version
)

// EtherTypes and IP protocol numbers.
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ1 = 0x9100
	etherPPPoE = 0x8864

	protoHopByHop = 0
	protoIPIP     = 4
	protoTCP      = 6
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoAuth     = 51
	protoDestOpts = 60
)

// maxLayers bounds tags, extension headers and tunnels of one packet.
const maxLayers = 16

// TCP flags.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// errNotTCP says that a packet is something else, which is no fault.
var errNotTCP = errors.New("not TCP")

// A host is an address and a port in a form that is cheap to compare. An
// IPv4 address stands in its IPv6 form, and the port is as wide as the rest, so
// that a host has no padding and is compared and hashed in one go.
type host struct{ hi, lo, port uint64 }

func (h host) less(o host) bool {
	switch {
	case h.hi != o.hi:
		return h.hi < o.hi
	case h.lo != o.lo:
		return h.lo < o.lo
	}
	return h.port < o.port
}

func (h host) addrPort() netip.AddrPort {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], h.hi)
	binary.BigEndian.PutUint64(b[8:], h.lo)
	return netip.AddrPortFrom(netip.AddrFrom16(b).Unmap(), uint16(h.port))
}

// A segment is a packet's TCP part.
type segment struct {
	src, dst host
	seq, ack uint32
	flags    uint8
	data     []byte // shared with the packet
	cut      int    // bytes after data that were sent and not captured
}

// decode finds the TCP segment in the packet b. It returns errNotTCP when b
// is something else. IP fragments go through frags, which may complete one.
func decode(link LinkType, b []byte, frags *fragments, s *segment) error {
	ether, b, err := linkLayer(link, b)
	if err != nil {
		return err
	}
	for range maxLayers {
		var proto uint8
		switch ether {
		case etherIPv4:
			proto, b, err = ipv4(b, frags, s)
		case etherIPv6:
			proto, b, err = ipv6(b, frags, s)
		case etherVLAN, etherQinQ, etherQinQ1:
			if len(b) < 4 {
				return cutIn("a VLAN tag", b, 4)
			}
			ether, b = binary.BigEndian.Uint16(b[2:]), b[4:]
			continue
		case etherPPPoE:
			if len(b) < 8 {
				return cutIn("a PPPoE header", b, 8)
			}
			switch binary.BigEndian.Uint16(b[6:]) {
			case 0x21:
				ether = etherIPv4
			case 0x57:
				ether = etherIPv6
			default:
				return errNotTCP
			}
			b = b[8:]
			continue
		default:
			return errNotTCP
		}
		if err != nil {
			return err
		}
		switch proto {
		case protoTCP:
			return tcp(b, s)
		case protoIPIP:
			ether = etherIPv4
		case protoIPv6:
			ether = etherIPv6
		default:
			return errNotTCP
		}
	}
	return errors.New("more than 16 headers in one packet")
}

func cutIn(what string, b []byte, want int) error {
	return fmt.Errorf("packet cut in %s: %d of %d bytes", what, len(b), want)
}

// linkLayer takes off the link header and returns the EtherType of what
// follows.
func linkLayer(link LinkType, b []byte) (uint16, []byte, error) {
	switch link {
	case LinkEthernet:
		if len(b) < 14 {
			return 0, nil, cutIn("the Ethernet header", b, 14)
		}
		return binary.BigEndian.Uint16(b[12:]), b[14:], nil
	case LinkSLL:
		if len(b) < 16 {
			return 0, nil, cutIn("the Linux cooked header", b, 16)
		}
		return binary.BigEndian.Uint16(b[14:]), b[16:], nil
	case LinkSLL2:
		if len(b) < 20 {
			return 0, nil, cutIn("the Linux cooked header", b, 20)
		}
		return binary.BigEndian.Uint16(b), b[20:], nil
	case LinkNull, LinkLoop:
		// The family numbers differ between systems (2 for IPv4; 10, 24, 28
		// or 30 for IPv6): the version in the IP header does not.
		if len(b) < 4 {
			return 0, nil, cutIn("the loopback header", b, 4)
		}
		return byVersion(b[4:])
	case LinkRaw, LinkRawBSD, LinkRawOpen, LinkIPv4, LinkIPv6:
		return byVersion(b)
	}
	return 0, nil, fmt.Errorf("link type %d is not understood", link)
}

func byVersion(b []byte) (uint16, []byte, error) {
	if len(b) == 0 {
		return 0, nil, errors.New("packet without an IP header")
	}
	switch b[0] >> 4 {
	case 4:
		return etherIPv4, b, nil
	case 6:
		return etherIPv6, b, nil
	}
	return 0, nil, errNotTCP
}

// ipv4 takes off the header and what follows the datagram.
func ipv4(b []byte, frags *fragments, s *segment) (uint8, []byte, error) {
	if len(b) < 20 {
		return 0, nil, cutIn("the IPv4 header", b, 20)
	}
	head := int(b[0]&15) * 4
	if b[0]>>4 != 4 || head < 20 {
		return 0, nil, fmt.Errorf("no IPv4 header: it begins with 0x%02x", b[0])
	}
	proto := b[9]
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // segmentation was left to the network card
		total = len(b)
	}
	if total < head {
		return 0, nil, fmt.Errorf("IPv4 length of %d is below the header's %d", total, head)
	}
	if len(b) < head {
		return 0, nil, cutIn("the IPv4 options", b, head)
	}
	s.addresses(b)
	frag := binary.BigEndian.Uint16(b[6:])
	id := uint32(binary.BigEndian.Uint16(b[4:]))
	b, s.cut = trim(b[head:], total-head)
	if frag&0x3fff == 0 {
		return proto, b, nil
	}
	if proto != protoTCP {
		return proto, nil, errNotTCP
	}
	key := fragKey{s.src, s.dst, id, proto}
	whole, err := frags.add(key, int(frag&0x1fff)*8, frag&0x2000 != 0, b, s.cut)
	s.cut = 0
	return proto, whole, err
}

// ipv6 takes off the header, the extension headers and what follows the
// datagram.
func ipv6(b []byte, frags *fragments, s *segment) (uint8, []byte, error) {
	if len(b) < 40 {
		return 0, nil, cutIn("the IPv6 header", b, 40)
	}
	if b[0]>>4 != 6 {
		return 0, nil, fmt.Errorf("no IPv6 header: it begins with 0x%02x", b[0])
	}
	s.src.hi, s.src.lo = binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
	s.dst.hi, s.dst.lo = binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])
	next := b[6]
	total := int(binary.BigEndian.Uint16(b[4:]))
	b = b[40:]
	if total == 0 { // a jumbogram, or left to the network card
		total = len(b)
	}
	b, s.cut = trim(b, total)
	for range maxLayers {
		var n int
		switch next {
		case protoHopByHop, protoRouting, protoDestOpts:
			if len(b) >= 2 {
				n = int(b[1])*8 + 8
			}
		case protoAuth:
			if len(b) >= 2 {
				n = int(b[1])*4 + 8
			}
		case protoFragment:
			n = 8
		default:
			return next, b, nil
		}
		if n == 0 || len(b) < n {
			return 0, nil, cutIn("an IPv6 extension header", b, max(n, 2))
		}
		head := b[:n]
		b = b[n:]
		if next == protoFragment {
			off := binary.BigEndian.Uint16(head[2:])
			if off&0xfff9 != 0 { // else a fragment that is the whole datagram
				key := fragKey{s.src, s.dst, binary.BigEndian.Uint32(head[4:]), head[0]}
				whole, err := frags.add(key, int(off&^7), off&1 != 0, b, s.cut)
				if err != nil {
					return 0, nil, err
				}
				b, s.cut = whole, 0
			}
		}
		next = head[0]
	}
	return 0, nil, errors.New("more than 16 IPv6 extension headers")
}

// trim cuts b to the n bytes that the header claims, and says how many of
// them are missing.
func trim(b []byte, n int) ([]byte, int) {
	if len(b) >= n {
		return b[:n], 0
	}
	return b, n - len(b)
}

// tcp reads the TCP header.
func tcp(b []byte, s *segment) error {
	if len(b) < 20 {
		return cutIn("the TCP header", b, 20)
	}
	head := int(b[12]>>4) * 4
	if head < 20 {
		return fmt.Errorf("TCP header length of %d is below 20", head)
	}
	if len(b) < head {
		if len(b)+s.cut < head {
			return fmt.Errorf("TCP header length of %d is over the packet's %d", head, len(b)+s.cut)
		}
		s.cut -= head - len(b)
		s.data = nil
	} else {
		s.data = b[head:]
	}
	s.numbers(b)
	return nil
}

// numbers reads what stands in every TCP header b.
func (s *segment) numbers(b []byte) {
	_ = b[13]
	s.src.port = uint64(binary.BigEndian.Uint16(b))
	s.dst.port = uint64(binary.BigEndian.Uint16(b[2:]))
	s.seq = binary.BigEndian.Uint32(b[4:])
	s.ack = binary.BigEndian.Uint32(b[8:])
	s.flags = b[13]
}

// addresses reads the addresses of the IPv4 header b.
func (s *segment) addresses(b []byte) {
	_ = b[19]
	s.src.hi, s.src.lo = 0, 0xffff<<32|uint64(binary.BigEndian.Uint32(b[12:]))
	s.dst.hi, s.dst.lo = 0, 0xffff<<32|uint64(binary.BigEndian.Uint32(b[16:]))
}
