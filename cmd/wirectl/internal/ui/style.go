package ui

import (
	"strings"

	"github.com/fatih/color"

	"github.com/wirectl/wirectl/pkg/dump"
)

// A Style puts colour around text. The zero Style leaves it plain.
type Style struct{ on, off string }

// Append appends text in the style.
func (s Style) Append(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(dst, s.on...)
	dst = append(dst, text...)
	return append(dst, s.off...)
}

// Text returns text in the style.
func (s Style) Text(text string) string {
	if text == "" || s.on == "" {
		return text
	}
	return s.on + text + s.off
}

// Styles are the accents that all commands share, one for each kind of thing.
type Styles struct {
	Heading  Style
	Dim      Style // offsets, remarks, what is not the point
	Name     Style // names of fields, commands and protocols
	Number   Style
	Text     Style // quoted text
	ToServer Style
	ToClient Style
	Good     Style
	Warning  Style
	Error    Style
}

// Styles returns the styles of the stream: plain ones without colour.
func (s *Stream) Styles() *Styles {
	if !s.Color {
		return &Styles{}
	}
	return &Styles{
		Heading:  style(color.Bold),
		Dim:      style(color.Faint),
		Name:     style(color.FgCyan),
		Number:   style(color.FgBlue),
		Text:     style(color.FgGreen),
		ToServer: style(color.FgMagenta, color.Bold),
		ToClient: style(color.FgCyan, color.Bold),
		Good:     style(color.FgGreen),
		Warning:  style(color.FgYellow, color.Bold),
		Error:    style(color.FgRed, color.Bold),
	}
}

// Dump returns the styles of package dump's forms for people.
func (s *Stream) Dump() dump.Styles {
	if !s.Color {
		return dump.Styles{}
	}
	st := s.Styles()
	d := func(s Style) dump.Style { return dump.Style{On: s.on, Off: s.off} }
	return dump.Styles{
		ToServer: d(st.ToServer),
		ToClient: d(st.ToClient),
		Offset:   d(st.Dim),
		Name:     d(st.Name),
		Number:   d(st.Number),
		Text:     d(st.Text),
		Error:    d(st.Error),
		Note:     d(st.Dim),
		Dim:      d(st.Dim),
		Fields: []dump.Style{
			d(style(color.FgCyan)), d(style(color.FgYellow)), d(style(color.FgGreen)),
			d(style(color.FgMagenta)), d(style(color.FgBlue)),
		},
	}
}

// style takes the codes out of package color, which by itself would decide
// about colour once for the whole process.
func style(attrs ...color.Attribute) Style {
	c := color.New(attrs...)
	c.EnableColor()
	on, off, _ := strings.Cut(c.Sprint("\x00"), "\x00")
	return Style{on, off}
}
