package dump

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// ValueForms are the forms of [Values].
var ValueForms = []string{"table", "csv", "tsv", "json"}

// Values renders chosen values of records: a line of text for each. Texts stand
// as they are, lists and objects as JSON, and what is not there is empty.
//
//	csv    as RFC 4180 has it, with lines that end in LF
//	tsv    tabs between the values; what cannot be printed is escaped
//	json   an object
//	table  as tsv: an [Aligner] makes columns of it
type Values struct {
	form  string
	names []string
	safe  bool
	cell  []byte
}

// NewValues returns a renderer of values with these names. With safe, csv has
// nothing either that a terminal could act on.
func NewValues(form string, names []string, safe bool) *Values {
	return &Values{form: form, names: names, safe: safe}
}

// AppendHeader appends the line of names, if the form has one.
func (v *Values) AppendHeader(dst []byte) []byte {
	if v.form == "json" {
		return dst
	}
	for i, name := range v.names {
		dst = v.appendCell(v.separate(dst, i), []byte(name))
	}
	return append(dst, '\n')
}

func (v *Values) separate(dst []byte, i int) []byte {
	switch {
	case i == 0:
		return dst
	case v.form == "csv":
		return append(dst, ',')
	}
	return append(dst, '\t')
}

// AppendValues appends a record's line.
func (v *Values) AppendValues(dst []byte, values []any) []byte {
	if v.form == "json" {
		return v.appendObject(dst, values)
	}
	for i, value := range values {
		v.cell = appendText(v.cell[:0], value)
		dst = v.appendCell(v.separate(dst, i), v.cell)
	}
	return append(dst, '\n')
}

func (v *Values) appendCell(dst, cell []byte) []byte {
	quoted := v.form == "csv" && (bytes.ContainsAny(cell, ",\"\r\n") || bytes.HasPrefix(cell, []byte(" ")) || bytes.HasSuffix(cell, []byte(" ")))
	switch {
	case plain(cell) && !quoted:
		return append(dst, cell...)
	case v.form != "csv" || v.safe:
		if start := len(dst); quoted {
			dst = appendPrintable(append(dst, '"'), cell)
			return append(append(dst[:start+1], bytes.ReplaceAll(dst[start+1:], []byte(`"`), []byte(`""`))...), '"')
		}
		return appendPrintable(dst, cell)
	case quoted:
		dst = append(dst, '"')
		dst = append(dst, bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`))...)
		return append(dst, '"')
	}
	return append(dst, cell...)
}

func appendPrintable(dst, text []byte) []byte {
	var scratch [12]byte
	for len(text) > 0 {
		shown, _, n := printable(scratch[:0], text)
		dst, text = append(dst, shown...), text[n:]
	}
	return dst
}

func (v *Values) appendObject(dst []byte, values []any) []byte {
	dst = append(dst, '{')
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONValue(dst, v.names[i])
		dst = append(dst, ':')
		dst = appendJSONValue(dst, value)
	}
	return append(dst, "}\n"...)
}

// appendText appends a value as text.
func appendText(dst []byte, value any) []byte {
	switch x := value.(type) {
	case nil:
		return dst
	case string:
		return append(dst, x...)
	case int:
		return strconv.AppendInt(dst, int64(x), 10)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case float64:
		if a := math.Abs(x); a != 0 && (a < 1e-9 || a >= 1e21) {
			return strconv.AppendFloat(dst, x, 'g', -1, 64)
		}
		return strconv.AppendFloat(dst, x, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(dst, x)
	case map[string]any:
		if len(x) == 1 { // a byte string
			for _, key := range []string{"text", "hex"} {
				if s, ok := x[key].(string); ok {
					return append(dst, s...)
				}
			}
		}
	}
	return appendJSONValue(dst, value)
}

func appendJSONValue(dst []byte, value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(value) != nil { // such as an infinity
		return append(dst, "null"...)
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// An Aligner makes columns of lines with tabs, the first of which has the
// names. The widths are those of the lines that it may hold; what is longer
// later pushes its line to the right.
type Aligner struct {
	Header Style // of the names
	hold   int
	lines  [][]byte
	widths []int
	right  []bool // numbers stand to the right
	fixed  bool
}

// NewAligner returns an Aligner that holds some lines before it writes any.
func NewAligner(hold int, header Style) *Aligner { return &Aligner{hold: hold, Header: header} }

// Append takes a line with its line feed, and appends what can be written.
func (a *Aligner) Append(dst, line []byte) []byte {
	if a.fixed {
		return a.appendLine(dst, line, Style{})
	}
	a.lines = append(a.lines, bytes.Clone(line))
	if len(a.lines) > a.hold {
		return a.Flush(dst)
	}
	return dst
}

// Flush appends the lines that are held.
func (a *Aligner) Flush(dst []byte) []byte {
	if a.fixed || len(a.lines) == 0 {
		return dst
	}
	a.fixed = true
	for i, line := range a.lines {
		for k, cell := range columnsOf(line) {
			if k == len(a.widths) {
				a.widths, a.right = append(a.widths, 0), append(a.right, len(a.lines) > 1)
			}
			a.widths[k] = max(a.widths[k], cells(cell))
			a.right[k] = a.right[k] && (i == 0 || numeric(cell))
		}
	}
	for i, line := range a.lines {
		style := Style{}
		if i == 0 {
			style = a.Header
		}
		dst = a.appendLine(dst, line, style)
	}
	a.lines = nil
	return dst
}

func columnsOf(line []byte) []string {
	return strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
}

// numeric says whether a cell may stand in a column of numbers.
func numeric(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return cell == "" || err == nil
}

func (a *Aligner) appendLine(dst, line []byte, style Style) []byte {
	columns := columnsOf(line)
	for i, cell := range columns {
		gap := 0
		if i < len(a.widths) {
			gap = a.widths[i] - cells(cell)
		}
		if i > 0 {
			dst = append(dst, "  "...)
		}
		if i < len(a.right) && a.right[i] {
			dst, gap = appendBlanks(dst, gap), 0
		}
		dst, _ = appendStyled(dst, &style, cell, cells(cell))
		dst = appendBlanks(dst, gap)
	}
	return append(bytes.TrimRight(dst, " "), '\n')
}
