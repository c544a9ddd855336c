package cbor

import (
	"bytes"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// word reads what begins with a letter or a quotation mark.
func (r *reader) word() (Value, error) {
	if n := r.prefix(); n >= 0 {
		return r.strings()
	}
	start := r.pos
	for r.pos < len(r.src) && (letter(r.src[r.pos]) || isDigit(r.src[r.pos])) {
		r.pos++
	}
	switch name := string(r.src[start:r.pos]); name {
	case "None":
		return None(), nil
	case "True", "False":
		return Bool(name == "True"), nil
	case "set":
		return r.emptySet(start)
	default:
		e := r.errorf(start, r.pos, "the name %q is no literal", name).(*codec.TextError)
		e.Allowed = []string{"None", "True", "False", "set()"}
		if near := lex.Nearest(strings.ToLower(name), []string{"none", "true", "false", "null", "nil"}); near != "" {
			e.Hint = map[string]string{"none": "did you mean None?", "null": "did you mean None?", "nil": "did you mean None?", "true": "did you mean True?", "false": "did you mean False?"}[near]
		}
		return Value{}, e
	}
}

// emptySet reads the parentheses of set().
func (r *reader) emptySet(start int) (Value, error) {
	if err := r.blanks(); err != nil {
		return Value{}, err
	}
	if r.peek() != '(' {
		return Value{}, r.errorf(start, r.pos, `the name "set" is no literal: set() is`)
	}
	r.pos++
	r.nest++
	if err := r.blanks(); err != nil {
		return Value{}, err
	}
	if r.peek() != ')' {
		return Value{}, r.errorf(start, r.pos, "set() takes nothing: write {1, 2}")
	}
	r.pos++
	r.nest--
	return Value{kind: setValue}, nil
}

// prefix returns the length of the prefix of a string that begins at the
// reader's place, -1 when none does.
func (r *reader) prefix() int {
	s := r.src[r.pos:]
	n := 0
	for n < len(s) && letter(s[n]) && s[n] < 0x80 && s[n] != '_' {
		if n++; n > 2 {
			return -1
		}
	}
	if n >= len(s) || s[n] != '\'' && s[n] != '"' {
		return -1
	}
	return n
}

// strings reads byte strings in a row, which make one.
func (r *reader) strings() (Value, error) {
	v := Value{kind: bytesValue}
	start := r.pos
	for {
		raw, err := r.stringPrefix(start)
		if err != nil {
			return v, err
		}
		if v.str, err = r.stringBody(v.str, raw); err != nil {
			return v, err
		}
		end := r.pos
		if err := r.blanks(); err != nil {
			return v, err
		}
		if r.prefix() < 0 {
			r.pos = max(end, r.pos)
			return v, nil
		}
		start = r.pos
	}
}

// stringPrefix reads the prefix and says whether it has an r.
func (r *reader) stringPrefix(start int) (raw bool, err error) {
	n := r.prefix()
	prefix := strings.ToLower(string(r.src[r.pos : r.pos+n]))
	r.pos += n
	switch prefix {
	case "b":
		return false, nil
	case "br", "rb":
		return true, nil
	case "", "u", "r":
		e := r.refuse(start, r.pos+1, "a text string").(*codec.TextError)
		e.Hint = "write b'…' for a byte string"
		return false, e
	case "f", "fr", "rf":
		return false, r.errorf(start, r.pos+1, "a formatted string is no literal")
	}
	return false, r.errorf(start, r.pos, "no string has the prefix %q", prefix)
}

// stringBody appends the bytes of a string from its quotation mark on.
func (r *reader) stringBody(dst []byte, raw bool) ([]byte, error) {
	start := r.pos
	quote := r.src[start : start+1]
	if bytes.HasPrefix(r.src[start:], bytes.Repeat(quote, 3)) {
		quote = r.src[start : start+3]
	}
	from := start + len(quote)
	end := from
	for !bytes.HasPrefix(r.src[end:], quote) {
		switch {
		case end >= len(r.src), len(quote) == 1 && r.src[end] == '\n':
			return dst, r.errorf(start, end, "the string has no end")
		case r.src[end] >= 0x80:
			return dst, r.errorf(end, end+1, "a byte string holds only ASCII: write \\x%02x", r.src[end])
		case r.src[end] == '\\' && end+1 < len(r.src):
			if end++; r.src[end] >= 0x80 {
				continue
			}
		}
		end++
	}
	r.pos = end + len(quote)
	if raw {
		return append(dst, r.src[from:end]...), nil
	}
	out, err := lex.Unescape(dst, r.src[from:end])
	if e, ok := lex.Shift(err, from).(*codec.TextError); ok {
		e.Field = "cbor"
		return dst, e
	}
	return out, nil
}
