package hg

import (
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// An inbound is what the frames of the final dialect leave behind in one
// direction: the decoders of its streams, and the CBOR items that are cut over
// frames.
//
//	payload ──▶ stream decoder ──▶ body ──▶ message (one for each request) ──▶ items
type inbound struct {
	lim     cbor.Limits
	budget  stream.Budget
	streams map[uint8]*instream
	open    map[uint32]*message
	alone   message // for messages of one frame
	spare   []*message
	held    int   // bytes of items that are not whole yet
	frames  int64 // frames so far
	at      int64 // bytes so far
	payload int64 // length of the payload at hand
	c       content
}

// An instream is the encoding of one stream.
type instream struct {
	name  string
	dec   stream.Decoder
	fault error // why it cannot be decoded
}

// A content is what is in a frame beyond its header. It is good as long as
// the frame.
type content struct {
	at       int64  // the payload's offset, counted as inbound.at
	encoded  bool   // the frame has the encoded flag
	settled  bool   // and its stream had settings
	encoding string // the stream's
	fault    error  // why the payload could not be decoded
	body     []byte // the payload, decoded if need be

	items  []item // that end in this frame
	more   int    // items that end in it beside those
	skip   int    // bytes at the front of body that belong to an item begun before
	rest   int    // bytes at the end of body of an item that goes on
	cut    bool   // the message ends within an item
	broken error  // why body is no CBOR, or no more; nil while it is
	bad    int    // where in body

	tree  cbor.Tree
	spans []codec.Span
}

// reset empties c for the next frame.
func (c *content) reset() {
	*c = content{items: c.items[:0], tree: c.tree, spans: c.spans}
}

// packed says whether the body's bytes stand in the payload in another form.
func (c *content) packed() bool { return c.encoded && c.encoding != stream.Identity }

// take looks into a frame.
func (in *inbound) take(f *Frame) {
	c := &in.c
	c.reset()
	c.at = in.at + HeaderLen
	c.body = f.Payload
	in.payload = int64(len(f.Payload))
	if f.StreamFlags&StreamBegin != 0 {
		in.drop(f.StreamID)
	}
	if f.StreamFlags&StreamEncoded != 0 {
		in.decode(f)
	}
	if f.info().form == formCBOR && c.fault == nil {
		in.collect(f)
	}
	if f.TypeID == FinalStreamSettings {
		in.settle(f)
	}
	if f.StreamFlags&StreamEnd != 0 {
		in.drop(f.StreamID)
	}
	in.frames++
	in.at += HeaderLen + int64(len(f.Payload))
	f.content = c
}

// decode undoes the encoding of the frame's stream. A stream without settings
// is taken for identity, as hg does.
func (in *inbound) decode(f *Frame) {
	c := &in.c
	c.encoded, c.encoding = true, stream.Identity
	s := in.streams[f.StreamID]
	if s == nil {
		return
	}
	c.settled, c.encoding = true, s.name
	if s.fault == nil {
		c.body, s.fault = s.dec.Decode(f.Payload)
	} else {
		c.body = nil
	}
	c.fault = s.fault
}

// settle gives the frame's stream the encoding that the frame names.
func (in *inbound) settle(f *Frame) {
	c := &in.c
	if len(c.items) == 0 || c.items[0].index != 0 {
		return
	}
	if _, err := c.tree.Parse(c.items[0].bytes, in.lim); err != nil || c.tree.Nodes[0].Kind != cbor.Bytes {
		return
	}
	in.drop(f.StreamID)
	s := &instream{name: string(c.tree.Joined(0))}
	s.dec, s.fault = stream.NewDecoder(s.name, &in.budget)
	if in.streams == nil {
		in.streams = make(map[uint8]*instream)
	}
	in.streams[f.StreamID] = s
}

func (in *inbound) drop(streamID uint8) {
	if s := in.streams[streamID]; s != nil {
		in.budget.Release(s.dec)
		delete(in.streams, streamID)
	}
}

var errMissing = errors.New("bytes of the stream are missing, so what follows cannot be decoded")

// resume says that bytes are missing.
func (in *inbound) resume() {
	for _, s := range in.streams {
		if s.name != stream.Identity && s.fault == nil {
			s.fault = errMissing
		}
	}
	for key, m := range in.open {
		in.close(key, m)
	}
}
