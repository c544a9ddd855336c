package filter

import (
	"maps"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Matcher holds records to a condition. It makes of a record only what the
// condition looks at, and that when it comes to it: in
//
//	type == "reply" and args[0] == 1
//
// the fields are not made unless the record is a reply, and of the fields only
// args. It keeps its memory from record to record: one Matcher is for one
// goroutine.
type Matcher struct {
	// Wire appends the notation of a record, for conditions about wire.
	Wire func(dst []byte, r *codec.Record) []byte

	source
	root term
}

// Matcher returns a Matcher of the condition.
func (c *Choice) Matcher() *Matcher {
	m := &Matcher{root: c.root}
	atoms := atomsOf(nil, c.root)
	m.source.init(programs(atoms), atoms)
	return m
}

// Uses says whether the condition looks at a name of an [Env], such as
// "elapsed".
func (c *Choice) Uses(name string) bool { return c.needs[name] }

// Match says whether the condition holds for r. joined is what others tell of
// it, nil when that is not known.
func (m *Matcher) Match(r *codec.Record, joined *codec.Joined) bool {
	holds, later := m.Try(r)
	if later == nil {
		return holds
	}
	if joined == nil {
		joined = &codec.Joined{Outstanding: -1}
	}
	return later.Holds(joined)
}

// Try says whether the condition holds for r, as far as the record alone tells.
// If that depends on what others tell of it, it returns what is left to settle.
func (m *Matcher) Try(r *codec.Record) (holds bool, later *Later) {
	m.begin(r, m.Wire)
	switch t := m.try(m.root).(type) {
	case known:
		return bool(t), nil
	default:
		later = &Later{root: t}
		if list := programs(atomsOf(nil, t)); list != nil {
			later.env = m.keep(list...)
		}
		return false, later
	}
}

// A Later is a condition about a record of which only what others tell of it is
// still unknown. It does not need the record.
type Later struct {
	root term
	env  *Env // nil when no program is left
}

// Holds says whether the condition holds.
func (l *Later) Holds(joined *codec.Joined) bool {
	if l.env != nil {
		l.env.Join(joined)
	}
	return settled(l.root, l.env, joined)
}

// settled says whether a term holds, of which only what others tell is left.
func settled(t term, e *Env, j *codec.Joined) bool {
	switch t := t.(type) {
	case and:
		return settled(t[0], e, j) && settled(t[1], e, j)
	case or:
		return settled(t[0], e, j) || settled(t[1], e, j)
	case not:
		return !settled(t[0], e, j)
	case atom:
		if t.quick != nil {
			return t.quick.joined(j)
		}
	}
	return t.holds(e)
}

// try returns what is left of a term: known, if nothing is.
func (m *Matcher) try(t term) term {
	switch t := t.(type) {
	case and:
		a := m.try(t[0])
		if a == known(false) {
			return a
		}
		b := m.try(t[1])
		switch {
		case a == known(true) || b == known(false):
			return b
		case b == known(true):
			return a
		}
		return and{a, b}
	case or:
		a := m.try(t[0])
		if a == known(true) {
			return a
		}
		b := m.try(t[1])
		switch {
		case a == known(false) || b == known(true):
			return b
		case b == known(false):
			return a
		}
		return or{a, b}
	case not:
		a := m.try(t[0])
		if k, ok := a.(known); ok {
			return !k
		}
		return not{a}
	case atom:
		if t.quick != nil {
			if t.quick.joins {
				return t
			}
			if holds, told := t.quick.here(&m.source); told {
				return known(holds)
			}
		} else if m.looks[t.program].joins {
			return t
		}
		v, err := m.run(t.program)
		yes, ok := v.(bool)
		return known(err == nil && ok && yes)
	}
	return known(false)
}

// atomsOf appends the atoms of a term.
func atomsOf(list []atom, t term) []atom {
	switch t := t.(type) {
	case and:
		return atomsOf(atomsOf(list, t[0]), t[1])
	case or:
		return atomsOf(atomsOf(list, t[0]), t[1])
	case not:
		return atomsOf(list, t[0])
	case atom:
		return append(list, t)
	}
	return list
}

// programs returns those that the atoms take.
func programs(atoms []atom) (list []*vm.Program) {
	for _, a := range atoms {
		if a.quick == nil {
			list = append(list, a.program)
		}
	}
	return list
}

// looks is what a program looks at.
type looks struct {
	joins  bool            // what others tell of the record
	names  map[string]bool // of an Env
	fields map[string]bool // of names["fields"]; nil means all
	all    bool            // everything, by $env
}

// addTo adds the names of an Env to a set.
func (l looks) addTo(set map[string]bool) {
	maps.Copy(set, l.names)
	if l.all {
		maps.Copy(set, names())
	}
}

// looksOf finds out what a program looks at.
func looksOf(p *vm.Program) looks {
	l := looks{names: map[string]bool{}, fields: map[string]bool{}}
	root := p.Node()
	v := &looking{l: &l, known: map[ast.Node]bool{}}
	ast.Walk(&root, v)
	if v.whole > 0 {
		l.fields = nil
	}
	for name := range joins {
		l.joins = l.joins || l.all || l.names[name]
	}
	return l
}

// looking collects what a tree looks at. Children come before parents, so
// "fields" alone counts as all of them until its parent names one.
type looking struct {
	l     *looks
	known map[ast.Node]bool
	whole int // times that fields is looked at as a whole
}

// Visit implements [ast.Visitor].
func (v *looking) Visit(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "$env":
			v.l.all = true
			v.whole++
		case "fields":
			v.l.names["fields"] = true
			v.known[n] = true
			v.whole++
		default:
			v.l.names[n.Value] = true
		}
	case *ast.MemberNode:
		if id, ok := n.Node.(*ast.IdentifierNode); ok && v.known[id] {
			if s, ok := n.Property.(*ast.StringNode); ok {
				v.l.fields[s.Value] = true
				v.whole--
			}
		}
	}
}
