package zeo

import (
	"encoding/binary"
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// conversation implements codec.Conversation.
type conversation struct {
	session  session
	toServer decoder
	toClient decoder
}

func newConversation(o codec.Options, asked *dialect) *conversation {
	c := &conversation{session: session{asked: asked}}
	c.toServer = newDecoder(o, &c.session, codec.ToServer)
	c.toClient = newDecoder(o, &c.session, codec.ToClient)
	return c
}

func newDecoder(o codec.Options, s *session, dir codec.Direction) decoder {
	return decoder{
		s: s, dir: dir, limit: o.FrameLimit(), headers: o.Headers,
		usual: o.NestingLimit() >= leastNesting, work: newWork(o),
	}
}

func (c *conversation) Decoder(d codec.Direction) codec.Decoder {
	if d == codec.ToClient {
		return &c.toClient
	}
	return &c.toServer
}

func (c *conversation) Dialect() (name, why string) {
	d, why := c.session.dialect()
	if d == nil {
		return "", why
	}
	return d.Name, why
}

// Hear implements codec.Hearer: the protocol ids count.
func (c *conversation) Hear(dir codec.Direction, f codec.Frame) {
	if f, ok := f.(*Frame); ok && f.kind == KindHello {
		c.session.hello(dir, f.body())
	}
}

// A decoder cuts the messages of one direction.
type decoder struct {
	s     *session
	dir   codec.Direction
	limit int
	work  *work
	quick *work // for Sync
	frame Frame

	shapes shapes

	headers bool // bodies are not decoded until somebody asks
	usual   bool // messages may be read as usual ones

	begun  bool // the first message has been seen
	joined bool // what came first is not known
	calls  bool // a message after the handshake has been seen
}

func (d *decoder) Resume() { d.joined = true }

// Decode implements codec.Decoder.
func (d *decoder) Decode(src []byte, _ bool) (codec.Frame, int, error) {
	now, _ := d.s.dialect()
	if f := &d.frame; (d.headers || f.usual.known) && f.late == d.work && f.dialct == now && f.head == lengthSize && len(src) >= lengthSize {
		// Nobody has asked for the values of the frame before, and this one is
		// to be like it, or is likely to.
		if size := int64(binary.BigEndian.Uint32(src)); size < macBit && size <= int64(d.limit) && size <= int64(len(src)-lengthSize) {
			n := lengthSize + int(size)
			f.raw = src[:n:n]
			if d.headers || d.see(f) {
				return f, n, nil
			}
		}
	}
	h, n, err := Cut(src, d.s.macs(), d.limit)
	if err != nil {
		return nil, 0, err
	}
	f := &d.frame
	*f = Frame{raw: src[:n:n], head: h.Size(), dialct: now}
	if k, ok := d.handshake(f); ok {
		f.kind = k
		d.begun = true
		d.s.hello(d.dir, f.body())
		return f, n, nil
	}
	d.begun = true
	if d.headers {
		d.calls = true
		f.late = d.work
		return f, n, nil
	}
	if d.usual && now != nil && f.head == lengthSize && d.see(f) {
		return f, n, nil
	}
	f.load(d.work)
	if f.fault != nil {
		e := *f.fault
		e.Offset += int64(f.head)
		return f, n, &e
	}
	d.calls = true
	d.s.guess(f)
	f.dialct, _ = d.s.dialect()
	return f, n, nil
}

// see says whether the frame is a usual message.
func (d *decoder) see(f *Frame) bool {
	if !f.see(&d.shapes) {
		return false
	}
	if f.shape == nil && d.shapes.missing(f) {
		d.shapes.learn(f)
	}
	d.calls = true
	f.late = d.work
	return true
}

// handshake says whether f is part of a handshake, and which. It is the first
// message of a direction, and the server's answer to ruok.
func (d *decoder) handshake(f *Frame) (Kind, bool) {
	body := f.body()
	switch {
	case d.calls || f.head != lengthSize:
		return 0, false
	case d.dir == codec.ToClient && len(body) > 1 && body[0] == '{' && (body[1] == '"' || body[1] == '}'):
		return KindStatus, true
	case d.begun:
		return 0, false
	case d.dir == codec.ToServer && string(body) == "ruok":
		return KindRuok, true
	case isID(body):
		return KindHello, true
	}
	// Anything may stand in the place of an id. It is none when the beginning
	// is not known or cannot be here, or when it is a message.
	if d.joined || d.s.asked != nil || looksLikeMessage(body) {
		return 0, false
	}
	return KindHello, true
}

// isID says whether b looks like a protocol id: a letter and a number.
func isID(b []byte) bool {
	if len(b) < 2 || len(b) > 8 || !isCapital(b[0]) {
		return false
	}
	for _, c := range b[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// looksLikeMessage says whether b begins and ends as the messages of real
// peers do.
func looksLikeMessage(b []byte) bool {
	if len(b) < 5 {
		return false
	}
	switch b[0] {
	case 0x80, '(':
		return b[len(b)-1] == '.'
	case 0x94:
		return true
	}
	return false
}

// syncSteps is how many opcodes or values Sync reads of a message. It bounds
// the time that hostile bytes, which look like a message everywhere, can take.
const syncSteps = 1024

// Sync implements codec.Decoder. A place to begin is a message that decodes
// whole to four values of which the third is a string, or a protocol id when
// nothing else has come.
func (d *decoder) Sync(src []byte, atEOF bool) (int, bool) {
	if d.quick == nil {
		d.quick = newWork(codec.Options{MaxNesting: d.work.msgpack.MaxNesting})
		d.quick.pickle.Limits.Steps = syncSteps
		d.quick.msgpack.MaxNodes = syncSteps
	}
	now, _ := d.s.dialect()
	macs := d.s.macs()
	var f Frame
	for i := range src {
		rest := src[i:]
		if len(rest) <= lengthSize {
			if atEOF {
				continue
			}
			return i, false
		}
		if rest[0]&^0x80 > byte(d.limit>>24) { // most places fail here
			continue
		}
		h, n, err := Cut(rest, macs, d.limit)
		if errors.Is(err, codec.ErrShort) {
			if atEOF || h.Length < 2 || len(rest) > h.Size() && !mayBegin(rest[h.Size()]) && !isCapital(rest[h.Size()]) {
				continue
			}
			return i, false
		}
		if err != nil || h.Length < 2 {
			continue
		}
		f = Frame{raw: rest[:n], head: h.Size(), dialct: now}
		if !d.calls && !h.MAC && isID(f.body()) {
			return i, true
		}
		if !looksLikeMessage(f.body()) {
			continue
		}
		f.load(d.quick)
		if f.fault == nil && f.kind != KindMessage {
			return i, true
		}
	}
	return len(src), false
}

// mayBegin says whether the messages of real peers may begin with b.
func mayBegin(b byte) bool { return b == 0x80 || b == '(' || b == 0x94 }

func isCapital(b byte) bool { return b >= 'A' && b <= 'Z' }
