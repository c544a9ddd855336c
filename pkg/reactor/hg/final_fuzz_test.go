package hg

import (
	"errors"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// fuzzed gives bytes to two machines, the second of which is replaced by a
// copy before each frame: both must do the same.
func fuzzed(t *testing.T, dir codec.Direction, wire []byte, one, two reactor.Machine) {
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: "final"})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Decoder(dir)
	for len(wire) > 0 {
		f, n, err := d.Decode(wire, true)
		if errors.Is(err, codec.ErrShort) || n == 0 {
			break
		}
		wire = wire[n:]
		if err != nil {
			continue
		}
		ev := reactor.Received{Frame: f.Clone()}
		two = two.Snapshot()
		got := one.Step(time.Time{}, ev, nil)
		if len(got) == 0 {
			t.Fatalf("nothing for %s", f.AppendText(nil, codec.View{}))
		}
		if a, b := text(got), text(two.Step(time.Time{}, ev, nil)); a != b {
			t.Fatalf("a copy did\n%s\nthe machine\n%s", b, a)
		}
		if a, b := one.State().String(), two.State().String(); a != b {
			t.Fatalf("a copy is in state\n%s\nthe machine\n%s", b, a)
		}
		if r, ok := got[0].(FinalRun); ok {
			answer := reactor.Input{Value: FinalResponse{Request: r.Request, Stream: 2, Chunks: [][]byte{{1}, r.Data}}}
			two = two.Snapshot()
			if a, b := text(one.Step(time.Time{}, answer, nil)), text(two.Step(time.Time{}, answer, nil)); a != b {
				t.Fatalf("a copy answers\n%s\nthe machine\n%s", b, a)
			}
		}
	}
	if a, b := text(one.Step(time.Time{}, reactor.EOF{}, nil)), text(two.Step(time.Time{}, reactor.EOF{}, nil)); a != b {
		t.Fatalf("at the end a copy does %s, the machine %s", b, a)
	}
}

func FuzzFinalServer(f *testing.F) {
	for _, name := range []string{"debugreflect.1", "multirequest-interleaved-split.1", "multirequest-settings-zlib.1", "error-encoded-request.1"} {
		f.Add(testdata.Read(f, "hg/captures/final/"+name+".c2s.bin"), byte(0))
		f.Add(testdata.Read(f, "hg/captures/final/"+name+".c2s.bin"), byte(3))
	}
	f.Fuzz(func(t *testing.T, wire []byte, how byte) {
		o := reactor.Options{Compat: how&1 != 0, DeferOutput: how&2 != 0, MaxRequests: 5, MaxBuffered: 1 << 10}
		fuzzed(t, codec.ToServer, wire, NewFinalServer(o), NewFinalServer(o))
	})
}

func FuzzFinalClient(f *testing.F) {
	for _, name := range []string{"multirequest-interleaved-split.1", "multirequest-settings-zlib.1", "heads-zstd.2", "filedata-unknown-path.2"} {
		f.Add(testdata.Read(f, "hg/captures/final/"+name+".s2c.bin"), byte(0))
		f.Add(testdata.Read(f, "hg/captures/final/"+name+".s2c.bin"), byte(1))
	}
	f.Fuzz(func(t *testing.T, wire []byte, how byte) {
		client := func() reactor.Machine {
			c := NewFinalClient(reactor.Options{Compat: how&1 != 0})
			for i := range 3 {
				run(t, c, "@call heads")
				c.Step(time.Time{}, reactor.Sent{ID: i + 1}, nil)
			}
			return c
		}
		fuzzed(t, codec.ToClient, wire, client(), client())
	})
}

func BenchmarkFinalServer(b *testing.B) {
	wire := testdata.Read(b, "hg/captures/final/heads-identity.2.c2s.bin")
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: "final"})
	if err != nil {
		b.Fatal(err)
	}
	d := c.Decoder(codec.ToServer)
	_, n, _ := d.Decode(wire, true)
	f, _, err := d.Decode(wire[n:], true)
	if err != nil {
		b.Fatal(err)
	}
	s := NewFinalServer(reactor.Options{})
	first := *f.Clone().(*hg.Frame)
	first.StreamFlags = hg.StreamBegin
	next := *f.Clone().(*hg.Frame)
	answer := reactor.Event(reactor.Input{Value: FinalResponse{Request: 1, Stream: 2, Chunks: [][]byte{make([]byte, 40)}}})
	request := reactor.Event(reactor.Received{Frame: &next})
	dst := s.Step(time.Time{}, reactor.Received{Frame: &first}, nil)
	dst = s.Step(time.Time{}, answer, dst[:0])
	s.Step(time.Time{}, reactor.Sent{ID: dst[0].(reactor.Send).ID}, nil)
	b.ReportAllocs()
	for b.Loop() {
		dst = s.Step(time.Time{}, request, dst[:0])
		dst = s.Step(time.Time{}, answer, dst[:0])
		s.Step(time.Time{}, reactor.Sent{ID: dst[0].(reactor.Send).ID}, nil)
	}
}
