package main

import (
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/tcpassembly"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A tally counts the bytes to the server, with their checksum.
type tally struct {
	n   int64
	sum hash.Hash32
}

func (t *tally) add(b []byte) {
	t.n += int64(len(b))
	t.sum.Write(b)
}

// readFile reads a capture and prints what was said to the server.
func readFile(stdout io.Writer, reader, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	t := &tally{sum: crc32.NewIEEE()}
	switch reader {
	case "wirectl":
		err = t.wirectl(f)
	case "gopacket":
		err = t.gopacket(f)
	default:
		err = fmt.Errorf("no reader %q", reader)
	}
	fmt.Fprintf(stdout, "%d:%08x\n", t.n, t.sum.Sum32())
	return err
}

func (t *tally) wirectl(f *os.File) error {
	src, err := capture.Open(f.Name(), f, capture.Options{})
	if err != nil {
		return err
	}
	for e, err := range src.Events() {
		if err != nil {
			return err
		}
		if e.Kind == capture.KindData && e.Dir == codec.ToServer {
			t.add(e.Data)
		}
	}
	return nil
}

// The methods of tcpassembly's streams; those of both directions are t, and
// only one has bytes.

func (t *tally) New(_, _ gopacket.Flow) tcpassembly.Stream { return t }
func (t *tally) ReassemblyComplete()                       {}
func (t *tally) Reassembled(parts []tcpassembly.Reassembly) {
	for _, p := range parts {
		t.add(p.Bytes)
	}
}

func (t *tally) gopacket(f io.Reader) error {
	r, err := pcapgo.NewReader(f)
	if err != nil {
		return err
	}
	asm := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(t))
	var ip layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeIPv4, &ip, &tcp, &payload)
	var found []gopacket.LayerType
	for {
		data, ci, err := r.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) {
			asm.FlushAll()
			return nil
		}
		if err != nil {
			return err
		}
		if err := parser.DecodeLayers(data, &found); err != nil {
			return err
		}
		asm.AssembleWithTimestamp(ip.NetworkFlow(), &tcp, ci.Timestamp)
	}
}
