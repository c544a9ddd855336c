package jsonv

import (
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

const (
	maxFields = 2000 // of one value; what follows them is one field
	maxShown  = 200  // bytes of a value's text in a field
)

// AppendFields appends the fields of what is inside src, which must be one
// value with blanks around it at most, for a dump: nothing for a scalar and
// an empty container, else one field for each member or element, of the given
// depth, and those inside it with greater depths, levels of them in all.
//
// The fields of one container cover it without holes: a field reaches from
// its key to the next key, so that brackets, commas and blanks are counted to
// the neighbour. base is the offset of src[0], texts is for the strings.
func AppendFields(dst []codec.Field, src []byte, base int64, depth, levels int, texts *codec.Texts) []codec.Field {
	w := walker{texts: texts, scanner: scanner{src: src, allow: Lax, max: maxDepth}, dst: dst, base: base, levels: levels, left: maxFields}
	w.walk(0, 0, len(src), depth)
	return w.dst
}

// A walker appends the fields of a value.
type walker struct {
	scanner
	dst    []codec.Field
	base   int64
	levels int
	left   int
	texts  *codec.Texts
}

// walk appends the fields inside the value at i. They are to cover start to
// end.
func (w *walker) walk(i, start, end, depth int) {
	i = w.space(i)
	if w.levels <= 0 || !w.at(i, '{') && !w.at(i, '[') {
		return
	}
	w.levels--
	defer func() { w.levels++ }()
	object := w.src[i] == '{'
	i = w.space(i + 1)
	for n := 0; i < end && w.src[i] != ']' && w.src[i] != '}'; n++ {
		name, value := "", i
		if !object {
			name = w.texts.Close(append(strconv.AppendInt(append(w.texts.Open(), '['), int64(n), 10), ']'))
		} else {
			keyEnd, fault := w.str(i)
			if fault != nil {
				return
			}
			if name = w.texts.Close(AppendText(w.texts.Open(), w.src[i:keyEnd])); name == "" {
				name = `""`
			}
			value = w.space(keyEnd) + 1
		}
		valueStart, valueEnd, ok := w.step(value)
		if !ok {
			return
		}
		next := w.space(valueEnd)
		last := !w.at(next, ',')
		if next = w.space(next + 1); last || next >= end || w.src[next] == ']' {
			next = end
		}
		if w.left--; w.left <= 0 {
			w.add(start, end, "…", "", "more than "+strconv.Itoa(maxFields)+" values", depth)
			return
		}
		raw := w.src[valueStart:valueEnd]
		w.add(start, next, name, ShowIn(w.texts, raw), "", depth)
		w.walk(valueStart, start, next, depth+1)
		i, start = next, next
	}
}

func (w *walker) add(start, end int, name, value, note string, depth int) {
	w.dst = append(w.dst, codec.Field{
		Name:  name,
		Span:  codec.Span{Start: w.base + int64(start), End: w.base + int64(end)},
		Value: value,
		Note:  note,
		Depth: depth,
	})
}

// Show returns a raw value for people to read: on one line, without control
// characters, cut when it is long.
func Show(raw []byte) string { return ShowIn(nil, raw) }

// ShowIn is Show, with memory for the string.
func ShowIn(t *codec.Texts, raw []byte) string {
	if len(raw) > 4*maxShown {
		switch n := Len(raw); KindOf(raw) {
		case Array:
			return "[" + strconv.Itoa(n) + " elements]"
		case Object:
			return "{" + strconv.Itoa(n) + " members}"
		}
	}
	text, ok := emit(t.Open(), raw, styleShown)
	if !ok {
		return strconv.QuoteToASCII(string(raw[:min(len(raw), maxShown)]))
	}
	if len(text) <= maxShown {
		return t.Close(text)
	}
	cut := maxShown
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return t.Close(append(text[:cut], "…"...))
}
