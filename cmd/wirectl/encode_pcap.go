package main

import (
	"io"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A pcapWriter writes the bytes of documents as TCP conversations of the
// loopback interface, for encode -o pcap.
type pcapWriter struct {
	packets pcapfile.PacketWriter
	tcp     *pcapfile.Recorder
	conns   map[int]*capture.Conn
}

func newPcapWriter(w io.Writer) (*pcapWriter, error) {
	packets, err := pcapfile.NewClassicWriter(w, tcpflow.LinkRaw)
	if err != nil {
		return nil, err
	}
	return &pcapWriter{packets, pcapfile.NewRecorder(packets), map[int]*capture.Conn{}}, nil
}

// item writes the bytes of an item, or leaves out those of a gap. Items
// without a time have that of the item before.
func (p *pcapWriter) item(i *humanframe.Item, start time.Time) error {
	var at time.Time
	if i.Timed || len(p.conns) == 0 {
		at = start.Add(i.At)
	}
	c := p.conns[i.Conn]
	if c == nil {
		c = loopback(i.Conn, i.Proto)
		p.conns[i.Conn] = c
		if err := p.tcp.Open(c, at); err != nil {
			return err
		}
	}
	if i.Gap > 0 {
		return p.tcp.Gap(c, i.Dir, at, i.Gap)
	}
	return p.tcp.Data(c, i.Dir, at, i.Bytes, "")
}

func (p *pcapWriter) finish() error {
	if err := p.tcp.Finish(); err != nil {
		return err
	}
	return p.packets.Flush()
}

// loopback makes up a conversation with a server on the port that a protocol
// is known to use.
func loopback(conn int, proto string) *capture.Conn {
	port := uint16(9000)
	if p, err := registry.Lookup(proto); err == nil && len(p.Info().Ports) > 0 {
		port = p.Info().Ports[0]
	}
	host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return &capture.Conn{
		ID:     conn,
		Client: capture.Endpoint{Addr: netip.AddrPortFrom(host, uint16(40000+conn%20000))},
		Server: capture.Endpoint{Addr: netip.AddrPortFrom(host, port)},
	}
}
