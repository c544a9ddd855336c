package decode_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// hgStream returns about 1 MiB of frames whose payloads are of the given
// size, half text and half anything, always the same.
func hgStream(b *testing.B, size int) []byte {
	b.Helper()
	r := rand.New(rand.NewPCG(1, uint64(size)))
	var out []byte
	for i := 0; len(out) < 1<<20; i++ {
		payload := make([]byte, size)
		for k := range payload {
			payload[k] = byte(r.Uint32())
			if i%2 == 0 {
				payload[k] = ' ' + payload[k]%95
			}
		}
		var err error
		if out, err = hg.NewFrame(uint16(i|1), 1, 0, hg.TypeCommandData, hg.DataEOS, payload).AppendBinary(out); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

// forms are what records are turned into.
var forms = map[string]func(wire *humanframe.Printer) func(dst []byte, r *codec.Record) []byte{
	"records": func(*humanframe.Printer) func([]byte, *codec.Record) []byte {
		return func(dst []byte, _ *codec.Record) []byte { return dst }
	},
	"wire": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte { return p.AppendRecord },
	"json": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte {
		return dump.NewJSON(dump.Options{Wire: p.AppendText}).AppendRecord
	},
	"dump": func(p *humanframe.Printer) func([]byte, *codec.Record) []byte {
		return dump.NewHex(dump.Options{Wire: p.AppendText, Rows: -1}).AppendRecord
	},
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{40, 2000, 32768} {
		in := hgStream(b, size)
		for _, form := range []string{"records", "wire", "json", "dump"} {
			b.Run(fmt.Sprintf("hg/%d/%s", size, form), func(b *testing.B) {
				appendRecord := forms[form](humanframe.NewPrinter(registry.Lookup, codec.View{}))
				var buf []byte
				frames := 0
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				for b.Loop() {
					s, err := decode.NewSession(decode.Options{Protocol: "hg"})
					if err != nil {
						b.Fatal(err)
					}
					src, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: capture.Raw})
					if err != nil {
						b.Fatal(err)
					}
					for r, err := range s.Records(src) {
						if err != nil {
							b.Fatal(err)
						}
						buf = appendRecord(buf[:0], r)
						frames++
					}
				}
				b.ReportMetric(float64(frames)/b.Elapsed().Seconds(), "frames/s")
			})
		}
	}
}
