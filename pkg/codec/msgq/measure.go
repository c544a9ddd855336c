package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Measure implements [codec.Measured]: messages count by group, and commands
// and notifications by name; answers that are errors by their code.
func (f *Frame) Measure(m *codec.Measure) {
	h := f.head()
	switch {
	case h.isType("subscribe"), h.isType("unsubscribe"):
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "group", Name: h.words(keyGroup)})
		return
	case !h.isType("send"):
		return
	case h.has(keyReply):
		m.Error = f.failure()
		return
	case h.is(keyTo, ToGroup):
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "group", Name: h.words(keyGroup)})
	}
	for _, kind := range []string{"command", "notification"} {
		if list, ok := namedList(f.bodyJSON(), kind); ok {
			name, _ := jsonv.Index(list, 0)
			m.Subjects = append(m.Subjects, codec.Subject{Kind: kind, Name: jsonv.AppendText(nil, name)})
			return
		}
	}
}

// words returns the string of a key.
func (h *header) words(k headerKey) []byte {
	if jsonv.KindOf(h.raw(k)) != jsonv.String {
		return nil
	}
	return jsonv.AppendText(nil, h.raw(k))
}

// failure returns the class of the error that an answer is, "" when it is
// none.
func (f *Frame) failure() string {
	rcode, _, err := ParseAnswer(f.bodyJSON())
	switch {
	case err != nil || rcode == Success:
		return ""
	case rcode == NoRecipient:
		return "undeliverable"
	case rcode < 0:
		return "error of the daemon"
	}
	return "error answer"
}
