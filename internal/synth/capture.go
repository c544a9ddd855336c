package synth

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Ports are those that captures use, known to belong to the protocols.
var Ports = map[string]uint16{"hg": 8000, "zeo": 9991, "synapse": 9092, "msgq": 9912, "zmtp": 47291}

// A Network says how streams are put into packets. The zero value is one
// conversation in order.
type Network struct {
	Flows    int     // conversations that talk in turn; 0 means one
	Segment  int     // bytes of data in a packet; 0 means 1448, as on Ethernet
	Disorder float64 // the share of packets that come late or twice
}

// WriteStream writes at least size bytes of whole frames.
func WriteStream(w io.Writer, protocol string, mix Mix, seed uint64, size int64) (Tally, error) {
	var t Tally
	s, err := New(protocol, mix, seed)
	if err != nil {
		return t, err
	}
	var buf []byte
	for t.Bytes < size && err == nil {
		for buf = buf[:0]; len(buf) < most && t.Bytes < size; {
			buf = s.appendNoted(buf, 1, &t)
		}
		_, err = w.Write(buf)
	}
	return t, err
}

// appendNoted appends the next frame and notes it.
func (s *Stream) appendNoted(dst []byte, conn int, t *Tally) []byte {
	n := len(dst)
	dst = s.Append(dst)
	t.Note(conn, s.seq-1, len(dst)-n)
	return dst
}

// A talker is a client in the making of a capture.
type talker struct {
	stream *Stream
	conn   *tcpflow.Conn
	number int
	buf    []byte
}

// WriteCapture writes a pcap file of at least size bytes of whole frames, in
// all conversations together.
func WriteCapture(w io.Writer, protocol string, mix Mix, seed uint64, size int64, net Network) (Tally, error) {
	var t Tally
	file, err := pcapfile.NewClassicWriter(w, tcpflow.LinkRaw)
	if err != nil {
		return t, err
	}
	r := rand.New(rand.NewPCG(seed, 4))
	shaker := NewShaker(file, seed, net.Disorder)
	rec := pcapfile.NewRecorder(shaker)
	talkers, err := newTalkers(protocol, mix, seed, max(net.Flows, 1))
	if err != nil {
		return t, err
	}
	segment := net.Segment
	if segment == 0 {
		segment = 1448
	}
	at := time.Unix(1_700_000_000, 0)
	say := func(k *talker, n int) error {
		at = at.Add(7 * time.Microsecond)
		err := rec.Data(k.conn, codec.ToServer, at, k.buf[:n], "")
		k.buf = k.buf[:copy(k.buf, k.buf[n:])]
		return err
	}
	for i := 0; t.Bytes < size || i < len(talkers); i++ {
		k := talkers[i%len(talkers)]
		if i >= len(talkers) { // all have begun
			k = talkers[r.IntN(len(talkers))]
		}
		for len(k.buf) < segment {
			k.buf = k.stream.appendNoted(k.buf, k.number, &t)
		}
		if err := say(k, segment); err != nil {
			return t, err
		}
	}
	for _, k := range talkers {
		for len(k.buf) > 0 {
			if err := say(k, min(segment, len(k.buf))); err != nil {
				return t, err
			}
		}
	}
	err = errors.Join(shaker.Flush(), rec.Finish(), shaker.Flush())
	t.Packets = shaker.Packets
	return t, err
}

func newTalkers(protocol string, mix Mix, seed uint64, n int) ([]*talker, error) {
	p := newPools(seed)
	server := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 2}), Ports[protocol])
	var all []*talker
	for i := range n {
		s, err := newStream(protocol, mix, seed+uint64(i), p)
		if err != nil {
			return nil, err
		}
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1 + byte(i/20000), 1}), uint16(40000+i%20000))
		all = append(all, &talker{stream: s, number: i + 1, conn: &tcpflow.Conn{
			Client: tcpflow.Endpoint{Addr: client}, Server: tcpflow.Endpoint{Addr: server},
		}})
	}
	return all, nil
}
