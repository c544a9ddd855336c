package filter

import (
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Columns are expressions of which a record's values are wanted. They may be
// used by several goroutines.
type Columns struct {
	names    []string
	programs []*vm.Program
	needs    map[string]bool // names of an Env that they look at
}

// CompileColumns reads a list of expressions with commas between them, about
// records of one protocol, or with "" of any. An error is a [*codec.TextError]
// with the place in list.
func CompileColumns(list, proto string) (*Columns, error) {
	fields, err := fieldsOf(proto)
	if err != nil {
		return nil, err
	}
	if len(list) > maxSource {
		return nil, &codec.TextError{End: len(list), Message: "the list is too long"}
	}
	c := &Columns{needs: map[string]bool{}}
	at := 0
	for _, part := range commas(list) {
		name := strings.TrimSpace(part)
		start := at + strings.Index(part, name)
		at += len(part) + 1
		if name == "" {
			return nil, &codec.TextError{Start: min(start, len(list)), End: min(start+1, len(list)), Message: "a name is missing", Hint: "such as conn,type,name"}
		}
		p, err := compileColumn(name, proto, fields)
		if err != nil {
			return nil, shifted(err, start)
		}
		c.add(name, p)
	}
	return c, nil
}

func (c *Columns) add(name string, p *vm.Program) {
	c.names, c.programs = append(c.names, name), append(c.programs, p)
	looksOf(p).addTo(c.needs)
}

func compileColumn(source, proto string, fields map[string]kind) (*vm.Program, error) {
	if _, err := expr.Compile(source, expr.Env(environment(fields)), expr.DisableBuiltin("now")); err != nil {
		return nil, unknown(source, proto, fields, err)
	}
	p, err := compile(source)
	if err != nil {
		return nil, fault(source, err)
	}
	return p, nil
}

// shifted moves the place of an error.
func shifted(err error, by int) error {
	if e, ok := err.(*codec.TextError); ok {
		e.Start, e.End = e.Start+by, e.End+by
	}
	return err
}

// commas splits a list at the commas that are within nothing.
func commas(list string) []string {
	var parts []string
	depth, start, quote := 0, 0, byte(0)
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return append(parts, list[start:])
}

// Names returns the expressions.
func (c *Columns) Names() []string { return c.names }

// Uses says whether an expression looks at a name of an [Env].
func (c *Columns) Uses(name string) bool { return c.needs[name] }

// A Picker takes the values of columns from records. It is for one goroutine.
type Picker struct {
	// Wire appends the notation of a record, for expressions about wire.
	Wire func(dst []byte, r *codec.Record) []byte

	source
	c *Columns
}

// Picker returns a Picker of the columns. With secrets, it does not mask them.
func (c *Columns) Picker(secrets bool) *Picker {
	p := &Picker{c: c}
	p.source.init(c.programs, nil)
	p.view.Secrets = secrets
	return p
}

// Pick appends the values of a record: nil for what it does not have, or what
// cannot be told of it. What others tell of it is not known to it. The values
// are good until the next record.
func (p *Picker) Pick(dst []any, r *codec.Record) []any {
	p.begin(r, p.Wire)
	p.env.Join(&codec.Joined{Outstanding: -1})
	for _, program := range p.c.programs {
		v, err := p.run(program)
		if err != nil {
			v = nil
		}
		dst = append(dst, v)
	}
	return dst
}

// Keep takes what Pick would need of a record for later, when it is known what
// others tell of it. The returned function does not need the record.
func (p *Picker) Keep(r *codec.Record) func(dst []any, joined *codec.Joined) []any {
	p.begin(r, p.Wire)
	env := p.keep(p.c.programs...)
	return func(dst []any, joined *codec.Joined) []any {
		env.Join(joined)
		for _, program := range p.c.programs {
			m := machines.Get().(*vm.VM)
			v, err := m.Run(program, env)
			machines.Put(m)
			if err != nil {
				v = nil
			}
			dst = append(dst, v)
		}
		return dst
	}
}
