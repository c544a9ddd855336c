package hg

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// HeaderLen is the length of a frame's header.
const HeaderLen = 8

// MaxPayload is the longest payload that the length field can tell.
const MaxPayload = 1<<24 - 1

// A Frame is one frame of either dialect.
type Frame struct {
	RequestID   uint16 // odd: a client's request; even: a server's
	StreamID    uint8  // odd: written by the client; even: by the server
	StreamFlags uint8  // StreamBegin, StreamEnd, StreamEncoded
	TypeID      uint8  // 0 to 15; see the dialect
	Flags       uint8  // 0 to 15; what they mean depends on the type
	Payload     []byte // shared with what the frame was made from

	// Length is what the length field says when Lies is set. Decoded frames
	// never lie: it is for building wrong ones.
	Length uint32
	Lies   bool

	// Rest says that the payload goes on with the value of an argument that
	// an earlier frame began.
	Rest bool

	dialect *Dialect
	content *content // of a frame of the final dialect that was decoded
}

// NewFrame returns a frame of the seed dialect.
func NewFrame(request uint16, stream, streamFlags, typeID, flags uint8, payload []byte) *Frame {
	return &Frame{
		RequestID: request, StreamID: stream, StreamFlags: streamFlags,
		TypeID: typeID, Flags: flags, Payload: payload, dialect: seed,
	}
}

// Dialect returns the dialect that gives type and flags their meaning.
func (f *Frame) Dialect() *Dialect {
	if f.dialect == nil {
		return seed
	}
	return f.dialect
}

// AppendBinary implements [encoding.BinaryAppender]. It fails when the
// payload is longer than MaxPayload or a field is out of range.
func (f *Frame) AppendBinary(b []byte) ([]byte, error) {
	if !f.Lies && len(f.Payload) > MaxPayload {
		return b, fmt.Errorf("a payload of %d bytes is over the most that a frame can hold, %d", len(f.Payload), MaxPayload)
	}
	if f.TypeID > 15 || f.Flags > 15 {
		return b, fmt.Errorf("type %d and flags %d must be 15 at the most", f.TypeID, f.Flags)
	}
	at := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	f.putHeader(b[at:])
	return append(b, f.Payload...), nil
}

// putHeader writes the header to the front of b.
func (f *Frame) putHeader(b []byte) {
	n := uint32(len(f.Payload))
	if f.Lies {
		n = f.Length
	}
	binary.LittleEndian.PutUint64(b, uint64(n&MaxPayload)|uint64(f.RequestID)<<24|
		uint64(f.StreamID)<<40|uint64(f.StreamFlags)<<48|uint64(f.TypeID<<4|f.Flags)<<56)
}

// parseHeader reads the header at the front of src, which is long enough. It
// returns the length of the payload.
func (f *Frame) parseHeader(src []byte) int {
	h := src[:HeaderLen:HeaderLen]
	f.RequestID = binary.LittleEndian.Uint16(h[3:])
	f.StreamID, f.StreamFlags = h[5], h[6]
	f.TypeID, f.Flags = h[7]>>4, h[7]&0xf
	return int(h[0]) | int(h[1])<<8 | int(h[2])<<16
}

// Type implements [codec.Frame].
func (f *Frame) Type() string { return f.Dialect().typeName(f.TypeID) }

// Clone implements [codec.Frame].
func (f *Frame) Clone() codec.Frame {
	c := *f
	c.Payload = slices.Clone(f.Payload)
	c.content = f.content.clone(f.Payload, c.Payload)
	return &c
}

// MoveTo implements [codec.Mover].
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	if f.content != nil || len(raw) != HeaderLen+len(f.Payload) {
		return f.Clone()
	}
	c, ok := into.(*Frame)
	if !ok {
		c = new(Frame)
	}
	*c = *f
	c.Payload = raw[HeaderLen:]
	return c
}

// Link implements [codec.Linked]: the request ID ties the frames of a request
// to those of its answer.
func (f *Frame) Link() codec.Link {
	var l codec.Link
	switch {
	case f.Dialect() == final:
		l.Role = f.finalRole()
	case f.StreamID%2 == 1 && f.TypeID == TypeCommandName:
		l.Role = codec.LinkAsks
	case f.StreamID%2 == 0 && f.TypeID == TypeBytesResponse && f.Flags&DataEOS == 0:
		l.Role = codec.LinkAnswers
	case f.StreamID%2 == 0 && (f.TypeID == TypeBytesResponse || f.TypeID == TypeErrorResponse):
		l.Role = codec.LinkEnds
	}
	if l.Role != codec.LinkNone {
		l.Key.Number = int64(f.RequestID)
	}
	return l
}

// info returns what is known about the frame's type.
func (f *Frame) info() *typeInfo { return &f.Dialect().types[f.TypeID] }
