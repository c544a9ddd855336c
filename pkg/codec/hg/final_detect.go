package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// detect says whether a frame is of the final dialect, where nobody named it.
// Type numbers clash, but payloads of the final dialect are CBOR maps and
// arrays, and neither command names nor messages for people look like those.
// It returns nil when the frame does not look like it.
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
		return final, "a payload begins as a CBOR map, as a " + t.name + " does" // and is cut over frames
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
	return final, "a payload is CBOR, as a " + t.name + " has it"
}

// detectSeed says whether a frame can only be of the seed dialect.
func detectSeed(f *Frame) (string, bool) {
	t := &seed.types[f.TypeID]
	if t.name == "" || f.Flags&^t.mask != 0 {
		return "", false
	}
	switch f.TypeID {
	case TypeCommandName:
		for _, c := range f.Payload {
			if c < ' ' || c > '~' {
				return "", false
			}
		}
		return "a command-name holds a name", f.Flags != 0 && len(f.Payload) > 0
	case TypeCommandArgument:
		a, err := ParseArgument(f.Payload)
		return "a command-argument holds a name and a value", err == nil && len(a.Value) == a.Length && len(a.Name) > 0
	case TypeBytesResponse:
		return "only that dialect has bytes-response", true
	case TypeErrorResponse:
		return "an error-response has flags", f.Flags != 0
	}
	return "", false
}

// maxUndecided is how many frames may pass until the default dialect is
// settled.
const maxUndecided = 64

// settle decides on the dialect by a frame, if the frame says anything.
func (c *conversation) settle(f *Frame) {
	if c.settled {
		return
	}
	if d, why := detect(f); d != nil {
		c.dialect, c.why, c.settled = d, why, true
		return
	}
	if why, ok := detectSeed(f); ok {
		c.why, c.settled = why, true
		return
	}
	c.undecided++
	c.settled = c.undecided >= maxUndecided
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
