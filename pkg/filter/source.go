package filter

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/vm"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A source makes what conditions look at of a record, a part at a time, and
// only when they come to it.
type source struct {
	looks map[*vm.Program]looks
	want  map[string]bool // the fields that any program looks at; nil means all
	view  codec.View
	vm    vm.VM
	rec   *codec.Record
	wire  func(dst []byte, r *codec.Record) []byte
	have  have

	json     []byte // the fields
	notation []byte
	found    []codec.Finding
	codes    []string
	scratch  []byte // the text of a cell

	env    Env // for programs
	fields map[string]any
}

// have says which parts have been made.
type have struct{ json, findings, wire, env, fields, time bool }

// init prepares for programs, and for atoms that do without.
func (s *source) init(list []*vm.Program, atoms []atom) {
	s.view = codec.View{Secrets: true}
	s.fields = map[string]any{}
	s.looks = map[*vm.Program]looks{}
	s.want = map[string]bool{}
	only := &codec.Members{}
	for _, p := range list {
		l := looksOf(p)
		s.looks[p] = l
		switch {
		case l.fields == nil:
			s.want, only = nil, nil
		case s.want != nil:
			maps.Copy(s.want, l.fields)
		}
	}
	for _, a := range atoms {
		if a.quick != nil {
			s.looks[a.program] = looksOf(a.program)
			only = a.quick.addTo(only)
		}
	}
	if only != nil {
		only.Whole = slices.AppendSeq(only.Whole, maps.Keys(s.want))
	}
	s.view.Only = only
}

// addTo adds what it looks at of the fields. Nil stays nil: it is all of them.
func (q *quick) addTo(m *codec.Members) *codec.Members {
	steps := q.place.steps
	switch {
	case m == nil || !q.place.found:
	case len(steps) == 0 && q.length:
		m.Count = true
	case len(steps) == 0 && q.op == having:
		m.There = append(m.There, q.want[0].text)
	case len(steps) == 0: // they are there
	case len(steps) == 1 && !q.length && (q.op == "==" || q.op == "!=") && q.want[0].kind == null:
		m.There = append(m.There, steps[0].key)
	case len(steps) == 1 && q.length:
		m.Long = append(m.Long, steps[0].key)
	default:
		m.Whole = append(m.Whole, steps[0].key)
	}
	return m
}

// begin turns to a record.
func (s *source) begin(r *codec.Record, wire func([]byte, *codec.Record) []byte) {
	s.rec, s.wire, s.have = r, wire, have{}
}

// framed says whether the record is a frame that has fields.
func (s *source) framed() bool { return s.rec.Frame != nil && s.rec.Err == nil }

// makeJSON returns the fields that are looked at.
func (s *source) makeJSON() []byte {
	if !s.have.json {
		s.have.json = true
		if s.json = s.json[:0]; s.framed() {
			s.json = s.rec.Frame.AppendJSON(s.json, s.view)
		} else {
			s.json = append(s.json, "{}"...)
		}
	}
	return s.json
}

func (s *source) makeFindings() {
	if s.have.findings {
		return
	}
	s.have.findings = true
	if s.codes = s.codes[:0]; s.framed() {
		s.found = s.rec.Frame.AppendFindings(s.found[:0])
		for i := range s.found {
			s.codes = append(s.codes, s.found[i].Code)
		}
	}
}

func (s *source) makeWire() {
	if s.have.wire {
		return
	}
	s.have.wire = true
	if s.notation = s.notation[:0]; s.wire != nil && !s.rec.IsGap() {
		s.notation = s.wire(s.notation, s.rec)
	}
}

// run runs a program for the record.
func (s *source) run(p *vm.Program) (any, error) {
	s.make(s.looks[p])
	return s.vm.Run(p, &s.env)
}

// makeEnv makes the part of an Env that costs nothing.
func (s *source) makeEnv() {
	if s.have.env {
		return
	}
	s.have.env = true
	s.env = cheap(s.rec)
}

// make makes what a program looks at.
func (s *source) make(l looks) {
	s.makeEnv()
	if l.names["fields"] || l.all {
		if !s.have.fields {
			s.have.fields = true
			clear(s.fields)
			members(s.fields, s.makeJSON(), s.want)
			s.env.Fields = s.fields
		}
		if !s.has(l.fields) { // those of a quick that could not tell
			members(s.fields, s.json, l.fields)
		}
	}
	if l.names["findings"] || l.all {
		s.makeFindings()
		if s.env.Findings = nil; len(s.codes) > 0 { // none are nil
			s.env.Findings = s.codes
		}
	}
	if l.names["wire"] || l.all {
		s.makeWire()
		s.env.Wire = string(s.notation)
	}
	if (l.names["time"] || l.all) && !s.have.time && !s.rec.Time.IsZero() {
		s.have.time = true
		s.env.Time = s.rec.Time.UTC().Format(timeForm)
	}
}

// has says whether the fields are among those that are made for all programs.
func (s *source) has(fields map[string]bool) bool {
	if s.want == nil {
		return true
	}
	for name := range fields {
		if !s.want[name] {
			return false
		}
	}
	return true
}

// keep returns an Env with what the programs look at, which the next record
// does not change.
func (s *source) keep(list ...*vm.Program) *Env {
	s.makeEnv()
	for _, p := range list {
		s.make(s.looks[p])
	}
	e := s.env
	e.Fields, e.Findings = maps.Clone(e.Fields), slices.Clone(e.Findings)
	return &e
}

// timeForm is that of times in JSON records: text in it sorts as times do.
const timeForm = "2006-01-02T15:04:05.000000000Z"
