package zmtp

import (
	"bytes"
	"encoding/binary"
)

// Sizes of greetings and of their beginning, in bytes.
const (
	SignatureLen  = 10
	GreetingLenV2 = 12
	GreetingLenV3 = 64
)

// Where the parts of a greeting are.
const (
	offPadding   = 1
	offSigEnd    = 9
	offMajor     = 10
	offMinor     = 11 // the socket type in 2.0
	offMechanism = 12
	offAsServer  = 32
	offFiller    = 33
)

// plainPadding is what libzmq writes in the padding of a socket without
// identity: there it puts the identity's length and one, which is how a
// frame of 1.0 begins.
const plainPadding = 1

// A Mechanism is the security mechanism of a connection.
type Mechanism byte

// The mechanisms. MechUnknown stands for a greeting that was not seen.
const (
	MechUnknown Mechanism = iota
	MechNull
	MechPlain
	MechCurve
	MechOther
)

// String returns the name in the greeting.
func (m Mechanism) String() string {
	switch m {
	case MechNull:
		return "NULL"
	case MechPlain:
		return "PLAIN"
	case MechCurve:
		return "CURVE"
	case MechOther:
		return "another mechanism"
	}
	return "an unknown mechanism"
}

// mechanism reads the 20 bytes of a greeting as libzmq does: it compares all
// of them.
func mechanism(field []byte) Mechanism {
	name := mechanismName(field)
	switch string(name) {
	case "NULL":
		return MechNull
	case "PLAIN":
		return MechPlain
	case "CURVE":
		return MechCurve
	}
	return MechOther
}

// mechanismName returns the field without the zeros at its end.
func mechanismName(field []byte) []byte { return bytes.TrimRight(field, "\x00") }

// socketTypes are the names of the socket types at their numbers in 2.0.
var socketTypes = [...]string{"PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"}

// compatible lists the socket types that may be peers, each pair once.
var compatible = [...][2]string{
	{"REQ", "REP"}, {"REQ", "ROUTER"}, {"DEALER", "REP"}, {"DEALER", "DEALER"}, {"DEALER", "ROUTER"},
	{"ROUTER", "ROUTER"}, {"PUB", "SUB"}, {"PUB", "XSUB"}, {"XPUB", "SUB"}, {"XPUB", "XSUB"},
	{"PUSH", "PULL"}, {"PAIR", "PAIR"},
}

// canPeer says whether libzmq lets sockets of these types talk.
func canPeer(a, b string) bool {
	for _, p := range compatible {
		if p == [2]string{a, b} || p == [2]string{b, a} {
			return true
		}
	}
	return false
}

// isSignature says whether b, of 10 bytes or more, begins as the greetings of
// 2.0 and 3.x do. Only bit 0 of the last byte counts.
func isSignature(b []byte) bool { return b[0] == 0xff && b[offSigEnd]&1 == 1 }

// padding returns the number in the padding of a greeting.
func padding(b []byte) uint64 { return binary.BigEndian.Uint64(b[offPadding:]) }

// A greetingSpec is what a greeting is built from.
type greetingSpec struct {
	major, minor byte // in 2.0: 2 and 0
	revision     byte // 2.0 only
	socket       byte // 2.0 only
	padding      uint64
	sigEnd       byte
	mechanism    []byte // up to 20 bytes
	asServer     byte
	filler       []byte // up to 31 bytes
}

func (g *greetingSpec) append(dst []byte) []byte {
	dst = append(dst, 0xff)
	dst = binary.BigEndian.AppendUint64(dst, g.padding)
	dst = append(dst, g.sigEnd)
	if g.major == 2 {
		return append(dst, g.revision, g.socket)
	}
	var rest [GreetingLenV3 - offMajor]byte
	rest[0], rest[1] = g.major, g.minor
	copy(rest[offMechanism-offMajor:offAsServer-offMajor], g.mechanism)
	rest[offAsServer-offMajor] = g.asServer
	copy(rest[offFiller-offMajor:], g.filler)
	return append(dst, rest[:]...)
}
