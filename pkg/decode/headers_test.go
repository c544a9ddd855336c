package decode_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// With Headers the frames are cut as without, and have their bytes.
func TestHeaders(t *testing.T) {
	for _, protocol := range synth.Protocols {
		var in bytes.Buffer
		want, err := synth.WriteStream(&in, protocol, synth.Mixed, 1, 256<<10)
		if err != nil {
			t.Fatal(err)
		}
		p, err := registry.Lookup(protocol)
		if err != nil {
			t.Fatal(err)
		}
		conv, err := p.Open(codec.Options{Headers: true})
		if err != nil {
			t.Fatal(err)
		}
		var got, text []byte
		frames := 0
		s := codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
		for r, err := range codec.Records(bytes.NewReader(in.Bytes()), s) {
			if err != nil || r.Err != nil || r.Frame == nil || r.Frame.Type() == "" {
				t.Fatalf("%s: record %d: %v, %v", protocol, frames, err, r.Err)
			}
			if got, err = r.Frame.AppendBinary(got); err != nil {
				t.Fatal(err)
			}
			text = r.Frame.AppendText(text[:0], codec.View{})
			if len(text) == 0 {
				t.Errorf("%s: record %d has no text", protocol, frames)
			}
			frames++
		}
		if frames != want.Frames || !bytes.Equal(got, in.Bytes()) {
			t.Errorf("%s: %d frames of %d bytes, want %d of %d", protocol, frames, len(got), want.Frames, in.Len())
		}
	}
}
