package hg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The document of the seed dialect describes encoded streams, but no encoding
// for them, and its server refuses both the settings and encoded frames. This
// server takes the encodings that the final dialect defined, by the same
// names, for the client's streams; Compat makes it refuse them again.

// streamSettings takes the encoding of a stream of the client's.
func (s *SeedServer) streamSettings(f *hg.Frame) reactor.Action {
	if f.StreamFlags&hg.StreamBegin == 0 {
		return s.fail("received stream settings frame without beginning of stream flag set: %d", f.StreamID)
	}
	p, err := hg.ParseSettings(f.Payload)
	if err != nil {
		return s.fail("malformed stream settings frame: %v", err)
	}
	name := string(p.Profile)
	switch {
	case !slices.Contains(stream.Names(), name):
		return s.fail("unknown stream encoding: %q; there is %s", name, strings.Join(stream.Names(), ", "))
	case len(p.Data) > 0:
		return s.fail("stream encoding %s received unexpected data", name)
	case len(s.encoded) >= stream.MaxDecoders && s.encoded[f.StreamID] == nil:
		return s.fail("more than %d encoded streams", stream.MaxDecoders)
	}
	dec, err := stream.NewDecoder(name, nil)
	if err != nil {
		return s.fail("stream encoding %s: %v", name, err)
	}
	s.encoded[f.StreamID] = &incoming{name: name, dec: dec}
	return reactor.Want{}
}

// plain implements [server].
func (s *SeedServer) plain(f *hg.Frame) (*hg.Frame, error) {
	in := s.encoded[f.StreamID]
	if in == nil || f.StreamFlags&hg.StreamBegin != 0 {
		return nil, errNotEncoded(f)
	}
	b, err := in.decode(f.Payload)
	if err != nil {
		return nil, fmt.Errorf("stream %d: %w", f.StreamID, err)
	}
	g := *f
	g.StreamFlags &^= hg.StreamEncoded
	g.Payload = b
	return &g, nil
}
