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

// Write writes the table. Cells are made printable. On a terminal the last
// column is broken into lines that fit.
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
	left := len(t.Indent) // columns before the last one
	for _, w := range widths[:max(len(widths)-1, 0)] {
		left += w + 2
	}
	room := s.Width - left
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
				first, more := c, []string(nil)
				if i == len(widths)-1 && room >= minWrap {
					first, more = wrap(c, room)
				}
				line = style(i).Append(line, first)
				for _, m := range more {
					line = append(append(line, '\n'), strings.Repeat(" ", left)...)
					line = style(i).Append(line, m)
				}
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

// minWrap is the least room in which the last column is broken.
const minWrap = 16

// wrap breaks text into lines of at most so many columns, where it has
// blanks.
func wrap(text string, columns int) (first string, more []string) {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && width(line)+1+width(word) > columns {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	lines = append(lines, line)
	return lines[0], lines[1:]
}
