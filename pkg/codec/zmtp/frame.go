package zmtp

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind is what a [Frame] is.
type Kind byte

// The kinds of frames.
const (
	Greeting Kind = 1 + iota // the opening of 2.0 and 3.x, without the identity of 2.0
	Identity                 // the first frame of 1.0, or the first after the greeting of 2.0
	Message                  // all frames of one message
	Command                  // one frame of 3.x, also the sealed MESSAGE of CURVE
)

// String returns the kind as it stands under "type" in JSON.
func (k Kind) String() string {
	switch k {
	case Greeting:
		return "greeting"
	case Identity:
		return "identity"
	case Message:
		return "message"
	case Command:
		return "command"
	}
	return "unknown"
}

// A Frame is one unit of a ZMTP stream: a greeting, a command, or a whole
// message of one or more frames. It keeps its exact bytes and is read from
// them when asked.
type Frame struct {
	kind  Kind
	ver   Version
	mech  Mechanism // of the connection, as far as it is known
	sub   bool      // a message from a SUB or XSUB socket
	cut   bool      // a PLAIN HELLO of which the end is missing
	usual bool      // a message that a Decoder found to have no odd header
	notes notes     // what is odd about its place in the conversation
	raw   []byte
	parts []part // none for a greeting
}

// Kind returns what f is.
func (f *Frame) Kind() Kind { return f.kind }

// Version returns the framing that f is in.
func (f *Frame) Version() Version { return f.ver }

// Type implements [codec.Frame].
func (f *Frame) Type() string { return f.kind.String() }

// Bytes returns the bytes of f, which it keeps.
func (f *Frame) Bytes() []byte { return f.raw }

// Len returns the number of frames of a message; 1 for a command and an
// identity, 0 for a greeting.
func (f *Frame) Len() int { return len(f.parts) }

// Body returns the body of the frame i of a message. f keeps it.
func (f *Frame) Body(i int) []byte { return f.raw[f.parts[i].body:f.parts[i].end] }

// PartSpans returns where the frame i of a message begins, where its body
// does, and where it ends, counted from the start of f.
func (f *Frame) PartSpans(i int) (head, body, end int) {
	p := f.parts[i]
	return p.head, p.body, p.end
}

// IsPlain says whether f is a message of 2.0 or 3.x whose headers are all as
// a sender must write them, so that the bodies tell all.
func (f *Frame) IsPlain() bool {
	if f.kind != Message || f.ver == V1 {
		return false
	}
	for i, p := range f.parts {
		if p.flags != plainFlags(f.ver, p.end-p.body, i < len(f.parts)-1, false) {
			return false
		}
	}
	return true
}

// AppendBinary implements [codec.Frame].
func (f *Frame) AppendBinary(dst []byte) ([]byte, error) { return append(dst, f.raw...), nil }

// Clone implements [codec.Frame].
func (f *Frame) Clone() codec.Frame { return f.Detached() }

// Detached is Clone with the type kept.
func (f *Frame) Detached() *Frame {
	c := *f
	c.raw = slices.Clone(f.raw)
	c.parts = slices.Clone(f.parts)
	return &c
}

// MoveTo implements [codec.Mover].
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	if len(raw) != len(f.raw) {
		return f.Clone()
	}
	c, _ := into.(*Frame)
	return f.Moved(raw, c)
}

// Moved is MoveTo with the type kept; into may be nil, and raw is as long as
// the frame.
func (f *Frame) Moved(raw []byte, into *Frame) *Frame {
	if into == nil {
		into = new(Frame)
	}
	parts := append(into.parts[:0], f.parts...)
	*into = *f
	into.raw, into.parts = raw, parts
	return into
}

// NewMessage builds a message of 3.x with these bodies, which it copies.
func NewMessage(bodies ...[]byte) *Frame {
	f := new(Frame)
	f.SetMessage(bodies...)
	return f
}

// SetMessage makes f the message of 3.x with these bodies. It reuses the
// memory of f, so that f must not come from a [codec.Decoder].
func (f *Frame) SetMessage(bodies ...[]byte) {
	*f = Frame{kind: Message, ver: V3, raw: f.raw[:0], parts: f.parts[:0]}
	for i, b := range bodies {
		f.addPart(plainFlags(V3, len(b), i < len(bodies)-1, false), false, b)
	}
}

// addPart appends one frame to f.
func (f *Frame) addPart(flags byte, long bool, body []byte) {
	p := part{flags: flags, head: len(f.raw)}
	f.raw = appendHeader(f.raw, f.ver, flags, long, len(body))
	p.body = len(f.raw)
	f.raw = append(f.raw, body...)
	p.end = len(f.raw)
	f.parts = append(f.parts, p)
}
