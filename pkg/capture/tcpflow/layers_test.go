package tcpflow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/tcpassembly"

	"github.com/wirectl/wirectl/internal/testdata"
)

// stack makes a packet of gopacket's layers.
func stack(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, l...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

var (
	ether = layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
	ip4   = layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
	ip6   = layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: net.ParseIP("fe80::1"), DstIP: net.ParseIP("fe80::2")}
	tcp4  = layers.TCP{SrcPort: 40000, DstPort: 8000, Seq: 7, Ack: 9, ACK: true, PSH: true, Window: 1}
	data  = gopacket.Payload("hello")
)

// with returns a changed copy.
func with[L any](l L, change func(*L)) *L {
	change(&l)
	return &l
}

// TestLayers reads packets of all kinds that gopacket has made.
func TestLayers(t *testing.T) {
	padded := append(stack(t, &ether, &ip4, &tcp4, data), make([]byte, 20)...)
	inner4 := stack(t, &ip4, &tcp4, data)
	inner6 := stack(t, &ip6, &tcp4, data)
	// What gopacket does not make.
	options := func(first uint8, headers ...[]byte) []byte {
		tcp := stack(t, &tcp4, data)
		all := append(slices.Concat(headers...), tcp...)
		return append(stack(t, with(ip6, func(l *layers.IPv6) { l.NextHeader = layers.IPProtocol(first) }), gopacket.Payload(all))[:40], all...)
	}
	six := "[fe80::1]:40000 [fe80::2]:8000"
	four := "10.0.0.1:40000 10.0.0.2:8000"
	for name, tt := range map[string]struct {
		link LinkType
		pkt  []byte
		ends string
	}{
		"Ethernet":     {LinkEthernet, stack(t, &ether, &ip4, &tcp4, data), four},
		"with padding": {LinkEthernet, padded, four},
		"VLAN":         {LinkEthernet, stack(t, with(ether, func(l *layers.Ethernet) { l.EthernetType = layers.EthernetTypeDot1Q }), &layers.Dot1Q{VLANIdentifier: 5, Type: layers.EthernetTypeIPv4}, &ip4, &tcp4, data), four},
		"QinQ":         {LinkEthernet, stack(t, with(ether, func(l *layers.Ethernet) { l.EthernetType = layers.EthernetTypeQinQ }), &layers.Dot1Q{Type: layers.EthernetTypeDot1Q}, &layers.Dot1Q{Type: layers.EthernetTypeIPv6}, &ip6, &tcp4, data), six},
		"PPPoE":        {LinkEthernet, stack(t, with(ether, func(l *layers.Ethernet) { l.EthernetType = layers.EthernetTypePPPoESession }), &layers.PPPoE{Version: 1, Type: 1, Code: layers.PPPoECodeSession}, &layers.PPP{PPPType: layers.PPPTypeIPv4}, &ip4, &tcp4, data), four},
		"IPv6":         {LinkEthernet, stack(t, with(ether, func(l *layers.Ethernet) { l.EthernetType = layers.EthernetTypeIPv6 }), &ip6, &tcp4, data), six},
		"IP options": {LinkRaw, stack(t, with(ip4, func(l *layers.IPv4) {
			l.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}}
		}), &tcp4, data), four},
		"TCP options": {LinkRaw, stack(t, &ip4, with(tcp4, func(l *layers.TCP) {
			l.Options = []layers.TCPOption{{OptionType: 8, OptionLength: 10, OptionData: make([]byte, 8)}}
		}), data), four},
		"raw 4":                  {LinkIPv4, inner4, four},
		"raw 6":                  {LinkRawBSD, inner6, six},
		"null, little":           {LinkNull, append([]byte{2, 0, 0, 0}, inner4...), four},
		"null, big":              {LinkNull, append([]byte{0, 0, 0, 30}, inner6...), six},
		"loop":                   {LinkLoop, append([]byte{0, 0, 0, 24}, inner6...), six},
		"cooked":                 {LinkSLL, append([]byte{0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, inner4...), four},
		"cooked with tag":        {LinkSLL, append([]byte{0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 5, 8, 0}, inner4...), four},
		"cooked 2":               {LinkSLL2, append([]byte{0x86, 0xdd, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}, inner6...), six},
		"6 in 4":                 {LinkRaw, stack(t, with(ip4, func(l *layers.IPv4) { l.Protocol = layers.IPProtocolIPv6 }), &ip6, &tcp4, data), six},
		"4 in 4":                 {LinkRaw, stack(t, with(ip4, func(l *layers.IPv4) { l.Protocol = layers.IPProtocolIPv4 }), &ip4, &tcp4, data), four},
		"extensions":             {LinkRaw, options(0, []byte{60, 0, 1, 4, 0, 0, 0, 0}, []byte{43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []byte{51, 0, 4, 0, 0, 0, 0, 0}, []byte{6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), six},
		"a fragment that is all": {LinkRaw, options(44, []byte{6, 0, 0, 0, 0, 0, 0, 1}), six},
	} {
		var s segment
		var frags fragments
		if err := decode(tt.link, tt.pkt, &frags, &s); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if ends := fmt.Sprint(s.src.addrPort(), " ", s.dst.addrPort()); ends != tt.ends || string(s.data) != "hello" || s.cut != 0 || s.seq != 7 || s.ack != 9 || s.flags != flagACK|flagPSH {
			t.Errorf("%s: %s %+v", name, ends, s)
		}
		// Cut at every byte: an error, or the bytes that are there.
		for n := range tt.pkt {
			s = segment{}
			err := decode(tt.link, tt.pkt[:n:n], &frags, &s)
			if err == nil && len(s.data)+s.cut != 5 || err != nil && errors.Is(err, errNotTCP) && n > 40 {
				t.Errorf("%s cut at %d: %v %+v", name, n, err, s)
			}
		}
	}
	for name, pkt := range map[string][]byte{
		"UDP": stack(t, &ether, with(ip4, func(l *layers.IPv4) { l.Protocol = layers.IPProtocolUDP }), &layers.UDP{SrcPort: 1, DstPort: 2}, data),
		"ARP": append(stack(t, with(ether, func(l *layers.Ethernet) { l.EthernetType = layers.EthernetTypeARP })), make([]byte, 28)...),
	} {
		if err := decode(LinkEthernet, pkt, new(fragments), new(segment)); !errors.Is(err, errNotTCP) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := decode(9999, inner4, new(fragments), new(segment)); err == nil || !strings.Contains(err.Error(), "9999") {
		t.Errorf("link type 9999: %v", err)
	}
}

// TestFragments sends a segment in three IP fragments, in every order, with
// others between and twice.
func TestFragments(t *testing.T) {
	whole := stack(t, &tcp4, gopacket.Payload(strings.Repeat("0123456789", 5)))
	cuts := []int{0, 16, 40, len(whole)}
	var four, six [][]byte
	for i := range 3 {
		part := whole[cuts[i]:cuts[i+1]]
		more := i < 2
		four = append(four, stack(t, with(ip4, func(l *layers.IPv4) {
			l.Id, l.FragOffset = 77, uint16(cuts[i]/8)
			if more {
				l.Flags = layers.IPv4MoreFragments
			}
		}), gopacket.Payload(part)))
		head := []byte{6, 0, 0, 0, 0, 0, 0, 9}
		binary.BigEndian.PutUint16(head[2:], uint16(cuts[i]))
		if more {
			head[3] |= 1
		}
		six = append(six, stack(t, with(ip6, func(l *layers.IPv6) { l.NextHeader = 44 }), gopacket.Payload(append(head, part...))))
	}
	for version, parts := range map[string][][]byte{"4": four, "6": six} {
		for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 0, 2, 1}, {2, 0, 2, 1}} {
			var frags fragments
			var s segment
			for i, n := range order {
				err := decode(LinkRaw, parts[n], &frags, &s)
				if last := i == len(order)-1; last != (err == nil) {
					t.Errorf("IPv%s, order %v, fragment %d: %v", version, order, n, err)
				}
			}
			if string(s.data) != strings.Repeat("0123456789", 5) || len(frags.open) != 0 {
				t.Errorf("IPv%s, order %v: %q, %d left", version, order, s.data, len(frags.open))
			}
		}
	}
	// Many that are never complete: memory is bounded.
	a := New(Limits{})
	for i := range 1000 {
		b := bytes.Clone(four[0])
		binary.BigEndian.PutUint16(b[4:], uint16(i))
		if _, err := a.Packet(LinkRaw, b, tapeStart); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.frags.open) > maxDatagrams || a.Stats().Fragments != 1000 {
		t.Errorf("%d datagrams are held, %d were not complete", len(a.frags.open), a.Stats().Fragments)
	}
}

