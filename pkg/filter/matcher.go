package filter

import (
	"maps"
	"slices"

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
	m.source.init(programs(nil, c.root)...)
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
		return false, &Later{root: t, env: m.keep(programs(nil, t)...)}
	}
}

// A Later is a condition about a record of which only what others tell of it is
// still unknown. It does not need the record.
type Later struct {
	root term
	env  *Env
}

// Holds says whether the condition holds.
func (l *Later) Holds(joined *codec.Joined) bool {
	l.env.Join(joined)
	return l.root.holds(l.env)
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
		if m.looks[t.program].joins {
			return t
		}
		v, err := m.run(t.program)
		yes, ok := v.(bool)
		return known(err == nil && ok && yes)
	}
	return known(false)
}

// programs appends those of a term.
func programs(list []*vm.Program, t term) []*vm.Program {
	switch t := t.(type) {
	case and:
		return programs(programs(list, t[0]), t[1])
	case or:
		return programs(programs(list, t[0]), t[1])
	case not:
		return programs(list, t[0])
	case atom:
		return append(list, t.program)
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
		maps.Copy(set, names)
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

// A source makes the Env of a record, a part at a time.
type source struct {
	env    Env
	looks  map[*vm.Program]looks
	want   map[string]bool // the fields that any program looks at; nil means all
	view   codec.View
	vm     vm.VM
	rec    *codec.Record
	wire   func(dst []byte, r *codec.Record) []byte
	have   have
	buf    []byte
	found  []codec.Finding
	fields map[string]any
	codes  []string
}

// have says which parts of an Env have been made.
type have struct{ fields, findings, wire, time bool }

func (s *source) init(list ...*vm.Program) {
	s.view = codec.View{Secrets: true}
	s.fields = map[string]any{}
	s.looks = map[*vm.Program]looks{}
	s.want = map[string]bool{}
	for _, p := range list {
		l := looksOf(p)
		s.looks[p] = l
		switch {
		case l.fields == nil:
			s.want = nil
		case s.want != nil:
			for name := range l.fields {
				s.want[name] = true
			}
		}
	}
}

// begin turns to a record.
func (s *source) begin(r *codec.Record, wire func([]byte, *codec.Record) []byte) {
	s.rec, s.wire, s.have = r, wire, have{}
	s.env = Env{
		Proto: r.Proto, Dialect: r.Dialect, Conn: r.Conn, Dir: r.Dir.String(), Seq: r.Seq,
		Exchange: r.Exchange, Offset: r.Span.Start, Length: r.Span.Len(),
	}
	if r.Err != nil {
		s.env.Error = r.Err.Code
	}
	if r.Frame != nil {
		s.env.Type = r.Frame.Type()
	}
	if r.IsGap() {
		s.env.Gap = s.env.Length
	}
}

// run runs a program for the record.
func (s *source) run(p *vm.Program) (any, error) {
	s.make(s.looks[p])
	return s.vm.Run(p, &s.env)
}

// make makes what a program looks at.
func (s *source) make(l looks) {
	if (l.names["fields"] || l.all) && !s.have.fields {
		s.have.fields = true
		clear(s.fields)
		if s.rec.Frame != nil && s.rec.Err == nil {
			s.buf = s.rec.Frame.AppendJSON(s.buf[:0], s.view)
			members(s.fields, s.buf, s.want)
		}
		s.env.Fields = s.fields
	}
	if (l.names["findings"] || l.all) && !s.have.findings {
		s.have.findings = true
		s.codes = s.codes[:0]
		if s.rec.Frame != nil && s.rec.Err == nil {
			s.found = s.rec.Frame.AppendFindings(s.found[:0])
			for i := range s.found {
				s.codes = append(s.codes, s.found[i].Code)
			}
		}
		s.env.Findings = s.codes
	}
	if (l.names["wire"] || l.all) && !s.have.wire && s.wire != nil && !s.rec.IsGap() {
		s.have.wire = true
		s.buf = s.wire(s.buf[:0], s.rec)
		s.env.Wire = string(s.buf)
	}
	if (l.names["time"] || l.all) && !s.have.time && !s.rec.Time.IsZero() {
		s.have.time = true
		s.env.Time = s.rec.Time.UTC().Format(timeForm)
	}
}

// keep returns an Env with what the programs look at, which the next record
// does not change.
func (s *source) keep(list ...*vm.Program) *Env {
	for _, p := range list {
		s.make(s.looks[p])
	}
	e := s.env
	e.Fields, e.Findings = maps.Clone(e.Fields), slices.Clone(e.Findings)
	return &e
}

// timeForm is that of times in JSON records: text in it sorts as times do.
const timeForm = "2006-01-02T15:04:05.000000000Z"
