package filter

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// CompileFor is Compile of a condition about records of one protocol, or with
// "" of any: a name that its records never have, and a comparison that could
// never be made, are errors.
func CompileFor(source, proto string) (*Filter, error) {
	fields, err := fieldsOf(proto)
	if err != nil {
		return nil, err
	}
	f, err := Compile(source)
	if err != nil {
		return nil, err
	}
	_, err = expr.Compile(source, expr.Env(environment(fields)), expr.AsBool(), expr.DisableBuiltin("now"))
	if err != nil {
		return nil, unknown(source, proto, fields, err)
	}
	return f, nil
}

// unknown is fault for what was found out with the protocol's fields.
func unknown(source, proto string, fields map[string]kind, err error) error {
	at, ok := errors.AsType[*file.Error](err)
	if !ok {
		return fault(source, err)
	}
	what := strings.TrimSpace(proto + " field")
	start := min(runes(source, at.From), len(source))
	if name, ok := strings.CutPrefix(at.Message, "unknown name "); ok {
		return lex.UnknownName(what, name, start, min(start+len(name), len(source)), Names(proto))
	}
	if name, ok := strings.CutPrefix(at.Message, "unknown field "); ok {
		allowed := []string{"text", "hex"}
		if end := strings.LastIndex(source[:start], "fields"); end >= 0 && strings.Trim(source[end:start], `fields.?[" `) == "" {
			allowed = Names(proto)
			allowed = slices.DeleteFunc(allowed, func(n string) bool { _, ok := fields[n]; return !ok })
		}
		return lex.UnknownName(what, name, start, min(start+len(name), len(source)), allowed)
	}
	e := fault(source, err)
	if t, ok := errors.AsType[*codec.TextError](e); ok {
		if t.Hint = ""; strings.Contains(t.Message, "map[string]interface {}") {
			t.Hint = "a byte string is .text, or .hex"
		}
		t.Message = plainWords.Replace(t.Message)
	}
	return e
}

// plainWords takes Go's types out of messages.
var plainWords = strings.NewReplacer("map[string]interface {}", "object", "[]interface {}", "list", "interface {}", "anything")

// A term is a condition as far as it is made of "and", "or" and "not".
type term interface{ holds(*Env) bool }

type (
	and  [2]term
	or   [2]term
	not  [1]term
	atom struct {
		program *vm.Program
		quick   *quick // says the same, if not nil
	}
	known bool
)

func (t and) holds(e *Env) bool { return t[0].holds(e) && t[1].holds(e) }
func (t or) holds(e *Env) bool  { return t[0].holds(e) || t[1].holds(e) }
func (t not) holds(e *Env) bool { return !t[0].holds(e) }
func (t known) holds(*Env) bool { return bool(t) }

// machines run programs; they keep their memory.
var machines = sync.Pool{New: func() any { return new(vm.VM) }}

func (t atom) holds(e *Env) bool {
	m := machines.Get().(*vm.VM)
	v, err := m.Run(t.program, e)
	machines.Put(m)
	yes, ok := v.(bool)
	return err == nil && ok && yes
}

// A Choice is a condition that chooses among records of all kinds. Most do not
// have the fields that it asks for: a part of it that cannot be told, such as
// a number compared with what is not there, does not hold, and the others
// count all the same. It may be used by several goroutines.
type Choice struct {
	root  term
	needs map[string]bool // names of an Env that it looks at
}

// Choose returns the condition as one that chooses.
func (f *Filter) Choose() (*Choice, error) {
	tree, err := parser.Parse(f.source)
	if err != nil {
		return nil, fault(f.source, err)
	}
	root, err := split(tree.Node)
	if err != nil {
		return nil, fault(f.source, err)
	}
	c := &Choice{root: root, needs: map[string]bool{}}
	for _, a := range atomsOf(nil, root) {
		looksOf(a.program).addTo(c.needs)
	}
	return c, nil
}

// NewFor is New for conditions that choose: of what is dear, the fields, the
// findings and Wire, it has what they look at.
func NewFor(r *codec.Record, list ...*Choice) *Env {
	e := bare(r)
	needs := func(name string) bool {
		return slices.ContainsFunc(list, func(c *Choice) bool { return c.needs[name] })
	}
	if needs("findings") {
		e.addFindings(r)
	}
	if needs("fields") {
		e.addFields(r)
	}
	if needs("wire") && r.Frame != nil {
		e.Wire = string(r.Frame.AppendText(nil, codec.View{Secrets: true}))
	}
	return e
}

// Holds says whether a record is chosen.
func (c *Choice) Holds(e *Env) bool { return c.root.holds(e) }

// split makes a term of a tree.
func split(n ast.Node) (term, error) {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			a, err := split(n.Node)
			return not{a}, err
		}
	case *ast.BinaryNode:
		isAnd := n.Operator == "and" || n.Operator == "&&"
		if !isAnd && n.Operator != "or" && n.Operator != "||" {
			break
		}
		a, err := split(n.Left)
		if err != nil {
			return nil, err
		}
		b, err := split(n.Right)
		if isAnd {
			return and{a, b}, err
		}
		return or{a, b}, err
	}
	p, err := compile(n.String())
	return atom{p, quickOf(n)}, err
}
