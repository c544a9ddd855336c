package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
)

// Nothing is allocated for a frame between reading a stream and writing what
// it holds, but for the keys of requests: as many more frames cost no more.
func TestDecodeAllocs(t *testing.T) {
	for _, form := range []string{"wire", "json"} {
		few, some := decodeAllocs(t, form, 100_000)
		many, more := decodeAllocs(t, form, 300_000)
		if grown := many - few; grown > float64(more-some)/8 {
			t.Errorf("%s: %d frames: %v allocations, %d frames: %v", form, some, few, more, many)
		}
	}
}

func decodeAllocs(t *testing.T, form string, size int64) (allocs float64, frames int) {
	t.Helper()
	var in bytes.Buffer
	made, err := synth.WriteStream(&in, "hg", synth.Small, 1, size)
	if err != nil {
		t.Fatal(err)
	}
	allocs = testing.AllocsPerRun(2, func() {
		args := []string{"wirectl", "decode", "-p", "hg", "-i", "raw", "-o", form}
		if code := run(t.Context(), args, bytes.NewReader(in.Bytes()), io.Discard, io.Discard); code != 0 {
			t.Fatalf("it ends with %d", code)
		}
	})
	return allocs, made.Frames
}
