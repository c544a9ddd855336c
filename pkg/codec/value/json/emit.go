package jsonv

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// AppendTyped appends the value at the front of src as strict JSON for
// records. Integers of 2^53 and beyond become strings, floats keep their
// spelling; NaN, Infinity, -Infinity and floats too large for a float64
// become the strings "NaN", "Infinity" and "-Infinity". A key that comes
// again stands once, where it came first, with its last value. Surrogate
// halves stay escapes such as \ud800.
//
// Of bytes that no Check function takes it makes their byte form.
func AppendTyped(dst, src []byte) []byte {
	if typed(src) {
		return append(dst, src...)
	}
	if out, ok := compact(dst, src); ok {
		return out
	}
	out, ok := emit(dst, src, styleTyped)
	if !ok {
		return jsonenc.AppendBytes(dst, src)
	}
	return out
}

// typed says whether src is a single value that AppendTyped leaves as it is. It
// looks only for those that are common: a string of printable ASCII without
// escapes, a short integer, a constant.
func typed(src []byte) bool {
	if len(src) == 0 {
		return false
	}
	switch c := src[0]; {
	case c == '"':
		return skipPlain(src, 1) == len(src)-1 && src[len(src)-1] == '"'
	case c == 'n':
		return string(src) == "null"
	case c == 't':
		return string(src) == "true"
	case c == 'f':
		return string(src) == "false"
	}
	return isDigit(src[0]) && len(src) <= 15 && allDigits(src) && (src[0] != '0' || len(src) == 1)
}

// AppendPython appends the value at the front of src as json.dumps(value) of
// Python 3 writes what json.loads(src) has read: ", " and ": " between,
// ASCII only, a key that comes again once, integers of any size, floats in
// their shortest form. It says false, and returns dst, when src is no value.
func AppendPython(dst, src []byte) ([]byte, bool) { return emit(dst, src, stylePython) }

// AppendCpp appends the value at the front of src as toWire of BIND 10's C++
// library (isc::data::Element, release 1.2.0) writes what its fromJSON has
// read: blanks inside brackets, keys sorted by bytes, UTF-8 raw, floats cut to
// six digits. It says false, and returns dst, when src is no value.
func AppendCpp(dst, src []byte) ([]byte, bool) { return emit(dst, src, styleCpp) }

// An emitter writes values of src. The bytes written so far go through its
// methods and are no part of it, so that members can stay on the stack.
type emitter struct {
	scanner
	style   style
	marks   *marks
	members members // of the objects that are being written, the outer first
}

func emit(dst, src []byte, st style) ([]byte, bool) {
	e := emitter{scanner: scanner{src: src, allow: Lax, max: maxDepth}, style: st, marks: &styleMarks[st]}
	out, _, ok := e.emit(dst, 0, 0)
	if !ok {
		return dst, false
	}
	return out, true
}

// emit writes the value at i and returns where it ends.
func (e *emitter) emit(dst []byte, i, depth int) (out []byte, end int, ok bool) {
	i = e.space(i)
	if i == len(e.src) || depth > e.max {
		return dst, 0, false
	}
	switch e.src[i] {
	case '{':
		return e.object(dst, i, depth+1)
	case '[':
		return e.array(dst, i, depth+1)
	case '"':
		return e.text(dst, i)
	}
	end, fault := e.value(i, depth)
	if fault != nil {
		return dst, 0, false
	}
	text := e.src[i:end]
	switch c := text[0]; {
	case isDigit(c) && len(text) <= 15 && allDigits(text) && c != '0':
		dst = append(dst, text...) // the same in all styles
	case KindOf(text) == Number:
		dst = appendNumber(dst, text, e.style)
	case c|0x20 == 't':
		dst = append(dst, "true"...)
	case c|0x20 == 'f':
		dst = append(dst, "false"...)
	default:
		dst = append(dst, "null"...)
	}
	return dst, end, true
}

