package hg

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// appendContentJSON appends what is in a frame of the final dialect: the
// payload without the stream's encoding, the items that end in the frame, and
// what they mean for its type.
func (f *Frame) appendContentJSON(dst []byte) []byte {
	c := f.look()
	if c.encoded {
		dst = append(dst, `,"encoding":`...)
		dst = jsonenc.AppendString(dst, c.encoding)
		dst = append(dst, `,"decoded":`...)
		if c.fault == nil || len(c.body) > 0 {
			dst = jsonenc.AppendBytes(dst, c.body)
		} else {
			dst = append(dst, "null"...)
		}
		if c.fault != nil {
			dst = append(dst, `,"decode_error":`...)
			dst = jsonenc.AppendString(dst, c.fault.Error())
		}
	}
	if f.info().form != formCBOR {
		return dst
	}
	dst = f.appendMeaning(dst, c)
	dst = append(dst, `,"items":[`...)
	for i := range c.items {
		dst = comma(dst, i)
		dst = c.appendItemJSON(dst, &c.items[i])
	}
	dst = append(dst, ']')
	if c.more > 0 {
		dst = append(dst, `,"more_items":`...)
		dst = strconv.AppendInt(dst, int64(c.more), 10)
	}
	if c.skip > 0 && len(c.items) == 0 || c.rest > 0 {
		dst = append(dst, `,"continues":true`...)
	}
	return dst
}

// appendItemJSON appends {"index":N,"value":…}; "back" says how many frames
// before this one the item began, "length" how long it is when it was cut.
func (c *content) appendItemJSON(dst []byte, it *item) []byte {
	dst = append(dst, `{"index":`...)
	dst = strconv.AppendInt(dst, int64(it.index), 10)
	if it.back > 0 {
		dst = append(dst, `,"back":`...)
		dst = strconv.AppendInt(dst, it.back, 10)
		dst = append(dst, `,"length":`...)
		dst = strconv.AppendInt(dst, int64(len(it.bytes)), 10)
	}
	if !c.parse(it) {
		return append(dst, `,"too_long":true}`...)
	}
	dst = append(dst, `,"value":`...)
	dst = c.tree.AppendJSON(dst, 0)
	return append(dst, '}')
}

// parse puts an item into c.tree. It says false when the item was too long to
// be kept, or has too many parts.
func (c *content) parse(it *item) bool {
	if it.bytes == nil {
		return false
	}
	_, err := c.tree.Parse(it.bytes, cbor.Limits{Depth: 1 << 15})
	return err == nil
}

// appendMeaning appends what the message's first item says.
func (f *Frame) appendMeaning(dst []byte, c *content) []byte {
	if len(c.items) == 0 || c.items[0].index != 0 || !c.parse(&c.items[0]) {
		return dst
	}
	t := &c.tree
	switch f.TypeID {
	case FinalCommandRequest:
		dst = appendMember(dst, t, "command", "name")
		dst = appendMember(dst, t, "args", "args")
		return appendMember(dst, t, "redirect", "redirect")
	case FinalCommandResponse:
		dst = appendMember(dst, t, "status", "status")
		dst = appendMember(dst, t, "location", "location")
		if i, ok := t.Get(0, "error"); ok {
			return appendMessageJSON(dst, t, i)
		}
	case FinalErrorResponse:
		dst = appendMember(dst, t, "error_type", "type")
		return appendMessageJSON(dst, t, 0)
	case FinalTextOutput:
		dst = append(dst, `,"text":`...)
		return jsonenc.AppendString(dst, appendAtomsText(nil, t, 0))
	case FinalProtocolSettings:
		return appendMember(dst, t, "content_encodings", "contentencodings")
	case FinalStreamSettings:
		dst = append(dst, `,"stream_encoding":`...)
		return t.AppendJSON(dst, 0)
	}
	return dst
}

// appendMember appends a member of the outermost map, if it is there.
func appendMember(dst []byte, t *cbor.Tree, name, key string) []byte {
	i, ok := t.Get(0, key)
	if !ok {
		return dst
	}
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return t.AppendJSON(dst, i)
}

// appendMessageJSON appends the message of an error as a person reads it.
func appendMessageJSON(dst []byte, t *cbor.Tree, i int) []byte {
	text, ok := appendMessage(nil, t, i)
	if !ok {
		return dst
	}
	dst = append(dst, `,"message":`...)
	return jsonenc.AppendString(dst, text)
}
