package pcapfile

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// What a [Recorder] writes.
const (
	segmentSize = 16 << 10 // bytes of data in a packet at most
	windowSize  = 65535    // two segments fit in it, and are then acknowledged
)

// A Recorder writes conversations as a capture of valid TCP: handshakes,
// sequence numbers, acknowledgements, checksums, FIN. Its packets begin with
// the IP header ([tcpflow.LinkRaw]).
//
// Ends without an address get one of the loopback interface. Times may not
// go back within the file; a zero time stands for the one before.
type Recorder struct {
	w     PacketWriter
	conns map[*tcpflow.Conn]*recorded
	begun uint32 // conversations
	last  time.Time
	buf   []byte
	ipid  uint16
}

// recorded is a conversation in the making. Index 0 is the client.
type recorded struct {
	number uint32 // from 0
	ends   [2]netip.AddrPort
	seq    [2]uint32 // of the next byte
	acked  [2]uint32 // what the other end acknowledged
	closed bool
}

// NewRecorder returns a Recorder that writes to w. The caller flushes w.
func NewRecorder(w PacketWriter) *Recorder {
	return &Recorder{w: w, conns: make(map[*tcpflow.Conn]*recorded)}
}

// Open writes the handshake of a conversation. Data does it too.
func (r *Recorder) Open(c *tcpflow.Conn, t time.Time) error {
	_, err := r.open(c, t)
	return err
}

func (r *Recorder) open(c *tcpflow.Conn, t time.Time) (*recorded, error) {
	if f := r.conns[c]; f != nil {
		return f, nil
	}
	n := r.begun
	r.begun++
	f := &recorded{
		number: n,
		ends:   addresses(c, n),
		seq:    [2]uint32{1_000_000 * (n + 1), 2_000_000_000 + 1_000_000*n},
	}
	r.conns[c] = f
	t = r.time(t)
	err := r.packet(f, 0, t, flagSYN, nil, "")
	f.seq[0]++
	f.acked[0] = f.seq[0]
	err = cmp.Or(err, r.packet(f, 1, t, flagSYN|flagACK, nil, ""))
	f.seq[1]++
	f.acked[1] = f.seq[1]
	return f, cmp.Or(err, r.packet(f, 0, t, flagACK, nil, ""))
}

// addresses returns the ends of a conversation, invented where it has none.
func addresses(c *tcpflow.Conn, n uint32) [2]netip.AddrPort {
	a, b := c.Client.Addr, c.Server.Addr
	if !a.IsValid() || !b.IsValid() || a.Addr().Is4() != b.Addr().Is4() || a == b {
		host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		port := uint16(7)
		if b.IsValid() {
			port = b.Port()
		}
		a = netip.AddrPortFrom(host, uint16(40000+n%20000))
		b = netip.AddrPortFrom(host, port)
	}
	return [2]netip.AddrPort{a, b}
}

// time makes t usable: never before the time before.
func (r *Recorder) time(t time.Time) time.Time {
	if r.last.IsZero() {
		r.last = time.Unix(0, 0).UTC()
	}
	if !t.Before(r.last) {
		r.last = t
	}
	return r.last
}

func sender(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}

