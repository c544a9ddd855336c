package zmtp

import (
	"bytes"
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// syncFrames is how many frames in a row, at least half of them with a body,
// make a place to go on, when nothing in them is recognised.
const syncFrames = 4

// Sync implements [codec.Decoder]. A place is in step when one of these
// stands there: a greeting of 3.x with a mechanism that is known; a command
// that is known; the beginning of an eMQP message; four frames in a row, or
// frames up to the end of the input. No reserved flags and no lengths that are
// longer than needed are let pass.
func (d *Decoder) Sync(src []byte, atEOF bool) (n int, ok bool) {
	ver := d.ver
	if ver == 0 {
		ver = V3
		if d.conv.framing != 0 {
			ver = d.conv.framing
		}
	}
	for n = range src {
		switch d.inStep(ver, src[n:], atEOF, syncFrames) {
		case yes:
			return n, true
		case short:
			if !atEOF {
				return n, false
			}
		}
	}
	return len(src), false
}

// inStep judges the place at the front of src: so many frames in a row make
// it one to go on.
func (d *Decoder) inStep(ver Version, src []byte, atEOF bool, frames int) verdict {
	if ver == V3 && src[0] == 0xff {
		return greetingHere(src)
	}
	full, more := 0, false
	for i, at := 0, 0; i < frames; i++ {
		if at == len(src) && atEOF && i > 0 && 2*full >= i {
			return yes
		}
		p, err := readHeader(ver, src, at, d.max)
		switch {
		case errors.Is(err, codec.ErrShort):
			return short
		case err != nil || !strict(ver, p):
			return no
		}
		if ver == V3 && p.flags&FlagCommand != 0 {
			if more {
				return no
			}
			// A command is as good as its name, which is at the front.
			if v := commandHere(src[p.body:min(p.end, len(src))], p.end-p.body); v != yes || i == 0 {
				return v
			}
		}
		if p.end > len(src) {
			return short
		}
		if body := src[p.body:p.end]; len(body) > 0 {
			full++
			if i == 1 && bytes.Equal(body, eMQP) && src[0] == FlagMore && src[1] == 0 {
				return yes
			}
		}
		at, more = p.end, p.flags&FlagMore != 0
	}
	if 2*full >= frames {
		return yes
	}
	return no
}

// A verdict answers whether bytes may be something.
type verdict byte

const (
	no verdict = iota
	yes
	short // more bytes are needed to tell
)

// eMQP is the second frame of EventMQ's messages, after an empty one.
var eMQP = []byte("eMQP/1.0")

// strict says whether a header is one that a sender must write.
func strict(ver Version, p part) bool {
	n := p.end - p.body
	more, command := p.flags&FlagMore != 0, ver == V3 && p.flags&FlagCommand != 0
	return p.flags == plainFlags(ver, n, more, command) && p.long() == needsLong(ver, n) && (!more || !command)
}

// greetingHere judges whether src begins with a greeting of 3.x.
func greetingHere(src []byte) verdict {
	if len(src) < SignatureLen {
		return short
	}
	if !isSignature(src) || padding(src) > 256 {
		return no
	}
	if len(src) < offAsServer {
		return short
	}
	if src[offMajor] < 3 || mechanism(src[offMechanism:offAsServer]) == MechOther {
		return no
	}
	return yes
}

// commandHere judges whether the body of n bytes, of which src is what has
// arrived, is that of a command that is known.
func commandHere(src []byte, n int) verdict {
	if n < 2 {
		return no
	}
	if len(src) == 0 {
		return short
	}
	size := int(src[0])
	if size+1 > n {
		return no
	}
	name := src[1:min(1+size, len(src))]
	for _, known := range commandNames {
		if len(known) != size || !bytes.HasPrefix([]byte(known), name) {
			continue
		}
		if len(name) == size {
			return yes
		}
		return short
	}
	return no
}