// oracle collects the bytes of gopacket's reassembly, by the ends.
type oracle struct{ streams map[string]*strings.Builder }

func (o *oracle) New(n, t gopacket.Flow) tcpassembly.Stream {
	s := new(strings.Builder)
	o.streams[n.String()+" "+t.String()] = s
	return &oracleStream{s}
}

type oracleStream struct{ out *strings.Builder }

func (s *oracleStream) Reassembled(parts []tcpassembly.Reassembly) {
	for _, p := range parts {
		s.out.Write(p.Bytes)
	}
}
func (s *oracleStream) ReassemblyComplete() {}

// TestAgainstGopacket holds our reading of real captures against gopacket's.
func TestAgainstGopacket(t *testing.T) {
	n := 0
	for _, name := range testdata.Glob(t, "hg/captures/seed/*.pcap") {
		file := testdata.Read(t, name)
		theirs := &oracle{map[string]*strings.Builder{}}
		asm := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(theirs))
		ours := New(Limits{})
		got := map[string]string{}
		take := func(events []Event) {
			for _, e := range events {
				c, s := e.Conn.Client.Addr, e.Conn.Server.Addr
				if e.Dir == down {
					c, s = s, c
				}
				if e.Kind == Data {
					got[fmt.Sprintf("%v->%v %d->%d", c.Addr(), s.Addr(), c.Port(), s.Port())] += string(e.Data)
				}
			}
		}
		for b := file[24:]; len(b) > 16; {
			size := binary.LittleEndian.Uint32(b[8:])
			raw := b[16 : 16+size]
			b = b[16+size:]
			at := tapeStart.Add(time.Duration(len(file)-len(b)) * time.Microsecond)
			p := gopacket.NewPacket(raw, layers.LayerTypeEthernet, gopacket.Default)
			if tcp, ok := p.TransportLayer().(*layers.TCP); ok {
				asm.AssembleWithTimestamp(p.NetworkLayer().NetworkFlow(), tcp, at)
			}
			events, err := ours.Packet(LinkEthernet, raw, at)
			if err != nil {
				t.Fatal(name, err)
			}
			take(events)
		}
		asm.FlushAll()
		take(ours.Finish())
		for key, s := range theirs.streams {
			if got[key] != s.String() {
				t.Errorf("%s, %s: %d bytes, gopacket has %d", name, key, len(got[key]), s.Len())
			}
			n += s.Len()
		}
	}
	if n < 10_000 {
		t.Errorf("only %d bytes were compared", n)
	}
}
