package replay

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// A Paint colours a text: "pass", "fail", "skip", "dim", "want" or "got".
type Paint func(what, text string) string

// Plain is the Paint without colours.
func Plain(_, text string) string { return text }

// maxShown is how much of a line, a value or a stretch of bytes is shown.
const (
	maxShown = 400
	maxBytes = 16
)

// WriteText writes a report for people. With all, it tells of every step.
func WriteText(w io.Writer, r *Report, paint Paint, all bool) error {
	e := r.Entry()
	return e.WriteText(w, paint, all)
}

// WriteText writes an entry for people. With all, it tells of every step.
func (e *Entry) WriteText(w io.Writer, paint Paint, all bool) error {
	var b strings.Builder
	for i := range e.Steps {
		s := &e.Steps[i]
		switch {
		case s.Status == Failed:
			s.write(&b, paint)
		case all:
			fmt.Fprintf(&b, "%s %s: %s", paint(string(s.Status), string(s.Status)), s.place(), cut(s.Text))
			if s.Why != "" {
				fmt.Fprintf(&b, " (%s)", s.Why)
			}
			b.WriteByte('\n')
		}
	}
	for _, n := range e.Notes {
		fmt.Fprintf(&b, "note %s: %s\n", e.Document, cut(n))
	}
	if e.Stopped != "" {
		fmt.Fprintf(&b, "%s %s: %s\n", paint("fail", "stop"), e.Document, e.Stopped)
	}
	status := "pass"
	if e.Status == Failed {
		status = "FAIL"
	}
	fmt.Fprintf(&b, "%s %s: %s\n", paint(string(e.Status), status), e.Document, e.Sum())
	_, err := io.WriteString(w, b.String())
	return err
}

// place says where a step stands.
func (s *Step) place() string {
	if s.Line == 0 {
		return s.File
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// Sum returns the numbers of a report.
func (e *Entry) Sum() string {
	s := fmt.Sprintf("%d passed", e.Passed)
	if e.Failed > 0 {
		s += fmt.Sprintf(", %d failed", e.Failed)
	}
	if e.Skipped > 0 {
		s += fmt.Sprintf(", %d skipped", e.Skipped)
	}
	return s
}

// write writes a failure: its line with a caret, then field by field what was
// expected and what came, with its bytes.
func (s *Step) write(b *strings.Builder, paint Paint) {
	fmt.Fprintf(b, "%s %s: ", paint("fail", "FAIL"), s.place())
	if s.Line == 0 {
		b.WriteString(cut(s.Text) + ": ")
	}
	b.WriteString(s.Why + "\n")
	for _, line := range s.Details() {
		what := ""
		switch {
		case strings.HasPrefix(line, "  - "):
			what = "want"
		case strings.HasPrefix(line, "  + "):
			what = "got"
		case strings.HasPrefix(line, "    "):
			what = "dim"
		}
		b.WriteString(paint(what, line) + "\n")
	}
}

// Details returns the lines that show a failure: the source with a caret, and
// the differences.
func (s *Step) Details() []string {
	var lines []string
	if s.Text != "" && s.Line > 0 {
		lines = s.source()
	}
	for _, d := range s.Diffs {
		name := d.Path
		if name == "" {
			name = "frame"
		}
		switch d.Kind {
		case "missing":
			lines = append(lines, fmt.Sprintf("  - %s: %s", name, cut(d.Want)), fmt.Sprintf("  + %s: missing", name))
		case "unexpected":
			lines = append(lines, fmt.Sprintf("  - %s: nothing", name), fmt.Sprintf("  + %s: %s", name, cut(d.Got)))
		default:
			lines = append(lines, fmt.Sprintf("  - %s: %s", name, cut(d.Want)), fmt.Sprintf("  + %s: %s", name, cut(d.Got)))
		}
		if d.Bytes != "" {
			lines = append(lines, d.dump()...)
		}
	}
	for _, a := range s.Asserts {
		line := fmt.Sprintf("  - line %d: @assert %s", a.Line, a.Expr)
		lines = append(lines, line)
		switch {
		case a.Error != "":
			lines = append(lines, "  + "+a.Error)
		case a.Left != "" || a.Right != "":
			lines = append(lines, fmt.Sprintf("  + %s and %s", cut(a.Left), cut(a.Right)))
		}
	}
	if s.Got != "" && (len(s.Diffs) != 1 || s.Diffs[0].Path != "") {
		lines = append(lines, "    came: "+cut(s.Got))
	}
	return lines
}

// source returns the line, or what of a long one stands around the caret, and
// the caret.
func (s *Step) source() []string {
	text, start, end := s.Text, s.Start, s.End
	const before, room = 40, 90
	lead := ""
	if start > before && len(text) > room {
		text, lead = text[start-before:], "…"
		start, end = before, end-s.Start+before
	}
	if len(text) > room {
		text = text[:room] + "…"
		end = min(end, room)
	}
	text = strings.ToValidUTF8(text, "")
	n := 1
	if start < len(text) {
		n = max(len([]rune(text[start:max(start, min(end, len(text)))])), 1)
	}
	pad := strings.Repeat(" ", len([]rune(lead+text[:min(start, len(text))])))
	return []string{"    " + lead + text, "    " + pad + "^" + strings.Repeat("~", n-1)}
}

// dump returns the bytes of a field as a dump shows them: of many those around
// the first that is another one, with a mark below.
func (d *Diff) dump() []string {
	raw, _ := hex.DecodeString(d.Bytes)
	from := 0
	if d.Mark != nil && len(raw) > maxBytes && d.Mark.Start >= maxBytes-2 {
		from = max(0, min(d.Mark.Start-maxBytes/2, len(raw)-maxBytes))
	}
	shown, more := raw[from:], ""
	if len(shown) > maxBytes {
		shown = shown[:maxBytes]
	}
	if len(shown) < len(raw) {
		more = fmt.Sprintf(" … %d bytes", len(raw))
	}
	text := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return '.'
		}
		return c
	}, latin(shown))
	lines := []string{fmt.Sprintf("    %08x  % x  %s%s", d.Offset+int64(from), shown, text, more)}
	if d.Mark == nil {
		return lines
	}
	start, end := d.Mark.Start-from, min(d.Mark.End-from, len(shown))
	return append(lines, strings.Repeat(" ", 14+3*start)+strings.Repeat("^", 3*(end-start)-1))
}

// latin returns bytes as runes of the same number.
func latin(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// cut shortens a text for people.
func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + fmt.Sprintf("… (%d bytes)", len(s))
}
