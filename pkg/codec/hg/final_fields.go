package hg

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// maxFieldDepth is how deep into CBOR the fields of a frame go.
const maxFieldDepth = 12

// finalStructure appends what the payload of a final frame consists of.
func (f *Frame) finalStructure(w *fieldWriter) bool {
	c := f.look()
	if c.packed() {
		w.put(1, "encoded", int64(len(f.Payload)), c.summary(), c.encoding)
		return true
	}
	if f.info().form != formCBOR {
		return false
	}
	at := 0
	for i := range c.items {
		it := &c.items[i]
		name := "item " + strconv.Itoa(it.index)
		switch {
		case it.pieces != nil:
			w.put(1, name, int64(it.n), c.short(it), fmt.Sprintf("the end; it began %d frames before", it.back))
		case c.parse(it):
			w.dst = c.tree.AppendFields(w.dst, name, 0, w.at, 1, maxFieldDepth)
			w.at += int64(it.n)
		default:
			w.put(1, name, int64(it.n), "", "too many parts to show")
		}
		at = it.at + it.n
	}
	switch rest := c.body[at:]; {
	case len(rest) == 0:
	case c.broken != nil:
		w.bytes(1, "no CBOR", rest)
	case len(c.items) == 0 && c.skip > 0:
		w.bytes(1, "item, continued", rest)
	default:
		w.bytes(1, "item, cut", rest)
	}
	return at > 0 || len(c.body) > 0
}

// short returns an item in diagnostic notation, cut when it is long.
func (c *content) short(it *item) string {
	if !c.parse(it) {
		return ""
	}
	if len(it.bytes) > 4*shown {
		return fmt.Sprintf("%s of %d bytes", c.tree.Nodes[0].Kind, len(it.bytes))
	}
	b := c.tree.AppendDiag(nil, 0)
	if len(b) > shown {
		return string(b[:shown]) + "…"
	}
	return string(b)
}

// summary tells what an encoded payload holds.
func (c *content) summary() string {
	if c.fault != nil {
		return "cannot be decoded: " + c.fault.Error()
	}
	b := []byte(strconv.Itoa(len(c.body)) + " bytes decoded")
	for i := range c.items {
		if len(b) > shown {
			return string(b) + " …"
		}
		b = append(b, "; "...)
		b = append(b, c.short(&c.items[i])...)
	}
	return string(b)
}

// finalFindings appends what is odd about a frame of the final dialect.
func (f *Frame) finalFindings(put putFinding) {
	c := f.look()
	f.finalFlagFindings(put)
	switch {
	case !c.encoded:
	case f.StreamID%2 == 1:
		put("encoded", 6, 1, "the client's payload is encoded, which no server decodes")
	case !c.settled && f.content != nil:
		put("encoded", 6, 1, "the stream has no settings: its encoding is taken for identity")
	}
	if c.fault != nil {
		put("decoding", HeaderLen, len(f.Payload), "%s: %v", c.encoding, c.fault)
	}
	if c.broken != nil {
		put("cbor", HeaderLen, len(f.Payload), "the payload is no CBOR: %v", c.broken)
	}
	if c.cut {
		put("cbor", HeaderLen, len(f.Payload), "the message ends in the middle of a CBOR item")
	}
	for i := range c.items {
		f.itemFindings(put, c, &c.items[i])
	}
}

func (f *Frame) finalFlagFindings(put putFinding) {
	oneOf := func(a, b uint8) bool { return (f.Flags&a != 0) != (f.Flags&b != 0) }
	switch f.TypeID {
	case FinalCommandRequest:
		if !oneOf(RequestNew, RequestContinuation) {
			put("flags", 7, 1, "exactly one of new and continuation must be set")
		}
	case FinalCommandData, FinalCommandResponse, FinalProtocolSettings, FinalStreamSettings:
		if !oneOf(DataContinuation, DataEOS) {
			put("flags", 7, 1, "exactly one of continuation and eos must be set")
		}
	}
}

// itemFindings tells what the reference would not have written, or refuses.
func (f *Frame) itemFindings(put putFinding, c *content, it *item) {
	if !c.parse(it) {
		put("limit", HeaderLen, len(f.Payload), "item %d is too long to be looked at", it.index)
		return
	}
	if f.TypeID == FinalProtocolSettings || f.TypeID == FinalStreamSettings {
		f.settingsFindings(put, c, it)
	}
	if f.TypeID == FinalCommandRequest && it.index == 0 {
		if _, ok := c.tree.Get(0, "name"); !ok {
			put("payload", HeaderLen, len(f.Payload), "the request has no name")
		}
	}
	for i := range c.tree.Nodes {
		n := &c.tree.Nodes[i]
		switch {
		case n.Kind == cbor.Text || n.Kind == cbor.Float || n.Kind == cbor.Tag && n.Arg != cbor.TagSet || n.Kind == cbor.Simple && (n.Arg < cbor.False || n.Arg > cbor.Null):
			put("cbor-kind", HeaderLen, len(f.Payload), "item %d holds a %v, which Mercurial's reader refuses", it.index, n.Kind)
			return
		case n.NonMinimal:
			put("cbor-long", HeaderLen, len(f.Payload), "item %d holds a %v with a longer head than needed", it.index, n.Kind)
			return
		}
	}
}

func (f *Frame) settingsFindings(put putFinding, c *content, it *item) {
	switch {
	case it.index > 0:
		put("payload", HeaderLen, len(f.Payload), "settings are one item, not %d", it.index+1)
	case f.TypeID == FinalStreamSettings && c.tree.Nodes[0].Kind != cbor.Bytes:
		put("payload", HeaderLen, len(f.Payload), "stream settings name the encoding with a byte string, not %v", c.tree.Nodes[0].Kind)
	case f.TypeID == FinalStreamSettings:
		name := string(c.tree.Joined(0))
		for _, known := range encodings {
			if name == known {
				return
			}
		}
		put("payload", HeaderLen, len(f.Payload), "no encoding has the name %q", name)
	}
}

var _ codec.Linked = (*Frame)(nil)
