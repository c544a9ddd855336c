package zeo

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// benchmark runs do on the frames of the vectors of Z5, as one stream.
func benchmark(b *testing.B, do func(f codec.Frame, buf []byte) []byte) {
	var in []byte
	for _, v := range vectors(b) {
		if v.Proto == "Z5" && len(v.Hex) < 4000 && !v.foreign() {
			in = append(in, v.wire(b)...)
		}
	}
	d := open(b, "Z5").Decoder(codec.ToServer)
	var buf []byte
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for src := in; len(src) > 0; {
			f, n, err := d.Decode(src, true)
			if err != nil {
				b.Fatal(err)
			}
			buf = do(f, buf[:0])
			src = src[n:]
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(_ codec.Frame, buf []byte) []byte { return buf })
}

func BenchmarkText(b *testing.B) {
	benchmark(b, func(f codec.Frame, buf []byte) []byte { return f.AppendText(buf, codec.View{}) })
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, func(f codec.Frame, buf []byte) []byte { return f.AppendJSON(buf, codec.View{}) })
}

func BenchmarkFindings(b *testing.B) {
	var list []codec.Finding
	benchmark(b, func(f codec.Frame, buf []byte) []byte {
		list = f.AppendFindings(list[:0])
		return buf
	})
}

func BenchmarkCut(b *testing.B) {
	var in []byte
	for _, v := range vectors(b) {
		in = append(in, v.wire(b)...)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for src := in; len(src) > 0; {
			_, n, err := Cut(src, true, codec.DefaultMaxFrame)
			if err != nil {
				b.Fatal(err)
			}
			src = src[n:]
		}
	}
}

func BenchmarkParse(b *testing.B) {
	p, err := Protocol{}.Parser(codec.Options{Dialect: "Z5"})
	if err != nil {
		b.Fatal(err)
	}
	in := []byte(`call (oid'0000000000000001', tid'7fffffffffffffff') loadBefore(oid'0000000000000001', tid'7fffffffffffffff')`)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(codec.ToServer, codec.Text{Body: in}); err != nil {
			b.Fatal(err)
		}
	}
}
