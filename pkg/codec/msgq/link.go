package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Link implements [codec.Linked].
//
// A send that wants an answer asks, under its from and seq, and so does a
// command in any case: the libraries answer those without want_answer too. A
// reply answers, under its to and reply. A group may give several answers, so a reply does
// not end the exchange, but the daemon's undeliverable error does. A frame is
// seen twice, from its sender to the daemon and from the daemon to each
// recipient, with one key.
//
// What the daemon itself answers, getlname and ping, is paired within its
// connection.
func (f *Frame) Link() codec.Link {
	h := f.parseHeader()
	switch h.kind {
	case "getlname":
		return local(f.dir, "getlname")
	case "ping":
		return codec.Link{Role: codec.LinkAsks, Key: "ping"}
	case "pong":
		return codec.Link{Role: codec.LinkEnds, Key: "ping"}
	case "send":
	default:
		return codec.Link{}
	}
	switch {
	case h.reply != nil && h.from == DaemonName:
		return codec.Link{Role: codec.LinkEnds, Key: linkKey(h.to, h.reply), Wide: true}
	case h.reply != nil:
		return codec.Link{Role: codec.LinkAnswers, Key: linkKey(h.to, h.reply), Wide: true}
	case h.seq != nil && (jsonv.Truthy(h.wantAnswer) || f.isCommand()):
		return codec.Link{Role: codec.LinkAsks, Key: linkKey(h.from, h.seq), Wide: true}
	}
	return codec.Link{}
}

func (f *Frame) isCommand() bool {
	_, _, ok := ParseCommand(f.bodyJSON())
	return ok
}

// local pairs a question to the daemon with its answer of the same type.
func local(dir codec.Direction, key string) codec.Link {
	if dir == codec.ToClient {
		return codec.Link{Role: codec.LinkEnds, Key: key}
	}
	return codec.Link{Role: codec.LinkAsks, Key: key}
}

// linkKey makes a key of an lname and a sequence number, which the daemon
// re-spells when it forwards it.
func linkKey(name string, seq []byte) string {
	return name + " " + string(jsonv.AppendTyped(nil, seq))
}
