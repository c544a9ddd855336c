package hg

import (
	"encoding/binary"
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// confirmations is how many frames in a row must look right before bytes in
// the middle of nowhere are taken for frames.
const confirmations = 3

// A Decoder cuts frames from one direction. It hands out the same Frame each
// time.
//
// Any eight octets are a header, so a wrong place in the stream shows only by
// what it claims. A header that claims what no released program sends (a type
// without a name, reserved stream flags, more than 65535 octets) is therefore
// believed only when what follows the frame holds together.
type Decoder struct {
	limit int
	most  int // the longest payload of what Decode takes by itself, or -1
	c     *conversation
	f     Frame

	// rest tells for a request how many octets of an argument's value are
	// still to come.
	rest map[uint16]int

	in  inbound // of the final dialect
	ssh bool    // the direction is text of SSH, without frames
	any bool    // bytes have been decoded
}

// Decode implements [codec.Decoder].
func (d *Decoder) Decode(src []byte, atEOF bool) (codec.Frame, int, error) {
	if len(src) < HeaderLen {
		return d.decode(src, atEOF)
	}
	// Most frames are of the seed dialect and have a header that a released
	// program sends.
	h := binary.LittleEndian.Uint64(src)
	size := int(h & 0xffffff)
	n := HeaderLen + size
	t := &seed.types[h>>60]
	if size > d.most || n > len(src) || h>>48&0xff&^streamFlagsMask != 0 || t.name == "" {
		return d.decode(src, atEOF)
	}
	f := &d.f
	f.RequestID, f.StreamID, f.StreamFlags = uint16(h>>24), uint8(h>>40), uint8(h>>48)
	f.TypeID, f.Flags = uint8(h>>60), uint8(h>>56)&0xf
	f.Payload = src[HeaderLen:n:n]
	f.Rest = t.form == formArgument && d.argument()
	return f, n, nil
}

// quicken settles what Decode takes by itself.
func (c *conversation) quicken() {
	for i := range c.dirs {
		d := &c.dirs[i]
		if d.most = -1; d.any && c.plain {
			d.most = min(d.limit, unnegotiatedPayloadMaximum)
			d.f.dialect, d.f.content = seed, nil
		}
	}
}

// decode is Decode for all frames.
func (d *Decoder) decode(src []byte, atEOF bool) (codec.Frame, int, error) {
	if d.isText(src) {
		return d.text(src, atEOF)
	}
	if len(src) < HeaderLen {
		return nil, 0, codec.ErrShort
	}
	n := HeaderLen + d.parseHeader(src)
	if n-HeaderLen > d.limit {
		return nil, 0, codec.Faultf(codec.CodeLimit, 0, "length", "a payload of %d bytes is over the limit of %d", n-HeaderLen, d.limit)
	}
	if len(src) < n {
		if !d.any { // what the other side says may yet make this something else
			n = 0
		}
		return nil, n, codec.ErrShort
	}
	if !d.plausible(&d.f, n-HeaderLen) {
		switch d.follow(src[n:], atEOF) {
		case short:
			return nil, 0, codec.ErrShort
		case broken:
			return nil, 0, codec.Faultf(codec.CodeSyntax, 7, "type, flags", "no frame: type %d, stream flags %#x and a length of %d, and what follows is no frame either", d.f.TypeID, d.f.StreamFlags, n-HeaderLen)
		}
	}
	d.any = true
	d.f.Payload = src[HeaderLen:n:n]
	d.c.settle(&d.f)
	d.c.plain = d.c.settled && d.c.dialect == seed && !d.ssh && !d.c.ssh && !d.c.compat && !d.c.account
	d.c.quicken()
	d.f.dialect, d.f.content = d.c.dialect, nil
	if d.f.dialect == final {
		d.in.take(&d.f)
	}
	if d.c.account {
		d.c.calls.note(&d.f)
	}
	d.f.Rest = d.f.info().form == formArgument && d.argument()
	return &d.f, n, nil
}

// parseHeader reads the header at the front of src into d.f and returns the
// length of the payload.
func (d *Decoder) parseHeader(src []byte) int {
	n := d.f.parseHeader(src)
	if d.c.compat {
		n = compatLength(n)
	}
	return n
}

// argument keeps count of values that go over several frames, and says
// whether the frame goes on with one.
func (d *Decoder) argument() bool {
	id, p := d.f.RequestID, d.f.Payload
	more := d.f.Flags&CommandArgumentContinue != 0
	if left, ok := d.rest[id]; ok {
		if left -= len(p); more && left > 0 {
			d.rest[id] = left
		} else {
			delete(d.rest, id)
		}
		return true
	}
	if !more {
		return false
	}
	if a, err := ParseArgument(p); err == nil && len(a.Value) < a.Length {
		if d.rest == nil {
			d.rest = make(map[uint16]int)
		}
		d.rest[id] = a.Length - len(a.Value)
	}
	return false
}

// Resume implements [codec.Resumer].
func (d *Decoder) Resume() {
	d.any = true
	clear(d.rest)
	d.in.resume()
}

// plausible says whether a released program may have sent the header.
func (d *Decoder) plausible(f *Frame, length int) bool {
	named, _ := d.c.typeInfo(f.TypeID)
	return named && length <= unnegotiatedPayloadMaximum && f.StreamFlags&^streamFlagsMask == 0
}

// A verdict is the answer to whether bytes look like frames.
type verdict uint8

const (
	holds  verdict = iota
	broken         // they are something else
	short          // more bytes are needed to tell
)

// follow says whether src looks like frames that follow another one: the
// first header is plausible, or the frames are at least in place for a while.
func (d *Decoder) follow(src []byte, atEOF bool) verdict {
	var f Frame
	for range confirmations {
		if len(src) < HeaderLen {
			if atEOF {
				return holds
			}
			return short
		}
		n := f.parseHeader(src)
		switch {
		case d.plausible(&f, n):
			return holds
		case n > d.limit || atEOF && len(src)-HeaderLen < n:
			return broken
		case len(src)-HeaderLen < n:
			return short
		}
		src = src[HeaderLen+n:]
	}
	return holds
}

// Sync implements [codec.Decoder].
func (d *Decoder) Sync(src []byte, atEOF bool) (int, bool) {
	if d.ssh && len(src) > 0 {
		return 0, true
	}
	for i := range src {
		switch d.place(src[i:], atEOF) {
		case holds:
			return i, true
		case short:
			return i, false
		}
	}
	return len(src), false
}

// place says whether frames begin at the front of src: several that look
// right in every bit, or fewer that end exactly where the input does.
func (d *Decoder) place(src []byte, atEOF bool) verdict {
	var f Frame
	for i := range confirmations {
		if len(src) == 0 && atEOF && i > 0 {
			return holds
		}
		if len(src) < HeaderLen {
			return cut(i, atEOF)
		}
		n := f.parseHeader(src)
		if _, mask := d.c.typeInfo(f.TypeID); !d.plausible(&f, n) || f.Flags&^mask != 0 {
			return broken
		}
		if len(src)-HeaderLen < n {
			return cut(i, atEOF)
		}
		src = src[HeaderLen+n:]
	}
	return holds
}

// cut is the verdict on whole frames that are followed by part of one.
func cut(whole int, atEOF bool) verdict {
	switch {
	case !atEOF:
		return short
	case whole >= confirmations-1:
		return holds
	}
	return broken
}

// A conversation is the state that the two decoders share.
type conversation struct {
	dialect   *Dialect
	why       string
	settled   bool // the dialect is not to be found out
	undecided int  // frames that could be of either
	plain     bool // nothing but frames of the seed dialect is to come, and no account is kept
	compat    bool
	ssh       bool // text of SSH was seen
	account   bool // keep calls
	calls     calls
	dirs      [2]Decoder
}

// Decoder implements [codec.Conversation].
func (c *conversation) Decoder(dir codec.Direction) codec.Decoder {
	if dir == codec.ToClient {
		return &c.dirs[1]
	}
	return &c.dirs[0]
}

// Dialect implements [codec.Conversation].
func (c *conversation) Dialect() (name, why string) { return c.dialect.Name, c.why }

// compatLength returns the length that the reference reads where n is right:
// it weighs the third octet with 16384 instead of 65536.
func compatLength(n int) int { return n&0xffff + n>>16*16384 }

// ErrPayloadTooLong is the error of creators when something does not fit.
var ErrPayloadTooLong = errors.New("cannot encode data in a single frame")
