package emqp_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
)

func request() []byte {
	return message([]string{"REQUEST", "76b42107-4c88-4db2-889e-286edb9eec6d", "default", "reply-requested", job})
}

func decoder(t testing.TB) codec.Decoder {
	t.Helper()
	c, err := emqp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Decoder(codec.ToServer)
	if _, _, err := d.Decode(greeting(t), false); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAllocations(t *testing.T) {
	d, src := decoder(t), request()
	var text, bin []byte
	if n := testing.AllocsPerRun(100, func() {
		f, used, err := d.Decode(src, false)
		if err != nil || used != len(src) {
			t.Fatal(used, err)
		}
		bin, _ = f.AppendBinary(bin[:0])
		text = f.AppendText(text[:0], codec.View{})
	}); n != 0 {
		t.Errorf("%v allocations to decode, append and print", n)
	}
	p, err := emqp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: text})
		if err != nil {
			t.Fatal(err)
		}
		bin, _ = f.AppendBinary(bin[:0])
	}); n != 0 {
		t.Errorf("%v allocations to parse and append", n)
	}
}

// BenchmarkCapture decodes 20,000 messages.
func BenchmarkCapture(b *testing.B) {
	const n = 20_000
	stream := bytes.Repeat(request(), n)
	d := decoder(b)
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		for src := stream; len(src) > 0; {
			_, used, err := d.Decode(src, false)
			if err != nil {
				b.Fatal(err)
			}
			src = src[used:]
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "messages/s")
}

func benchmarkAppend(b *testing.B, appendTo func(codec.Frame, []byte) []byte) {
	d, src := decoder(b), request()
	var dst []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		f, _, err := d.Decode(src, false)
		if err != nil {
			b.Fatal(err)
		}
		dst = appendTo(f, dst[:0])
	}
}

func BenchmarkText(b *testing.B) {
	benchmarkAppend(b, func(f codec.Frame, dst []byte) []byte { return f.AppendText(dst, codec.View{}) })
}

func BenchmarkJSON(b *testing.B) {
	benchmarkAppend(b, func(f codec.Frame, dst []byte) []byte { return f.AppendJSON(dst, codec.View{}) })
}

func BenchmarkParse(b *testing.B) {
	p, err := emqp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(texts[6].text)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(codec.ToServer, codec.Text{Body: body}); err != nil {
			b.Fatal(err)
		}
	}
}
