// Package http1 takes HTTP/1.0 and HTTP/1.1 (RFC 9112) out of the two
// directions of a TCP conversation: heads and bodies as they come, numbered
// by exchange. Bytes and gaps go in, [Part]s come out; there is no I/O.
//
// It is made for captures: the conversation may be joined in the middle, have
// gaps and end anywhere. What cannot be understood comes out as a Skip part.
package http1

import (
	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind says what a [Part] is.
type Kind uint8

// The kinds of parts. A message is one Head, its Body and Gap parts, and one
// End.
const (
	HeadPart Kind = iota // a head, whole
	BodyPart             // bytes of the body, without the framing of chunks
	GapPart              // bytes that are missing in the body
	EndPart              // the message is over
	SkipPart             // bytes that belong to no message
	LossPart             // bytes that are missing elsewhere
)

// A Part is a piece of a direction. Data is shared with what was fed and is
// good until the next call.
type Part struct {
	Kind     Kind
	Dir      codec.Direction
	Exchange int    // the pair of request and answer, from 1; of Skip and Loss 0
	Head     *Head  // of the message; nil for Skip and Loss
	Data     []byte // of Body and Skip
	Gap      int64  // of Gap and Loss: how many bytes
	Offset   int64  // of Body and Gap: where in the body; else in the direction
	Why      string // of Skip and Loss, and of an End that came too early
}

// A Head is the head of a message. Where a gap took a part of it the rest
// counts: the method or the status may be missing then.
type Head struct {
	Request *Head // of an answer: the head of what it answers; nil when not known

	Method string // of a request
	Target string // of a request: the path and query, as sent
	Status int    // of an answer; 0 when it is not known
	Reason string // of an answer
	Proto  string // "HTTP/1.1"

	Fields    []Field
	MediaType string // of the body: lower case, without parameters
	Encoding  string // of the body: Content-Encoding in lower case; the body comes as sent
	Length    int64  // from Content-Length, -1 when not given
	Chunked   bool

	cut bool // by a gap
}

// A Field is a header field.
type Field struct{ Name, Value string }

// MaxHead is the longest head that is taken for one.
const MaxHead = 64 << 10

// A Conversation parses the two directions of one connection. It is for one
// goroutine.
type Conversation struct {
	up, down side
	parts    []Part

	exchanges int     // numbers given
	waiting   []*Head // requests without answer, in order
	numbers   []int   // of waiting
	early     []early // answers that came before their requests
	doubt     bool    // a request may be missing in the capture
	tunnel    bool    // the connection switched to something else
}

// early is an answer whose request is still to come.
type early struct{ number int }

// New returns a Conversation. joined says that it does not begin with the
// first bytes of the connection.
func New(joined bool) *Conversation {
	c := &Conversation{doubt: joined}
	c.up = side{c: c, dir: codec.ToServer}
	c.down = side{c: c, dir: codec.ToClient}
	if joined {
		c.up.lose("joined in the middle")
		c.down.lose("joined in the middle")
		c.up.midHead, c.down.midHead = true, true
	}
	return c
}

func (c *Conversation) side(d codec.Direction) *side {
	if d == codec.ToClient {
		return &c.down
	}
	return &c.up
}

// Feed takes the next bytes of a direction and returns the parts that they
// complete, which are good until the next call.
func (c *Conversation) Feed(d codec.Direction, data []byte) []Part {
	c.parts = c.parts[:0]
	c.side(d).feed(data)
	return c.parts
}

// Gap says that n bytes of a direction are missing.
func (c *Conversation) Gap(d codec.Direction, n int64) []Part {
	c.parts = c.parts[:0]
	c.side(d).gap(n)
	if d == codec.ToServer {
		c.doubt = true
	}
	return c.parts
}

// End says that no more bytes come in a direction.
func (c *Conversation) End(d codec.Direction) []Part {
	c.parts = c.parts[:0]
	c.side(d).end()
	return c.parts
}

// request gives a request its number.
func (c *Conversation) request(h *Head) int {
	if len(c.early) > 0 {
		n := c.early[0].number
		c.early = c.early[1:]
		return n
	}
	c.exchanges++
	c.waiting = append(c.waiting, h)
	c.numbers = append(c.numbers, c.exchanges)
	return c.exchanges
}

// answer gives an answer its number and its request. An answer before its
// request, in a capture that lacks none, is one whose packets came late;
// otherwise the request was not captured.
func (c *Conversation) answer(h *Head) int {
	if len(c.waiting) > 0 {
		h.Request = c.waiting[0]
		n := c.numbers[0]
		if h.final() {
			c.waiting, c.numbers = c.waiting[1:], c.numbers[1:]
		}
		return n
	}
	if !h.final() {
		return c.exchanges + 1
	}
	c.exchanges++
	if !c.doubt {
		c.early = append(c.early, early{c.exchanges})
	}
	return c.exchanges
}

// final reports whether an answer is the last one to its request.
func (h *Head) final() bool { return h.Status >= 200 || h.Status == 101 || h.Status == 0 }
