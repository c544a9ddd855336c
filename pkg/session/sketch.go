package session

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A Sketch is a frame of a document as far as it is known before a run.
type Sketch struct {
	Head
	Frame codec.Frame // with anything in the place of holes; nil for raw bytes
	Bytes []byte      // likewise
	lead  int
	Open  []Path // the fields that depend on holes, or on variables that have no value yet
}

// Body returns the text of the line without what stands before the frame.
func (k *Sketch) Body() string { return k.Text[k.lead:] }

// Sketches returns what a document sends and expects, in its order, each line
// once. What cannot be told without a run is left out.
func (d *Document) Sketches() []Sketch {
	var list []Sketch
	r := d.Begin()
	d.All(func(s Step) bool {
		var k Sketch
		ok := false
		switch s := s.(type) {
		case *Set:
			if s.Env != "" || strings.Contains(s.text.source(s.Text, &part{end: len(s.Text) - s.text.lead}), "{{") {
				delete(r.vars, s.Name) // each run has another value
			} else {
				_ = r.Set(s) // without a value it is open
			}
		case *Send:
			k, ok = r.sketch(&s.Head, &s.text, s.Raw)
		case *Expect:
			k, ok = r.sketch(&s.Head, &s.text, s.Raw)
		}
		if ok {
			list = append(list, k)
		}
		return true
	})
	return list
}

func (r *Run) sketch(h *Head, t *template, raw bool) (Sketch, bool) {
	k := Sketch{Head: *h, lead: t.lead}
	if r.use(h) != nil {
		return k, false
	}
	f := filler{file: h.File, number: h.Line, line: h.Text, t: t, parse: r.parse, value: func(name string) string { return r.vars[name] }}
	x, chosen, err := f.fill()
	if err != nil {
		return k, false
	}
	if raw {
		l, err := humanframe.ParseLine(h.File, h.Line, x.text)
		if err != nil {
			return k, false
		}
		k.Bytes = slices.Clone(l.Raw)
		return k, true
	}
	frame, err := f.frame(x)
	if err != nil || frame == nil {
		return k, false
	}
	k.Frame = frame.Clone()
	if k.Bytes, err = k.Frame.AppendBinary(nil); err != nil {
		return k, false
	}
	tree := treeOf(k.Frame)
	for i := range chosen {
		texts := slices.Clone(x.texts)
		texts[i] = chosen[i].b
		other, err := f.frame(f.with(texts))
		if err != nil {
			return k, false
		}
		compare(nil, tree, treeOf(other), func(at Path, _, _ any, _, _ bool) { k.Open = append(k.Open, slices.Clone(at)) })
	}
	return k, true
}
