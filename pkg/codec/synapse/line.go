package synapse

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// ReadLine makes the frame of a line, without its LF, as one dialect reads
// it, and says what is wrong with it: a [*codec.SyntaxError], or nil. The
// frame shares memory with nothing. It is nil only when there is no such
// dialect.
func ReadLine(dialect string, dir codec.Direction, line []byte) (*Frame, error) {
	as, err := lookup(dialect)
	if err != nil {
		return nil, err
	}
	c := Conversation{fixed: as, nesting: codec.DefaultMaxNesting}
	f := new(Frame)
	unit := append(append(make([]byte, 0, len(line)+1), line...), '\n')
	if fault := c.read(f, unit, dir); fault != nil {
		return f, fault
	}
	return f, nil
}

// Line returns the line without its LF. It is a part of the frame.
func (f *Frame) Line() []byte { return f.body() }

// Whole says whether the frame is a line that ends with its LF.
func (f *Frame) Whole() bool { return f.tail > 0 && f.cmd != cmdRedis }

// Payload returns what follows the first space of the line, and whether it
// has one.
func (f *Frame) Payload() (payload []byte, spaced bool) {
	return f.body()[f.rest:], f.rest > f.name
}

// Part returns a field of the payload as it stands in the line, under the
// name that it has in AppendJSON, or nil. The JSON of RDATA is "row".
func (f *Frame) Part(name string) []byte {
	l := f.layout()
	if l == nil {
		return nil
	}
	for i := range l.parts {
		if l.parts[i].name == name {
			return f.part(i)
		}
	}
	return nil
}

// Sends says whether the side that dir is from may send the command of that
// name in a dialect.
func Sends(dialect string, dir codec.Direction, name string) bool {
	i := find([]byte(name))
	return Knows(dialect, name) && commands[i].mayCome(dir)
}

// Knows says whether a dialect has the command of that name.
func Knows(dialect, name string) bool {
	as, err := lookup(dialect)
	i := find([]byte(name))
	return err == nil && i >= 0 && commands[i].in()&as != none
}

// Streams returns the names of the streams that a dialect has.
func Streams(dialect string) []string {
	as, err := lookup(dialect)
	if err != nil || as == none {
		as = every
	}
	var names []string
	for i := range streams {
		if streams[i].in&as != none {
			names = append(names, streams[i].name)
		}
	}
	return names
}

// ParseInt reads an integer as the program does, with blanks, signs and
// digits of any script. One that no int64 holds becomes the nearest that one
// does.
func ParseInt(b []byte) (int64, bool) {
	n, _, ok := parseInt(b)
	if !ok {
		return 0, false
	}
	if !n.fits {
		v, err := strconv.ParseInt(string(appendDecimal(nil, b)), 10, 64)
		_ = err // out of range: v is the nearest
		return v, true
	}
	return n.small, true
}
