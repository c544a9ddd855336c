package ui

import "strings"

// A Table is rows in aligned columns.
type Table struct {
	Head      []string // titles of the columns; none means no such row
	HeadStyle Style
	Styles    []Style // of the columns; those without one are plain
	Right     []bool  // whether a column stands at its right edge
	Indent    string
	rows      [][]string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Write writes the table. Cells are made printable.
func (t *Table) Write(s *Stream) error {
	var widths []int
	measure := func(cells []string) {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(printable(c)))
		}
	}
	measure(t.Head)
	for _, r := range t.rows {
		measure(r)
	}
	var line []byte
	write := func(cells []string, style func(int) Style) error {
		line = append(line[:0], t.Indent...)
		pending := "" // blanks are only written before something
		for i, c := range cells {
			c = printable(c)
			blank := strings.Repeat(" ", widths[i]-width(c))
			if i < len(t.Right) && t.Right[i] {
				pending += blank
				blank = ""
			}
			if c != "" {
				line = append(line, pending...)
				line = style(i).Append(line, c)
				pending = ""
			}
			pending += blank + "  "
		}
		line = append(line, '\n')
		_, err := s.Write(line)
		return err
	}
	if len(t.Head) > 0 {
		if err := write(t.Head, func(int) Style { return t.HeadStyle }); err != nil {
			return err
		}
	}
	for _, r := range t.rows {
		err := write(r, func(i int) Style {
			if i < len(t.Styles) {
				return t.Styles[i]
			}
			return Style{}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
