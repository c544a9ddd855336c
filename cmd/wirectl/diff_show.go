package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
)

// A diffShower shows what a comparison found.
type diffShower struct {
	e   *env
	o   *diffOptions
	st  *ui.Styles
	out io.Writer
}

// text shows the differences the way that "diff -u" does, with what differs in
// a frame below it. It shows nothing when there are none.
func (s *diffShower) text(a, b string, r *diff.Result) error {
	if r.Equal() {
		return nil
	}
	s.line(s.st.Error, "--- ", a)
	s.line(s.st.Good, "+++ ", b)
	for _, p := range r.Pairs {
		switch {
		case p.B == nil:
			s.line(s.st.Error, "- ", talkText(p.A))
		case p.A == nil:
			s.line(s.st.Good, "+ ", talkText(p.B))
		default:
			for _, h := range p.Hunks {
				s.hunk(p, h)
			}
		}
	}
	if r.Left > 0 {
		fmt.Fprintf(s.out, "… and %s more that differ: --max 0 shows them all\n", grouped(int64(r.Left)))
	}
	_, err := fmt.Fprintln(s.out, summary(r))
	return err
}

// talkText tells of a conversation that only one side has.
func talkText(c *diff.Conversation) string {
	return fmt.Sprintf("conversation %d: %s", c.ID, about(c)) + fmt.Sprintf(", %s records", grouped(int64(c.Records)))
}

