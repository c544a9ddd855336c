package zeo

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/msgpack"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// EncodingOf returns how the peers of a dialect write messages when nothing
// says otherwise.
func EncodingOf(dialect string) Encoding {
	if d := lookup([]byte(dialect)); d != nil {
		return d.encoding
	}
	return dialects[0].encoding
}

// NewHello returns the frame of a protocol id.
func NewHello(id string) *Frame { return newHandshake(KindHello, []byte(id)) }

// NewRuok returns the frame of a client that only wants the statistics.
func NewRuok() *Frame { return newHandshake(KindRuok, []byte("ruok")) }

// NewStatus returns the frame of the answer to ruok, which is JSON.
func NewStatus(json []byte) *Frame { return newHandshake(KindStatus, json) }

func newHandshake(k Kind, body []byte) *Frame {
	return &Frame{raw: withLength(append(make([]byte, lengthSize, lengthSize+len(body)), body...), lengthSize), head: lengthSize, kind: k}
}

// withLength sets the length in front of a body; what is between is a MAC.
func withLength(raw []byte, head int) []byte {
	length := uint32(len(raw) - head)
	if head > lengthSize {
		length |= macBit
	}
	binary.BigEndian.PutUint32(raw, length)
	return raw
}

// Create returns the frame of a message with four values of a tree, which
// have no parent there, as a peer of a dialect writes them in an encoding. The
// frame shares no memory with the tree. The mac of the direction, if it is not
// nil, takes the body in. An error says which value the encoding has no form
// for.
func Create(dialect string, enc Encoding, mac *MAC, t *value.Tree, id, flag, name, args value.ID) (*Frame, error) {
	root := t.Add(value.Tuple, 0, 0)
	for _, v := range []value.ID{id, flag, name, args} {
		t.Append(root, v)
	}
	head := lengthSize
	if mac != nil {
		head += macSize
	}
	raw := make([]byte, head, head+128)
	var err error
	if enc == Msgpack {
		raw, err = msgpack.Append(raw, t, root)
	} else {
		raw, err = pickle.Append(raw, t, root, enc.profile())
	}
	if err != nil {
		return nil, err
	}
	if uint64(len(raw)-head) >= macBit {
		return nil, codec.Faultf(codec.CodeLimit, 0, "length", "the message is too long")
	}
	if mac != nil {
		mac.Append(raw[:lengthSize], raw[head:])
	}
	return &Frame{raw: withLength(raw, head), head: head, dialct: lookup([]byte(dialect)), kind: KindBody, late: newWork(codec.Options{})}, nil
}
