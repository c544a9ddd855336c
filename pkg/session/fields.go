package session

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A shape is what a template with holes says of the fields of a frame. It is
// found out by parsing the template with one text and with another in each
// hole: the fields that change are the holes'.
type shape struct {
	x     filled
	f     *filler
	tree  any
	typ   string
	text  string          // of the frame
	wild  bool            // its type depends on a hole
	spots map[string]spot // by path
}

// A spot is a field that depends on holes.
type spot struct {
	at    Path
	holes []int
}

// shape parses the expectation. It says false when that cannot be done, or
// not so that the holes can be told.
func (m *matching) shape() (*shape, bool) {
	e := m.e
	if m.run.use(&e.Head) != nil {
		return nil, false
	}
	t := template{lead: e.text.lead, parts: m.parts}
	s := &shape{spots: map[string]spot{}}
	s.f = &filler{file: e.File, number: e.Line, line: e.Text, t: &t, parse: m.run.parse, value: func(string) string { return "" }}
	known, seen := m.run.choices[e]
	if seen && known == nil {
		return nil, false // it was tried in vain before
	}
	s.f.choice = slices.Clone(known)
	var chosen map[int]stopgap
	var err error
	s.x, chosen, err = s.f.fill()
	if err != nil {
		m.run.choices[e] = nil
		return nil, false
	}
	m.run.choices[e] = s.f.choice
	f, err := s.f.frame(s.x)
	if err != nil || f == nil {
		return nil, false
	}
	s.tree, s.typ, s.text = treeOf(f), f.Type(), string(f.AppendText(nil, codec.View{Secrets: true}))
	for i := range chosen {
		texts := slices.Clone(s.x.texts)
		texts[i] = chosen[i].b
		f, err := s.f.frame(s.f.with(texts))
		if err != nil {
			return nil, false
		}
		s.wild = s.wild || f.Type() != s.typ
		compare(nil, s.tree, treeOf(f), func(at Path, _, _ any, _, _ bool) { s.mark(at, i) })
	}
	return s, true
}

// mark notes that a field depends on a hole.
func (s *shape) mark(at Path, i int) {
	key := at.String()
	sp := s.spots[key]
	sp.at = slices.Clone(at)
	if !slices.Contains(sp.holes, i) {
		sp.holes = append(sp.holes, i)
	}
	s.spots[key] = sp
}

// spot returns the spot that a field is in.
func (s *shape) spot(at Path) (spot, bool) {
	for n := len(at); n >= 0; n-- {
		if sp, ok := s.spots[at[:n].String()]; ok {
			return sp, true
		}
	}
	return spot{}, false
}

func (r *Run) parse(l *humanframe.Line) (codec.Frame, error) {
	if l.Raw != nil {
		return nil, nil
	}
	return r.enc.Parse(l)
}

