package session

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/humanframe"
)

// tree returns the fields of the record. What no line can say is left out,
// since only the conversation told it: who is at the other end, and what
// compressed bytes mean. m.told has the places of it.
func (m *matching) tree() any {
	got, isMap := treeOf(m.rec.Frame).(map[string]any)
	l, err := humanframe.ParseLine(m.e.File, m.e.Line, m.e.Text[:m.e.text.lead]+m.text)
	if !isMap || err != nil {
		return treeOf(m.rec.Frame)
	}
	f, err := m.run.parse(l)
	if err != nil || f == nil {
		return got
	}
	if own, ok := treeOf(f).(map[string]any); ok {
		compare(nil, own, got, func(at Path, _, _ any, isOwn, _ bool) {
			m.told = append(m.told, slices.Clone(at))
			if !isOwn && len(at) == 1 {
				delete(got, at[0])
			}
		})
	}
	return got
}

// fields matches field by field. It says false when the fields of what is
// expected are not known.
func (m *matching) fields() bool {
	s, ok := m.shape()
	if !ok {
		return false
	}
	got := m.tree()
	m.deviations(s)
	if typ := m.rec.Frame.Type(); typ != s.typ && !s.wild && !m.ignored(Path{"type"}) {
		m.res.Diffs = append(m.res.Diffs, Diff{Path: Path{"type"}, Want: s.typ, Got: typ})
		return true
	}
	compare(nil, s.tree, got, func(at Path, a, b any, isA, isB bool) {
		if slices.ContainsFunc(m.told, func(p Path) bool { return len(at) >= len(p) && slices.Equal(p, at[:len(p)]) }) {
			return
		}
		sp, free := s.spot(at)
		if m.ignored(at) || free && (isB || len(sp.at) != len(at) || !s.holds(sp)) {
			return
		}
		d := Diff{Path: slices.Clone(at), Want: m.unfilled(s, textOf(a, isA)), Got: textOf(b, isB)}
		switch {
		case !isB:
			d.Kind = Missing
		case !isA:
			d.Kind = Unexpected
		}
		m.res.Diffs = append(m.res.Diffs, d)
	})
	m.strings(s, got)
	texts := m.holes(s, got)
	if len(m.res.Diffs) == 0 {
		m.capture(texts)
	}
	return true
}

func (m *matching) ignored(at Path) bool {
	return slices.ContainsFunc(m.e.Ignore, func(p Path) bool { return p.covers(at) })
}

// deviations compares what the texts say of departures from the canonical
// encoding, which the fields need not show.
func (m *matching) deviations(s *shape) {
	want, got := deviationsOf(s.text), deviationsOf(m.text)
	var names []string
	for n := range want {
		names = append(names, n)
	}
	for n := range got {
		if _, ok := want[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		w, isW := want[n]
		g, isG := got[n]
		at := Path{"!" + n}
		if w == g && isW == isG || m.ignored(at) {
			continue
		}
		d := Diff{Path: at, Want: w, Got: g}
		if !isG {
			d.Kind = Missing
		} else if !isW {
			d.Kind = Unexpected
		}
		m.res.Diffs = append(m.res.Diffs, d)
	}
}

// deviationsOf returns what stands before a frame's text.
func deviationsOf(text string) map[string]string {
	list := map[string]string{}
	for strings.HasPrefix(text, "!") {
		word, rest, _ := strings.Cut(text[1:], " ")
		name, value, _ := strings.Cut(word, "=")
		list[name], text = value, rest
	}
	return list
}