// text writes the string at i.
func (e *emitter) text(dst []byte, i int) ([]byte, int, bool) {
	if end := skipPlain(e.src, i+1); e.at(end, '"') {
		return append(dst, e.src[i:end+1]...), end + 1, true // the same in all styles
	}
	end, fault := e.str(i)
	switch {
	case fault != nil:
		return dst, 0, false
	case e.style == styleTyped && spelled(e.src[i+1:end-1]):
		return append(dst, e.src[i:end]...), end, true
	}
	return appendString(dst, e.src[i:end], e.style), end, true
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

func (e *emitter) array(dst []byte, i, depth int) ([]byte, int, bool) {
	b := e.marks
	dst = append(dst, '[')
	if i = e.space(i + 1); e.at(i, ']') {
		dst = append(dst, b.empty...)
		return append(dst, ']'), i + 1, true
	}
	dst = append(dst, b.pad...)
	for {
		var ok bool
		if dst, i, ok = e.emit(dst, i, depth); !ok {
			return dst, 0, false
		}
		i = e.space(i)
		if e.at(i, ',') {
			i = e.space(i + 1)
			if !e.at(i, ']') {
				dst = append(dst, b.comma...)
				continue
			}
		}
		if !e.at(i, ']') {
			return dst, 0, false
		}
		dst = append(dst, b.pad...)
		return append(dst, ']'), i + 1, true
	}
}

func (e *emitter) object(dst []byte, i, depth int) ([]byte, int, bool) {
	b := e.marks
	dst = append(dst, '{')
	if i = e.space(i + 1); e.at(i, '}') {
		dst = append(dst, b.empty...)
		return append(dst, '}'), i + 1, true
	}
	dst = append(dst, b.pad...)
	inside := len(dst)
	keys := keys{from: e.members.n}
	for {
		if !e.at(i, '"') {
			return dst, 0, false
		}
		m := member{key0: len(dst)}
		var end int
		var ok bool
		if dst, end, ok = e.text(dst, i); !ok {
			return dst, 0, false
		}
		m.key1 = len(dst)
		if i = e.space(end); !e.at(i, ':') {
			return dst, 0, false
		}
		dst = append(dst, b.colon...)
		m.val0 = len(dst)
		if dst, i, ok = e.emit(dst, i+1, depth); !ok {
			return dst, 0, false
		}
		m.val1 = len(dst)
		keys.add(&e.members, dst, m)
		if i = e.space(i); e.at(i, '}') {
			break
		}
		if !e.at(i, ',') {
			return dst, 0, false
		}
		dst = append(dst, b.comma...)
		i = e.space(i + 1)
	}
	if keys.again || e.style == styleCpp {
		dst = e.rewrite(dst, inside, keys.from)
	}
	e.members.cut(keys.from)
	dst = append(dst, b.pad...)
	return append(dst, '}'), i + 1, true
}

// rewrite writes the members from index from on anew, from offset inside on:
// each key once, sorted if the style wants that.
func (e *emitter) rewrite(dst []byte, inside, from int) []byte {
	old := slices.Clone(dst[inside:])
	text := func(start, end int) []byte { return old[start-inside : end-inside] }
	var members []member
	for i := from; i < e.members.n; i++ {
		m := *e.members.at(i)
		if !m.again {
			last := e.members.at(m.last)
			m.val0, m.val1 = last.val0, last.val1
			members = append(members, m)
		}
	}
	if e.style == styleCpp {
		slices.SortFunc(members, func(a, b member) int { return compareKeys(text(a.key0, a.key1), text(b.key0, b.key1)) })
	}
	dst = dst[:inside]
	b := e.marks
	for i, m := range members {
		if i > 0 {
			dst = append(dst, b.comma...)
		}
		dst = append(dst, text(m.key0, m.key1)...)
		dst = append(dst, b.colon...)
		dst = append(dst, text(m.val0, m.val1)...)
	}
	return dst
}
