package msgq

import jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"

// A header is the keys of one that mean something; of keys that come again
// the last. Names are "" when they are absent or no strings.
type header struct {
	json []byte

	kind                      string // "type"
	from, to, group, instance string
	seq, wantAnswer, reply    []byte // raw JSON, nil when absent
}

func (f *Frame) parseHeader() header {
	h := header{json: f.headerJSON()}
	for key, value := range jsonv.Members(h.json) {
		for _, name := range [...]struct {
			key string
			to  *string
		}{{"type", &h.kind}, {"from", &h.from}, {"to", &h.to}, {"group", &h.group}, {"instance", &h.instance}} {
			if jsonv.EqualText(key, name.key) {
				*name.to, _ = jsonv.StringValue(value)
			}
		}
		switch {
		case jsonv.EqualText(key, "seq"):
			h.seq = value
		case jsonv.EqualText(key, "want_answer"):
			h.wantAnswer = value
		case jsonv.EqualText(key, "reply"):
			h.reply = value
		}
	}
	return h
}

// address returns group and instance as the short form has them.
func (h *header) address() string {
	if h.instance == AnyInstance {
		return h.group
	}
	return h.group + "/" + h.instance
}
