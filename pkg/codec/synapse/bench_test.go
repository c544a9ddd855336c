package synapse_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

// traffic returns what the server of a recording sent, at least 64 KiB.
func traffic(t testing.TB, file string) []byte {
	t.Helper()
	var b []byte
	for _, s := range segments(t, testdata.Read(t, "synapse/captures/"+file+".pcap")) {
		if s.conn == 0 && s.dir == codec.ToClient {
			b = append(b, s.data...)
		}
	}
	if len(b) < 64<<10 {
		t.Fatalf("%s: %d bytes", file, len(b))
	}
	return b[:bytes.LastIndexByte(b, '\n')+1]
}

// walk decodes all of b and calls use for every frame.
func walk(t testing.TB, d codec.Decoder, b []byte, use func(codec.Frame)) {
	for len(b) > 0 {
		f, n, err := d.Decode(b, true)
		if err != nil {
			t.Fatal(err)
		}
		use(f)
		b = b[n:]
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	b := traffic(t, "v1.66-full-workers")
	var out []byte
	v := codec.View{}
	for _, dialect := range []string{"", "v1.66"} {
		c := open(t, dialect)
		d := c.Decoder(codec.ToClient)
		for name, use := range map[string]func(codec.Frame){
			"cut":     func(codec.Frame) {},
			"text":    func(f codec.Frame) { out = f.AppendText(out[:0], v) },
			"dialect": func(codec.Frame) { c.Dialect() },
			"json":    func(f codec.Frame) { out = f.AppendJSON(out[:0], v) },
		} {
			walk(t, d, b, use) // the streams become known
			if n := testing.AllocsPerRun(5, func() { walk(t, d, b, use) }); n > 0 {
				t.Errorf("dialect %q, %s: %v allocations for %d lines", dialect, name, n, bytes.Count(b, []byte("\n")))
			}
		}
	}
}

func benchmark(b *testing.B, file string, use func(codec.Frame)) {
	src := traffic(b, file)
	d := open(b, "").Decoder(codec.ToClient)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		walk(b, d, src, use)
	}
}

func BenchmarkLines(b *testing.B) {
	benchmark(b, "v1.66-full-workers", func(codec.Frame) {})
}

func BenchmarkText(b *testing.B) {
	var out []byte
	benchmark(b, "v1.66-full-workers", func(f codec.Frame) { out = f.AppendText(out[:0], codec.View{}) })
}

func BenchmarkJSON(b *testing.B) {
	var out []byte
	benchmark(b, "v1.66-full-workers", func(f codec.Frame) { out = f.AppendJSON(out[:0], codec.View{}) })
}

func BenchmarkJSONWithBlanks(b *testing.B) {
	var out []byte
	benchmark(b, "v1.0-normal", func(f codec.Frame) { out = f.AppendJSON(out[:0], codec.View{}) })
}

func BenchmarkEncode(b *testing.B) {
	src := traffic(b, "v1.66-full-workers")
	lines := bytes.Split(bytes.TrimSuffix(src, []byte("\n")), []byte("\n"))
	p, err := synapse.Protocol{}.Parser(codec.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		for _, l := range lines {
			f, err := p.Parse(codec.ToClient, codec.Text{Body: l})
			if err != nil {
				b.Fatal(err)
			}
			out, _ = f.AppendBinary(out[:0])
		}
	}
}
