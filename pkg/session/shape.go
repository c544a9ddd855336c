package session

import (
	"slices"
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
	return r.probe.Parse(l)
}

// holds says whether a spot is where its holes stand, and does not only depend
// on them, as a length does.
func (s *shape) holds(sp spot) bool {
	v, _ := lookup(s.tree, sp.at)
	text := textOf(v, true)
	return slices.ContainsFunc(sp.holes, func(i int) bool { return strings.Contains(text, bare(s.x.texts[i])) })
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
