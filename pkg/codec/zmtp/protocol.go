package zmtp

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Protocol is ZMTP. It implements [codec.Protocol] and
// [codec.ValueExplainer].
type Protocol struct{}

var info = codec.Info{
	Name:  "zmtp",
	Title: "ZMTP 3.1, 3.0, 2.0 and 1.0: ZeroMQ on TCP",
	Dialects: []codec.Dialect{
		{Name: "3.1", Aliases: []string{"3"}, Title: "commands for heartbeats and subscriptions"},
		{Name: "3.0", Title: "greeting with a mechanism, commands"},
		{Name: "2.0", Aliases: []string{"2"}, Title: "greeting with a socket type, no commands"},
		{Name: "1.0", Aliases: []string{"1"}, Title: "no greeting; also what libzmq sends to a peer of 1.0"},
	},
	Deviations: []codec.Deviation{
		{Name: devLong},
		{Name: devFlags, Value: "0x00 to 0xff"},
		{Name: devSigEnd, Value: "0x00 to 0xff"},
		{Name: devAsServer, Value: "0x00 to 0xff"},
		{Name: devFiller, Value: "up to 31 bytes, hexadecimal"},
		{Name: devBrokenError},
	},
}

// Info implements [codec.Protocol].
func (Protocol) Info() *codec.Info { return &info }

// Open implements [codec.Protocol]. The conversation is a [*Conversation].
// Without a dialect the greetings tell the version.
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	c, err := NewConversation(o)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Parser implements [codec.Protocol]. The texts tell their version, so that a
// dialect changes nothing.
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	if o.Dialect != "" {
		if _, err := info.Dialect(o.Dialect); err != nil {
			return nil, err
		}
	}
	return &Parser{Fresh: o.Fresh}, nil
}

// Probe implements [codec.Protocol].
func (Protocol) Probe(_ codec.Direction, src []byte) codec.Probe { return ProbeBytes(src) }

// ProbeBytes is Probe for any direction.
func ProbeBytes(src []byte) codec.Probe {
	switch {
	case len(src) == 0:
	case src[0] == 0xff && len(src) < SignatureLen:
		return codec.Probe{Score: 1, Why: "may be the beginning of ZMTP's greeting", More: true}
	case src[0] == 0xff && isSignature(src) && padding(src) <= 256:
		switch {
		case len(src) == SignatureLen:
			return codec.Probe{Score: 80, Why: "the signature of ZMTP's greeting, and no more", More: true}
		case src[offMajor] == 0:
		case src[offMajor] < 3:
			return codec.Probe{Score: 90, Why: "the greeting of ZMTP 2.0"}
		case len(src) < offAsServer || mechanism(src[offMechanism:offAsServer]) != MechOther:
			return codec.Probe{Score: 99, Why: "the greeting of ZMTP 3.x", More: shakesHands(src)}
		default:
			return codec.Probe{Score: 75, Why: "the signature and version of ZMTP 3.x, with a mechanism that is not known"}
		}
	case bytes.HasPrefix(src, []byte("\x01\x00\x01\x08eMQP/1.0")):
		return codec.Probe{Score: 85, Why: "frames of ZMTP 3.x, joined in the middle"}
	case src[0] == FlagCommand && len(src) > 2 && commandHere(src[2:], int(src[1])) == yes:
		return codec.Probe{Score: 70, Why: "a command of ZMTP 3.x, joined in the middle", More: onlyReady(src)}
	default:
		// Frames that follow each other are weak evidence: many binary
		// protocols look like that for a while.
		d := Decoder{conv: new(Conversation), max: codec.DefaultMaxFrame}
		if n, ok := d.Sync(src[:min(len(src), 4096)], false); ok && n == 0 {
			return codec.Probe{Score: 20, Why: "reads as frames of ZMTP 3.x"}
		}
	}
	return codec.Probe{}
}

// shakesHands says whether src, which begins with a greeting of 3.x, holds no
// more than the handshake of NULL, so that it cannot be told yet whether the
// messages to come are those of EventMQ.
func shakesHands(src []byte) bool {
	if len(src) < offAsServer {
		return true
	}
	if mechanism(src[offMechanism:offAsServer]) != MechNull {
		return false
	}
	return onlyReady(src[min(len(src), GreetingLenV3):])
}

// onlyReady says whether rest holds no more than a READY, or the beginning of
// one, and perhaps the beginning of a message of EventMQ.
func onlyReady(rest []byte) bool {
	if len(rest) > 2 && rest[0] == FlagCommand {
		const ready = "\x05" + nameReady
		body := rest[2:]
		if !bytes.HasPrefix([]byte(ready), body[:min(len(body), len(ready))]) {
			return false
		}
		rest = body[min(len(body), int(rest[1])):]
	}
	return bytes.HasPrefix([]byte("\x01\x00\x01\x08eMQP/1.0"), rest[:min(len(rest), 12)]) || len(rest) < 3 && rest[0] == FlagCommand
}
