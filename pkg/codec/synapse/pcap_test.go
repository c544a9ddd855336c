package synapse_test

import (
	"encoding/binary"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A segment is one piece of a direction of a TCP connection, in the order of
// the capture.
type segment struct {
	conn int
	dir  codec.Direction
	data []byte
}

// segments reads a pcap file of whole TCP connections: it numbers them from 0
// in order of the first packet, and drops what was sent again. It is for
// these recordings, which have no losses.
func segments(t testing.TB, b []byte) []segment {
	t.Helper()
	type flow struct {
		conn int
		next uint32
		dir  codec.Direction
	}
	flows := map[[12]byte]*flow{}
	var out []segment
	conns := 0
	link := binary.LittleEndian.Uint32(b[20:])
	head := map[uint32]int{0: 4, 1: 14, 101: 0, 113: 16}[link]
	for b = b[24:]; len(b) >= 16; {
		n := binary.LittleEndian.Uint32(b[8:])
		p := b[16+head : 16+n]
		b = b[16+n:]
		if len(p) < 20 || p[0]>>4 != 4 || p[9] != 6 {
			continue
		}
		ihl := int(p[0]&15) * 4
		tcp := p[ihl:binary.BigEndian.Uint16(p[2:])]
		data := tcp[int(tcp[12]>>4)*4:]
		var key, back [12]byte
		copy(key[:8], p[12:20])
		copy(key[8:], tcp[:4])
		copy(back[:], []byte{p[16], p[17], p[18], p[19], p[12], p[13], p[14], p[15], tcp[2], tcp[3], tcp[0], tcp[1]})
		seq, syn := binary.BigEndian.Uint32(tcp[4:]), tcp[13]&2 != 0
		f := flows[key]
		if syn {
			f = &flow{next: seq + 1, dir: codec.ToServer, conn: conns}
			if tcp[13]&16 != 0 {
				f.dir, f.conn = codec.ToClient, flows[back].conn
			} else {
				conns++
			}
			flows[key] = f
			continue
		}
		if f == nil {
			continue // a connection whose start was not recorded
		}
		if skip := int32(f.next - seq); skip > 0 {
			data = data[min(int(skip), len(data)):]
		} else if skip < 0 && len(data) > 0 {
			t.Fatalf("connection %d: %d bytes are missing", f.conn, -skip)
		}
		if len(data) > 0 {
			f.next += uint32(len(data))
			out = append(out, segment{f.conn, f.dir, data})
		}
	}
	return out
}
