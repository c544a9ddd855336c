package synapse

import "github.com/wirectl/wirectl/pkg/codec"

// Link implements [codec.Linked]. Nothing in the protocol is a request, so it
// ties the lines that tell how far a stream has come: each with a token goes on
// from the one before it, on the connection and for the instance that writes
// the stream. Up to v1.12 a client asks for a stream by its name; its first line
// answers that.
func (f *Frame) Link() codec.Link {
	switch {
	case f.track.tokened:
		return codec.Link{Role: codec.LinkGoesOn, Key: codec.LinkKey{Text: f.track.key}}
	case f.cmd == cmdReplicate && f.layout() != nil && len(f.layout().parts) > 0 && string(f.part(0)) != "ALL":
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: string(f.part(0))}}
	}
	return codec.Link{}
}
