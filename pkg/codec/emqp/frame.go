package emqp

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// A Frame is a message of EventMQ, or another unit of the ZMTP stream that
// carries it.
type Frame struct {
	z        *zmtp.Frame
	envelope bool     // it has eMQP's first four frames
	cmd      *command // nil when the command is none that is known
	shape    *shape   // nil when the body is not as the programs send it
	last     bool     // a notice that a REQUEST was handed over, after which no result comes
	from, to Role
	peer     string // the identity of the DEALER socket; "" when not known
	port     uint16 // of the server; 0 when not known
}

// read sets what the frames of f.z tell.
func (f *Frame) read() {
	f.envelope, f.cmd, f.shape, f.last = false, nil, nil, false
	z := f.z
	if z.Kind() != zmtp.Message || z.Len() < frameMsgID || !isVersion(z.Body(frameVersion)) {
		return
	}
	f.envelope = true
	f.cmd = byName()[string(z.Body(frameCommand))]
	if f.cmd == nil || z.Len() < frameBody {
		return
	}
	var first []byte
	if z.Len() > frameBody {
		first = z.Body(frameBody)
	}
	f.shape = f.cmd.shape(z.Len()-frameBody, first)
}

// isVersion says whether b is a version of eMQP, the real one or another.
func isVersion(b []byte) bool { return bytes.HasPrefix(b, []byte("eMQP/")) }

// ZMTP returns the message, or other unit, that f is on the wire.
func (f *Frame) ZMTP() *zmtp.Frame { return f.z }

// IsMessage says whether f has eMQP's envelope.
func (f *Frame) IsMessage() bool { return f.envelope }

// Command returns the command of a message, as it stands there. f keeps it.
func (f *Frame) Command() []byte { return f.at(frameCommand) }

// MsgID returns the id of a message. f keeps it.
func (f *Frame) MsgID() []byte { return f.at(frameMsgID) }

func (f *Frame) at(i int) []byte {
	if !f.envelope || i >= f.z.Len() {
		return nil
	}
	return f.z.Body(i)
}

// Part returns a named part of a message's body. f keeps it.
func (f *Frame) Part(name string) (b []byte, ok bool) {
	if f.shape == nil {
		return nil, false
	}
	for i, p := range f.shape.parts {
		if p.name == name {
			return f.z.Body(frameBody + i), true
		}
	}
	return nil, false
}

// From and To return who sent f and who it is for, as far as the connection
// has told.
func (f *Frame) From() Role { return f.from }

// To returns who f is for.
func (f *Frame) To() Role { return f.to }

// Type implements [codec.Frame]: the command, or what ZMTP says.
func (f *Frame) Type() string {
	switch {
	case f.cmd != nil:
		return f.cmd.name
	case f.envelope && readableName(f.z.Body(frameCommand)):
		return string(f.z.Body(frameCommand))
	}
	return f.z.Type()
}

// readableName says whether b can be the name of a command.
func readableName(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 64
}

// AppendBinary implements [codec.Frame].
func (f *Frame) AppendBinary(dst []byte) ([]byte, error) { return f.z.AppendBinary(dst) }

// Clone implements [codec.Frame].
func (f *Frame) Clone() codec.Frame {
	c := *f
	c.z = f.z.Detached()
	return &c
}

// MoveTo implements [codec.Mover].
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	if len(raw) != len(f.z.Bytes()) {
		return f.Clone()
	}
	c, ok := into.(*Frame)
	if !ok {
		c = new(Frame)
	}
	z := f.z.Moved(raw, c.z)
	*c = *f
	c.z = z
	return c
}

// Link implements [codec.Linked]. A REQUEST, that it was handed over and its
// result have the same id on several connections; so have INFORM and ACK. The
// notice is the last answer to a REQUEST that wants no result. What admins ask
// is answered in order.
func (f *Frame) Link() codec.Link {
	if f.shape == nil {
		return codec.Link{}
	}
	switch f.cmd.name {
	case "REQUEST":
		role := codec.LinkAsks
		if f.to == JobManager { // the same REQUEST, passed on
			role = codec.LinkAnswers
		}
		return codec.Link{Role: role, Key: codec.LinkKey{Text: string(f.MsgID())}, Wide: true}
	case "INFORM":
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: string(f.MsgID())}, Wide: true}
	case "DISCONNECT":
		if f.from == Admin {
			return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: string(f.MsgID())}, Wide: true}
		}
	case "ACK":
		return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: f.part("acked")}, Wide: true}
	case "STATUS", "ROUTER_SHOW_WORKERS", "ROUTER_SHOW_SCHEDULERS":
		return codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "admin"}}
	case "REPLY":
		switch f.shape.name {
		case replyHandedOver:
			role := codec.LinkAnswers
			if f.last {
				role = codec.LinkEnds
			}
			return codec.Link{Role: role, Key: codec.LinkKey{Text: f.part("orig_msgid")}, Wide: true}
		case replyResult:
			return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: f.part("orig_msgid")}, Wide: true}
		}
		return codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "admin"}}
	}
	return codec.Link{}
}

func (f *Frame) part(name string) string {
	b, _ := f.Part(name)
	return string(b)
}
