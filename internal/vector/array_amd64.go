package vector

import "unsafe"

// marksKept is what ArrayMarks holds of an array, if it is a usual one.
const marksKept = 128

// ArrayMarks are what [Array] finds. They are reused, and large: what is not set is
// not cleared.
type ArrayMarks struct {
	inside  uint64 // all ones when the last block ends in a string
	escaped uint64 // 1 when it ends in a backslash that escapes what follows
	mark    uint64 // 1 when it ends in a bracket or comma
	closed  uint64 // 1 when it ends in the quotation mark that ends a string
	done    uint64 // how many bytes were looked at
	n       uint64
	before  [Marked / 2]byte               // the end of the last block
	wrong   [Marked / 2]byte               // not 0 where something is no UTF-8
	at      [marksKept + Marked + 8]uint32 // of the last, eight are written
}

// At returns the offsets of the brackets and commas outside of strings.
func (m *ArrayMarks) At() []uint32 { return m.at[:m.n] }

// Array looks at the array of JSON that b begins with, and returns where it stops: at
// the end of b, a control character, 7f, an opening brace, an escape in a string other
// than \", \\, \n, \r and \t, or a backslash elsewhere, and where a string does not
// begin behind a bracket or comma, or none follows it. It returns 0 if what stands
// before that is no UTF-8, and if it cannot tell.
func Array(b []byte, m *ArrayMarks) (end int) {
	if !wide || len(b) == 0 {
		return 0
	}
	m.inside, m.escaped, m.mark, m.closed, m.done, m.n = 0, 0, 0, 0, 0, 0
	m.before, m.wrong = [Marked / 2]byte{}, [Marked / 2]byte{}
	if k := len(b) / Marked; k > 0 {
		if end, stopped := array(unsafe.SliceData(b), k, m); stopped {
			return end
		}
	}
	if m.n > marksKept {
		return 0
	}
	var rest [Marked]byte // a control character stands at its end, or behind it
	if copy(rest[:], b[m.done:]) == Marked {
		return 0
	}
	end, _ = array(&rest[0], 1, m)
	return end
}

//go:noescape
func array(src *byte, blocks int, m *ArrayMarks) (end int, stopped bool)
