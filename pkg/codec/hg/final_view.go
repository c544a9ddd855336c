package hg

import (
	"bytes"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// look returns what is in the frame: what its decoder found, or what can be
// seen in the frame alone.
func (f *Frame) look() *content {
	if f.content != nil {
		return f.content
	}
	var in inbound
	g := *f
	in.take(&g)
	return &in.c
}

// clone returns a copy for a frame whose payload was copied.
func (c *content) clone(old, payload []byte) *content {
	if c == nil {
		return nil
	}
	d := *c
	d.tree, d.spans = cbor.Tree{}, nil
	if sameBytes(c.body, old) {
		d.body = payload
	} else {
		d.body = bytes.Clone(c.body)
	}
	d.items = slices.Clone(c.items)
	for i := range d.items {
		it := &d.items[i]
		switch {
		case it.pieces != nil:
			it.bytes = bytes.Clone(it.bytes)
			p := it.pieces.Clone()
			it.pieces = &p
		default:
			it.bytes = d.body[it.at : it.at+it.n]
		}
	}
	return &d
}

// sameBytes says whether a and b are the same memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// finalRole is the part that a frame of the final dialect has in an exchange.
func (f *Frame) finalRole() codec.LinkRole {
	fromServer := f.StreamID%2 == 0
	switch {
	case !fromServer && f.TypeID == FinalCommandRequest && f.Flags&RequestNew != 0:
		return codec.LinkAsks
	case fromServer && f.TypeID == FinalErrorResponse, fromServer && f.TypeID == FinalCommandResponse && f.Flags&DataEOS != 0:
		return codec.LinkEnds
	case fromServer && (f.TypeID == FinalCommandResponse || f.TypeID == FinalTextOutput || f.TypeID == FinalProgress):
		return codec.LinkAnswers
	}
	return codec.LinkNone
}

// Decoded returns the payload as it was before the stream's encoding was
// applied, and the encoding's name. Without the encoded flag, and in the seed
// dialect, it is the payload and "". The bytes are good as long as the frame.
// An error says why the payload could not be decoded, and then the bytes are
// those before the fault.
func (f *Frame) Decoded() (body []byte, encoding string, err error) {
	if f.Dialect() != final {
		return f.Payload, "", nil
	}
	c := f.look()
	return c.body, c.encoding, c.fault
}

// Items returns the CBOR items that end in the frame, whole, and for each how
// many frames of the direction before this one it began. An item that was too
// long to be kept is nil. They are good as long as the frame.
func (f *Frame) Items() (items [][]byte, back []int64) {
	if f.Dialect() != final {
		return nil, nil
	}
	for _, it := range f.look().items {
		items, back = append(items, it.bytes), append(back, it.back)
	}
	return items, back
}

// Spans appends where in its direction's stream the i-th of Items stands;
// base is the offset of the frame's first byte. Bytes that went through an
// encoding count as the payload that they were in.
func (f *Frame) Spans(dst []codec.Span, base int64, i int) []codec.Span {
	if f.Dialect() != final {
		return dst
	}
	c := f.look()
	it := &c.items[i]
	delta := base + HeaderLen - c.at // from the decoder's count to the caller's
	switch {
	case it.pieces != nil:
		from := len(dst)
		dst = it.pieces.Spans(dst, 0, len(it.bytes))
		for j := range dst[from:] {
			dst[from+j].Start += delta
			dst[from+j].End += delta
		}
		return dst
	case c.packed():
		return append(dst, codec.Span{Start: base + HeaderLen, End: base + HeaderLen + int64(len(f.Payload))})
	}
	start := base + HeaderLen + int64(it.at)
	return append(dst, codec.Span{Start: start, End: start + int64(it.n)})
}
