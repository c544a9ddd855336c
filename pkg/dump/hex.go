package dump

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Hex renders records as a dump of every byte under the name of its field.
// docs/dump.md describes the layout, which can be read back.
type Hex struct {
	o        Options
	rows     rows
	fields   []codec.Field
	inner    []codec.Field // of what was decoded
	findings []codec.Finding
	remarks  []remark
}

// NewHex returns a renderer of hex dumps.
func NewHex(o Options) *Hex {
	h := &Hex{o: o}
	h.o.View.Texts = new(codec.Texts)
	h.rows = rows{st: &h.o.Styles, limit: o.rows(), painted: o.Styles.Offset != Style{} || len(o.Styles.Fields) > 0}
	return h
}

// The names of bytes that are in no field.
var (
	raw     = codec.Field{Name: "raw"}
	noField = codec.Field{Name: "(no field)"}
)

// AppendHeader appends nothing.
func (h *Hex) AppendHeader(dst []byte) []byte { return dst }

// AppendRecord appends a heading and the rows of r.
func (h *Hex) AppendRecord(dst []byte, r *codec.Record) []byte {
	h.fields = h.fields[:0]
	if r.Frame != nil {
		h.fields = r.Frame.AppendFields(h.fields, r.Span.Start, h.o.View)
	}
	h.remark(r)
	h.rows.layout = newLayout(h.o.width(), r.Span.End)
	h.rows.fit(h.fields)

	dst = h.heading(dst, r)
	switch {
	case r.IsGap():
		dst = h.rows.offset(dst, true, r.Span.Start)
		return h.rows.count(dst, r.Span.Len(), "", " missing")
	case r.Frame == nil:
		dst = h.rows.append(dst, &stretch{field: &raw, plain: true, offset: r.Span.Start, bytes: r.Bytes, marked: true, label: &h.o.Styles.Error, style: &none})
	default:
		dst = h.frame(dst, r)
	}
	for i := range h.remarks {
		dst = h.tell(dst, &h.remarks[i])
	}
	if f, ok := r.Frame.(codec.Unpacker); ok {
		dst = h.unpacked(dst, f)
	}
	return dst
}

// unpacked appends the rows of what was decoded of a frame, with offsets of
// its own and a mark that tells them from the rows of the capture:
//
//	~ zlib                                         54 bytes decoded
//	~ 00000000  a1                       .         head  map
func (h *Hex) unpacked(dst []byte, f codec.Unpacker) []byte {
	u, ok := f.Unpack(h.inner[:0], h.o.View)
	if !ok {
		return dst
	}
	h.inner = u.Fields
	fields, layout := h.fields, h.rows.layout
	h.fields, h.rows.inner, h.remarks = u.Fields, true, h.remarks[:0]
	h.rows.layout = newLayout(h.o.width(), int64(len(u.Bytes)))
	h.rows.fit(h.fields)

	var scratch [32]byte
	size := append(appendBytes(scratch[:0], int64(len(u.Bytes))), " decoded"...)
	dst = h.rows.mark(dst, false)
	dst, n := appendStyled(dst, &h.o.Styles.Name, u.How, max(0, h.rows.field-gutter-between))
	dst = appendBlanks(dst, h.rows.field-gutter-n)
	dst, _ = appendStyled(dst, &h.o.Styles.Dim, size, len(size))
	dst = append(dst, '\n')
	dst = h.frame(dst, &codec.Record{Span: codec.Span{End: int64(len(u.Bytes))}, Bytes: u.Bytes})
	h.fields, h.rows.inner, h.rows.layout = fields, false, layout
	return dst
}

// heading appends the line above a record:
//
//	#1 > command-name                              13 bytes
//
// The size stands above the names of the fields.
func (h *Hex) heading(dst []byte, r *codec.Record) []byte {
	var scratch [32]byte
	size := appendBytes(scratch[:0], r.Span.Len())
	room := max(h.rows.field-between, h.rows.width-len(size)-between)
	dst, at := appendHeading(dst, &h.o, r, room)
	dst = appendBlanks(dst, max(between, h.rows.field-at))
	dst, _ = appendStyled(dst, &h.o.Styles.Dim, size, len(size))
	return append(dst, '\n')
}

// frame appends the rows of a frame's fields. Bytes that the fields leave out
// are shown all the same.
func (h *Hex) frame(dst []byte, r *codec.Record) []byte {
	var (
		at     = r.Span.Start
		colour = 0
		s      stretch
	)
	fields := h.fields
	for i := range fields {
		f := &fields[i]
		s.field, s.plain = f, h.rows.names[i].plain
		s.style, s.label = h.colour(colour)
		if f.Span.Start > at {
			dst = h.unnamed(dst, r, at, f.Span.Start)
			at = min(f.Span.Start, r.Span.End)
		}
		s.offset, s.bytes, s.secret, s.marked = at, nil, false, false
		if i+1 < len(fields) && fields[i+1].Depth > f.Depth {
			dst = h.rows.append(dst, &s) // its parts have the bytes
			continue
		}
		colour++
		start := at
		end := max(at, min(f.Span.End, r.Span.End))
		s.bytes, at = slice(r, start, end), end
		s.secret = len(f.Value) >= len(codec.Redacted) && strings.Contains(f.Value, codec.Redacted)
		s.marked = h.touched(start, end)
		dst = h.rows.append(dst, &s)
		for i := range h.remarks {
			if m := &h.remarks[i]; m.in(start, end) {
				dst = h.tell(dst, m)
			}
		}
	}
	return h.unnamed(dst, r, at, r.Span.End)
}

// unnamed appends rows for the bytes that no field has, if there are any.
func (h *Hex) unnamed(dst []byte, r *codec.Record, start, end int64) []byte {
	if end = min(end, r.Span.End); start >= end {
		return dst
	}
	return h.rows.append(dst, &stretch{field: &noField, plain: true, offset: start, bytes: slice(r, start, end), label: &h.o.Styles.Dim, style: &none})
}

// slice returns the bytes of r between two offsets in the stream.
func slice(r *codec.Record, start, end int64) []byte {
	n := int64(len(r.Bytes))
	return r.Bytes[min(start-r.Span.Start, n):min(end-r.Span.Start, n)]
}

// colour returns the styles of the bytes and the name of the i-th field that
// has bytes.
func (h *Hex) colour(i int) (bytes, name *Style) {
	if n := len(h.o.Styles.Fields); n > 0 {
		c := &h.o.Styles.Fields[i%n]
		return c, c
	}
	return &none, &h.o.Styles.Name
}
