package zmtp

import (
	"encoding/binary"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// NewGreeting builds the greeting of ZMTP 3.1. identity is the length of the
// sender's identity, which libzmq tells in the padding.
func NewGreeting(mechanism string, asServer bool, identity int) *Frame {
	g := greetingSpec{major: 3, minor: 1, padding: uint64(identity) + 1, sigEnd: 0x7f, mechanism: []byte(mechanism)}
	if asServer {
		g.asServer = 1
	}
	return &Frame{kind: Greeting, ver: V3, mech: mechanism3(mechanism), raw: g.append(nil)}
}

// NewGreetingV2 builds the greeting of 2.0 as libzmq has it, which announces 3:
// it has done so before it knows that the peer speaks 2.0. An identity frame
// has to follow.
func NewGreetingV2(socketType string, identity int) *Frame {
	g := greetingSpec{major: 2, revision: 3, padding: uint64(identity) + 1, sigEnd: 0x7f}
	g.socket = byte(slices.Index(socketTypes[:], socketType))
	return &Frame{kind: Greeting, ver: V2, raw: g.append(nil)}
}

// NewIdentity builds the identity frame of 2.0 or 1.0. That of 1.0 begins with
// the signature of a greeting, as libzmq has it: it can be sent before it is
// known what the peer speaks.
func NewIdentity(v Version, identity []byte) *Frame {
	f := &Frame{kind: Identity, ver: v}
	if v == V1 {
		f.addPart(0x7f, true, identity)
	} else {
		f.addPart(plainFlags(v, len(identity), false, false), false, identity)
	}
	return f
}

// NewMessageOf builds a message with these bodies, which it copies, in a
// framing.
func NewMessageOf(v Version, bodies ...[]byte) *Frame {
	f := &Frame{kind: Message, ver: v}
	for i, b := range bodies {
		f.addPart(plainFlags(v, len(b), i < len(bodies)-1, false), needsLong(v, len(b)), b)
	}
	return f
}

func mechanism3(name string) Mechanism {
	var field [offAsServer - offMechanism]byte
	copy(field[:], name)
	return mechanism(field[:])
}

// NewCommand builds a command of 3.x, as the peers of a mechanism read it.
// The frame of CURVE's MESSAGE is without the flag COMMAND, as libzmq has it.
func NewCommand(mechanism, name string, data []byte) *Frame {
	f := &Frame{kind: Command, ver: V3, mech: mechanism3(mechanism)}
	body := AppendCommand(nil, name, data)
	sealed := f.mech == MechCurve && name == nameMessage
	f.addPart(plainFlags(V3, len(body), false, !sealed), false, body)
	return f
}

// AppendCommand appends the body of a command. The name has at most 255
// bytes.
func AppendCommand(dst []byte, name string, data []byte) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	return append(dst, data...)
}

// ReadCommand returns the name and the data of a command with this body, as
// the peers of a mechanism read it; both are parts of body. An error says what
// breaks the rules of its layout: without one, the data of a command that is
// known has the sizes of its mechanism.
func ReadCommand(mechanism string, body []byte) (name string, data []byte, err error) {
	return readCommand(body, mechanism3(mechanism)).parts()
}

// CheckMetadata says what keeps data from being the properties of READY or
// INITIATE, nil for nothing.
func CheckMetadata(data []byte) error {
	if why := checkMetadata(data); why != nil {
		return why.syntaxError(0)
	}
	return nil
}

// AppendProperty appends a property of the metadata of READY and INITIATE.
// The name has at most 255 bytes.
func AppendProperty(dst []byte, name string, value []byte) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}

// Property returns a property of metadata; the case of names does not count.
// The value is a part of data.
func Property(data []byte, name string) (value []byte, ok bool) { return property(data, name) }

// CanPeer says whether libzmq lets sockets of these types talk.
func CanPeer(a, b string) bool { return canPeer(a, b) }

// IsSocketType says whether there is a socket type of this name.
func IsSocketType(name string) bool {
	for _, t := range socketTypes {
		if t == name {
			return true
		}
	}
	return false
}

// Command returns the name and the data of a command, parts of f. An error
// says what breaks the rules of its layout.
func (f *Frame) Command() (name string, data []byte, err error) { return f.command().parts() }

func (c command) parts() (name string, data []byte, err error) {
	if c.bad != nil {
		return string(c.name), c.data, c.bad.syntaxError(0)
	}
	return string(c.name), c.data, nil
}

// Mechanism returns the name of the mechanism in a greeting of 3.x.
func (f *Frame) Mechanism() string {
	if f.kind != Greeting || f.ver != V3 {
		return ""
	}
	return string(mechanismName(f.raw[offMechanism:offAsServer]))
}

// SocketType returns the name of the socket type in a greeting of 2.0, "" when
// there is none.
func (f *Frame) SocketType() string {
	if f.kind != Greeting || f.ver != V2 || int(f.raw[offMinor]) >= len(socketTypes) {
		return ""
	}
	return socketTypes[f.raw[offMinor]]
}

// Minor returns the minor version in a greeting of 3.x.
func (f *Frame) Minor() int {
	if f.kind != Greeting || f.ver != V3 {
		return 0
	}
	return int(f.raw[offMinor])
}

var (
	_ codec.Hearer  = (*Conversation)(nil)
	_ codec.Starter = (*Conversation)(nil)
)
