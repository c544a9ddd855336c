package replay

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// Edits returns what is to be done with the lines of the document's files, by
// their names, for what came to be what is expected, and the failures that
// remain: those that no change of an expected line amends, and those whose
// change accept says no to. It is asked once about each change, in their
// order. Of lines that are run several times only what is the same each time
// is changed. The run has to have had Options.Align.
func (r *Report) Edits(accept func(*Verdict) bool) (edits map[string]map[int]session.Edit, left []*Verdict) {
	edits = map[string]map[int]session.Edit{}
	lines := r.changedLines()
	asked := map[*changedLine][]bool{}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if v.Status != Failed {
			continue
		}
		l := lines[placeKey{v.File, v.Line}]
		if v.Change == nil || !l.steady() {
			left = append(left, v)
			continue
		}
		turn := l.next
		l.next++
		if n := len(l.turns[0]); turn >= n { // as the first time that the line was run
			if !asked[l][turn%n] {
				left = append(left, v)
			}
			continue
		}
		yes := accept(v)
		asked[l] = append(asked[l], yes)
		if !yes {
			left = append(left, v)
			continue
		}
		v.Change.add(edits, v.Place)
	}
	return edits, left
}

// add adds a change to edits.
func (c *Change) add(edits map[string]map[int]session.Edit, at session.Place) {
	put := func(p session.Place, change func(*session.Edit)) {
		if edits[p.File] == nil {
			edits[p.File] = map[int]session.Edit{}
		}
		e := edits[p.File][p.Line]
		change(&e)
		edits[p.File][p.Line] = e
	}
	put(at, func(e *session.Edit) {
		switch c.Kind {
		case Before:
			e.Before = append(e.Before, c.Text)
		case After:
			e.After = append(e.After, c.Text)
		default:
			e.Change, e.Text = true, c.Text
		}
	})
	for _, p := range c.Also {
		put(p, func(e *session.Edit) { e.Change = true })
	}
}

type placeKey struct {
	file string
	line int
}

// A changedLine is what came of a line each time that it was run.
type changedLine struct {
	turns [][]Change // the changes of each time, those that come before it first
	open  []Change
	next  int // of the changes that were looked at
}

// changedLines returns what came of each line.
func (r *Report) changedLines() map[placeKey]*changedLine {
	lines := map[placeKey]*changedLine{}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		l := lines[placeKey{v.File, v.Line}]
		if l == nil {
			l = &changedLine{}
			lines[placeKey{v.File, v.Line}] = l
		}
		switch {
		case v.Change == nil:
			l.turns, l.open = append(l.turns, l.open), nil
		case v.Change.Kind == Before:
			l.open = append(l.open, *v.Change)
		case v.Change.Kind == After && len(l.turns) > 0:
			last := len(l.turns) - 1
			l.turns[last] = append(l.turns[last], *v.Change)
		default:
			l.turns, l.open = append(l.turns, append(l.open, *v.Change)), nil
		}
	}
	return lines
}

// steady says whether the same came of the line each time.
func (l *changedLine) steady() bool {
	if len(l.turns) == 0 {
		return false
	}
	for _, t := range l.turns[1:] {
		if !slices.EqualFunc(t, l.turns[0], func(a, b Change) bool { return a.Kind == b.Kind && a.Text == b.Text }) {
			return false
		}
	}
	return len(l.turns[0]) > 0
}
