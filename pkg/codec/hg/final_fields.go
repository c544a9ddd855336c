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
	switch {
	case c.fault != nil:
		w.put(1, "encoded", int64(len(f.Payload)), "cannot be decoded", c.encoding)
	case c.packed():
		w.put(1, "encoded", int64(len(f.Payload)), strconv.Itoa(len(c.body))+" bytes decoded", c.encoding)
	case f.info().form != formCBOR:
		return false
	default:
		c.fields(w, 1)
	}
	return len(f.Payload) > 0
}

// Unpack implements [codec.Unpacker] for payloads that went through an
// encoding.
func (f *Frame) Unpack(dst []codec.Field, v codec.View) (codec.Unpacked, bool) {
	if f.Dialect() != final || f.StreamFlags&StreamEncoded == 0 {
		return codec.Unpacked{}, false
	}
	c := f.look()
	if !c.packed() || len(c.body) == 0 {
		return codec.Unpacked{}, false
	}
	w := fieldWriter{dst, 0, v.Texts}
	if f.info().form == formCBOR {
		c.fields(&w, 0)
	} else {
		w.bytes(0, "data", c.body)
	}
	return codec.Unpacked{Bytes: c.body, How: c.encoding, Fields: w.dst}, true
}

// fields appends the items in the body.
func (c *content) fields(w *fieldWriter, depth int) {
	at := 0
	for i := range c.items {
		it := &c.items[i]
		name := "item " + strconv.Itoa(it.index)
		switch {
		case it.pieces != nil:
			frames := " frames before"
			if it.back == 1 {
				frames = " frame before"
			}
			w.put(depth, name, int64(it.n), c.short(it), "the end; it began "+strconv.FormatInt(it.back, 10)+frames)
		case c.parse(it):
			w.dst = c.tree.AppendFields(w.dst, name, 0, w.at, depth, maxFieldDepth)
			w.at += int64(it.n)
		default:
			w.put(depth, name, int64(it.n), "", "too many parts to show")
		}
		at = it.at + it.n
	}
	switch rest := c.body[at:]; {
	case c.more > 0:
		w.bytes(depth, strconv.Itoa(c.more)+" more items", rest)
	case c.broken != nil:
		w.bytes(depth, "no CBOR", rest)
	case len(c.items) == 0 && c.skip > 0:
		w.bytes(depth, "item, continued", rest)
	default:
		w.bytes(depth, "item, cut", rest)
	}
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
	if c.more > 0 {
		put("limit", HeaderLen, len(f.Payload), "%d more items are not listed", c.more)
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

var (
	_ codec.Linked   = (*Frame)(nil)
	_ codec.Unpacker = (*Frame)(nil)
)