// about says what a conversation is and who speaks.
func about(c *diff.Conversation) string {
	text := c.Proto
	if text == "" {
		text = "no protocol of ours"
	}
	if c.Dialect != "" && c.Proto != "" {
		text += " " + c.Dialect
	}
	if c.Client != "" || c.Server != "" {
		text += fmt.Sprintf(", %s → %s", nameOr(c.Client, "?"), nameOr(c.Server, "?"))
	}
	return text
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// line writes a line in a style, no wider than is wanted.
func (s *diffShower) line(style ui.Style, mark, text string) {
	fmt.Fprintln(s.out, style.Text(mark+ui.Fit(text, s.room(len(mark)))))
}

// room returns how many columns are left, 0 for any number.
func (s *diffShower) room(used int) int {
	if s.o.all {
		return 0
	}
	return max(20, s.e.Stdout.Columns(defaultDiffWidth)-used)
}

// defaultDiffWidth is how wide lines are when no terminal says it.
const defaultDiffWidth = 160

// hunk shows frames that stand together.
func (s *diffShower) hunk(p *diff.Pair, h diff.Hunk) {
	place := func(mark string, c *diff.Conversation, of func(*diff.Frames) *diff.Frame) string {
		if c == nil {
			return mark
		}
		for _, f := range h {
			if g := of(f); g != nil {
				return fmt.Sprintf("%s%d/%d", mark, c.ID, g.Seq)
			}
		}
		return fmt.Sprintf("%s%d", mark, c.ID)
	}
	where := place("-", p.A, func(f *diff.Frames) *diff.Frame { return f.A }) + " " +
		place("+", p.B, func(f *diff.Frames) *diff.Frame { return f.B })
	talk := p.A
	if talk == nil || talk.Client == "" && p.B != nil {
		talk = p.B
	}
	s.line(s.st.Heading, "@@ ", where+" @@ "+about(talk))
	for _, f := range h {
		switch f.Change {
		case diff.Same:
			s.frame(ui.Style{}, ' ', f.A)
		case diff.Removed:
			s.frame(s.st.Error, '-', f.A)
		case diff.Added:
			s.frame(s.st.Good, '+', f.B)
		default:
			if f.A != nil && f.B != nil && f.A.Wire == f.B.Wire && !f.A.Gap && !f.B.Gap {
				s.frame(s.st.Warning, '~', f.A)
			} else {
				s.frame(s.st.Error, '-', f.A)
				s.frame(s.st.Good, '+', f.B)
			}
			for _, part := range f.Parts {
				s.part(f, part)
			}
		}
	}
}

// around shows one difference, and up to two frames around it.
func (s *diffShower) around(p *diff.Pair, h diff.Hunk, i int) {
	var some diff.Hunk
	for k := max(0, i-2); k <= min(i+2, len(h)-1); k++ {
		if k == i || h[k].Change == diff.Same {
			some = append(some, h[k])
		}
	}
	s.hunk(p, some)
}

func (s *diffShower) frame(style ui.Style, mark rune, f *diff.Frame) {
	if f == nil {
		return // it was not there at the second reading
	}
	text := f.Wire
	if f.Gap {
		text = fmt.Sprintf("@gap %d", f.Span.Len())
	}
	s.line(style, fmt.Sprintf("%c %s ", mark, f.Dir), text)
}

// part shows a part of a frame that differs.
func (s *diffShower) part(f *diff.Frames, p diff.Part) {
	const indent = "    ~ "
	path := diff.ShortPath(p.Path)
	if p.A == nil && p.B == nil {
		why := "all fields are the same, the bytes differ"
		if f.A != nil && f.B != nil && f.A.Wire == f.B.Wire {
			why = "what is masked differs"
		}
		fmt.Fprintf(s.out, "%s%s: %s\n", indent, s.st.Name.Text(path), why)
		return
	}
	a, b := valueText(p.A), valueText(p.B)
	if room := s.room(len(indent) + len(path) + len(":  → ")); room > 0 {
		a, b = around(a, b, room/2)
	}
	fmt.Fprintf(s.out, "%s%s: %s → %s\n", indent, s.st.Name.Text(ui.Fit(path, 0)), s.st.Error.Text(a), s.st.Good.Text(b))
}

// valueText returns a JSON value for people: byte strings as texts have them.
func valueText(raw []byte) string {
	text := string(raw)
	if raw == nil {
		return "(none)"
	}
	for _, form := range []struct{ lead, put string }{{`{"text":`, ""}, {`{"hex":"`, "x"}, {`{"$b":"`, "x"}, {`{"$s":"`, "s"}, {`{"$f":"`, "#"}, {`{"$int":"`, "#"}} {
		inner, ok := strings.CutPrefix(text, form.lead)
		if !ok || !strings.HasSuffix(text, "}") || strings.Contains(inner, `":`) {
			continue
		}
		inner = strings.TrimSuffix(inner, "}")
		switch form.put {
		case "":
			return inner
		case "#":
			return strings.TrimSuffix(inner, `"`)
		case "s":
			if b, err := hex.DecodeString(strings.TrimSuffix(inner, `"`)); err == nil && utf8.Valid(b) {
				return fmt.Sprintf("s%q", b)
			}
			return `sx"` + inner
		}
		return form.put + `"` + inner
	}
	return text
}

// around cuts two texts to n columns each, around where they begin to differ.
func around(a, b string, n int) (string, string) {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if max(len(a), len(b)) <= n || same < n/2 {
		return ui.Fit(a, n), ui.Fit(b, n)
	}
	from := same - n/3
	for from > 0 && !utf8.RuneStart(a[from]) {
		from--
	}
	if from == 0 {
		return ui.Fit(a, n), ui.Fit(b, n)
	}
	return "…" + ui.Fit(a[from:], n-1), "…" + ui.Fit(b[from:], n-1)
}

// summary tells of the whole in one line.
func summary(r *diff.Result) string {
	t := r.Total
	text := fmt.Sprintf("frames: %s changed, %s removed, %s added, %s the same",
		grouped(int64(t.Changed)), grouped(int64(t.Removed)), grouped(int64(t.Added)), grouped(int64(t.Same)))
	var removed, added int
	for _, p := range r.Pairs {
		switch {
		case p.B == nil:
			removed++
		case p.A == nil:
			added++
		}
	}
	if removed+added > 0 {
		text += fmt.Sprintf("; conversations: %d removed, %d added, %d compared", removed, added, len(r.Pairs)-removed-added)
	}
	return text
}

// stat shows how much differs in which conversations, and in which parts.
func (s *diffShower) stat(r *diff.Result) error {
	t := ui.Table{
		Head:      []string{"a", "b", "same", "changed", "removed", "added", "what"},
		HeadStyle: s.st.Heading, Right: []bool{true, true, true, true, true, true},
	}
	for _, p := range r.Pairs {
		a, b, what := "–", "–", ""
		if p.B != nil {
			b, what = fmt.Sprint(p.B.ID), about(p.B)
		}
		if p.A != nil {
			a, what = fmt.Sprint(p.A.ID), about(p.A)
		}
		t.Add(a, b, grouped(int64(p.Same)), grouped(int64(p.Changed)), grouped(int64(p.Removed)), grouped(int64(p.Added)), what)
	}
	if err := t.Write(s.e.Stdout); err != nil {
		return err
	}
	if len(r.Paths) > 0 {
		parts := ui.Table{Head: []string{"frames", "part that differs"}, HeadStyle: s.st.Heading, Right: []bool{true}}
		for _, p := range r.Paths {
			parts.Add(grouped(int64(p.Frames)), diff.ShortPath(p.Path))
		}
		fmt.Fprintln(s.out)
		if err := parts.Write(s.e.Stdout); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "\n%s\n", summary(r))
	return err
}
