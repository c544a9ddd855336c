package stats_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/stats"
)

// BenchmarkStats sets the sums beside the JSON of the same recordings.
func BenchmarkStats(b *testing.B) {
	for _, name := range []string{
		"hg/captures/final/filedata-big-identity.pcap", "zeo/captures/zeo6-basic.pcap", "synapse/captures/v1.66-full-workers.pcap",
		"msgq/captures/s09_rpc_one_to_one.pcap", "emqp/captures/emq_request.pcap",
	} {
		in := testdata.Read(b, name)
		run := func(b *testing.B, add func(*codec.Record)) {
			src, err := capture.Open(name, bytes.NewReader(in), capture.Options{})
			if err != nil {
				b.Fatal(err)
			}
			s, err := decode.NewSession(decode.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for r, err := range s.Records(src) {
				if err != nil {
					b.Fatal(err)
				}
				add(r)
			}
		}
		b.Run(name+"/json", func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			out := dump.NewJSON(dump.Options{Wire: humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendText})
			var buf []byte
			for b.Loop() {
				j := decode.NewJoiner()
				run(b, func(r *codec.Record) { buf = out.AppendRecord(buf[:0], r); j.Join(r, decode.LinkOf(r)) })
			}
		})
		b.Run(name+"/stats", func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				sum := stats.New(stats.Options{Largest: 5})
				run(b, sum.Add)
				sum.Finish(nil)
			}
		})
	}
}
