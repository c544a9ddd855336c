package synth_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// read decodes what was made. Every record must be a good frame with nothing
// odd about it, in the protocol's clean notation.
func read(t *testing.T, protocol string, format capture.Format, in []byte) synth.Tally {
	t.Helper()
	src, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{Protocol: protocol})
	if err != nil {
		t.Fatal(err)
	}
	p := humanframe.NewPrinter(registry.Lookup, codec.View{})
	var got synth.Tally
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Frame == nil || r.Err != nil {
			t.Fatalf("record %d: %v", r.Seq, r.Err)
		}
		if text := p.AppendText(nil, r); text[0] == '!' || bytes.HasPrefix(text, []byte("raw ")) {
			t.Errorf("record %d: %.200s", r.Seq, text)
		}
		codectest.JSONText(t, p, r)
		if odd := r.Frame.AppendFindings(nil); len(odd) > 0 {
			t.Errorf("record %d: %v", r.Seq, odd)
		}
		got.Note(r.Conn, r.Seq, int(r.Span.Len()))
	}
	return got
}

func TestStreamsAreRead(t *testing.T) {
	for _, protocol := range synth.Protocols {
		for _, mix := range synth.Mixes {
			t.Run(fmt.Sprintf("%s/%s", protocol, mix), func(t *testing.T) {
				var a, b bytes.Buffer
				want, err := synth.WriteStream(&a, protocol, mix, 1, 200_000)
				if err != nil {
					t.Fatal(err)
				}
				if got := read(t, protocol, capture.Raw, a.Bytes()); got != want {
					t.Errorf("read %+v, made %+v", got, want)
				}
				if _, err := synth.WriteStream(&b, protocol, mix, 1, 200_000); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
					t.Errorf("a second time it makes something else, or fails: %v", err)
				}
			})
		}
	}
}

func TestCapturesAreRead(t *testing.T) {
	for _, net := range []synth.Network{{}, {Disorder: 0.05}, {Flows: 30}, {Flows: 30, Disorder: 0.05, Segment: 536}} {
		for _, protocol := range synth.Protocols {
			t.Run(fmt.Sprintf("%s/%+v", protocol, net), func(t *testing.T) {
				var a bytes.Buffer
				want, err := synth.WriteCapture(&a, protocol, synth.Mixed, 1, 300_000, net)
				if err != nil {
					t.Fatal(err)
				}
				packets := want.Packets
				want.Packets = 0
				if got := read(t, protocol, capture.Pcap, a.Bytes()); got != want || packets < 200 {
					t.Errorf("read %+v, made %+v in %d packets", got, want, packets)
				}
			})
		}
	}
}
