package jsonv

import (
	"math"
	"slices"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Notes are what a check has found out about a value beside that it is one, so
// that nobody has to go through it again. They are offsets: they hold for every
// copy of the text. The zero value says nothing.
type Notes struct {
	n       int // members of the outermost object
	members [8]place
	length  int  // up to the end of the value
	usual   bool // AppendTyped would do no more than leave out blanks
	line    bool // there are no control characters, 7f among them
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
func (n *Notes) Forget() { n.n, n.usual, n.line = 0, false, false }

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

// Spans returns where Member is.
func (n *Notes) Spans(i int) (key, value codec.Span) {
	m := &n.members[i]
	return codec.Span{Start: int64(m.key0), End: int64(m.key1)}, codec.Span{Start: int64(m.value0), End: int64(m.value1)}
}

// Usual says that no key comes again in one object, and that all else is what
// each reader keeps. There may be none of the values that are not.
func (n *Notes) Usual() bool { return n.usual }

// OneLine says that text has no control characters, 7f among them, and no blanks around
// it. There may be none of them if it says false.
func (n *Notes) OneLine(text []byte) bool { return n.line && n.length == len(text) && text[0] > ' ' }

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
	var p pass
	p.scanner = *s
	end := p.any()
	n.length, n.usual, n.line = end, p.usual, p.line
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
	var p pass
	p.scanner = scanner{src: src, allow: Lax, max: maxPass}
	end := p.any()
	if end < 0 || !p.usual {
		return dst, false
	}
	return appendUnblanked(dst, src[:end]), true
}

// AppendTyped is [AppendTyped] of the text that the notes are about.
func (n *Notes) AppendTyped(dst, src []byte) []byte {
	if !n.usual {
		return AppendTyped(dst, src)
	}
	return appendUnblanked(dst, src[:n.length])
}

// appendUnblanked appends a value, whose strings are usual, without the blanks.
func appendUnblanked(dst, src []byte) []byte {
	dst = slices.Grow(dst, len(src)+vector.Marked)
	if n, ok := vector.Unblank(dst[len(dst):cap(dst)], src); ok {
		return dst[:len(dst)+n]
	}
	return unblank(dst, src)
}

// unblank is appendUnblanked byte by byte, but for strings.
func unblank(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		start := i
		for i < len(src) && src[i] > ' ' && src[i] != '"' {
			i++
		}
		if i < len(src) && src[i] == '"' {
			i = stringEnd(src, i)
		}
		dst = append(dst, src[start:i]...)
		for i < len(src) && src[i] <= ' ' {
			i++
		}
	}
	return dst
}

// stringEnd returns where the string at i ends, of a text that was checked.
func stringEnd(src []byte, i int) int {
	for i = skipPlain(src, i+1); i < len(src) && src[i] != '"'; i = skipPlain(src, i) {
		if src[i] == '\\' {
			i++
		}
		i++
	}
	return min(i+1, len(src))
}
