package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// segment is how many bytes a packet holds: what fits in one on Ethernet,
// with TCP's usual options.
const segment = 1448

// makeFile writes a capture of n bytes. It returns what readers say of it:
// the bytes with their checksum, and the number of packets.
func makeFile(path string, n int64, disorder float64) (want []string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := pcapfile.NewClassicWriter(f, tcpflow.LinkRaw)
	if err != nil {
		return nil, err
	}
	s := synth.NewShaker(w, 1, disorder)
	rec := pcapfile.NewRecorder(s)
	c := &capture.Conn{
		Client: capture.Endpoint{Addr: netip.MustParseAddrPort("10.0.0.1:40000")},
		Server: capture.Endpoint{Addr: netip.MustParseAddrPort("10.0.0.2:8000")},
	}
	at := time.Unix(1_700_000_000, 0)
	sum := crc32.NewIEEE()
	buf := make([]byte, segment)
	r := rand.NewChaCha8([32]byte{1})
	for left := n; left > 0; left -= segment {
		b := buf[:min(segment, left)]
		if _, err := r.Read(b); err != nil {
			return nil, err
		}
		sum.Write(b)
		at = at.Add(7 * time.Microsecond)
		if err := rec.Data(c, codec.ToServer, at, b, ""); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(s.Flush(), rec.Finish(), s.Flush()); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%d:%08x", n, sum.Sum32()), strconv.Itoa(s.Packets)}, nil
}
