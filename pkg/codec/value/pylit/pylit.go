// Package pylit reads and writes values as Python writes them: literals such
// as {b'key': [1, 0x2, None]}, and inert forms for what no literal can say,
// such as global(os.system). Nothing is ever evaluated, imported or called.
//
// The literals are those that Python's ast.literal_eval takes, but for
// complex numbers, \N{…} escapes and the ellipsis:
//
//	None True False              integers: 12 -0xff 0o17 0b1 1_000
//	floats: 2.5 1e9 -.5          text: 'a' "a" r'\' '''a''' u'a' "a" "b"
//	bytes: b'a' rb'\' b'a' b'b'  (1,) 1, 2 [1, 2] {1: 2} {1, 2} set()
//
// The inert forms (see [Options]) are
//
//	x"00ff"              bytes in hexadecimal; blanks between bytes are fine
//	oid'1f' tid'1f'      eight bytes, a big-endian number in hexadecimal
//	s"a"                 str of Python 2
//	12L                  long of Python 2
//	nan inf -inf         the floats without a literal
//	float(x"7ff8…")      a float by its eight bytes, big-endian
//	bytearray(b"a")      frozenset([1])
//	global(mod.name)     a class or function; global("mod", "a.b") when there are
//	                     dots in its name or odd characters
//	call(f, args)        what REDUCE would call
//	new(cls, args)       what NEWOBJ would make; new(cls, args, kwargs)
//	build(obj, state)    what BUILD would restore
//	extend(obj, items)   update(obj, dict)
//	persid(id)           a persistent id
//	extcode(7)           a code of the copyreg extension registry
//	ext(5, x"00")        a msgpack extension type and its bytes
package pylit

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// Options are the settings of a [Reader]. The zero value is usable.
type Options struct {
	Inert      bool // take the inert forms too
	MaxNesting int  // how deep values may nest; 0 means codec.DefaultMaxNesting
}

// Parse reads the one literal that src consists of, but for white space and
// comments around it, into t, which it resets. An error is a
// [*codec.TextError] whose range counts from the start of src.
func Parse(t *value.Tree, src []byte, o Options) (value.ID, error) {
	t.Reset(src)
	r := NewReader(t, src, 0, o)
	id, err := r.Value()
	if err == nil && r.Peek() == ',' {
		id, err = r.bareTuple(id)
	}
	if err != nil {
		return 0, err
	}
	r.Skip()
	if r.Pos() < len(src) {
		return 0, r.errorHere("%s after the value", r.seen())
	}
	return id, nil
}

// A Reader reads literals out of a text, one after the other.
type Reader struct {
	t     *value.Tree
	src   []byte
	pos   int
	depth int
	opts  Options
	buf   []byte // the string at hand, when it has escapes
}

// NewReader returns a Reader of src from pos on. The caller has reset t for
// src.
func NewReader(t *value.Tree, src []byte, pos int, o Options) *Reader {
	r := new(Reader)
	r.Reset(t, src, pos, o)
	return r
}

// Reset makes r a new Reader that keeps its memory.
func (r *Reader) Reset(t *value.Tree, src []byte, pos int, o Options) {
	if o.MaxNesting <= 0 {
		o.MaxNesting = codec.DefaultMaxNesting
	}
	*r = Reader{t: t, src: src, pos: pos, opts: o, buf: r.buf[:0]}
}

// Pos returns the offset of what comes next.
func (r *Reader) Pos() int { return r.pos }

// Seek goes to an offset.
func (r *Reader) Seek(pos int) { r.pos = pos }

// Skip passes over white space and comments.
func (r *Reader) Skip() {
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r', '\f':
			r.pos++
		case '#':
			for r.pos < len(r.src) && r.src[r.pos] != '\n' {
				r.pos++
			}
		case '\\': // a line that continues
			if r.pos+1 >= len(r.src) || r.src[r.pos+1] != '\n' {
				return
			}
			r.pos += 2
		default:
			return
		}
	}
}

// Peek returns the next byte that is no white space, or 0 at the end.
func (r *Reader) Peek() byte {
	if r.pos < len(r.src) {
		if c := r.src[r.pos]; c > ' ' && c != '#' && c != '\\' {
			return c
		}
	}
	return r.peekOn()
}

