package decode_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// BenchmarkEncode makes the bytes of documents: what 256 KiB of streams print.
func BenchmarkEncode(b *testing.B) {
	for _, protocol := range synth.Protocols {
		for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
			b.Run(protocol+"/"+string(mix), func(b *testing.B) {
				text, want := document(b, protocol, mix)
				var got []byte
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					got = encodeAll(b, got[:0], text)
				}
				if !bytes.Equal(got, want) {
					b.Error("the document does not give the bytes that it was printed from")
				}
			})
		}
	}
}

// document returns the text of a stream, and the stream.
func document(b *testing.B, protocol string, mix synth.Mix) (text, stream []byte) {
	b.Helper()
	var in bytes.Buffer
	if _, err := synth.WriteStream(&in, protocol, mix, 1, 256<<10); err != nil {
		b.Fatal(err)
	}
	src, err := capture.Open("in", bytes.NewReader(in.Bytes()), capture.Options{Format: capture.Raw})
	if err != nil {
		b.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{Protocol: protocol})
	if err != nil {
		b.Fatal(err)
	}
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	for r, err := range s.Records(src) {
		if err != nil {
			b.Fatal(err)
		}
		text = p.AppendRecord(text, r)
	}
	return text, in.Bytes()
}

func encodeAll(b *testing.B, dst, text []byte) []byte {
	b.Helper()
	e := humanframe.NewEncoder(registry.Lookup, codec.ToServer, codec.Options{})
	s := humanframe.NewScanner("document", bytes.NewReader(text))
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			return dst
		}
		if err != nil {
			b.Fatal(err)
		}
		item, _, err := e.Encode(l)
		if err != nil {
			b.Fatal(err)
		}
		dst = append(dst, item.Bytes...)
	}
}
