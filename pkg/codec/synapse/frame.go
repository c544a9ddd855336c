package synapse

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// maxLine is the longest line, without its LF, that the program takes
// (LineOnlyReceiver.MAX_LENGTH of Twisted).
const maxLine = 16384

// maxParts is the largest number of parts that a payload has.
const maxParts = 6

// A span is a range of offsets in a line.
type span struct{ start, end int }

// A Frame is one line: a command's name, a space, its payload, and a LF; or
// what carries a line over Redis, see [redisHead].
//
// A Frame from a Decoder shares the Decoder's memory until Clone.
type Frame struct {
	reading

	seen bool    // the row was looked at since the line was read
	view rowView // then: what it is
}

// A reading is what is found out about a line when it is read.
type reading struct {
	unit  []byte    // all of it
	line  []byte    // of that, the line without its LF
	head  int       // bytes before the line: none but over Redis
	tail  int       // bytes after the line: its LF; none when the input ends before it
	redis redisHead // when there is a head
	cmd   int       // index in commands, or one of the negative constants
	lay   int       // the index of the layout that fits, -1 when none does
	name  int       // length of the name
	rest  int       // where the payload begins
	dir   codec.Direction
	both  bool // lines of the other direction were seen, so that dir is sure

	pieces  pieces // how the layout has it, if there is one
	in      set    // the dialects that take the line
	as      set    // the dialect that it was read as, of one; none when not known
	oneLine bool   // of a line with a layout: it has no control characters
	usual   bool   // usualRow has read it: it has no braces as well

	track track // what the stream's earlier lines say about it
}

// Pieces are a payload as a layout has it.
type pieces struct {
	parts  [maxParts]span  // as many as the layout has
	plain  uint8           // a bit for each of them that plainInt takes
	values [maxParts]int64 // of those
	array  jsonv.Columns   // of the last part, if listed
	listed bool
}

// A track is what a line is in the sequence of its stream's lines.
type track struct {
	key       string  // of the stream, and the instance that writes it
	head      string  // of a usual row: its JSON up to the token
	of        *stream // it; nil when no version has it, or it is not followed
	tokened   bool    // it has a token of the stream
	row       int     // in a batch: this is its row, from 1
	rows      int     // on a batch's last row: how many there are
	lines     int     // and how many lines ago the first one came
	left      int     // on a POSITION: rows of a batch that was never closed
	last      int64   // the stream's last token, for the two below
	regressed bool    // the token is below last
	gap       bool    // rows after last are missing
}

// begin makes f a line with its LF of which nothing is known yet.
func (f *Frame) begin(line []byte, dir codec.Direction) {
	f.hold(line, 0, 1)
	f.dir, f.both = dir, false
	f.lay, f.in, f.as = -1, none, none // the command is cutName's; pieces and redis count only with them
	f.track, f.seen, f.usual = track{}, false, false
}

// hold gives f its bytes, of which some stand before the line and some after it.
func (f *Frame) hold(unit []byte, head, tail int) {
	f.unit, f.line, f.head, f.tail = unit, unit[head:len(unit)-tail], head, tail
}

// body returns the line without its LF.
func (f *Frame) body() []byte { return f.line }

// part returns the bytes of a part.
func (f *Frame) part(i int) []byte { return f.body()[f.pieces.parts[i].start:f.pieces.parts[i].end] }

// plainInt says whether a part is an integer that plainInt takes.
func (f *Frame) plainInt(i int) bool { return f.pieces.plain&(1<<i) != 0 }

// stream returns the stream of an RDATA or POSITION, nil when no version has it.
func (f *Frame) stream() *stream {
	if f.track.of != nil {
		return f.track.of
	}
	return findStream(f.part(0))
}

// number returns the integer that a part is, if it is one that fits.
func (f *Frame) number(i int) (int64, bool) {
	if f.plainInt(i) {
		return f.pieces.values[i], true
	}
	n, _, ok := parseInt(f.part(i))
	return n.small, ok && n.fits
}

// layout returns the layout that fits, nil when none does.
func (f *Frame) layout() *layout {
	if f.cmd < 0 || f.lay < 0 {
		return nil
	}
	return &commands[f.cmd].layouts[f.lay]
}

// AppendBinary implements [codec.Frame]. It never fails.
func (f *Frame) AppendBinary(dst []byte) ([]byte, error) { return append(dst, f.unit...), nil }

// Type implements [codec.Frame]: the command's name, also of a command that
// no version has when it looks like one; "blank" for a line of blanks,
// "redis" for what Redis carries beside lines, and "unknown" for any other.
func (f *Frame) Type() string {
	switch {
	case f.cmd >= 0:
		return commands[f.cmd].name
	case f.cmd == cmdBlank:
		return "blank"
	case f.cmd == cmdRedis:
		return "redis"
	}
	if name := f.body()[:f.name]; likeName(name) {
		return string(name)
	}
	return "unknown"
}

// likeName says whether b looks like the name of a command.
func likeName(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return len(b) > 1 && len(b) <= 32
}

// Clone implements [codec.Frame].
func (f *Frame) Clone() codec.Frame {
	g := *f
	g.hold(bytes.Clone(f.unit), f.head, f.tail)
	g.seen = false
	return &g
}

// MoveTo implements [codec.Mover].
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	if len(raw) != len(f.unit) {
		return f.Clone()
	}
	c, ok := into.(*Frame)
	if !ok {
		c = new(Frame)
	}
	c.reading = f.reading // without the view, which is large
	c.hold(raw, f.head, f.tail)
	c.seen = false
	return c
}