func (r *Reader) peekOn() byte {
	r.Skip()
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

// Take passes over c, and white space before it, if it comes next.
func (r *Reader) Take(c byte) bool {
	if r.Peek() != c || r.pos >= len(r.src) {
		return false
	}
	r.pos++
	return true
}

// Word passes over a name of letters, digits and underscores that comes next,
// and returns it; nil if none does.
func (r *Reader) Word() []byte {
	if !isLetter(r.Peek()) {
		return r.src[r.pos:r.pos]
	}
	start, end := r.pos, r.pos+1
	for end < len(r.src) && (isLetter(r.src[end]) || isDigit(r.src[end])) {
		end++
	}
	r.pos = end
	return r.src[start:end]
}

// Dotted is Word for names with dots between them.
func (r *Reader) Dotted() []byte {
	w := r.Word()
	if len(w) == 0 {
		return nil
	}
	start := r.pos - len(w)
	for r.pos+1 < len(r.src) && r.src[r.pos] == '.' && isLetter(r.src[r.pos+1]) {
		r.pos++
		r.Word()
	}
	return r.src[start:r.pos]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// Value reads the value that comes next.
func (r *Reader) Value() (value.ID, error) {
	if r.depth >= r.opts.MaxNesting {
		return 0, r.errorHere("values nest more than %d deep", r.opts.MaxNesting)
	}
	r.depth++
	id, err := r.value()
	r.depth--
	return id, err
}

func (r *Reader) value() (value.ID, error) {
	switch c := r.Peek(); {
	case c == '(':
		return r.tuple()
	case c == '[':
		start := r.pos
		r.pos++
		return r.items(r.t.Add(value.List, start, start), ']')
	case c == '{':
		return r.braces()
	case c == '"' || c == '\'':
		return r.strings(prefix{kind: value.Text}, 0)
	case isDigit(c) || c == '.' || c == '-' || c == '+':
		return r.number()
	case isLetter(c):
		if p, n, ok := r.prefix(); ok && (!p.inert || r.opts.Inert) {
			return r.strings(p, n)
		}
		return r.named()
	}
	return 0, r.errorHere("%s where a value was expected", r.seen())
}

// Fail returns a [*codec.TextError] for src[start:end].
func (r *Reader) fail(start, end int, format string, args ...any) error {
	return &codec.TextError{Start: start, End: end, Message: fmt.Sprintf(format, args...)}
}

// errorHere returns an error about what comes next.
func (r *Reader) errorHere(format string, args ...any) error {
	return r.fail(r.pos, min(r.pos+1, len(r.src)), format, args...)
}

// seen says what comes next, for messages.
func (r *Reader) seen() string {
	if r.pos >= len(r.src) {
		return "the end"
	}
	end := r.pos + 1
	for end < len(r.src) && end < r.pos+24 && (isLetter(r.src[end]) || isDigit(r.src[end])) && isLetter(r.src[r.pos]) {
		end++
	}
	return fmt.Sprintf("%q", r.src[r.pos:end])
}

// done ends a node at the place reached.
func (r *Reader) done(id value.ID) value.ID {
	r.t.Node(id).End = uint32(r.pos)
	return id
}

// tuple reads (…): a tuple, or a value in brackets.
func (r *Reader) tuple() (value.ID, error) {
	start := r.pos
	r.pos++
	id := r.t.Add(value.Tuple, start, start)
	if r.Take(')') {
		return r.done(id), nil
	}
	kid, err := r.Value()
	if err != nil {
		return 0, err
	}
	if r.Take(')') {
		return kid, nil // brackets only
	}
	if !r.Take(',') {
		return 0, r.errorHere("%s where a comma or a closing bracket was expected", r.seen())
	}
	r.t.Append(id, kid)
	return r.items(id, ')')
}

// bareTuple reads a tuple without brackets, which only the end ends.
func (r *Reader) bareTuple(first value.ID) (value.ID, error) {
	id := r.t.Add(value.Tuple, int(r.t.Node(first).Start), 0)
	r.t.Append(id, first)
	for r.Take(',') && r.Peek() != 0 {
		kid, err := r.Value()
		if err != nil {
			return 0, err
		}
		r.t.Append(id, kid)
	}
	return r.done(id), nil
}

// items reads values up to the closing bracket, which may follow a comma.
func (r *Reader) items(id value.ID, closing byte) (value.ID, error) {
	for !r.Take(closing) {
		kid, err := r.Value()
		if err != nil {
			return 0, err
		}
		r.t.Append(id, kid)
		if !r.Take(',') && r.Peek() != closing {
			return 0, r.errorHere("%s where a comma or %q was expected", r.seen(), string(closing))
		}
	}
	return r.done(id), nil
}

// braces reads {…}: a dict or a set.
func (r *Reader) braces() (value.ID, error) {
	start := r.pos
	r.pos++
	id := r.t.Add(value.Dict, start, start)
	if r.Take('}') {
		return r.done(id), nil
	}
	first, err := r.Value()
	if err != nil {
		return 0, err
	}
	if r.Peek() != ':' {
		r.t.Node(id).Kind = value.Set
		r.t.Append(id, first)
		if !r.Take(',') && r.Peek() != '}' {
			return 0, r.errorHere("%s where a colon, a comma or \"}\" was expected", r.seen())
		}
		return r.items(id, '}')
	}
	for key := first; ; {
		if !r.Take(':') {
			return 0, r.errorHere("%s where a colon was expected", r.seen())
		}
		val, err := r.Value()
		if err != nil {
			return 0, err
		}
		r.t.Append(id, key)
		r.t.Append(id, val)
		comma := r.Take(',')
		if r.Take('}') {
			return r.done(id), nil
		}
		if !comma {
			return 0, r.errorHere("%s where a comma or \"}\" was expected", r.seen())
		}
		if key, err = r.Value(); err != nil {
			return 0, err
		}
	}
}
