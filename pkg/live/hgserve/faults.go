package hgserve

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
)

// WrongID returns a frame as that of the next request: it is for plans of
// faults.
func WrongID(f codec.Frame) (codec.Frame, bool) {
	own, ok := f.(*hg.Frame)
	if !ok {
		return nil, false
	}
	other := *own
	other.RequestID += 2
	return &other, true
}
