package jsonv

import (
	"math"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Notes are what a check has found out about a value beside that it is one, so
// that nobody has to go through it again. They are offsets: they hold for every
// copy of the text. The zero value says nothing.
type Notes struct {
	n       int // members of the outermost object
	members [8]place
	length  int      // up to the end of the value
	usual   bool     // AppendTyped would do no more than leave out blanks
	line    bool     // there are no control characters, 7f among them
	flat    bool     // the blanks are only around the members of the outermost object
	blanks  []uint32 // where they stand, if usual and not flat
}

// A place is where a member of an object stands.
type place struct{ key0, key1, value0, value1 uint32 }

func (n *Notes) add(key0, key1, value0, value1 uint) {
	n.key(key0, key1)
	n.value(value0)
	n.end(value1)
}

// key, value and end take the next member bit by bit.
func (n *Notes) key(start, end uint) {
	m := &n.members[n.n&7]
	m.key0, m.key1 = uint32(start), uint32(end)
}

func (n *Notes) value(start uint) { n.members[n.n&7].value0 = uint32(start) }

func (n *Notes) end(end uint) {
	n.members[n.n&7].value1 = uint32(end)
	n.n++
}

// Forget makes n say nothing.
func (n *Notes) Forget() { n.n, n.usual, n.line, n.flat = 0, false, false, false }

// Len returns how many members Member gives: all those of the object that the
// text is, or none, if it is no object or has more than are noted.
func (n *Notes) Len() int {
	if n.n > len(n.members) {
		return 0
	}
	return n.n
}

// Member returns a member of the object that text is, as [Members] does.
func (n *Notes) Member(text []byte, i int) (key, value []byte) {
	m := &n.members[i]
	return text[m.key0:m.key1:m.key1], text[m.value0:m.value1:m.value1]
}

// Usual says that no key comes again in one object, and that all else is what
// each reader keeps. There may be none of the values that are not.
func (n *Notes) Usual() bool { return n.usual }

// OneLine says that text has no control characters, 7f among them, and no blanks around
// it. There may be none of them if it says false.
func (n *Notes) OneLine(text []byte) bool { return n.line && n.length == len(text) && text[0] > ' ' }

// manyBlanks is how many blanks there may be for their memory to be used again: who
// keeps many copies is not to keep memory of the largest for each of them.
const manyBlanks = 3072

// CopyTo puts in to what n says, without sharing memory.
func (n *Notes) CopyTo(to *Notes) {
	blanks := to.blanks[:0]
	if max(cap(blanks), len(n.blanks)) > manyBlanks {
		blanks = nil
	}
	blanks = append(blanks, n.blanks...)
	*to = *n
	to.blanks = blanks
}

// Check is [Check], and takes notes. What they are in spite of an error means nothing.
func (n *Notes) Check(src []byte, o Options) (length int, err error) {
	n.Forget()
	s := newScanner(src, o)
	length, fault := s.noted(n)
	if fault != nil {
		return 0, fault
	}
	return length, nil
}

// CheckWhole is [CheckWhole], and takes notes.
func (n *Notes) CheckWhole(src []byte, o Options) error {
	n.Forget()
	s := newScanner(src, o)
	end, fault := s.noted(n)
	if fault != nil {
		return fault
	}
	return s.nothingFrom(end)
}

// nothingFrom says what is wrong with what follows the value.
func (s *scanner) nothingFrom(end int) error {
	if end = s.space(end); end < len(s.src) {
		return s.fault(end, "the end expected after the value, not %s", s.here(end))
	}
	return nil
}

// noted walks over the value at the front and takes notes.
func (s *scanner) noted(n *Notes) (int, *codec.SyntaxError) {
	if s.notes = n; s.quick(n) >= 0 {
		return n.length, nil
	}
	n.Forget()
	return s.value(0, 0)
}

// quick is noted for what a pass takes, otherwise it returns -1.
func (s *scanner) quick(n *Notes) int {
	if len(s.src) > math.MaxUint32 {
		return -1
	}
	p := pass{scanner: *s, usual: true, line: true}
	end, some := p.value(n.blanks[:cap(n.blanks)])
	if some > cap(n.blanks) {
		n.blanks = make([]uint32, max(some, 2*cap(n.blanks)))
		n.n, p = 0, pass{scanner: *s, usual: true, line: true}
		end, some = p.value(n.blanks)
	}
	n.length, n.usual, n.line = end, p.usual, p.line
	n.blanks = n.blanks[:some]
	return end
}

// compact appends the value at the front of src as AppendTyped does, if all that
// it takes is to leave out blanks: its strings have only the usual escapes, its
// numbers are short, and no key comes again. That holds for nearly all that
// programs send. It says false for all else.
func compact(dst, src []byte) ([]byte, bool) {
	if len(src) > math.MaxUint32 {
		return dst, false
	}
	const few = 64
	var room [few]uint32
	blanks := room[:]
	p := pass{scanner: scanner{src: src, allow: Lax, max: maxPass}, usual: true}
	end, n := p.value(blanks)
	if end < 0 || !p.usual {
		return dst, false
	}
	if n > few {
		blanks = make([]uint32, n)
		p = pass{scanner: p.scanner}
		p.value(blanks)
	}
	dst, from := appendParts(dst, src[:end], 0, blanks[:n])
	return append(dst, src[from:end]...), true
}

// AppendTyped is [AppendTyped] of the text that the notes are about.
func (n *Notes) AppendTyped(dst, src []byte) []byte {
	if !n.usual {
		return AppendTyped(dst, src)
	}
	if n.flat {
		return n.appendFlat(dst, src)
	}
	dst, from := appendParts(dst, src[:n.length], 0, n.blanks)
	return append(dst, src[from:n.length]...)
}

// appendFlat appends the members.
func (n *Notes) appendFlat(dst, src []byte) []byte {
	dst = append(slices.Grow(dst, len(src)+partSize), '{')
	for i := range n.n {
		if i > 0 {
			dst = append(dst, ',')
		}
		m := &n.members[i]
		dst = append(appendPart(dst, src, int(m.key0), int(m.key1)), ':')
		dst = appendPart(dst, src, int(m.value0), int(m.value1))
	}
	return append(dst, '}')
}

// appendParts appends what lies before and between the blanks, from an offset on, and
// returns where what is behind them begins.
func appendParts(dst, src []byte, from int, blanks []uint32) ([]byte, int) {
	dst = slices.Grow(dst, len(src)-from+partSize)
	for _, b := range blanks {
		dst = appendPart(dst, src, from, int(b))
		from = int(b) + 1
	}
	return dst, from
}

// partSize is what most parts have at the most.
const partSize = 16

// appendPart appends src[from:to], a short one in one go with what is behind it.
func appendPart(dst, src []byte, from, to int) []byte {
	if n := len(dst); to-from <= partSize && from+partSize <= len(src) && n+partSize <= cap(dst) {
		*(*[partSize]byte)(dst[n : n+partSize]) = [partSize]byte(src[from : from+partSize])
		return dst[:n+to-from]
	}
	return append(dst, src[from:to]...)
}
