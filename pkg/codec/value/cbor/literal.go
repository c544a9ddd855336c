package cbor

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// ParseLiteral reads a Python literal in Latin-1, the way Mercurial reads
// what stands after "cbor:" (ast.literal_eval of Python 3.9):
//
//	None True False
//	12 0x1f 0o17 0b11 1_000 +5 -5     from -2^64 to 2^64-1
//	b'…' b"…" b”'…”' rb'…'            also in a row; escapes as in lex.Unescape
//	[…] (…) {k: v, …} {…, …} set()    with trailing commas
//
// Comments, line ends inside of brackets and backslashes before line ends are
// blanks. Text strings, floats, complex numbers and ... are Python literals
// that Mercurial cannot write: they are refused. So is a blank at the front,
// which Python takes for indentation.
//
// An error is a [*codec.TextError] whose range counts from the start of text.
func ParseLiteral(text []byte, lim Limits) (Value, error) {
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	r := &reader{src: text, left: lim.depth() + 1}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return Value{}, r.errorf(i, i+1, "a literal cannot hold a NUL byte")
	}
	v, err := r.document()
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// A reader reads one literal.
type reader struct {
	src  []byte
	pos  int
	nest int // open brackets: line ends are blanks inside
	left int // how many more brackets may open

	minus bool // a minus sign stands before the parentheses around
}

func (r *reader) errorf(start, end int, format string, args ...any) error {
	return &codec.TextError{Start: start, End: max(end, start), Field: "cbor", Message: fmt.Sprintf(format, args...)}
}

// unexpected is the error for what stands at the reader's place.
func (r *reader) unexpected(wanted string) error {
	if r.pos >= len(r.src) {
		return r.errorf(r.pos, r.pos, "the literal ends where %s should stand", wanted)
	}
	return r.errorf(r.pos, r.pos+1, "%s expected, not %q", wanted, r.src[r.pos:r.pos+1])
}

// peek returns the byte at the reader's place, 0 at the end.
func (r *reader) peek() byte {
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

// document reads the whole text: a value, or values and commas, which make a
// tuple.
func (r *reader) document() (Value, error) {
	if err := r.lead(); err != nil {
		return Value{}, err
	}
	first, _, err := r.value()
	if err != nil {
		return first, err
	}
	if err := r.blanks(); err != nil {
		return first, err
	}
	if r.peek() == ',' {
		list, err := r.rest(first, 0)
		if err != nil {
			return first, err
		}
		first = Value{kind: tupleValue, list: list}
	}
	r.nest++ // what follows are blank lines
	if err := r.blanks(); err != nil {
		return first, err
	}
	if r.pos < len(r.src) {
		return first, r.unexpected("the end of the literal")
	}
	return first, nil
}

// lead passes blank lines and comments before the literal.
func (r *reader) lead() error {
	for {
		start := r.pos
		for r.peek() == ' ' || r.peek() == '\t' || r.peek() == '\f' {
			if r.peek() == '\f' {
				start = r.pos + 1 // a form feed puts the column to 0
			}
			r.pos++
		}
		switch c := r.peek(); {
		case r.pos >= len(r.src):
			return r.errorf(r.pos, r.pos, "no literal")
		case c == '\n':
			r.pos++
		case c == '#':
			r.comment()
		case r.pos > start:
			return &codec.TextError{Start: start, End: r.pos, Field: "cbor", Message: "a blank before the literal is an indentation", Hint: "nothing may stand between cbor: and the literal"}
		default:
			if bytes.HasPrefix(r.src[r.pos:], []byte("\\\n")) {
				return r.blanks()
			}
			return nil
		}
	}
}

func (r *reader) comment() {
	for r.pos < len(r.src) && r.src[r.pos] != '\n' {
		r.pos++
	}
}

// blanks passes what means nothing between two parts of a literal.
func (r *reader) blanks() error {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || c == '\n' && r.nest > 0:
			r.pos++
		case c == '#':
			r.comment()
		case c == '\\':
			if r.pos+2 >= len(r.src) || r.src[r.pos+1] != '\n' {
				return r.errorf(r.pos, r.pos+1, "a backslash outside of a string")
			}
			r.pos += 2
		default:
			return nil
		}
	}
	return nil
}

// value reads one value; signed says that it is a number with a sign.
func (r *reader) value() (v Value, signed bool, err error) {
	sign := r.peek()
	if sign != '+' && sign != '-' {
		return r.atom()
	}
	at := r.pos
	r.pos++
	if err := r.blanks(); err != nil {
		return v, false, err
	}
	if c := r.peek(); c >= '0' && c <= '9' || c == '.' {
		v, err = r.number(sign == '-')
		return v, true, err
	}
	if r.peek() != '(' {
		return v, false, r.errorf(at, at+1, "a sign stands only before a number")
	}
	outer := r.minus
	r.minus = sign == '-'
	v, signed, err = r.atom()
	r.minus = outer
	switch {
	case err != nil:
		return v, false, err
	case v.kind != intValue || signed:
		return v, false, r.errorf(at, at+1, "a sign stands only before a number")
	}
	return v, true, nil
}

