package emqp

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// New returns what a unit of ZMTP is to EventMQ. The frame keeps z.
func New(z *zmtp.Frame) *Frame {
	f := &Frame{z: z}
	f.read()
	return f
}

// AppendMessage appends the bodies of a message's frames, from the empty one
// on: its envelope with a command and an id, and then the command's parts,
// which are kept.
func AppendMessage(dst [][]byte, command, id string, parts ...[]byte) [][]byte {
	dst = append(dst, nil, []byte(Version), []byte(command), []byte(id))
	return append(dst, parts...)
}

// Hear implements [codec.Hearer].
func (c *conversation) Hear(dir codec.Direction, f codec.Frame) {
	switch f := f.(type) {
	case *Frame:
		c.z.Hear(dir, f.z)
	case *zmtp.Frame:
		c.z.Hear(dir, f)
	}
}

var _ codec.Hearer = (*conversation)(nil)
