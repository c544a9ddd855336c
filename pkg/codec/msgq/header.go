package msgq

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A headerKey is a header key that means something.
type headerKey byte

const (
	keyType headerKey = iota
	keyFrom
	keyTo
	keyGroup
	keyInstance
	keySeq
	keyWantAnswer
	keyReply
	keys // how many there are
)

var keyNames = [keys]string{
	keyType: "type", keyFrom: "from", keyTo: "to", keyGroup: "group",
	keyInstance: "instance", keySeq: "seq", keyWantAnswer: "want_answer", keyReply: "reply",
}

// A header is what a header says: where the raw JSON of the keys that mean something
// is, of keys that come again the last. There are few pointers in it, as there are many
// copies of frames.
type header struct {
	parsed   bool
	json     []byte // all of it
	values   [keys]codec.Span
	kind     *messageType // nil for an unknown type and for none
	repeated []byte       // the first key that came again, raw; nil for none

	others [8]codec.Span // keys that mean nothing, to find out whether one comes again
	n      int           // of others
}

// head returns what the header says. It is parsed when first asked for.
func (f *Frame) head() *header {
	if h := &f.header; !h.parsed {
		h.parsed, h.json, h.values, h.repeated, h.n = true, f.headerJSON(), [keys]codec.Span{}, nil, 0
		if n := f.heads.Len(); n > 0 && f.heads.Usual() { // its check has found them
			for i := range n {
				key, value := f.heads.Spans(i)
				if k := lookupKey(h.at(key)); k < keys {
					h.values[k] = value
				}
			}
		} else {
			for key, value := range jsonv.MemberSpans(h.json) {
				h.add(key, value)
			}
		}
		h.kind = typeOf(h.raw(keyType))
	}
	return &f.header
}

// raw returns the value of a key, nil when it is absent.
func (h *header) raw(k headerKey) []byte {
	if !h.has(k) {
		return nil
	}
	return h.at(h.values[k])
}

func (h *header) at(s codec.Span) []byte { return h.json[s.Start:s.End:s.End] }

// add takes the next member.
func (h *header) add(key, value codec.Span) {
	raw := h.at(key)
	if k := lookupKey(raw); k < keys {
		if h.has(k) && h.repeated == nil {
			h.repeated = raw
		}
		h.values[k] = value
		return
	}
	for _, other := range h.others[:h.n] {
		if h.repeated == nil && sameKey(h.at(other), raw) {
			h.repeated = raw
		}
	}
	if h.n < len(h.others) {
		h.others[h.n] = key
		h.n++
	}
}

// lookupKey returns the key that raw is, or keys.
func lookupKey(raw []byte) headerKey {
	switch string(raw) { // no allocation, no loop: every header comes here
	case `"type"`:
		return keyType
	case `"from"`:
		return keyFrom
	case `"to"`:
		return keyTo
	case `"group"`:
		return keyGroup
	case `"instance"`:
		return keyInstance
	case `"seq"`:
		return keySeq
	case `"want_answer"`:
		return keyWantAnswer
	case `"reply"`:
		return keyReply
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		for k, name := range keyNames {
			if jsonv.EqualText(raw, name) {
				return headerKey(k)
			}
		}
	}
	return keys
}

// sameKey says whether two raw keys are one.
func sameKey(a, b []byte) bool {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(jsonv.AppendText(nil, a), jsonv.AppendText(nil, b))
}

// typeOf returns the known type that raw names, or nil.
func typeOf(raw []byte) *messageType {
	if string(raw) == `"send"` { // as most are
		return &types[0]
	}
	if jsonv.KindOf(raw) != jsonv.String {
		return nil
	}
	for i := range types {
		if jsonv.EqualText(raw, types[i].name) {
			return &types[i]
		}
	}
	return nil
}

// has says whether the key is there.
func (h *header) has(k headerKey) bool { return h.values[k].End > 0 }

// is says whether the key is there and a string with these characters.
func (h *header) is(k headerKey, text string) bool {
	return jsonv.KindOf(h.raw(k)) == jsonv.String && jsonv.EqualText(h.raw(k), text)
}

// isType says whether the frame has that type, a known one.
func (h *header) isType(name string) bool { return h.kind != nil && h.kind.name == name }

// text returns the string of a key, "" when there is none.
func (h *header) text(k headerKey) string {
	s, _ := jsonv.StringValue(h.raw(k))
	return s
}

// wants says whether the header asks for an undeliverable error.
func (h *header) wants() bool { return jsonv.Truthy(h.raw(keyWantAnswer)) }

// address returns group and instance as the short form has them.
func (h *header) address() string {
	if h.is(keyInstance, AnyInstance) {
		return h.text(keyGroup)
	}
	return h.text(keyGroup) + "/" + h.text(keyInstance)
}