func (r *reader) atom() (v Value, signed bool, err error) {
	switch c := r.peek(); {
	case c == '[' || c == '(' || c == '{':
		return r.bracket(c)
	case c >= '0' && c <= '9', c == '.' && r.pos+1 < len(r.src) && isDigit(r.src[r.pos+1]):
		v, err = r.number(r.minus)
	case c == '\'' || c == '"' || letter(c):
		v, err = r.word()
	case bytes.HasPrefix(r.src[r.pos:], []byte("...")):
		err = r.refuse(r.pos, r.pos+3, "an ellipsis")
	case c == '\\':
		err = r.errorf(r.pos, r.pos+1, "a backslash outside of a string")
	default:
		err = r.unexpected("a value")
	}
	return v, false, err
}

// refuse is the error for literals that Mercurial cannot write.
func (r *reader) refuse(start, end int, what string) error {
	return &codec.TextError{
		Start: start, End: end, Field: "cbor", Message: what + " cannot be written",
		Hint: "there are None, True, False, integers, b'…', lists, tuples, dicts and sets",
	}
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// bracket reads a list, a tuple, a value in parentheses, a dict or a set.
func (r *reader) bracket(open byte) (v Value, signed bool, err error) {
	if r.left--; r.left <= 0 {
		return v, false, r.errorf(r.pos, r.pos+1, "brackets nest too deep")
	}
	r.nest++
	start := r.pos
	r.pos++
	closing := map[byte]byte{'[': ']', '(': ')', '{': '}'}[open]
	v, signed, err = r.inside(open, closing)
	if err != nil {
		return v, false, err
	}
	if r.peek() != closing {
		if r.pos >= len(r.src) {
			return v, false, r.errorf(start, start+1, "%q has no %q", open, closing)
		}
		return v, false, r.unexpected(fmt.Sprintf(`"," or "%c"`, closing))
	}
	r.pos++
	r.nest--
	r.left++
	return v, signed, nil
}

// inside reads what stands between brackets and stops before the closing one.
func (r *reader) inside(open, closing byte) (v Value, signed bool, err error) {
	if err := r.blanks(); err != nil {
		return v, false, err
	}
	if r.peek() == closing {
		return Value{kind: map[byte]valueKind{'[': listValue, '(': tupleValue, '{': dictValue}[open]}, false, nil
	}
	start := r.pos
	first, signed, err := r.value()
	if err != nil {
		return v, false, err
	}
	if err := r.blanks(); err != nil {
		return v, false, err
	}
	if open == '{' && r.peek() == ':' {
		v, err = r.dict(first)
		return v, false, err
	}
	if open == '(' && r.peek() != ',' {
		return first, signed, nil
	}
	list, err := r.rest(first, closing)
	if err != nil {
		return v, false, err
	}
	switch open {
	case '[':
		return List(list...), false, nil
	case '(':
		return Value{kind: tupleValue, list: list}, false, nil
	}
	if v, err = Set(list...); err != nil {
		return v, false, r.errorf(start, r.pos, "%v", err)
	}
	return v, false, nil
}

// rest reads the values after the first one; closing 0 means that the text
// ends where a line does.
func (r *reader) rest(first Value, closing byte) ([]Value, error) {
	list := []Value{first}
	for r.peek() == ',' {
		r.pos++
		if err := r.blanks(); err != nil {
			return nil, err
		}
		if c := r.peek(); c == closing && (closing != 0 || r.pos >= len(r.src)) || closing == 0 && c == '\n' {
			break
		}
		v, _, err := r.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if err := r.blanks(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// dict reads a dict from the colon after its first key.
func (r *reader) dict(key Value) (Value, error) {
	start := r.pos
	var pairs []Value
	for {
		if r.peek() != ':' {
			return Value{}, r.unexpected(`":"`)
		}
		r.pos++
		if err := r.blanks(); err != nil {
			return Value{}, err
		}
		v, _, err := r.value()
		if err != nil {
			return v, err
		}
		pairs = append(pairs, key, v)
		if err := r.blanks(); err != nil {
			return v, err
		}
		if r.peek() == ',' {
			r.pos++
			if err := r.blanks(); err != nil {
				return v, err
			}
			if r.peek() != '}' {
				if key, _, err = r.value(); err != nil {
					return v, err
				}
				if err := r.blanks(); err != nil {
					return v, err
				}
				continue
			}
		}
		d, err := Dict(pairs...)
		if err != nil {
			return d, r.errorf(start, r.pos, "%v", err)
		}
		return d, nil
	}
}
