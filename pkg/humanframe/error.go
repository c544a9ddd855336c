package humanframe

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// An Error is a fault of a text, with its place.
type Error struct {
	File     string // as given by the caller
	Line     int    // from 1
	Text     string // the line
	Start    int    // the wrong part of Text, in bytes
	End      int
	Field    string   // the part of the frame, such as "stream flags"
	Message  string   // what is wrong
	Allowed  []string // what could stand there
	HintText string   // what to do
}

// Error returns "file:line:column: field: message". Columns count characters
// from 1.
func (e *Error) Error() string {
	col := 1 + utf8.RuneCountInString(e.Text[:min(e.Start, len(e.Text))])
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, col, e.Reason())
}

// Reason returns the message without the place.
func (e *Error) Reason() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Source returns the line and which of its bytes are wrong.
func (e *Error) Source() (line string, start, end int) { return e.Text, e.Start, e.End }

// Hint says what to do, or is empty.
func (e *Error) Hint() string { return e.HintText }

// Notes lists what could stand in the place of what is wrong.
func (e *Error) Notes() []string {
	if len(e.Allowed) == 0 {
		return nil
	}
	list := strings.Join(e.Allowed, ", ")
	if e.Field == "" {
		return []string{"there is: " + list}
	}
	return []string{e.Field + ": " + list}
}

// Text returns the whole line.
func (l *Line) Text() string { return string(l.text) }

// Rest returns what follows the name of a directive, as it stands.
func (l *Line) Rest() string {
	_, rest, _ := strings.Cut(string(l.text[l.body:]), " ")
	return rest
}

// ArgError makes an [*Error] of an error about what Rest returned.
func (l *Line) ArgError(err error) error {
	if e, ok := err.(*codec.TextError); ok {
		n := len("@") + len(l.Directive) + len(" ")
		return l.fault(&codec.TextError{Start: e.Start + n, End: e.End + n, Field: e.Field, Message: e.Message, Allowed: e.Allowed, Hint: e.Hint})
	}
	if e, ok := err.(*codec.UnknownNameError); ok {
		return l.fault(lex.UnknownName(e.What, e.Name, 1, 1+len(l.Directive), e.Allowed))
	}
	return l.fault(err)
}

// fault makes an Error of a protocol's error about the text at l.body.
func (l *Line) fault(err error) *Error {
	e := &Error{File: l.File, Line: l.Number, Text: string(l.text), Start: l.body, End: len(l.text), Message: err.Error()}
	switch err := err.(type) {
	case *codec.TextError:
		e.Start, e.End = l.body+err.Start, l.body+err.End
		e.Field, e.Message, e.Allowed, e.HintText = err.Field, err.Message, err.Allowed, err.Hint
	case *Error:
		return err
	}
	e.Start = max(0, min(e.Start, len(e.Text)))
	e.End = max(e.Start, min(e.End, len(e.Text)))
	return e
}
