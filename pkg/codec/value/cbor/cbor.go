// Package cbor reads and writes CBOR (RFC 8949) the way that Mercurial's
// frames need it: byte for byte.
//
// A [Tree] keeps where every item stands and how it was written, so that odd
// encodings can be shown as what they are. A [Scanner] finds the ends of
// items that come in pieces. A [Value] is what Mercurial's writer can write;
// [ParseLiteral] reads one from a Python literal and [AppendLiteral] prints
// CBOR as one.
//
// An item begins with a head of one to nine bytes:
//
//	bits 7-5  major type     0 unsigned   1 negative   2 bytes   3 text
//	                         4 array      5 map        6 tag     7 other
//	bits 4-0  0..23          the argument itself
//	          24 25 26 27    the argument follows: 1, 2, 4 or 8 bytes
//	          28 29 30       reserved
//	          31             indefinite length (majors 2 to 5), or the break
//	                         that ends such an item (ff)
//
// No function here trusts a length: memory grows with the bytes that are
// there. Nothing recurses deeper than [Limits] says.
package cbor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind is what an item is.
type Kind uint8

// The kinds of items. Break stands only at the end of an item of indefinite
// length.
const (
	Unsigned Kind = iota // major 0: Arg
	Negative             // major 1: -1 - Arg
	Bytes                // major 2
	Text                 // major 3
	Array                // major 4
	Map                  // major 5
	Tag                  // major 6: tag number Arg, one item follows
	Simple               // major 7: simple value Arg; 20 to 23 have names
	Float                // major 7: Arg has the bits, 16, 32 or 64 of them
	Break                // ff
)

var kindNames = [...]string{"unsigned", "negative", "bytes", "text", "array", "map", "tag", "simple", "float", "break"}

// String returns the name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Numbers of RFC 8949.
const (
	False     = 20
	True      = 21
	Null      = 22
	Undefined = 23

	TagSet = 258 // a set, as an array (IANA registry of tags)
)

// Limits bound what is read. The zero value means the defaults.
type Limits struct {
	Depth int // how deep items nest; 0 means codec.DefaultMaxNesting
	Nodes int // how many items a tree has; 0 means DefaultMaxNodes
}

// DefaultMaxNodes is the number of items that a [Tree] may have.
const DefaultMaxNodes = 1 << 20

func (l Limits) depth() int {
	if l.Depth > 0 {
		return min(l.Depth, 1<<15)
	}
	return codec.DefaultMaxNesting
}

func (l Limits) nodes() int {
	if l.Nodes > 0 {
		return l.Nodes
	}
	return DefaultMaxNodes
}

// A head is the first part of an item.
type head struct {
	kind  Kind
	size  uint8 // of the head, in bytes
	indef bool
	wide  bool // longer than its argument needs
	arg   uint64
}

var errReserved = errors.New("reserved length code")

// readHead reads the head at the front of p. It returns codec.ErrShort when
// p ends in it.
func readHead(p []byte) (head, error) {
	if len(p) == 0 {
		return head{}, codec.ErrShort
	}
	h := head{kind: Kind(p[0] >> 5), size: 1}
	switch info := p[0] & 31; {
	case info < 24:
		h.arg = uint64(info)
	case info == 31:
		h.indef = true
		if h.kind < Bytes || h.kind == Tag {
			return h, fmt.Errorf("%w 31 for %v: byte 0x%02x", errReserved, h.kind, p[0])
		}
	case info > 27:
		return h, fmt.Errorf("%w %d: byte 0x%02x", errReserved, info, p[0])
	default:
		n := 1 << (info - 24)
		if len(p) < 1+n {
			return h, codec.ErrShort
		}
		h.size += uint8(n)
		h.arg = bigEndian(p[1 : 1+n])
		h.wide = h.size > headSize(h.arg)
	}
	if h.kind == 7 {
		return other(h, p[0])
	}
	return h, nil
}

// other sorts what major type 7 holds.
func other(h head, first byte) (head, error) {
	switch {
	case h.indef:
		h.kind, h.indef = Break, false
	case h.size > 2:
		h.kind = Float
		h.wide = floatSize(h.arg, h.size) < h.size
	default:
		h.kind, h.wide = Simple, false
		if first == 0xf8 && h.arg < 32 {
			return h, fmt.Errorf("simple value %d in two bytes", h.arg)
		}
	}
	return h, nil
}

func bigEndian(p []byte) uint64 {
	switch len(p) {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(p))
	case 4:
		return uint64(binary.BigEndian.Uint32(p))
	}
	return binary.BigEndian.Uint64(p)
}

// headSize returns the length of the shortest head for an argument.
func headSize(arg uint64) uint8 {
	switch n := bits.Len64(arg); {
	case arg < 24:
		return 1
	case n <= 8:
		return 2
	case n <= 16:
		return 3
	case n <= 32:
		return 5
	}
	return 9
}

// appendHead appends the shortest head.
func appendHead(dst []byte, major byte, arg uint64) []byte {
	major <<= 5
	switch headSize(arg) {
	case 1:
		return append(dst, major|byte(arg))
	case 2:
		return append(dst, major|24, byte(arg))
	case 3:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(arg))
	case 5:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), arg)
}
