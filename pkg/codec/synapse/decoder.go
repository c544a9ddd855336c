package synapse

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A half decodes one direction of a conversation.
type half struct {
	c     *Conversation
	dir   codec.Direction
	frame Frame
	mode  framing
	seen  tracker
}

// A framing is how lines are carried.
type framing byte

const (
	notKnown framing = iota
	inLines
	inRedis
)

// withRedis is the set of the dialects that can come over Redis.
const withRedis = every &^ (v113 - 1)

// Decode implements [codec.Decoder]: it cuts the line at the front of src.
//
// A line that breaks the grammar is a frame with a fault, and so is one whose
// LF is missing at the end of the input. A line over the limit on frames is
// no frame; the next one begins after its LF.
func (d *half) Decode(src []byte, atEOF bool) (codec.Frame, int, error) {
	if d.mode == inLines {
		if n := d.usualRow(src); n > 0 {
			return &d.frame, n, nil
		}
		return d.decodeLine(src, atEOF)
	}
	mode := d.mode
	if mode == notKnown && d.c.force()&withRedis == none {
		mode = inLines
	}
	if mode == notKnown {
		is, short := looksRedis(src)
		switch {
		case is:
			mode = inRedis
		case short && !atEOF:
			return nil, 0, codec.ErrShort
		default:
			mode = inLines
		}
	}
	var f codec.Frame
	var n int
	var err error
	if mode == inRedis {
		f, n, err = d.decodeRedis(src, atEOF)
	} else {
		f, n, err = d.decodeLine(src, atEOF)
	}
	if n > 0 {
		d.mode = mode
	}
	return f, n, err
}

// decodeLine cuts a line.
func (d *half) decodeLine(src []byte, atEOF bool) (codec.Frame, int, error) {
	f := &d.frame
	end := bytes.IndexByte(src[:min(len(src), d.c.limit)], '\n')
	if end < 0 {
		switch {
		case len(src) >= d.c.limit:
			return nil, 0, codec.Faultf(codec.CodeLimit, d.c.limit-1, "", "the line is over the limit of %d bytes", d.c.limit)
		case !atEOF:
			return nil, 0, codec.ErrShort
		}
		return d.decodeCut(src)
	}
	if d.c.headers {
		f.begin(src[:end+1], d.dir)
		f.cutName()
		return f, end + 1, nil
	}
	fault := d.c.read(f, src[:end+1], d.dir)
	d.count(f)
	if fault != nil {
		return f, end + 1, fault
	}
	d.seen.see(f)
	return f, end + 1, nil
}

// count counts f, a whole line.
func (d *half) count(f *Frame) {
	d.seen.lines++
	f.both = d.c.halves[0].seen.lines > 0 && d.c.halves[1].seen.lines > 0
}

// decodeCut makes a frame of a line without its LF.
func (d *half) decodeCut(src []byte) (codec.Frame, int, error) {
	d.frame = Frame{reading: reading{unit: src, line: src, lay: -1, dir: d.dir}}
	d.frame.cutName()
	d.seen.lines++
	return &d.frame, len(src), codec.Faultf(codec.CodeTruncated, len(src), "", "the line has no LF: the input ends after %d bytes of it", len(src))
}

// Resume implements [codec.Resumer]: what was half known of the streams is
// not known any more.
func (d *half) Resume() { d.seen.forget() }

// syncStep is how far Sync looks at once. It is fixed, so that the places
// that it takes do not depend on how many bytes are there.
const syncStep = 64 << 10

// Sync implements [codec.Decoder]. A line begins after every LF; at offset 0
// one begins when a known command stands there. Over Redis an array of
// strings is looked for.
func (d *half) Sync(src []byte, atEOF bool) (int, bool) {
	if d.mode == inRedis {
		return syncRedis(src, atEOF)
	}
	if is, short := arrayAt(src); d.mode == notKnown && d.c.force()&withRedis != none && (is || short && len(src) > 0 && !atEOF) {
		return 0, is
	}
	if sure, short := commandAt(src); sure {
		return 0, true
	} else if short && !atEOF {
		return 0, false
	}
	if i := bytes.IndexByte(src[:min(len(src), syncStep)], '\n'); i >= 0 {
		return i + 1, true
	}
	switch {
	case len(src) >= syncStep:
		return syncStep, false
	case atEOF:
		return len(src), false
	}
	return 0, false
}

// commandAt says whether the name of a command and a space or LF stand at the
// front of src, and whether src is too short to tell.
func commandAt(src []byte) (sure, short bool) {
	for i := range commands {
		name := commands[i].name
		n := min(len(name), len(src))
		if string(src[:n]) != name[:n] {
			continue
		}
		if len(src) <= len(name) {
			short = true
			continue
		}
		if c := src[len(name)]; c == ' ' || c == '\n' {
			return true, false
		}
	}
	return false, short
}
