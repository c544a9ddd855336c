package dump

import "strings"

// A Style is what stands before and after a styled text. It must take no cell
// on the terminal. The zero Style changes nothing.
type Style struct{ On, Off string }

// on appends what stands before a styled text. Mostly there is nothing.
func (s *Style) on(dst []byte) []byte {
	if s.On == "" {
		return dst
	}
	return append(dst, s.On...)
}

// off appends what stands behind it.
func (s *Style) off(dst []byte) []byte {
	if s.Off == "" {
		return dst
	}
	return append(dst, s.Off...)
}

// append appends a text with the style.
func (s *Style) append(dst, text []byte) []byte { return s.off(append(s.on(dst), text...)) }

// StyleOf makes a Style of a function that wraps text, such as those of
// colour libraries.
func StyleOf(wrap func(text string) string) Style {
	const probe = "text"
	on, off, ok := strings.Cut(wrap(probe), probe)
	if !ok {
		return Style{}
	}
	return Style{On: on, Off: off}
}

// Styles are the looks of the parts of the forms for people. Nothing is told
// by a style alone.
type Styles struct {
	ToServer Style // headings and marks of what the client sends
	ToClient Style // headings and marks of what the server sends
	Offset   Style // offsets, and the other places of a record
	Name     Style // names of fields
	Number   Style // values that begin with a digit or a sign
	Text     Style // values that begin with a quotation mark
	Error    Style // damage and findings
	Note     Style // remarks beside values
	Dim      Style // counts and what is of less weight

	// Fields are the colours of a hex dump's fields, taken in turn: of their
	// bytes and names. Without them names have the style Name.
	Fields []Style
}

// value returns the style of a value.
func (s *Styles) value(v string) *Style {
	if v == "" {
		return &none
	}
	switch c := v[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '+':
		return &s.Number
	case c == '"' || c == '\'':
		return &s.Text
	}
	return &none
}

var none Style // changes nothing
