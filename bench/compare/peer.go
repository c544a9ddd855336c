package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"
	"golang.org/x/net/http2"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

// runPeer is one of the programs to compare with, which are parts of this one
// so that they start alike. It prints frames:bytes.
func runPeer(name string, args []string) error {
	if name == "copy" {
		copyMemory()
		return nil
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	frames, bytes := 0, int64(0)
	switch name {
	case "frames":
		frames, bytes, err = countFrames(f, args[1])
	case "captured":
		frames, bytes, err = countCaptured(f, args[1])
	case "http2":
		frames, bytes, err = countHTTP2(f)
	case "reassembly":
		bytes, err = reassemble(f)
	default:
		err = fmt.Errorf("no peer %q", name)
	}
	fmt.Printf("%d:%d\n", frames, bytes)
	return err
}

// copyMemory copies 1 GiB in blocks that no cache holds.
func copyMemory() {
	src, dst := make([]byte, 64<<20), make([]byte, 64<<20)
	for i := range src {
		src[i] = byte(i)
	}
	for range 16 {
		copy(dst, src)
	}
}

// headersOnly is what all that count frames ask for, as the Framer of x/net
// does: it does not look at payloads either.
var headersOnly = codec.Options{Headers: true}

// countFrames reads a stream with the packages of wirectl.
func countFrames(f *os.File, protocol string) (frames int, bytes int64, err error) {
	p, err := registry.Lookup(protocol)
	if err != nil {
		return 0, 0, err
	}
	conv, err := p.Open(headersOnly)
	if err != nil {
		return 0, 0, err
	}
	s := codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
	for r, err := range codec.Records(f, s) {
		if err != nil {
			return frames, bytes, err
		}
		frames++
		bytes += r.Span.Len()
	}
	return frames, bytes, nil
}

// countCaptured reads a stream or a capture with the packages of wirectl.
func countCaptured(f *os.File, protocol string) (frames int, bytes int64, err error) {
	src, err := capture.Open(f.Name(), f, capture.Options{})
	if err != nil {
		return 0, 0, err
	}
	s, err := decode.NewSession(decode.Options{Protocol: protocol, Codec: headersOnly})
	if err != nil {
		return 0, 0, err
	}
	for r, err := range s.Records(src) {
		if err != nil {
			return frames, bytes, err
		}
		frames++
		bytes += r.Span.Len()
	}
	return frames, bytes, nil
}

// countHTTP2 reads frames with the Framer of x/net, as it is fastest.
func countHTTP2(f *os.File) (frames int, bytes int64, err error) {
	fr := http2.NewFramer(io.Discard, bufio.NewReaderSize(f, 64<<10))
	fr.SetReuseFrames()
	fr.AllowIllegalReads = true
	fr.SetMaxReadFrameSize(1<<24 - 1)
	for {
		x, err := fr.ReadFrame()
		if errors.Is(err, io.EOF) {
			return frames, bytes, nil
		}
		if err != nil {
			return frames, bytes, err
		}
		frames++
		bytes += int64(x.Header().Length) + 9
	}
}

// A sink counts the bytes that gopacket puts together.
type sink struct{ n int64 }

func (s *sink) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return s
}

func (s *sink) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true
	return true
}

func (s *sink) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	s.n += int64(n)
}

func (s *sink) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

// reassemble reads a capture as gopacket does it fastest.
func reassemble(f *os.File) (int64, error) {
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 64<<10))
	if err != nil {
		return 0, err
	}
	var s sink
	asm := reassembly.NewAssembler(reassembly.NewStreamPool(&s))
	var ip layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeIPv4, &ip, &tcp, &payload)
	var layersFound []gopacket.LayerType
	for {
		data, _, err := r.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) {
			asm.FlushAll()
			return s.n, nil
		}
		if err != nil {
			return s.n, err
		}
		if err := parser.DecodeLayers(data, &layersFound); err != nil {
			return s.n, err
		}
		asm.Assemble(ip.NetworkFlow(), &tcp)
	}
}
