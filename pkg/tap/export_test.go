package tap

import (
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Play returns what becomes of bytes to the server, without waiting.
func (r *Rules) Play(data []byte) (out []byte) {
	p := &Proxy{Rules: r, Decode: decode.Options{Protocol: r.proto.Info().Name}}
	e := newEditor(p, 1, capture.Endpoint{})
	keep := func(pieces []piece) {
		for _, one := range pieces {
			out = append(out, one.bytes...)
		}
	}
	for len(data) > 0 {
		n := min(7, len(data))
		pieces, _ := e.take(codec.ToServer, data[:n])
		keep(pieces)
		data = data[n:]
	}
	keep(e.end(codec.ToServer))
	return out
}

// Encode makes the bytes of a text of the kind that a record is.
var Encode = encode
