package pcapfile

import (
	"bufio"
	"encoding/binary"
	"io"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// A PacketWriter writes packets to a capture file.
type PacketWriter interface {
	// Packet writes a packet. comment may be empty; pcap has no place for
	// comments and leaves them out.
	Packet(t time.Time, data []byte, comment string) error

	// Flush writes what is held back.
	Flush() error
}

// NewClassicWriter returns a writer of a pcap file with nanoseconds, and
// writes the file's head.
func NewClassicWriter(w io.Writer, link tcpflow.LinkType) (PacketWriter, error) {
	c := &classicWriter{w: bufio.NewWriterSize(w, 64<<10)}
	var b [classicHead]byte
	binary.LittleEndian.PutUint32(b[:], magicNano)
	binary.LittleEndian.PutUint16(b[4:], 2)
	binary.LittleEndian.PutUint16(b[6:], 4)
	binary.LittleEndian.PutUint32(b[16:], MaxPacket)
	binary.LittleEndian.PutUint32(b[20:], uint32(link))
	_, err := c.w.Write(b[:])
	return c, err
}

type classicWriter struct{ w *bufio.Writer }

func (c *classicWriter) Packet(t time.Time, data []byte, _ string) error {
	var b [16]byte
	binary.LittleEndian.PutUint32(b[:], uint32(t.Unix()))
	binary.LittleEndian.PutUint32(b[4:], uint32(t.Nanosecond()))
	binary.LittleEndian.PutUint32(b[8:], uint32(len(data)))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(data)))
	if _, err := c.w.Write(b[:]); err != nil {
		return err
	}
	_, err := c.w.Write(data)
	return err
}

func (c *classicWriter) Flush() error { return c.w.Flush() }

// NewNGWriter returns a writer of a pcapng file with nanoseconds, and writes
// its section header and interface description. program is who writes it.
func NewNGWriter(w io.Writer, link tcpflow.LinkType, program string) (PacketWriter, error) {
	n := &ngWriter{w: bufio.NewWriterSize(w, 64<<10)}
	body := binary.LittleEndian.AppendUint32(nil, ngMagic)
	body = append(body, 1, 0, 0, 0)                                          // version 1.0
	body = append(body, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)      // section of unknown length
	body = appendOption(body, 4, program)                                    // shb_userappl
	if err := n.block(blockSection, appendOption(body, 0, "")); err != nil { // end of options
		return nil, err
	}
	body = binary.LittleEndian.AppendUint16(nil, uint16(link))             // link type
	body = binary.LittleEndian.AppendUint32(append(body, 0, 0), MaxPacket) // snaplen
	body = appendOption(body, 9, "\x09")                                   // if_tsresol: 10^-9 seconds
	return n, n.block(blockInterface, appendOption(body, 0, ""))
}

type ngWriter struct {
	w   *bufio.Writer
	buf []byte
}

// maxComment is the longest comment that an option has room for.
const maxComment = 0xffff

func (n *ngWriter) Packet(t time.Time, data []byte, comment string) error {
	ns := uint64(t.UnixNano())
	b := binary.LittleEndian.AppendUint32(n.buf[:0], 0) // the interface
	b = binary.LittleEndian.AppendUint32(b, uint32(ns>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ns))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = pad(append(b, data...))
	if comment != "" {
		b = appendOption(b, 1, comment[:min(len(comment), maxComment)])
		b = appendOption(b, 0, "")
	}
	n.buf = b
	return n.block(blockPacket, b)
}

func (n *ngWriter) Flush() error { return n.w.Flush() }

// block writes a block; body is a multiple of 4 bytes.
func (n *ngWriter) block(kind uint32, body []byte) error {
	var b [8]byte
	binary.LittleEndian.PutUint32(b[:], kind)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(body)+12))
	if _, err := n.w.Write(b[:]); err != nil {
		return err
	}
	if _, err := n.w.Write(body); err != nil {
		return err
	}
	_, err := n.w.Write(b[4:])
	return err
}

func appendOption(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
