package zmtp

import (
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Limits on one message beside the limit on each of its frames.
const (
	maxParts    = 1 << 16 // frames
	maxMessages = 8       // times the limit on a frame, in bytes
)

// A phase is where one direction of a connection stands.
type phase byte

const (
	phaseStart    phase = iota // nothing was read
	phaseIdentity              // the identity frame of 2.0 or 1.0 comes next
	phaseLost                  // in traffic, but not yet in step
	phaseTraffic               // commands and messages
)

// A Decoder cuts one direction of a ZMTP connection into greetings, commands
// and messages. It implements [codec.Decoder] and [codec.Resumer].
//
// A stream that does not begin with a greeting is taken for traffic of 3.x
// joined in the middle, or for 1.0 when it reads as that only.
type Decoder struct {
	conv  *Conversation
	dir   codec.Direction
	max   int // bytes of one frame's body
	phase phase
	ver   Version // 0 while it is not known
	f     Frame
}

// Decode implements [codec.Decoder]. The frame is a [*Frame].
func (d *Decoder) Decode(src []byte, atEOF bool) (codec.Frame, int, error) {
	f, n, err := d.Next(src, atEOF)
	if f == nil {
		return nil, n, err
	}
	return f, n, err
}

// Next is Decode with the type of the frame kept.
func (d *Decoder) Next(src []byte, atEOF bool) (*Frame, int, error) {
	if len(src) == 0 {
		return nil, 0, codec.ErrShort
	}
	ver, phase := d.ver, d.phase
	if phase == phaseStart || phase == phaseLost {
		if src[0] == 0xff && ver != V1 && d.conv.framing != V1 {
			return d.greeting(src, atEOF)
		}
		if ver == 0 {
			var err error
			if ver, err = d.join(src, atEOF); err != nil {
				return nil, 0, err
			}
			if ver == V1 && phase == phaseStart {
				phase = phaseIdentity
			}
		}
	}
	if phase == phaseIdentity {
		return d.identity(src, atEOF, ver)
	}
	return d.traffic(src, atEOF, ver)
}

// Resume implements [codec.Resumer].
func (d *Decoder) Resume() { d.phase = phaseLost }

// frame makes d's frame one of n bytes at the front of src.
func (d *Decoder) frame(kind Kind, ver Version, src []byte) *Frame {
	d.f.kind, d.f.ver, d.f.raw = kind, ver, src[:len(src):len(src)]
	d.f.mech, d.f.notes, d.f.sub, d.f.cut, d.f.usual = d.conv.mechanism(d.dir), 0, false, false, false
	return &d.f
}

// identity cuts the one frame of an identity.
func (d *Decoder) identity(src []byte, atEOF bool, ver Version) (*Frame, int, error) {
	p, err := readHeader(ver, src, 0, d.max)
	if err == nil && p.end > len(src) {
		err = codec.ErrShort
	}
	if err != nil {
		if errors.Is(err, codec.ErrShort) && atEOF {
			return nil, len(src), codec.Faultf(codec.CodeTruncated, len(src), "identity", "the identity frame is cut: the bytes end here")
		}
		return nil, 0, err
	}
	d.f.parts = append(d.f.parts[:0], p)
	f := d.frame(Identity, ver, src[:p.end])
	d.inTraffic(ver)
	d.conv.identified(d.dir, f)
	return f, p.end, nil
}

// traffic cuts a command or a message.
func (d *Decoder) traffic(src []byte, atEOF bool, ver Version) (*Frame, int, error) {
	d.f.parts = d.f.parts[:0]
	usual := true
	for at := 0; ; {
		if ver == V3 {
			var whole bool
			if at, whole = d.shortFrames(src, at); whole {
				return d.whole(src[:at], ver, usual)
			}
		}
		p, err := readHeader(ver, src, at, d.max)
		if err == nil && at > 0 && ver == V3 && p.flags&FlagCommand != 0 {
			f := d.frame(Message, ver, src[:at])
			d.inTraffic(ver)
			return f, at, codec.Faultf(codec.CodeSyntax, at, "flags", "a command between two frames of one message: the message of %d frames so far has no end", len(d.f.parts))
		}
		if err == nil && p.end > len(src) {
			err = codec.ErrShort
		}
		if err != nil {
			return d.cut(src, atEOF, err, ver)
		}
		d.f.parts = append(d.f.parts, p)
		usual = usual && strict(ver, p)
		at = p.end
		switch {
		case p.flags&FlagMore == 0 || ver == V3 && p.flags&FlagCommand != 0:
			return d.whole(src[:at], ver, usual)
		case len(d.f.parts) >= maxParts:
			return nil, 0, codec.Faultf(codec.CodeLimit, p.head, "message", "a message of more than %d frames", maxParts)
		case at > maxMessages*d.max:
			return nil, 0, codec.Faultf(codec.CodeLimit, p.head, "message", "a message of more than %d bytes is over the limit", maxMessages*d.max)
		}
	}
}

// shortFrames passes the frames of a message of 3.x from src[at:] on that have
// a length of 1 byte: most of what there is. It returns where the next frame
// begins, and whether the last one ends the message.
func (d *Decoder) shortFrames(src []byte, at int) (next int, whole bool) {
	parts := d.f.parts
	if d.max < maxShort {
		return at, false
	}
	for at+1 < len(src) && len(parts) < maxParts-1 {
		flags, body := src[at], at+2
		end := body + int(src[at+1])
		if flags > FlagMore || end > len(src) {
			break
		}
		parts = append(parts, part{flags: flags, head: at, body: body, end: end})
		if at = end; flags == 0 {
			whole = true
			break
		}
	}
	d.f.parts = parts
	return at, whole
}

// whole makes the frame of a whole command or message. usual says that its
// headers are.
func (d *Decoder) whole(src []byte, ver Version, usual bool) (*Frame, int, error) {
	n, p := len(src), d.f.parts[0]
	kind := Message
	if ver == V3 && p.flags&FlagCommand != 0 {
		kind = Command
	}
	f := d.frame(kind, ver, src)
	if kind == Message && len(d.f.parts) == 1 && ver == V3 && (f.mech == MechCurve || f.mech == MechUnknown) && isSealed(f.Body(0)) {
		f.kind = Command
	}
	d.inTraffic(ver)
	side := d.conv.Side(d.dir)
	if f.kind == Command {
		cmd := f.command()
		f.notes = d.conv.commanded(d.dir, cmd)
		if cmd.bad != nil {
			return f, n, cmd.bad.syntaxError(p.body)
		}
		return f, n, nil
	}
	f.usual = usual
	f.sub = side.SocketType == "SUB" || side.SocketType == "XSUB"
	if side.Version != "" && !side.Ready {
		f.notes |= noteEarly
	}
	return f, n, nil
}

// inTraffic says that what comes next is a command or a message.
func (d *Decoder) inTraffic(ver Version) {
	d.phase = phaseTraffic
	if d.ver != ver {
		d.ver = ver
		d.conv.settle()
	}
}

// cut answers for a unit that is not whole: err says why.
func (d *Decoder) cut(src []byte, atEOF bool, err error, ver Version) (*Frame, int, error) {
	parts := d.f.parts
	if !errors.Is(err, codec.ErrShort) || !atEOF {
		return nil, 0, err
	}
	if len(parts) == 0 {
		return d.cutHello(src, ver), len(src), codec.Faultf(codec.CodeTruncated, len(src), "", "the frame is cut: the bytes end here")
	}
	last := len(src) - parts[len(parts)-1].end
	return nil, len(src), codec.Faultf(codec.CodeTruncated, len(src), "", "the message is cut: %d whole frames and %d bytes of one more; a receiver delivers nothing of it", len(parts), last)
}

// cutHello returns a frame when src is the beginning of a PLAIN HELLO, so
// that the password, or what there is of it, can be masked. Else it returns
// nil.
func (d *Decoder) cutHello(src []byte, ver Version) *Frame {
	p, err := readHeader(ver, src, 0, d.max)
	if err != nil || ver != V3 || p.flags&FlagCommand == 0 {
		return nil
	}
	p.end = len(src)
	d.f.parts = append(d.f.parts[:0], p)
	f := d.frame(Command, ver, src)
	if !f.hidesSecret(f.command()) {
		return nil
	}
	f.cut = true
	return f
}