// Data writes bytes of a direction, with their acknowledgement. A comment
// goes to the first packet of them.
func (r *Recorder) Data(c *tcpflow.Conn, d codec.Direction, t time.Time, data []byte, comment string) error {
	f, err := r.open(c, t)
	if err != nil || f.closed {
		return err
	}
	t = r.time(t)
	i := sender(d)
	for len(data) > 0 {
		n := min(len(data), segmentSize)
		flags := uint8(flagACK)
		if n == len(data) {
			flags |= flagPSH
		}
		if err := r.packet(f, i, t, flags, data[:n], comment); err != nil {
			return err
		}
		f.seq[i] += uint32(n)
		data, comment = data[n:], ""
		if len(data) == 0 || f.seq[i]-f.acked[i] > windowSize-segmentSize {
			f.acked[i] = f.seq[i]
			if err := r.packet(f, 1-i, t, flagACK, nil, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// Gap leaves out n bytes of a direction, which were lost in the capture that
// the conversation comes from.
func (r *Recorder) Gap(c *tcpflow.Conn, d codec.Direction, t time.Time, n int64) error {
	f, err := r.open(c, t)
	if err == nil {
		f.seq[sender(d)] += uint32(n)
		f.acked[sender(d)] = f.seq[sender(d)]
	}
	return err
}

// Close writes the end of a conversation: FIN of both ends.
func (r *Recorder) Close(c *tcpflow.Conn, t time.Time) error {
	f := r.conns[c]
	if f == nil || f.closed {
		return nil
	}
	return r.fin(f, r.time(t))
}

// Forget is Close for those who will never speak of the conversation again:
// it takes no memory afterwards.
func (r *Recorder) Forget(c *tcpflow.Conn, t time.Time) error {
	err := r.Close(c, t)
	delete(r.conns, c)
	return err
}

func (r *Recorder) fin(f *recorded, t time.Time) error {
	f.closed = true
	for i := range 2 {
		if err := r.packet(f, i, t, flagFIN|flagACK, nil, ""); err != nil {
			return err
		}
		f.seq[i]++
		f.acked[i] = f.seq[i]
	}
	return r.packet(f, 0, t, flagACK, nil, "")
}

// Finish closes what is open.
func (r *Recorder) Finish() error {
	byNumber := func(a, b *recorded) int { return cmp.Compare(a.number, b.number) }
	for _, f := range slices.SortedFunc(maps.Values(r.conns), byNumber) {
		if !f.closed {
			if err := r.fin(f, r.time(time.Time{})); err != nil {
				return err
			}
		}
	}
	return nil
}

// TCP flags and IP's number for TCP.
const (
	flagFIN = 1
	flagSYN = 2
	flagPSH = 8
	flagACK = 16

	protoTCP = 6
)

// packet writes one packet of end i.
func (r *Recorder) packet(f *recorded, i int, t time.Time, flags uint8, data []byte, comment string) error {
	src, dst := f.ends[i], f.ends[1-i]
	head := 20
	if flags&flagSYN != 0 {
		head = 24 // with the largest segment
	}
	b := r.buf[:0]
	var pseudo uint32 // the sum of the addresses, for TCP's checksum
	if src.Addr().Is4() {
		b = append(b, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+head+len(data)))
		b = binary.BigEndian.AppendUint16(b, r.ipid)
		b = append(b, 0x40, 0, 64, protoTCP, 0, 0) // do not fragment
		b = append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
		r.ipid++
		pseudo = sum(b[12:20], 0)
		binary.BigEndian.PutUint16(b[10:], ^fold(sum(b, 0)))
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(head+len(data)))
		b = append(b, protoTCP, 64)
		s, d := src.Addr().As16(), dst.Addr().As16()
		b = append(append(b, s[:]...), d[:]...)
		pseudo = sum(b[8:40], 0)
	}
	at := len(b)
	b = binary.BigEndian.AppendUint16(b, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint32(b, f.seq[i])
	ack := uint32(0)
	if flags&flagACK != 0 {
		ack = f.acked[1-i]
	}
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, byte(head/4)<<4, flags)
	b = binary.BigEndian.AppendUint16(b, windowSize)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	if head == 24 {
		b = append(b, 2, 4)
		b = binary.BigEndian.AppendUint16(b, segmentSize)
	}
	b = append(b, data...)
	pseudo += protoTCP + uint32(head+len(data))
	binary.BigEndian.PutUint16(b[at+16:], ^fold(sum(b[at:], pseudo)))
	r.buf = b
	return r.w.Packet(t, b, comment)
}

// sum adds b to s as the Internet checksum does (RFC 1071). Packets are far
// too short for an overflow.
func sum(b []byte, s uint32) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
