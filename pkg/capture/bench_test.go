package capture

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/tcpassembly"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// bulk makes a capture of n bytes to the server in segments of 1448, of
// which a share comes late by one to three packets or twice. It returns the
// bytes too.
func bulk(t testing.TB, n int, disorder float64) (file, said []byte) {
	t.Helper()
	const mss = 1448
	r := rand.New(rand.NewPCG(1, 2))
	said = make([]byte, n)
	for i := range said {
		said[i] = byte(r.Uint32())
	}
	p := new(packets)
	rec := pcapfile.NewRecorder(p)
	c := &Conn{
		Client: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.1:40000")},
		Server: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.2:8000")},
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for b := said; len(b) > 0; b = b[min(mss, len(b)):] {
		at = at.Add(7 * time.Microsecond)
		if err := rec.Data(c, codec.ToServer, at, b[:min(mss, len(b))], ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := rec.Finish(); err != nil {
		t.Fatal(err)
	}
	for i := 4; i < len(p.data)-8; i++ {
		switch x := r.Float64(); {
		case len(p.data[i]) < 100:
		case x < disorder/2: // twice
			p.data[i+1] = p.data[i] // in the place of an acknowledgement
		case x < disorder: // late
			k := i + 2*(1+r.IntN(3))
			one := p.data[i]
			copy(p.data[i:], p.data[i+1:k+1])
			p.data[k] = one
		}
	}
	return p.file(t, all), said
}

// readEvents reads a capture and returns how many bytes it says.
func readEvents(t testing.TB, file []byte) (n int64) {
	s, err := Open("x", bytes.NewReader(file), Options{Format: Pcap})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		n += int64(len(e.Data))
		if e.Kind == KindGap {
			t.Fatalf("gap of %d bytes: %s", e.Gap, e.Why)
		}
	}
	return n
}

// TestBulk wants the bytes of a capture in order and in disorder, with
// allocations that do not grow with its size.
func TestBulk(t *testing.T) {
	for _, disorder := range []float64{0, 0.01} {
		var allocs [2]float64
		for i, size := range []int{1 << 20, 4 << 20} {
			file, said := bulk(t, size, disorder)
			got, errs := collect(t, open(t, "x", file, Options{}))
			if errs != nil || got["1>"] != string(said) {
				t.Fatalf("disorder %v: %d of %d bytes, %v", disorder, len(got["1>"]), len(said), errs)
			}
			allocs[i] = testing.AllocsPerRun(3, func() { readEvents(t, file) })
		}
		if disorder == 0 && allocs[1] > allocs[0]+5 || allocs[1] > allocs[0]+200 {
			t.Errorf("disorder %v: %v allocations", disorder, allocs)
		}
	}
}

func BenchmarkPcap(b *testing.B) {
	for name, disorder := range map[string]float64{"in-order": 0, "disorder": 0.01} {
		b.Run(name, func(b *testing.B) {
			file, said := bulk(b, 8<<20, disorder)
			b.SetBytes(int64(len(said)))
			b.ReportAllocs()
			for b.Loop() {
				if n := readEvents(b, file); n != int64(len(said)) {
					b.Fatalf("%d of %d bytes", n, len(said))
				}
			}
		})
	}
}

// The benchmarks of gopacket read the same file: the packets only, their
// headers too, and the streams.

func BenchmarkGopacketRead(b *testing.B) {
	file, said := bulk(b, 8<<20, 0)
	b.SetBytes(int64(len(said)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pcapgo.NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, _, err := r.ZeroCopyReadPacketData(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

type sink struct{ n int64 }

func (s *sink) New(_, _ gopacket.Flow) tcpassembly.Stream { return s }
func (s *sink) ReassemblyComplete()                       {}
func (s *sink) Reassembled(parts []tcpassembly.Reassembly) {
	for _, p := range parts {
		s.n += int64(len(p.Bytes))
	}
}

func BenchmarkGopacketAssembly(b *testing.B) {
	file, said := bulk(b, 8<<20, 0)
	b.SetBytes(int64(len(said)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pcapgo.NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		out := new(sink)
		asm := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(out))
		var ip layers.IPv4
		var tcp layers.TCP
		var payload gopacket.Payload
		parser := gopacket.NewDecodingLayerParser(layers.LayerTypeIPv4, &ip, &tcp, &payload)
		parser.IgnoreUnsupported = true
		var found []gopacket.LayerType
		for {
			data, ci, err := r.ZeroCopyReadPacketData()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = parser.DecodeLayers(data, &found)
			}
			if err != nil {
				b.Fatal(err)
			}
			asm.AssembleWithTimestamp(ip.NetworkFlow(), &tcp, ci.Timestamp)
		}
		asm.FlushAll()
		if out.n != int64(len(said)) {
			b.Fatalf("%d of %d bytes", out.n, len(said))
		}
	}
}

// BenchmarkAssembler leaves the file out: packets of many conversations.
func BenchmarkAssembler(b *testing.B) {
	p := talk(b, 100)
	var bytes int
	for _, d := range p.data {
		bytes += len(d)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		asm := tcpflow.New(Limits{})
		for i := range p.data {
			if _, err := asm.Packet(tcpflow.LinkRaw, p.data[i], p.times[i]); err != nil {
				b.Fatal(err)
			}
		}
		asm.Finish()
	}
}
