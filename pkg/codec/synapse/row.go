package synapse

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A rowView is what the row of an RDATA line is: raw JSON and, when the
// stream is known and the number of columns fits, the names of the columns.
type rowView struct {
	raw   []byte // the value, without blanks around it
	kind  string // of a row [kind, [columns]]; else ""
	inner []byte // the [columns] of such a row
	shape *shape // nil when the columns have no names
	known bool   // the stream is known
}

// row looks at the row of an RDATA line that fits a layout.
func (f *Frame) row() rowView {
	l := f.layout()
	if f.cmd != cmdRData || l == nil {
		return rowView{}
	}
	return viewRow(f.part(0), jsonPart(f.part(len(l.parts)-1)), f.as)
}

// jsonPart returns a part of JSON without the byte order mark that simplejson
// passes over.
func jsonPart(b []byte) []byte { return bytes.TrimPrefix(b, []byte(bom)) }

// viewRow looks at the JSON of a row.
func viewRow(name, json []byte, as set) rowView {
	v := rowView{raw: jsonv.Value(json)}
	s := findStream(name)
	if s == nil {
		return v
	}
	v.known = true
	if jsonv.KindOf(v.raw) != jsonv.Array {
		return v
	}
	if len(s.kinds) > 0 {
		if k, inner := wrapped(s, v.raw); k != nil {
			v.kind, v.inner = k.name, inner
			v.shape = pick(k.shapes, jsonv.Len(inner), as)
			return v
		}
	}
	v.shape = pick(s.shapes, jsonv.Len(v.raw), as)
	return v
}

// wrapped takes a row [kind, [columns]] apart; nil when it is none.
func wrapped(s *stream, raw []byte) (*rowKind, []byte) {
	var kind *rowKind
	var inner []byte
	n := 0
	for i, e := range jsonv.Elements(raw) {
		switch n++; {
		case i == 0:
			for k := range s.kinds {
				if jsonv.KindOf(e) == jsonv.String && jsonv.EqualText(e, s.kinds[k].name) {
					kind = &s.kinds[k]
				}
			}
			if kind == nil {
				return nil, nil
			}
		case i == 1 && jsonv.KindOf(e) == jsonv.Array:
			inner = e
		}
	}
	if n != 2 || inner == nil {
		return nil, nil
	}
	return kind, inner
}

// appendNamed appends the row as an object of its columns: of a row of a
// stream with kinds, {"type":kind,"data":{…}}, as the program's own classes
// are.
func (v *rowView) appendNamed(dst []byte) []byte {
	if v.kind == "" {
		return appendColumns(dst, v.shape, v.raw)
	}
	dst = append(dst, `{"type":`...)
	dst = jsonenc.AppendString(dst, v.kind)
	dst = append(dst, `,"data":`...)
	dst = appendColumns(dst, v.shape, v.inner)
	return append(dst, '}')
}

func appendColumns(dst []byte, s *shape, array []byte) []byte {
	dst = append(dst, '{')
	for i, e := range jsonv.Elements(array) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, s.columns[i]...)
		dst = append(dst, '"', ':')
		dst = jsonv.AppendTyped(dst, e)
	}
	return append(dst, '}')
}
