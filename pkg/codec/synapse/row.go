package synapse

import (
	"bytes"
	"slices"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// maxColumns is the largest number of columns that a row with names has.
const maxColumns = 12

// A rowView is what the row of an RDATA line is: JSON and, when the stream is
// known and the number of columns fits, the names of the columns.
type rowView struct {
	raw    []byte // the value, without blanks around it
	stream *stream
	kind   *rowKind         // of a row [kind, [columns]]; else nil
	inner  []byte           // the [columns] of such a row
	shape  *shape           // nil when the columns have no names
	n      int              // how many columns there are
	plain  bool             // jsonv.AppendTyped leaves raw as it is
	places *jsonv.Places    // if plain: where the columns end in raw
	spans  [maxColumns]span // else: of the columns, in raw or inner
}

// row looks at the row of an RDATA line that fits a layout, into f.view.
func (f *Frame) row() *rowView {
	v := &f.view
	v.raw, v.kind, v.shape, v.n = nil, nil, nil, 0
	l := f.layout()
	if f.cmd != cmdRData || l == nil {
		return v
	}
	v.raw, v.stream = f.part(len(l.parts)-1), f.stream()
	a := &f.pieces.array
	if v.plain = f.pieces.listed && a.Compact; !v.plain {
		v.raw = trimJSON(v.raw)
	}
	if v.stream == nil || len(v.raw) == 0 || v.raw[0] != '[' {
		return v
	}
	if v.plain {
		v.places, v.n = &a.Outer, a.Outer.N
		v.spans[0] = span{1, a.Outer.Ends[0]}
		v.spans[1] = span{a.Outer.Ends[0] + 1, a.Outer.Ends[1]}
	} else {
		v.n = split(v.raw, &v.spans)
	}
	shapes := v.stream.shapes
	if k := v.wrapped(); k != nil {
		s := v.spans[1]
		v.kind, v.inner, shapes = k, v.raw[s.start:s.end], k.shapes
		if v.plain {
			v.places, v.n = &a.Inner, a.Inner.N
		} else {
			v.n = split(v.inner, &v.spans)
		}
	}
	v.shape = pick(shapes, v.n, f.as)
	return v
}

// rowView returns what row does. It is asked for when the line has been read:
// before that, the dialect may yet change.
func (f *Frame) rowView() *rowView {
	if !f.seen {
		f.row()
		f.seen = true
	}
	return &f.view
}

// wrapped returns the kind of a row [kind, [columns]], nil when it is none.
func (v *rowView) wrapped() *rowKind {
	if len(v.stream.kinds) == 0 || v.n != 2 || v.raw[v.spans[1].start] != '[' {
		return nil
	}
	name := v.raw[v.spans[0].start:v.spans[0].end]
	for i := range v.stream.kinds {
		k := &v.stream.kinds[i]
		if name[0] == '"' && (string(name[1:len(name)-1]) == k.name || jsonv.EqualText(name, k.name)) {
			return k
		}
	}
	return nil
}

// shapes returns the set of the dialects that write rows like v.
func (v *rowView) shapes() set {
	shapes := v.stream.shapes
	if v.kind != nil {
		shapes = v.kind.shapes
	}
	in := none
	for i := range shapes {
		if len(shapes[i].columns) == v.n {
			in |= shapes[i].in
		}
	}
	return in
}

// trimJSON returns a part of JSON without the blanks around it and without
// the byte order mark that simplejson passes over.
func trimJSON(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte(bom))
	for len(b) > 0 && jsonBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && jsonBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func jsonBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// split finds the elements of raw, a JSON array that was checked, and returns
// how many there are; out has the first of them.
func split(raw []byte, out *[maxColumns]span) int {
	n, depth, start := 0, 0, 1
	end := func(i int) {
		s := span{start, i}
		for s.start < s.end && jsonBlank(raw[s.start]) {
			s.start++
		}
		for s.start < s.end && jsonBlank(raw[s.end-1]) {
			s.end--
		}
		if s.start < s.end {
			if n < maxColumns {
				out[n] = s
			}
			n++
		}
		start = i + 1
	}
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = closing(raw, i)
		case '[', '{':
			depth++
		case ',':
			if depth == 0 {
				end(i)
			}
		case ']', '}':
			if depth == 0 {
				end(i)
				return n
			}
			depth--
		}
	}
	return n
}

// closing returns where the string at i of a JSON value that was checked ends:
// at the first quotation mark behind an even number of backslashes.
func closing(raw []byte, i int) int {
	for start := i; ; start = i {
		n := bytes.IndexByte(raw[i+1:], '"')
		if n < 0 {
			return len(raw)
		}
		i += 1 + n
		from := i
		for from-1 > start && raw[from-1] == '\\' {
			from--
		}
		if (i-from)%2 == 0 {
			return i
		}
		i += vector.String(raw[i+1:], true) // where one is escaped, more are
	}
}

// appendNamed appends the row as an object of its columns, and then the row
// itself: "row":{…},"raw":[…]. A row of a stream with kinds is
// {"type":kind,"data":{…}}, as the program's own classes are.
func (v *rowView) appendNamed(dst []byte) []byte {
	dst = append(dst, `"row":`...)
	array := v.raw
	if v.kind != nil {
		dst = append(dst, `{"type":`...)
		dst = jsonenc.AppendString(dst, v.kind.name)
		dst = append(dst, `,"data":`...)
		array = v.inner
	}
	if v.plain {
		return v.appendPlain(dst)
	}
	var values [maxColumns]span // in dst
	sep := byte('{')
	for i, name := range v.shape.columns {
		dst = append(dst, sep, '"')
		dst = append(dst, name...)
		dst = append(dst, '"', ':')
		values[i].start = len(dst)
		dst = jsonv.AppendTyped(dst, array[v.spans[i].start:v.spans[i].end])
		values[i].end = len(dst)
		sep = ','
	}
	dst = append(dst, '}')
	if v.kind != nil {
		dst = append(dst, `},"raw":[`...)
		dst = jsonenc.AppendString(dst, v.kind.name)
		dst = append(dst, `,[`...)
	} else {
		dst = append(dst, `,"raw":[`...)
	}
	for i := range v.n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, dst[values[i].start:values[i].end]...)
	}
	if v.kind != nil {
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// appendPlain is the rest of appendNamed when all stands in the line as it is to be
// written.
func (v *rowView) appendPlain(dst []byte) []byte {
	from := 1
	if v.kind != nil {
		from = v.spans[1].start + 1
	}
	columnsNamed.Do(nameColumns)
	dst = slices.Grow(dst, v.n*columnSize+2*len(v.raw)+columnSize)
	keys, raw, ends := v.shape.keys, v.raw, v.places.Ends[:v.n]
	for i, end := range ends {
		key, value := &keys[i], raw[from:end]
		*(*[columnSize]byte)(dst[len(dst):cap(dst)]) = key.text
		dst = dst[:len(dst)+key.n]
		dst = append(dst, value...)
		from = end + 1
	}
	if v.kind != nil {
		dst = append(dst, '}')
	}
	dst = append(dst, `},"raw":`...)
	return append(dst, v.raw...)
}
