package dump

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// What a renderer itself does for a record allocates nothing. (The fake
// frames allocate nothing either.)
func TestAllocs(t *testing.T) {
	records := samples()
	all := map[string]Renderer{"json": NewJSON(Options{Wire: fakeWire})}
	for _, f := range forms {
		all[f.name] = f.make(Options{Wire: fakeWire, Styles: visible(), Times: true})
	}
	for name, r := range all {
		var buf []byte
		run := func() {
			buf = r.AppendHeader(buf[:0])
			for i := range records {
				buf = r.AppendRecord(buf, &records[i])
			}
		}
		run()
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations for %d records", name, n, len(records))
		}
	}
}

// bulk is a frame with a header and a large payload, as most bytes of most
// captures are in.
func bulk(n int) codec.Record {
	f := commandName()
	f.bytes = make([]byte, 8+n)
	for i := range f.bytes {
		f.bytes[i] = byte(i * 7)
	}
	f.fields[5].Span.End = int64(8 + n)
	return codec.Record{Proto: "fake", Conn: 1, Dir: codec.ToServer, Span: codec.Span{End: int64(8 + n)}, Frame: f, Bytes: f.bytes}
}

func BenchmarkRender(b *testing.B) {
	mixes := []struct {
		name string
		size int
	}{{"small", 24}, {"mixed", 1000}, {"large", 32 << 10}}
	all := []struct {
		name string
		r    Renderer
	}{
		{"json", NewJSON(Options{Wire: fakeWire})},
		{"hex", NewHex(Options{Rows: -1})},
		{"hexcut", NewHex(Options{})},
		{"tree", NewTree(Options{})},
		{"table", NewTable(Options{Wire: fakeWire})},
	}
	for _, x := range all {
		for _, m := range mixes {
			b.Run(x.name+"/"+m.name, func(b *testing.B) {
				r := bulk(m.size)
				var buf []byte
				b.SetBytes(r.Span.Len())
				b.ReportAllocs()
				for b.Loop() {
					buf = x.r.AppendRecord(buf[:0], &r)
				}
			})
		}
	}
}
