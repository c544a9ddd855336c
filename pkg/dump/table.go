package dump

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Table renders records as one line each. The columns have fixed widths, so
// that lines can be written as records come; what is longer pushes its line
// to the right.
type Table struct {
	o        Options
	columns  []column
	cell     []byte
	summary  []byte
	findings []codec.Finding
}

// NewTable returns a renderer of tables.
func NewTable(o Options) *Table {
	t := &Table{o: o}
	for _, c := range tableColumns {
		switch {
		case c.title != timeTitle:
		case !o.Times:
			continue
		case !o.Start.IsZero():
			c.width = len("+1234.123456")
		}
		t.columns = append(t.columns, c)
	}
	return t
}

// A column is one column of a table.
type column struct {
	title string
	width int
	left  bool // aligned to the left
	style func(*Styles, *codec.Record) *Style
	cell  func(dst []byte, o *Options, r *codec.Record) []byte
}

var tableColumns = []column{
	{"conn", 4, false, func(s *Styles, _ *codec.Record) *Style { return &s.Offset }, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return strconv.AppendInt(dst, int64(r.Conn), 10)
	}},
	{"dir", 3, true, directionStyle, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return append(dst, r.Dir.String()...)
	}},
	{"seq", 5, false, func(s *Styles, _ *codec.Record) *Style { return &s.Dim }, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return strconv.AppendInt(dst, int64(r.Seq), 10)
	}},
	{timeTitle, 15, false, func(s *Styles, _ *codec.Record) *Style { return &s.Dim }, func(dst []byte, o *Options, r *codec.Record) []byte {
		if r.Time.IsZero() {
			return dst
		}
		return appendMoment(dst, o.Start, r.Time)
	}},
	{"offset", 9, false, func(s *Styles, _ *codec.Record) *Style { return &s.Offset }, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return AppendGrouped(dst, r.Span.Start)
	}},
	{"length", 7, false, func(s *Styles, _ *codec.Record) *Style { return &s.Number }, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return AppendGrouped(dst, r.Span.Len())
	}},
	{"type", 16, true, typeStyle, func(dst []byte, _ *Options, r *codec.Record) []byte {
		return append(dst, typeName(r)...)
	}},
}

const timeTitle = "time"

// AppendHeader appends the titles of the columns.
func (t *Table) AppendHeader(dst []byte) []byte {
	line := appendBlanks(t.cell[:0], gutter)
	for i := range t.columns {
		c := &t.columns[i]
		pad := c.width - len(c.title)
		if !c.left {
			line = appendBlanks(line, pad)
		}
		line = append(line, c.title...)
		if c.left {
			line = appendBlanks(line, pad)
		}
		line = append(line, blanks[:between]...)
	}
	line = append(line, "summary"...)
	dst, _ = appendStyled(dst, &t.o.Styles.Dim, line, t.o.width())
	t.cell = line
	return append(dst, '\n')
}

// AppendRecord appends the line of r.
func (t *Table) AppendRecord(dst []byte, r *codec.Record) []byte {
	var (
		st   = &t.o.Styles
		line = gutter
		lead = 0 // blanks due before the next cell
	)
	dst = t.mark(dst, r)
	for i := range t.columns {
		c := &t.columns[i]
		t.cell = c.cell(t.cell[:0], &t.o, r)
		n := len(t.cell)
		if c.left {
			n = cells(t.cell)
		}
		pad := max(0, c.width-n)
		if !c.left {
			lead += pad
		}
		dst = appendBlanks(dst, lead)
		dst, n = appendStyled(dst, c.style(st, r), t.cell, max(c.width, t.o.width()-line-lead))
		line += lead + n
		lead = between
		if c.left {
			lead += pad
		}
	}
	t.summary = t.appendSummary(t.summary[:0], r)
	if room := t.o.width() - line - lead; len(t.summary) > 0 && room > 0 {
		style := &none
		if r.Frame == nil || r.Err != nil {
			style = &st.Error
		}
		dst = appendBlanks(dst, lead)
		dst, _ = appendStyled(dst, style, t.summary, room)
	}
	return append(dst, '\n')
}

// mark appends the exclamation mark of a record with damage or findings.
func (t *Table) mark(dst []byte, r *codec.Record) []byte {
	odd := r.Err != nil || r.Frame == nil
	if !odd {
		t.findings = r.Frame.AppendFindings(t.findings[:0])
		odd = len(t.findings) > 0
	}
	if !odd {
		return append(dst, blanks[:gutter]...)
	}
	dst = t.o.Styles.Error.on(dst)
	dst = append(dst, '!')
	dst = t.o.Styles.Error.off(dst)
	return append(dst, blanks[:gutter-1]...)
}

// appendSummary appends what is wrong with r, or else what it says in short or
// its notation.
func (t *Table) appendSummary(dst []byte, r *codec.Record) []byte {
	switch {
	case r.IsGap():
		dst = appendBytes(dst, r.Span.Len())
		return append(dst, " missing"...)
	case r.Err != nil:
		dst = append(dst, r.Err.Code...)
		dst = append(dst, ": "...)
		if r.Err.Path != "" {
			dst = append(dst, r.Err.Path...)
			dst = append(dst, ": "...)
		}
		return append(dst, reason(r.Err)...)
	}
	if b, ok := r.Frame.(codec.Briefer); ok {
		return b.AppendBrief(dst, t.o.View)
	}
	if t.o.Wire != nil {
		return t.o.Wire(dst, r)
	}
	return dst
}
