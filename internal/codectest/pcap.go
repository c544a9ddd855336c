package codectest

import (
	"encoding/binary"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
)

// A TCP is one connection of a capture: what its client and its server sent.
type TCP struct {
	ClientPort, ServerPort uint16
	ToServer, ToClient     []byte
	Chunks                 []Chunk // the same, in order of time
}

// A Chunk is what one packet added to a direction.
type Chunk struct {
	ToClient bool
	Bytes    []byte
}

// Connections reads a capture of loopback: pcap in the byte order of amd64,
// Ethernet, IPv4, nothing lost. Retransmissions are passed over. The
// connections are in the order of their first packets.
func Connections(t testing.TB, name string) []*TCP {
	t.Helper()
	raw := testdata.Read(t, name)
	if len(raw) < 24 || binary.LittleEndian.Uint32(raw) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(raw[20:]) != 1 {
		t.Fatalf("%s is no such capture", name)
	}
	type flow struct {
		conn *TCP
		next map[bool]uint32
	}
	flows := map[uint32]*flow{}
	var list []*TCP
	for raw = raw[24:]; len(raw) >= 16; {
		n := binary.LittleEndian.Uint32(raw[8:])
		p := raw[16 : 16+n]
		raw = raw[16+n:]
		if len(p) < 54 || p[12] != 8 || p[23] != 6 {
			continue
		}
		ip := p[14:]
		tcp := ip[int(ip[0]&0xf)*4 : binary.BigEndian.Uint16(ip[2:])]
		src, dst := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
		seq, flags := binary.BigEndian.Uint32(tcp[4:]), tcp[13]
		data := tcp[tcp[12]>>4*4:]
		key, toClient := uint32(src)<<16|uint32(dst), false
		if flags&0x12 == 0x02 {
			c := &TCP{ClientPort: src, ServerPort: dst}
			flows[key] = &flow{c, map[bool]uint32{false: seq + 1}}
			list = append(list, c)
			continue
		}
		f := flows[key]
		if f == nil {
			toClient = true
			f = flows[uint32(dst)<<16|uint32(src)]
		}
		if f == nil {
			continue
		}
		if flags&0x02 != 0 {
			f.next[toClient] = seq + 1
			continue
		}
		if seq != f.next[toClient] || len(data) == 0 {
			if len(data) > 0 && int32(seq-f.next[toClient]) > 0 {
				t.Fatalf("%s: out of order", name)
			}
			continue
		}
		f.next[toClient] += uint32(len(data))
		if toClient {
			f.conn.ToClient = append(f.conn.ToClient, data...)
		} else {
			f.conn.ToServer = append(f.conn.ToServer, data...)
		}
		f.conn.Chunks = append(f.conn.Chunks, Chunk{toClient, data})
	}
	return list
}
