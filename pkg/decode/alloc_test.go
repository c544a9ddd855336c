package decode_test

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// Nothing is allocated for a frame, from the bytes to the text: as many more
// frames cost no more.
func TestAllocs(t *testing.T) {
	for _, protocol := range synth.Protocols {
		for _, form := range []string{"records", "wire", "json"} {
			t.Run(protocol+"/"+form, func(t *testing.T) {
				few, some := countAllocs(t, protocol, form, 50_000)
				many, more := countAllocs(t, protocol, form, 150_000)
				if grown := many - few; grown > float64(more-some)/50 {
					t.Errorf("%d frames: %v allocations, %d frames: %v", some, few, more, many)
				}
			})
		}
	}
}

func countAllocs(t *testing.T, protocol, form string, size int64) (allocs float64, frames int) {
	t.Helper()
	var in bytes.Buffer
	tally, err := synth.WriteStream(&in, protocol, synth.Small, 1, size)
	if err != nil {
		t.Fatal(err)
	}
	appendRecord := forms[form](humanframe.NewPrinter(registry.Lookup, codec.View{}))
	buf := make([]byte, 0, 64<<10)
	allocs = testing.AllocsPerRun(3, func() {
		s, err := decode.NewSession(decode.Options{Protocol: protocol})
		if err != nil {
			t.Fatal(err)
		}
		src, err := capture.Open("in", bytes.NewReader(in.Bytes()), capture.Options{Format: capture.Raw})
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range s.Records(src) {
			if err != nil {
				t.Fatal(err)
			}
			buf = appendRecord(buf[:0], r)
		}
	})
	return allocs, tally.Frames
}
