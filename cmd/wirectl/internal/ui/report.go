package ui

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Sourced error can show the line that it is about. Start and end are the
// bytes of the line that are wrong; a caret stands below them.
type Sourced interface {
	error
	Source() (line string, start, end int)
}

// A Hinted error says what to do. The hint stands beside the caret.
type Hinted interface {
	error
	Hint() string
}

// A Noted error has lines to add below.
type Noted interface {
	error
	Notes() []string
}

// Report writes err to s the way all errors of wirectl look:
//
//	wirectl: place: what
//	  the line
//	      ^~~~ hint
//	  notes
//
// Errors joined together come one after the other.
func Report(s *Stream, err error) {
	if err != nil {
		report(s, err, Code(err))
	}
}

// report writes err, which stands for a status.
func report(s *Stream, err error, code int) {
	if Quiet(err) {
		return
	}
	if e, ok := err.(*Error); ok {
		err = e.Err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			report(s, e, code)
		}
		return
	}
	st := s.Styles()
	what := err.Error()
	if code == ExitInternal {
		what = "internal error: " + what
	}
	fmt.Fprintf(s, "%s %s\n", st.Error.Text("wirectl:"), printable(what))
	hint, notes := advice(err)
	if e, ok := errors.AsType[Sourced](err); ok {
		line, start, end := e.Source()
		writeSource(s, st, line, start, end, hint)
	} else if hint != "" {
		fmt.Fprintf(s, "  %s\n", printable(hint))
	}
	for _, n := range notes {
		fmt.Fprintf(s, "  %s\n", st.Dim.Text(printable(n)))
	}
}

// advice collects the hint and the notes that err, or what it wraps, has.
func advice(err error) (hint string, notes []string) {
	if e, ok := errors.AsType[Hinted](err); ok {
		hint = e.Hint()
	}
	if e, ok := errors.AsType[Noted](err); ok {
		notes = e.Notes()
	}
	if e, ok := errors.AsType[*codec.UnknownNameError](err); ok {
		if n := lex.Nearest(e.Name, e.Allowed); n != "" {
			hint = "did you mean " + n + "?"
		}
		if len(e.Allowed) > 0 {
			notes = append(notes, "there is: "+strings.Join(e.Allowed, ", "))
		}
	}
	return hint, notes
}

// writeSource writes a line with a caret below it. A long line is cut to what
// stands around the caret.
func writeSource(s *Stream, st *Styles, line string, start, end int, hint string) {
	start = min(max(start, 0), len(line))
	end = min(max(end, start), len(line))
	room := s.Columns(100) - 4
	before := printable(line[max(0, start-4*room):start]) // a line may be long, what is shown is not
	bad := printable(line[start:min(end, start+4*room)])
	after := printable(line[end:min(len(line), end+4*room)])
	before = cutLeft(before, max(room/2, 8))
	bad = cutRight(bad, max(room-width(before), 8))
	after = cutRight(after, max(room-width(before)-width(bad), 0))
	fmt.Fprintf(s, "  %s%s%s\n", before, st.Error.Text(bad), after)
	mark := "^" + strings.Repeat("~", max(width(bad)-1, 0))
	if hint != "" {
		hint = " " + printable(hint)
	}
	fmt.Fprintf(s, "  %s%s%s\n", strings.Repeat(" ", width(before)), st.Error.Text(mark), hint)
}

// width returns how many columns a printable text takes.
func width(s string) int { return dump.Cells(s) }

// cutLeft cuts s to n columns at its beginning.
func cutLeft(s string, n int) string {
	if width(s) <= n {
		return s
	}
	for width(s) >= n && s != "" {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return "…" + s
}

// cutRight cuts s to n columns at its end.
func cutRight(s string, n int) string {
	if width(s) <= n {
		return s
	}
	for width(s) >= n && s != "" {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	if n < 2 {
		return ""
	}
	return s + "…"
}

// Fit returns text that a terminal shows in at most n columns, or all of it
// when n is 0. What it would act on is shown as escapes.
func Fit(s string, n int) string {
	if n <= 0 {
		return printable(s)
	}
	short := s[:min(len(s), 4*n+utf8.UTFMax)] // a text may be long, what is shown is not
	return cutRight(printable(short), n)
}

// Printable returns s with what is not to go to a terminal escaped.
func Printable(s string) string { return printable(s) }

// printable replaces what a terminal would act on by its escape.
func printable(s string) string {
	clean := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) && r != ' ' }
	if strings.IndexFunc(s, clean) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case clean(r) && r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case clean(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// A BytesError is a fault of binary input: it shows the bytes around the
// place as hexadecimal, with a caret.
type BytesError struct {
	Place string // of the input: a file's name
	Fault *codec.SyntaxError
	Base  int64  // offset of Bytes[0]
	Bytes []byte // what stands around the place
}

// Error returns "place: offset N in PATH: what".
func (e *BytesError) Error() string {
	if e.Place == "" {
		return e.Fault.Error()
	}
	return e.Place + ": " + e.Fault.Error()
}

// Unwrap returns the fault.
func (e *BytesError) Unwrap() error { return e.Fault }

// Source implements [Sourced]: one row of at most 16 bytes.
func (e *BytesError) Source() (line string, start, end int) {
	at := min(max(e.Fault.Offset-e.Base, 0), int64(len(e.Bytes)))
	first := max(at-8, 0)
	row := e.Bytes[first:min(first+16, int64(len(e.Bytes)))]
	line = fmt.Sprintf("%08x ", e.Base+first)
	for i, b := range row {
		if int64(i) == at-first {
			start = len(line) + 1
		}
		line += fmt.Sprintf(" %02x", b)
	}
	if at-first == int64(len(row)) { // behind the last byte
		line += "   "
		start = len(line) - 2
	}
	return line, start, start + 2
}
