package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// detect judges by the first frame of a conversation which dialect it is.
// Type numbers clash, but payloads of the final dialect are CBOR maps and
// arrays, and neither command names nor messages for people look like those.
// It returns nil when the frame could be of either.
func detect(f *Frame) (*Dialect, string) {
	t := final.types[f.TypeID]
	if t.form != formCBOR || len(f.Payload) == 0 || f.Flags&^t.mask != 0 {
		return nil, ""
	}
	var kind cbor.Kind
	key := ""
	switch f.TypeID {
	case FinalCommandRequest:
		if f.Flags&RequestNew == 0 {
			return nil, ""
		}
		kind = cbor.Map
	case FinalCommandResponse:
		kind, key = cbor.Map, "status"
	case FinalErrorResponse:
		kind, key = cbor.Map, "type"
	case FinalTextOutput:
		kind = cbor.Array
	case FinalProgress:
		kind, key = cbor.Map, "topic"
	case FinalProtocolSettings:
		kind = cbor.Map
	case FinalStreamSettings:
		kind = cbor.Bytes
	}
	if cbor.Kind(f.Payload[0]>>5) != kind {
		return nil, ""
	}
	var tree cbor.Tree
	n, err := tree.Parse(f.Payload, cbor.Limits{})
	whole := err == nil
	switch {
	case !whole && (f.TypeID == FinalCommandRequest || f.TypeID == FinalProtocolSettings && f.Flags == DataContinuation):
		return final, "the first payload begins as a CBOR map, as a " + t.name + " does" // and is cut over frames
	case !whole:
		return nil, ""
	case key != "":
		if _, ok := tree.Get(0, key); !ok {
			return nil, ""
		}
	case f.TypeID == FinalTextOutput && n != len(f.Payload):
		return nil, ""
	case f.TypeID == FinalStreamSettings && !slices.Contains(encodings, string(tree.Joined(0))):
		return nil, ""
	}
	return final, "the first payload is CBOR, as a " + t.name + " has it"
}

// settle decides on the dialect when the first frame is at hand.
func (c *conversation) settle(f *Frame) {
	if c.settled {
		return
	}
	c.settled = true
	if d, why := detect(f); d != nil {
		c.dialect, c.why = d, why
	}
}

// typeInfo returns what is known about a type: in either dialect while it is
// open which one it is.
func (c *conversation) typeInfo(id uint8) (named bool, mask uint8) {
	t := &c.dialect.types[id]
	if c.settled {
		return t.name != "", t.mask
	}
	u := &final.types[id]
	return t.name != "" || u.name != "", t.mask | u.mask
}
