package msgq

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

const maxHeader = 1<<16 - 1 // octets, by the length field

// star is the JSON of the wildcard "*".
var star = []byte(`"*"`)

// A header is a frame's, as Python reads and writes it. The values are JSON in
// Python's spelling, nil when the key is missing.
type header struct {
	text []byte // the whole, each key once
	kind []byte // "type"

	from, to, group, instance, seq, wantAnswer, reply []byte
}

// parseHeader reads the header of a frame as the daemon does. The result
// shares nothing with the frame.
func parseHeader(f *msgq.Frame) (header, error) {
	var h header
	switch {
	case len(f.Header) == 0:
		return h, errors.New("header length: 0, but a frame has a header")
	case f.Skan:
		return h, errors.New("header: the encoding of before 2010-06")
	}
	if err := jsonv.CheckWhole(f.Header, jsonv.Options{Allow: jsonv.Python, MaxDepth: codec.DefaultMaxNesting}); err != nil {
		return h, fmt.Errorf("header: %w", err)
	}
	if jsonv.KindOf(f.Header) != jsonv.Object {
		return h, fmt.Errorf("header: a JSON object expected, not %s", jsonv.Show(f.Header))
	}
	text, ok := jsonv.AppendPython(nil, f.Header)
	if !ok || len(text) > maxHeader {
		return h, fmt.Errorf("header: %d octets when written anew, at most %d fit", len(text), maxHeader)
	}
	h.text = text
	for key, value := range jsonv.Members(text) {
		if field := h.field(key); field != nil {
			*field = value
		}
	}
	return h, nil
}

// field returns where the value of a key belongs, nil for keys that mean
// nothing to the daemon.
func (h *header) field(key []byte) *[]byte {
	switch string(key) {
	case `"type"`:
		return &h.kind
	case `"from"`:
		return &h.from
	case `"to"`:
		return &h.to
	case `"group"`:
		return &h.group
	case `"instance"`:
		return &h.instance
	case `"seq"`:
		return &h.seq
	case `"want_answer"`:
		return &h.wantAnswer
	case `"reply"`:
		return &h.reply
	}
	return nil
}

// undeliverable returns the header of the error that answers h: a copy from
// "msgq" to the sender, with reply at the end.
func (h *header) undeliverable() []byte {
	out := make([]byte, 0, len(h.text)+32)
	out = append(out, '{')
	for key, value := range jsonv.Members(h.text) {
		switch string(key) {
		case `"from"`:
			value = quote(msgq.DaemonName)
		case `"to"`:
			value = h.from
		}
		out = append(append(append(out, key...), ": "...), value...)
		out = append(out, ", "...)
	}
	out = append(append(out, `"reply": `...), h.seq...)
	return append(out, '}')
}

// A member is a key of a header and its value as JSON.
type member struct {
	key   string
	value []byte
}

// object writes a header or body as Python does.
func object(members ...member) []byte {
	dst := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, quote(m.key)...)
		dst = append(dst, ": "...)
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

// list writes a JSON array as Python does.
func list(values ...[]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(values, []byte(", "))...), ']')
}

// quote writes a JSON string as Python does.
func quote(s string) []byte {
	raw := []byte{'"'}
	for _, c := range []byte(s) {
		if c == '"' || c == '\\' {
			raw = append(raw, '\\')
		}
		raw = append(raw, c)
	}
	out, ok := jsonv.AppendPython(nil, append(raw, '"'))
	if !ok {
		return []byte(`""`)
	}
	return out
}

// isNull says whether a value is there and null.
func isNull(raw []byte) bool { return string(raw) == "null" }

// hashable says whether Python takes a value for a key: objects and arrays are
// none.
func hashable(raw []byte) bool {
	kind := jsonv.KindOf(raw)
	return kind != jsonv.Object && kind != jsonv.Array
}
