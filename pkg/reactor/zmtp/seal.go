package zmtp

import (
	"bytes"
	"encoding/binary"
	"time"

	"golang.org/x/crypto/nacl/box"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// Flags inside a MESSAGE of CURVE: before them stands the nonce of 8 bytes,
// behind them the body of one frame.
const (
	sealedMore    = 1
	sealedCommand = 2
)

// Sizes of messages.
const (
	sealedLen         = 8 + box.Overhead + 1 // and more
	maxParts          = 1 << 16              // frames, as in the codec
	defaultMaxMessage = 8 * codec.DefaultMaxFrame
)

// seal returns the MESSAGE of one frame.
func (s *Session) seal(flags byte, body []byte) codec.Frame {
	k := s.curve
	data := k.number(make([]byte, 0, 8+box.Overhead+1+len(body)))
	text := append(append(make([]byte, 0, 1+len(body)), flags), body...)
	data = box.SealAfterPrecomputation(data, text, longNonce(s.purpose(s.c.Server), data), &k.shared)
	return zmtp.NewCommand(Curve, "MESSAGE", data)
}

// purpose returns what the nonces of a side begin with.
func (s *Session) purpose(server bool) string {
	if server {
		return "CurveZMQMESSAGES"
	}
	return "CurveZMQMESSAGEC"
}

// unseal takes a MESSAGE: a command, or a frame of a message.
func (s *Session) unseal(now time.Time, name string, data []byte) Output {
	k := s.curve
	if name != "MESSAGE" || len(data) < sealedLen {
		return s.end("%s of %d bytes came, and a sealed MESSAGE was to come", name, len(data))
	}
	nonce := binary.BigEndian.Uint64(data)
	if nonce <= k.seen {
		return s.end("a MESSAGE with the nonce %d after one with %d", nonce, k.seen)
	}
	text, ok := box.OpenAfterPrecomputation(nil, data[8:], longNonce(s.purpose(!s.c.Server), data[:8]), &k.shared)
	if !ok {
		return s.end("a MESSAGE that is not sealed for this connection")
	}
	k.seen = nonce
	flags, body := text[0], text[1:]
	if flags&sealedCommand != 0 {
		if len(k.parts) > 0 {
			return s.end("a command between the frames of a message")
		}
		return s.traffic(now, body)
	}
	k.parts, k.size = append(k.parts, body), k.size+len(body)
	if len(k.parts) > maxParts || k.size > s.c.MaxMessage {
		return s.end("a message of more than %d frames or %d bytes", maxParts, s.c.MaxMessage)
	}
	if flags&sealedMore != 0 {
		return Output{}
	}
	out := Output{Message: k.parts}
	k.parts, k.size = nil, 0
	return out
}

// traffic takes a command, in the clear, after the handshake.
func (s *Session) traffic(now time.Time, body []byte) Output {
	name, data, err := zmtp.ReadCommand(s.c.Mechanism, body)
	if err != nil {
		return s.end("%s", err)
	}
	switch name {
	case "PING":
		s.ttl = time.Duration(binary.BigEndian.Uint16(data)) * 100 * time.Millisecond
		context := data[2:min(len(data), 2+maxContext)]
		return Output{Frames: []codec.Frame{s.Command("PONG", context)}}
	case "SUBSCRIBE", "CANCEL":
		return Output{Subscribe: &Subscription{Topic: bytes.Clone(data), Cancel: name == "CANCEL"}}
	}
	return Output{} // a PONG, and what is not known
}

// maxContext is how much of a PING is given back.
const maxContext = 16
