package decode_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// forms are what records are turned into.
var forms = map[string]func(wire *humanframe.Printer) func(dst []byte, r *codec.Record) []byte{
	"records": func(*humanframe.Printer) func([]byte, *codec.Record) []byte {
		return func(dst []byte, _ *codec.Record) []byte { return dst }
	},
	"wire": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte { return p.AppendRecord },
	"json": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte {
		return dump.NewJSON(dump.Options{WireJSON: p.AppendJSONText}).AppendRecord
	},
	"dump": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte {
		return dump.NewHex(dump.Options{Wire: p.AppendText}).AppendRecord
	},
}

// BenchmarkDecode decodes 1 MiB of a stream.
func BenchmarkDecode(b *testing.B) {
	for _, protocol := range synth.Protocols {
		for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
			b.Run(protocol+"/"+string(mix), func(b *testing.B) {
				var in bytes.Buffer
				want, err := synth.WriteStream(&in, protocol, mix, 1, 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				for _, form := range []string{"records", "wire", "json", "dump"} {
					b.Run(form, func(b *testing.B) { benchmarkDecode(b, protocol, capture.Raw, in.Bytes(), want, form) })
				}
			})
		}
	}
}

// BenchmarkCapture decodes captures of 1 MiB of frames.
func BenchmarkCapture(b *testing.B) {
	for _, n := range []struct {
		name string
		net  synth.Network
	}{
		{"in-order", synth.Network{}},
		{"disorder", synth.Network{Disorder: 0.01}},
		{"1000-flows", synth.Network{Flows: 1000}},
	} {
		var in bytes.Buffer
		want, err := synth.WriteCapture(&in, "hg", synth.Mixed, 1, 1<<20, n.net)
		if err != nil {
			b.Fatal(err)
		}
		for _, form := range []string{"records", "wire"} {
			b.Run(n.name+"/"+form, func(b *testing.B) {
				benchmarkDecode(b, "hg", capture.Pcap, in.Bytes(), want, form)
			})
		}
	}
}

func benchmarkDecode(b *testing.B, protocol string, format capture.Format, in []byte, want synth.Tally, form string) {
	appendRecord := forms[form](humanframe.NewPrinter(registry.Lookup, codec.View{}))
	var buf []byte
	b.SetBytes(want.Bytes)
	b.ReportAllocs()
	for b.Loop() {
		s, err := decode.NewSession(decode.Options{Protocol: protocol})
		if err != nil {
			b.Fatal(err)
		}
		src, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: format})
		if err != nil {
			b.Fatal(err)
		}
		frames := 0
		for r, err := range s.Records(src) {
			if err != nil {
				b.Fatal(err)
			}
			buf = appendRecord(buf[:0], r)
			frames++
		}
		if frames != want.Frames {
			b.Fatalf("%d frames, want %d", frames, want.Frames)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(want.Frames), "ns/frame")
}
