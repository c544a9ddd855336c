package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Link implements [codec.Linked].
//
// A send that wants an answer asks, under its from and seq, and so does a
// command in any case: the libraries answer those without want_answer too. A
// reply answers, under its to and reply. A group may give several answers, so
// a reply does not end the exchange, but the daemon's undeliverable error
// does. A frame is seen twice, from its sender to the daemon and from the
// daemon to each recipient, with one key.
//
// What the daemon itself answers, getlname and ping, is paired within its
// connection.
func (f *Frame) Link() codec.Link {
	h := f.head()
	if h.kind == nil {
		return codec.Link{}
	}
	switch h.kind.name {
	case "getlname":
		if f.dir == codec.ToClient {
			return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "getlname"}}
		}
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "getlname"}}
	case "ping":
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "ping"}}
	case "pong":
		return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "ping"}}
	case "send":
		return f.sendLink(h)
	}
	return codec.Link{}
}

func (f *Frame) sendLink(h *header) codec.Link {
	switch {
	case h.has(keyReply) && h.is(keyFrom, DaemonName):
		return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: h.linkKey(keyTo, keyReply)}, Wide: true}
	case h.has(keyReply):
		return codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: h.linkKey(keyTo, keyReply)}, Wide: true}
	case h.has(keySeq) && (h.wants() || f.isCommand()):
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: h.linkKey(keyFrom, keySeq)}, Wide: true}
	}
	return codec.Link{}
}

func (f *Frame) isCommand() bool {
	m := f.bodyMembers()
	return m.isCommand()
}

// linkKey makes a key of an lname and a sequence number, which the daemon
// re-spells when it forwards it.
func (h *header) linkKey(name, seq headerKey) string {
	var room [64]byte
	number := h.raw(seq)
	n, small := jsonv.IntValue(number)
	if text, plain := jsonv.PlainText(h.raw(name)); plain && small && n < 1<<53 && number[0] >= '1' && number[0] <= '9' {
		return string(append(append(append(room[:0], text...), ' '), number...))
	}
	return h.oddLinkKey(name, seq)
}

// oddLinkKey is linkKey for any values.
func (h *header) oddLinkKey(name, seq headerKey) string {
	var key []byte
	if jsonv.KindOf(h.raw(name)) == jsonv.String {
		key = jsonv.AppendText(key, h.raw(name))
	}
	return string(jsonv.AppendTyped(append(key, ' '), h.raw(seq)))
}
