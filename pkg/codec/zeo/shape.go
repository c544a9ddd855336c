package zeo

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A shape is what usual messages with the same method and the same kinds of
// arguments have in common: nearly all messages of a connection have one of a
// few. Whether a message has it is told by comparing words, and its text and its
// JSON are ready pieces with values between them.
//
//	80 03 28 | id | 89 X 10 loadBefore C 8 | oid | C 8 | tid | 86 74 2e
//	               └────────────────────── tail ──────────────────────┘
//
// Values are bytes and integers of one byte. The bytes are as long as in the
// message that the shape was learned from, but for those that were not 8: of
// these there may be one value, and it is of any size up to 255. Nobody changes
// a shape, so that frames and their copies may have it together.
type shape struct {
	size  int    // of the tail, without the value of any size
	open  int    // where that begins in the tail; 0 when there is none
	head  uint64 // the first eight bytes of the tail
	words []word // what else is to be compared

	kind     Kind
	usual    usual // without an id; its offsets count in the tail
	sure     codec.Certainty
	expected bool // see Frame.asExpected

	lead       string // of the text, before the id
	text, json pieces
}

// A word is eight bytes of a tail, of which those in the mask count.
type word struct {
	at         int // counted from the end of the tail if below 0
	want, mask uint64
}

// pieces are values with what stands between them.
type pieces struct {
	list []piece
	last piece // what stands behind the last value
}

// A piece is a value with what stands before it.
type piece struct {
	before string
	ops    string // the opcodes there, without those of a value that is no id
	at     int    // of the value in the tail; counted from its end if below 0
	size   int    // of the value; anySize if it has any
	kind   what
	form   form
}

const anySize = -1

// A form is how a value is written.
type form uint8

const (
	literal form = iota // bytes, as an argument of its kind
	digits              // bytes, in hexadecimal
	decimal             // an integer of one byte
)

// fits says whether a tail, of leastTail bytes at least, has the shape.
func (s *shape) fits(tail []byte) bool {
	extra := len(tail) - s.size
	if s.open == 0 && extra != 0 || s.open > 0 && (extra < 0 || int(tail[s.open-1]) != extra) {
		return false
	}
	for i := range s.words {
		w := &s.words[i]
		at := w.at
		if at < 0 {
			at += len(tail)
		}
		if (binary.LittleEndian.Uint64(tail[at:])^w.want)&w.mask != 0 {
			return false
		}
	}
	return true
}

// hole returns the value of any size of a tail.
func (s *shape) hole(tail []byte) []byte { return tail[s.open : s.open+len(tail)-s.size] }

// certain is Certain for a tail: of all values, only that of any size may look
// like a mask.
func (s *shape) certain(tail []byte) codec.Certainty {
	if s.open > 0 {
		if b := s.hole(tail); bytes.IndexByte(b, '{') >= 0 && lex.Braces(b) >= 0 {
			return s.sure &^ codec.Bare
		}
	}
	return s.sure
}

// append appends pieces and the values of a tail.
func (s *shape) append(dst []byte, p *pieces, tail []byte, json bool) []byte {
	for i := range p.list {
		p := &p.list[i]
		dst = append(dst, p.before...)
		at, size := p.at, p.size
		if at < 0 {
			at += len(tail)
		}
		if size == anySize {
			size = len(tail) - s.size
		}
		b := tail[at : at+size]
		switch p.form {
		case digits:
			dst = lex.AppendHex(dst, b)
		case decimal:
			dst = jsonenc.AppendUint(dst, uint64(b[0]))
		default:
			w := itemWriter{json: json}
			dst = w.bytes(dst, b, p.kind)
		}
	}
	return append(dst, p.last.before...)
}

// shapes are those that the messages of one direction had.
type shapes struct {
	dialect *dialect
	list    []*shape
	missed  int // usual messages that had none of them
}

// Limits of what is learned.
const (
	leastTail  = 10   // bytes of the shortest tail: a flag, a name, None and the end
	mostSize   = 256  // bytes of the body of a message that a shape is learned from
	mostShapes = 24   // of one direction
	firstMiss  = 16   // messages before the first shape, as many connections have few
	mostMisses = 1024 // messages without a shape before all are learned anew
)

// find returns the shape of a tail, nil when it is not known.
func (c *shapes) find(d *dialect, tail []byte) *shape {
	if c.dialect != d || len(tail) < leastTail {
		return nil
	}
	head := binary.LittleEndian.Uint64(tail)
	for _, s := range c.list {
		if s.head == head && s.fits(tail) {
			return s
		}
	}
	return nil
}

// missing takes a message that has no shape which is known, and says whether one
// is to be learned from it.
func (c *shapes) missing(f *Frame) bool {
	if c.dialect != f.dialct {
		*c = shapes{dialect: f.dialct}
	}
	c.missed++
	return c.missed >= firstMiss && (len(c.list) < mostShapes || c.missed >= mostMisses) && len(f.body()) <= mostSize
}

// learn learns the shape of a usual message, if it can have one.
func (c *shapes) learn(f *Frame) {
	if open, ok := varied(f.body()[f.usual.args:], f.usual.items()); !ok || open > 1 {
		return
	}
	if len(c.list) == mostShapes {
		c.list = c.list[:0]
	}
	if c.list = append(c.list, newShape(f)); len(c.list) == mostShapes {
		c.missed = firstMiss
	}
}

// varied says whether shapes allow for so many items, and how many of their
// bytes are not 8.
func varied(b []byte, count int) (open int, ok bool) {
	for range count {
		it, n := pickle.NextItem(b)
		switch it.Kind {
		case value.Bytes:
			if len(it.Bytes) > math.MaxUint8 {
				return 0, false
			}
			if len(it.Bytes) != 8 {
				open++
			}
		case value.Int:
			if n != 2 {
				return 0, false
			}
		case value.List:
			inside, ok := varied(it.Bytes, int(it.Num))
			if !ok {
				return 0, false
			}
			open += inside
		case value.Text:
			return 0, false
		}
		b = b[n:]
	}
	return open, true
}