// fields matches field by field. It says false when the fields of what is
// expected are not known.
func (m *matching) fields() bool {
	s, ok := m.shape()
	if !ok {
		return false
	}
	got := treeOf(m.rec.Frame)
	m.deviations(s)
	if typ := m.rec.Frame.Type(); typ != s.typ && !s.wild && !m.ignored(Path{"type"}) {
		m.res.Diffs = append(m.res.Diffs, Diff{Path: Path{"type"}, Want: s.typ, Got: typ})
		return true
	}
	compare(nil, s.tree, got, func(at Path, a, b any, isA, isB bool) {
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

// holds says whether a spot is where its holes stand, and does not only depend
// on them, as a length does.
func (s *shape) holds(sp spot) bool {
	v, _ := lookup(s.tree, sp.at)
	text := textOf(v, true)
	return slices.ContainsFunc(sp.holes, func(i int) bool { return strings.Contains(text, bare(s.x.texts[i])) })
}

// strings holds strings in which holes stand against what is there.
func (m *matching) strings(s *shape, got any) {
	for _, key := range s.order() {
		sp := s.spots[key]
		v, _ := lookup(s.tree, sp.at)
		want, ok := plainText(v)
		if !ok || !s.holds(sp) || len(sp.holes) == 1 && want == bare(s.x.texts[sp.holes[0]]) || m.ignored(sp.at) {
			continue
		}
		value, is := lookup(got, sp.at)
		text, ok := plainText(value)
		if ok {
			_, ok = m.within(s, want, text, sp.holes[0])
		}
		if is && !ok {
			m.res.Diffs = append(m.res.Diffs, Diff{Path: sp.at, Want: m.unfilled(s, textOf(v, true)), Got: textOf(value, true)})
		}
	}
}

// unfilled puts holes back into the text of a value.
func (m *matching) unfilled(s *shape, text string) string {
	for i := range m.parts {
		if p := &m.parts[i]; p.kind == hole {
			source := s.f.t.source(m.e.Text, p)
			if q := strconv.Quote(bare(s.x.texts[i])); !p.quoted && text == q {
				return source
			}
			if strings.Contains(s.x.texts[i], "zqa") {
				text = strings.ReplaceAll(text, bare(s.x.texts[i]), source)
			}
		}
	}
	return text
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

// holes holds the values of the holes against their patterns and returns
// their texts.
func (m *matching) holes(s *shape, got any) []string {
	texts := make([]string, len(m.parts))
	for i, p := range m.parts {
		if p.kind != hole || p.text == "" && p.pattern == nil {
			continue
		}
		text, at, ok := m.hole(s, i, got)
		if !ok {
			if p.text == "" && p.pattern.re == nil {
				continue
			}
			m.res.Diffs = append(m.res.Diffs, Diff{Path: at, Want: s.f.t.source(m.e.Text, &p), Got: text, Kind: missingIf(text == "")})
			continue
		}
		texts[i] = text
	}
	return texts
}

func missingIf(b bool) DiffKind {
	if b {
		return Missing
	}
	return Differs
}

// hole finds the text that a hole stands for. When its pattern does not take
// it, or there is none, it says false and where that is.
func (m *matching) hole(s *shape, i int, got any) (text string, at Path, ok bool) {
	for _, key := range s.order() {
		sp := s.spots[key]
		if !slices.Contains(sp.holes, i) {
			continue
		}
		at = sp.at
		value, is := lookup(got, sp.at)
		if !is {
			return "", at, false
		}
		for _, text := range m.candidates(s, sp, i, value) {
			texts := slices.Clone(s.x.texts)
			texts[i] = text
			f, err := s.f.frame(s.f.with(texts))
			if err != nil {
				continue
			}
			made, _ := lookup(treeOf(f), sp.at)
			if !equal(made, value) && len(sp.holes) == 1 {
				continue
			}
			if p := m.parts[i].pattern; !p.takes(text) && !p.takes(bare(text)) {
				return textOf(value, true), at, false
			}
			return text, at, true
		}
	}
	// It is nowhere to be seen in the fields: the text alone can tell.
	if texts, _, ok := matchText(m.parts, m.text, false); ok {
		return texts[i], at, true
	}
	v, is := lookup(got, at)
	return textOf(v, is && len(at) > 0), at, false
}

// order lists the spots in a fixed order.
func (s *shape) order() []string {
	var list []string
	for key := range s.spots {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// maxPieces is how many pieces of a frame's text are tried for one hole.
const maxPieces = 100

// candidates lists texts from which the value may be made: pieces of the
// frame's own text, and then what texts of such values look like.
func (m *matching) candidates(s *shape, sp spot, i int, v any) []string {
	if v, ok := plainText(v); ok {
		if want, _ := lookup(s.tree, sp.at); s.holds(sp) {
			if want, ok := plainText(want); ok && want != bare(s.x.texts[i]) {
				text, _ := m.within(s, want, v, i)
				return []string{text}
			}
		}
	}
	text := textOf(v, true)
	list := []string{bare(text), text, strings.Trim(text, `"`)}
	pieces := strings.FieldsFunc(m.text, func(r rune) bool { return strings.ContainsRune(" ,()[]{}=:", r) })
	pieces = pieces[:min(len(pieces), maxPieces)]
	if strings.HasPrefix(text, `x"`) { // the text may have a better form for these bytes
		return append(pieces, list...)
	}
	return append(list, pieces...)
}

// within returns what the hole i stands for in a string in which holes stand.
func (m *matching) within(s *shape, want, got string, i int) (string, bool) {
	var parts []part
	at := -1
	for want != "" {
		first, hit := len(want), -1
		for j := range m.parts {
			if m.parts[j].kind != hole {
				continue
			}
			if n := strings.Index(want, bare(s.x.texts[j])); n >= 0 && n < first {
				first, hit = n, j
			}
		}
		parts = append(parts, part{text: want[:first]})
		if hit < 0 {
			break
		}
		if hit == i {
			at = len(parts)
		}
		parts = append(parts, part{kind: hole, pattern: m.parts[hit].pattern})
		want = want[first+len(bare(s.x.texts[hit])):]
	}
	texts, _, ok := matchText(parts, got, false)
	if !ok || at < 0 {
		return "", false
	}
	return texts[at], true
}

// plainText returns a value that is a text, or bytes that are one.
func plainText(v any) (string, bool) {
	if m, ok := v.(map[string]any); ok {
		if kind, inner := only(m); kind == "text" {
			v = inner
		}
	}
	s, ok := v.(string)
	return s, ok
}

// bare returns a text without the quotation marks around it.
func bare(text string) string {
	if s, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		return s
	}
	return text
}

// equal says whether two trees are the same.
func equal(a, b any) bool {
	is := true
	compare(nil, a, b, func(Path, any, any, bool, bool) { is = false })
	return is
}
