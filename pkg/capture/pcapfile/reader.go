// Package pcapfile reads and writes capture files: pcap and pcapng.
//
// The readers take files as they are found: cut off, with damaged stretches,
// still being written. What is wrong is a [*Damage], after which reading goes
// on; only an error of the file itself ends it.
package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Bounds on what a file may claim.
const (
	// MaxPacket is the longest packet: what tcpdump and Wireshark take.
	MaxPacket = 256 << 10

	// The buffer grows from firstBuffer to bufferSize while reads fill it,
	// and beyond for what is longer.
	firstBuffer = 16 << 10
	bufferSize  = 256 << 10

	// window is how much is looked at for a place to go on after damage.
	window = 4 * MaxPacket
)

// A Damage says what is wrong with a capture, and where. It is not fatal:
// what can be read of the rest comes after it.
type Damage struct {
	File   string
	Offset int64 // in the file, unpacked if it was packed
	Packet int   // the number of the packet in the file, from 1; 0 when it is not about one
	Err    error
}

// Error returns "FILE: offset N, packet N: what".
func (d *Damage) Error() string {
	if d.Packet == 0 {
		return fmt.Sprintf("%s: offset %d: %v", d.File, d.Offset, d.Err)
	}
	return fmt.Sprintf("%s: offset %d, packet %d: %v", d.File, d.Offset, d.Packet, d.Err)
}

// Unwrap returns the cause.
func (d *Damage) Unwrap() error { return d.Err }

// A Packet is one captured packet.
type Packet struct {
	Time    time.Time // UTC; zero when the file has none
	Link    tcpflow.LinkType
	Data    []byte // what was captured; good until the next one is read
	Length  int    // bytes on the wire, at least len(Data)
	Number  int    // in the file, from 1
	Offset  int64  // of its record in the file
	Comment string // of pcapng; several are joined by line breaks
	Cut     bool   // the file ends inside it: the next error says so
}

// A Reader reads the packets of a capture file.
type Reader struct {
	// Moving is called before the data of packets is written over: each stays
	// good until then. It may be nil.
	Moving func()

	file   string
	r      io.Reader
	buf    []byte // buf[lo:hi] is unread
	lo, hi int
	full   bool  // the last read filled the buffer
	rerr   error // of r
	offset int64 // of buf[lo] in the file
	number int
	next   func(*Reader, *Packet) error
	order  binary.ByteOrder
	failed error
	ahead  []tcpflow.Place // packets from buf[lo:] on that are known to be whole

	classic classic
	ng      ng
}

// Is reports whether prefix, the first bytes of a file, begins a capture
// file, and which: "pcap" or "pcapng".
func Is(prefix []byte) (string, bool) {
	if len(prefix) < 4 {
		return "", false
	}
	switch binary.LittleEndian.Uint32(prefix) {
	case magicMicro, magicNano, magicModified, swapped(magicMicro), swapped(magicNano), swapped(magicModified):
		return "pcap", true
	case blockSection:
		if len(prefix) >= 12 {
			m := binary.LittleEndian.Uint32(prefix[8:])
			return "pcapng", m == ngMagic || m == swapped(ngMagic)
		}
		return "pcapng", true
	}
	return "", false
}

// NewReader reads the head of a capture file. name is for messages.
func NewReader(name string, r io.Reader) (*Reader, error) {
	p := &Reader{file: name, r: r}
	head, err := p.peek(12)
	if err != nil {
		return nil, err
	}
	kind, ok := Is(head)
	switch {
	case !ok:
		return nil, &Damage{File: name, Err: fmt.Errorf("no capture file: it begins with % x", head[:min(4, len(head))])}
	case kind == "pcap":
		err = p.openClassic()
	default:
		p.openNG()
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Next reads the next packet into pkt. A [*Damage] is not the end; [io.EOF]
// is, and so is any other error.
func (p *Reader) Next(pkt *Packet) error {
	if p.failed != nil {
		return p.failed
	}
	err := p.next(p, pkt)
	if err != nil {
		if _, ok := errors.AsType[*Damage](err); !ok {
			p.failed = err
		}
	}
	return err
}

// Ahead returns packets that Next would give without an error, by their places in
// a buffer: those that can be found at no cost, which may be none.
func (p *Reader) Ahead() (link tcpflow.LinkType, buf []byte, pkts []tcpflow.Place) {
	if len(p.ahead) == 0 && p.classic.head > 0 {
		p.lookAhead()
	}
	return p.classic.link, p.buf, p.ahead
}

// Pass passes over the first n packets of Ahead.
func (p *Reader) Pass(n int) {
	if n == 0 {
		return
	}
	last := &p.ahead[n-1]
	p.classic.seconds = last.Seconds
	p.ahead = p.ahead[n:]
	p.number += n
	p.take(last.To - p.lo)
}

// Name returns the name that the file gives to an address, or "".
func (p *Reader) Name(a netip.Addr) string { return p.ng.names[a] }

// peek returns the next n bytes without taking them: fewer at the end of the
// file, and then no error. They are good until the next call.
func (p *Reader) peek(n int) ([]byte, error) {
	for p.hi-p.lo < n && p.rerr == nil {
		p.fill(n)
	}
	b := p.buf[p.lo:min(p.lo+n, p.hi)]
	if len(b) < n && !errors.Is(p.rerr, io.EOF) {
		return nil, p.rerr
	}
	return b, nil
}

// fill reads once, with room for n bytes from lo on.
func (p *Reader) fill(n int) {
	if p.Moving != nil {
		p.Moving()
	}
	switch {
	case p.lo == p.hi:
		p.lo, p.hi = 0, 0
	case p.lo+n > len(p.buf) || p.hi == len(p.buf):
		p.hi = copy(p.buf, p.buf[p.lo:p.hi])
		p.lo = 0
	}
	if n > len(p.buf) || p.full && len(p.buf) < bufferSize {
		buf := make([]byte, max(2*len(p.buf), n, firstBuffer))
		p.hi = copy(buf, p.buf[p.lo:p.hi])
		p.buf, p.lo = buf, 0
	}
	room := len(p.buf) - p.hi
	for range 100 {
		k, err := p.r.Read(p.buf[p.hi:])
		p.hi += k
		p.full = k == room
		if p.rerr = err; k > 0 || err != nil {
			return
		}
	}
	p.rerr = io.ErrNoProgress
}

// take passes over n bytes that peek has shown.
func (p *Reader) take(n int) {
	p.lo += n
	p.offset += int64(n)
}

// skip passes over n bytes of any number; it returns how many there were.
func (p *Reader) skip(n int64) (int64, error) {
	var done int64
	for done < n {
		b, err := p.peek(int(min(n-done, bufferSize)))
		p.take(len(b))
		done += int64(len(b))
		if err != nil || len(b) == 0 {
			return done, err
		}
	}
	return done, nil
}

// damage makes a Damage at an offset; packet is 0 or the packet's number.
func (p *Reader) damage(offset int64, packet int, format string, args ...any) error {
	return &Damage{File: p.file, Offset: offset, Packet: packet, Err: fmt.Errorf(format, args...)}
}

// truncated ends reading: the file is cut inside what began at offset.
func (p *Reader) truncated(offset int64, what string, have, want int64) error {
	p.failed = io.EOF
	return &Damage{File: p.file, Offset: offset, Packet: p.number + 1,
		Err: fmt.Errorf("file cut in %s: %d of %d bytes: %w", what, have, want, io.ErrUnexpectedEOF)}
}

func swapped(v uint32) uint32 {
	return v<<24 | v<<8&0xff0000 | v>>8&0xff00 | v>>24
}
