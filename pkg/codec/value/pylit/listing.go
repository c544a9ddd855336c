package pylit

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Rest stands in a listing before bytes that have no name.
const Rest = "BYTES"

// Listing appends the bytes of the listing that r reads up to its end: words,
// each with its operands. What says what the words are, names lists them, and
// read appends the bytes of a word, of which it reads the operands, or says
// that it does not know the word. An error is a [*codec.TextError].
func (r *Reader) Listing(dst []byte, what string, names []string, read func(dst []byte, word string) ([]byte, bool, error)) ([]byte, error) {
	for r.Peek() != 0 {
		start := r.Pos()
		word := string(r.Word())
		if word == Rest {
			b, err := r.Bytes()
			if err != nil {
				return dst, err
			}
			dst = append(dst, b...)
			continue
		}
		var ok bool
		var err error
		if dst, ok, err = read(dst, word); err != nil {
			return dst, err
		}
		if !ok {
			return dst, lex.UnknownName(what, word, start, max(r.Pos(), start+1), append(names[:len(names):len(names)], Rest))
		}
	}
	return dst, nil
}

// Bytes reads a string of any kind and returns what it consists of.
func (r *Reader) Bytes() ([]byte, error) {
	id, err := r.Value()
	if err != nil {
		return nil, err
	}
	switch r.t.Kind(id) {
	case value.Bytes, value.Text, value.Str:
		return r.t.Bytes(id), nil
	}
	return nil, Unexpected(r.t, id, `a string such as "a", b"a" or x"61"`)
}

// Unexpected is the error for a value that stands where something else is
// wanted.
func Unexpected(t *value.Tree, id value.ID, want string) error {
	n := t.Node(id)
	return &codec.TextError{Start: int(n.Start), End: int(n.End), Message: fmt.Sprintf("a %s where %s was expected", n.Kind, want)}
}
