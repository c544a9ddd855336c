package decode_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// text decodes in as one direction of proto and returns it as a document.
func text(t testing.TB, proto string, r io.Reader, d codec.Direction) []byte {
	t.Helper()
	s, err := decode.NewSession(decode.Options{Protocol: proto})
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open("input", r, capture.Options{Format: capture.Raw, Direction: d})
	if err != nil {
		t.Fatal(err)
	}
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	p.Reasons = true
	var doc []byte
	var at int64
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Span.Start != at || r.Span.Len() != int64(len(r.Bytes)) || r.Dir != d {
			t.Fatalf("record %+v follows offset %d", r, at)
		}
		at = r.Span.End
		codectest.JSONText(t, p, r)
		doc = p.AppendRecord(doc, r)
	}
	return doc
}

// bytesOf encodes a document.
func bytesOf(t testing.TB, doc []byte, d codec.Direction) []byte {
	t.Helper()
	enc := humanframe.NewEncoder(registry.Lookup, d, codec.Options{})
	lines := humanframe.NewScanner("doc", bytes.NewReader(doc))
	var out []byte
	for {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v\n%.2000s", err, doc)
		}
		item, _, err := enc.Encode(l)
		if err != nil {
			t.Fatalf("%v\n%.2000s", err, doc)
		}
		out = append(out, item.Bytes...)
	}
}

var directions = []codec.Direction{codec.ToServer, codec.ToClient}

// roundTrip checks that decode and encode give in back, whole or in pieces.
func roundTrip(t testing.TB, proto string, in []byte) {
	t.Helper()
	for _, d := range directions {
		doc := text(t, proto, bytes.NewReader(in), d)
		if got := bytesOf(t, doc, d); !bytes.Equal(got, in) {
			t.Fatalf("%s %s: %d bytes come back as %d other ones:\n in %.200x\nout %.200x\n%.1000s", proto, d, len(in), len(got), in, got, doc)
		}
		if pieces := text(t, proto, iotest.HalfReader(bytes.NewReader(in)), d); !bytes.Equal(pieces, doc) {
			t.Fatalf("%s %s: in pieces the document is another:\n%.1000s\n%.1000s", proto, d, pieces, doc)
		}
	}
}

func TestRoundTripCaptures(t *testing.T) {
	for _, name := range testdata.Glob(t, "hg/captures/seed/*.bin") {
		roundTrip(t, "hg", testdata.Read(t, name))
	}
}

func TestRoundTripRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, proto := range append(registry.Names(), decode.Auto) {
		for range 60 {
			in := make([]byte, r.IntN(3000))
			for i := range in {
				in[i] = byte(r.Uint32())
			}
			roundTrip(t, proto, in)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x01\x00\x01\x01\x11heads"))
	f.Add([]byte("\x00\x00\x00\x02Z5"))
	f.Add([]byte("RDATA events 54 [\"$foo\"]\n# x\n"))
	f.Add([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL"))
	f.Add([]byte("\x00\x00\x00\x15\x00\x13{\"type\": \"getlname\"}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, proto := range registry.Names() {
			roundTrip(t, proto, in)
		}
	})
}
