package ui

import (
	"strings"

	"github.com/fatih/color"
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

// Codes returns what stands before and after text in the style.
func (s Style) Codes() (on, off string) { return s.on, s.off }

// Styles are the accents that all commands share, one for each kind of thing.
type Styles struct {
	Heading   Style
	Dim       Style // offsets, remarks, what is not the point
	Name      Style // names of fields
	Number    Style
	Text      Style // quoted text
	Symbol    Style // symbolic names
	ToServer  Style
	ToClient  Style
	Good      Style
	Warning   Style
	Error     Style
	FieldRing []Style // backgrounds that tell neighbouring fields apart
}

// Styles returns the styles of the stream: plain ones without colour.
func (s *Stream) Styles() *Styles {
	if !s.Color {
		return &Styles{FieldRing: make([]Style, 1)}
	}
	return &Styles{
		Heading:  style(color.Bold),
		Dim:      style(color.Faint),
		Name:     style(color.FgCyan),
		Number:   style(color.FgBlue),
		Text:     style(color.FgGreen),
		Symbol:   style(color.FgYellow),
		ToServer: style(color.FgMagenta, color.Bold),
		ToClient: style(color.FgCyan, color.Bold),
		Good:     style(color.FgGreen),
		Warning:  style(color.FgYellow, color.Bold),
		Error:    style(color.FgRed, color.Bold),
		FieldRing: []Style{
			style(color.FgCyan), style(color.FgYellow), style(color.FgGreen),
			style(color.FgMagenta), style(color.FgBlue), style(color.FgRed),
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
