// Package recorded has tests decode recordings.
package recorded

import (
	"bytes"
	"testing"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Open begins to decode a recording. The name is for messages, and for
// finding out the format.
func Open(t testing.TB, name string, content []byte, o decode.Options) (*decode.Session, capture.Source) {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(content), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, src
}

// Each calls do with the records of a recording, which has to be whole.
func Each(t testing.TB, name string, content []byte, o decode.Options, do func(*codec.Record)) {
	t.Helper()
	s, src := Open(t, name, content, o)
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		do(r)
	}
}
