package testdata

import (
	"encoding/binary"
	"testing"
	"time"
)

// A Segment is one piece of a direction of a TCP connection, or its begin or
// end, in the order of the capture.
type Segment struct {
	Conn     int // from 0, in order of the first packet
	ToServer bool
	Time     time.Time
	Data     []byte
	Begin    bool // the connection's first packet
	End      bool // this side sends no more
}

// Segments reads a pcap file of whole TCP connections over IPv4, and drops
// what was sent again. It is for recordings without losses.
func Segments(t testing.TB, b []byte) []Segment {
	t.Helper()
	type flow struct {
		conn     int
		next     uint32
		toServer bool
	}
	flows := map[[12]byte]*flow{}
	var out []Segment
	conns := 0
	unit := time.Microsecond
	if binary.LittleEndian.Uint32(b) == 0xa1b23c4d {
		unit = time.Nanosecond
	}
	head := map[uint32]int{0: 4, 1: 14, 101: 0, 113: 16}[binary.LittleEndian.Uint32(b[20:])]
	for b = b[24:]; len(b) >= 16; {
		n := binary.LittleEndian.Uint32(b[8:])
		at := time.Unix(int64(binary.LittleEndian.Uint32(b)), 0).Add(time.Duration(binary.LittleEndian.Uint32(b[4:])) * unit)
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
		seq, flags := binary.BigEndian.Uint32(tcp[4:]), tcp[13]
		f := flows[key]
		if flags&2 != 0 {
			f = &flow{next: seq + 1, toServer: true, conn: conns}
			if flags&16 != 0 {
				f.toServer, f.conn = false, flows[back].conn
			} else {
				conns++
				out = append(out, Segment{Conn: f.conn, ToServer: true, Time: at, Begin: true})
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
		if end := flags&(1|4) != 0; len(data) > 0 || end {
			f.next += uint32(len(data))
			out = append(out, Segment{Conn: f.conn, ToServer: f.toServer, Time: at, Data: data, End: end})
		}
	}
	return out
}
