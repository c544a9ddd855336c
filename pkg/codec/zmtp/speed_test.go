package zmtp_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// emqpMessage is a REQUEST of EventMQ, 6 frames.
func emqpMessage() []byte {
	return zmtp.NewMessage(nil, []byte("eMQP/1.0"), []byte("REQUEST"), []byte("76b42107-4c88-4db2-889e-286edb9eec6d"),
		[]byte("default"), []byte("reply-requested"),
		[]byte(`["run", {"callable": "add", "path": "emqjobs", "args": [4, 4], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`)).Bytes()
}

func TestAllocations(t *testing.T) {
	d := decoder(t)
	src := emqpMessage()
	ping := []byte("\x04\x07\x04PING\x00\x0a")
	p, err := zmtp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var text, bin []byte
	for _, tt := range []struct {
		name string
		src  []byte
	}{{"message", src}, {"ping", ping}} {
		n := testing.AllocsPerRun(100, func() {
			f, used, err := d.Decode(tt.src, false)
			if err != nil || used != len(tt.src) {
				t.Fatal(used, err)
			}
			bin, _ = f.AppendBinary(bin[:0])
			text = f.AppendText(text[:0], codec.View{})
		})
		if n != 0 {
			t.Errorf("%s: %v allocations to decode, append and print", tt.name, n)
		}
		f, _, _ := d.Decode(tt.src, false)
		fields, v := make([]codec.Field, 0, 64), codec.View{Texts: new(codec.Texts)}
		if n := testing.AllocsPerRun(100, func() { fields = f.AppendFields(fields[:0], 0, v) }); n != 0 {
			t.Errorf("%s: %v allocations for the fields", tt.name, n)
		}
	}
	body := emqpText(t)
	if n := testing.AllocsPerRun(100, func() {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		bin, _ = f.AppendBinary(bin[:0])
	}); n != 0 {
		t.Errorf("%v allocations to parse", n)
	}
}

func emqpText(t testing.TB) []byte {
	f, _, err := decoder(t).Next(emqpMessage(), false)
	if err != nil {
		t.Fatal(err)
	}
	return f.AppendText(nil, codec.View{})
}

// TestHostileLengths feeds claims of much more than there is.
func TestHostileLengths(t *testing.T) {
	for _, claim := range []string{
		"\x02\x00\x00\x00\x00\x00\x10\x00\x00",
		"\x02\x00\x00\x00\x00\x40\x00\x00\x00",
		"\x06\xff\xff\xff\xff\xff\xff\xff\xff\x05READY",
		"\x04\x0f\x05READY\x01a\xff\xff\xff\xffb",
		"\x01\x00\x03\x00\x00\x00\x00\x00\x0f\xff\xff",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, dialect := range []string{"", "2.0", "1.0"} {
			c, err := zmtp.Protocol{}.Open(codec.Options{Dialect: dialect})
			if err != nil {
				t.Fatal(err)
			}
			s := codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer)
			s.Feed([]byte(claim))
			for _, ok := s.Next(); ok; _, ok = s.Next() {
			}
			s.End()
			for _, ok := s.Next(); ok; _, ok = s.Next() {
			}
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%x: %d bytes allocated", claim, n)
		}
	}
}

func BenchmarkMessages(b *testing.B) {
	const n = 20_000
	stream := bytes.Repeat(emqpMessage(), n)
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

func BenchmarkText(b *testing.B) {
	src := emqpMessage()
	d := decoder(b)
	var dst []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		f, _, err := d.Decode(src, false)
		if err != nil {
			b.Fatal(err)
		}
		dst = f.AppendText(dst[:0], codec.View{})
	}
}

func BenchmarkJSON(b *testing.B) {
	src := emqpMessage()
	d := decoder(b)
	var dst []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		f, _, err := d.Decode(src, false)
		if err != nil {
			b.Fatal(err)
		}
		dst = f.AppendJSON(dst[:0], codec.View{})
	}
}

func BenchmarkParse(b *testing.B) {
	p, err := zmtp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		b.Fatal(err)
	}
	body := emqpText(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(codec.ToServer, codec.Text{Body: body}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStream cuts 256 MiB through a Stream, as a capture is read.
func BenchmarkStream(b *testing.B) {
	const total = 256 << 20
	block := bytes.Repeat(emqpMessage(), 512)
	b.SetBytes(int64(total / len(block) * len(block)))
	b.ReportAllocs()
	for b.Loop() {
		c, err := zmtp.Protocol{}.Open(codec.Options{})
		if err != nil {
			b.Fatal(err)
		}
		s := codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer)
		for range total / len(block) {
			s.Feed(block)
			for _, ok := s.Next(); ok; _, ok = s.Next() {
			}
		}
	}
}

// seeds adds the recorded bytes to a fuzz target.
func seeds(f *testing.F) {
	f.Helper()
	type vector struct {
		Hex   string
		Steps []struct{ Sent, Got string }
	}
	for _, name := range []string{"shared_zmtp_commands", "shared_zmtp_raw", "shared_malformed"} {
		for _, v := range testdata.Vectors[vector](f, "emqp/vectors/"+name+".json") {
			b := unhex(f, v.Hex)
			for _, s := range v.Steps {
				b = append(b, unhex(f, s.Sent)...)
			}
			f.Add(b, byte(len(b)))
		}
	}
	for _, tt := range texts {
		f.Add(unhex(f, tt.hex), byte(3))
	}
}
