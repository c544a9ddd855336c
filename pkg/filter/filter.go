// Package filter is the language of conditions about records: @assert in
// session documents, and wherever else a command takes an expression. It is
// the language of github.com/expr-lang/expr with the names of a JSON record:
//
//	type == "reply" and fields.args[0].oid == "3f21"
//	length > 1000 or error != ""
//	name startsWith "load" and vars.tid != ""
//
// A name that a record does not have is one of its fields: name is the same
// as fields.name. What is not there is nil.
//
// An expression has no way out: it reads what it is given, without clock,
// files or network, in bounded time and memory.
package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/wirectl/wirectl/pkg/codec"
)

// An Env is what an expression is about: the names are those of JSON records.
type Env struct {
	Proto    string            `expr:"proto"`
	Dialect  string            `expr:"dialect"`
	Conn     int               `expr:"conn"`
	Dir      string            `expr:"dir"` // ">" or "<"
	Seq      int               `expr:"seq"`
	Time     string            `expr:"time"` // as in JSON: 2026-01-02T03:04:05.000000006Z
	Exchange int               `expr:"exchange"`
	Offset   int64             `expr:"offset"`
	Length   int64             `expr:"length"`
	Gap      int64             `expr:"gap"`      // how many bytes are missing; 0 for what has bytes
	Type     string            `expr:"type"`     // "" for what is no frame
	Wire     string            `expr:"wire"`     // its text in the notation
	Error    string            `expr:"error"`    // the code, "" without
	Findings []string          `expr:"findings"` // their codes
	Fields   map[string]any    `expr:"fields"`
	Vars     map[string]string `expr:"vars"`

	// What other records tell of it: see [codec.Joined]. What is not known is
	// nil.
	ReplyTo       any `expr:"reply_to"`
	ReplyToConn   any `expr:"reply_to_conn"`
	RepliedBy     any `expr:"replied_by"`
	RepliedByConn any `expr:"replied_by_conn"`
	Elapsed       any `expr:"elapsed"` // seconds between the two
	Outstanding   any `expr:"outstanding"`
}

// joins are the names of an Env that others tell of a record.
var joins = map[string]types.Type{
	"reply_to": types.Int, "reply_to_conn": types.Int, "replied_by": types.Int, "replied_by_conn": types.Int,
	"elapsed": types.Float, "outstanding": types.Int,
}

// Join sets what other records tell of the record.
func (e *Env) Join(j *codec.Joined) {
	e.ReplyTo, e.ReplyToConn, e.RepliedBy, e.RepliedByConn, e.Elapsed, e.Outstanding = nil, nil, nil, nil, nil, nil
	if j.Answers {
		e.ReplyTo, e.ReplyToConn = j.To.Seq, j.To.Conn
	}
	if j.Answered {
		e.RepliedBy, e.RepliedByConn = j.By.Seq, j.By.Conn
	}
	if elapsed := elapsedOf(j); elapsed >= 0 {
		e.Elapsed = elapsed.Seconds()
	}
	if j.Outstanding >= 0 {
		e.Outstanding = j.Outstanding
	}
}

// New returns the Env of a record, secrets included. Wire, Vars and what others
// tell of it are left to the caller.
func New(r *codec.Record) *Env {
	e := bare(r)
	e.addFindings(r)
	e.addFields(r)
	return e
}

// bare returns the Env of a record without what is dear.
func bare(r *codec.Record) *Env {
	e := cheap(r)
	e.Fields = map[string]any{}
	if !r.Time.IsZero() {
		e.Time = r.Time.UTC().Format(timeForm)
	}
	return &e
}

// cheap returns what of an Env costs next to nothing.
func cheap(r *codec.Record) Env {
	e := Env{
		Proto: r.Proto, Dialect: r.Dialect, Conn: r.Conn, Dir: r.Dir.String(), Seq: r.Seq,
		Exchange: r.Exchange, Offset: r.Span.Start, Length: r.Span.Len(),
	}
	if r.Err != nil {
		e.Error = r.Err.Code
	}
	if r.IsGap() {
		e.Gap = e.Length
	}
	if r.Frame != nil {
		e.Type = r.Frame.Type()
	}
	return e
}

func (e *Env) addFindings(r *codec.Record) {
	if r.Frame == nil || r.Err != nil {
		return
	}
	for _, f := range r.Frame.AppendFindings(nil) {
		e.Findings = append(e.Findings, f.Code)
	}
}

func (e *Env) addFields(r *codec.Record) {
	if r.Frame == nil || r.Err != nil { // as in JSON records
		return
	}
	d := json.NewDecoder(bytes.NewReader(r.Frame.AppendJSON(nil, codec.View{Secrets: true})))
	d.UseNumber()
	var fields map[string]any
	if d.Decode(&fields) == nil {
		e.Fields = plain(fields).(map[string]any)
	}
}

// plain makes numbers of json.Number.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}
	case []any:
		for i, e := range v {
			v[i] = plain(e)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// A Filter is an expression that has been understood. It may be used by
// several goroutines.
type Filter struct {
	source  string
	program *vm.Program
	sides   []*vm.Program // of a comparison at the top
	op      string
}

// maxSource is how long an expression may be, in bytes.
const maxSource = 10_000

// Compile reads a condition. An error is a [*codec.TextError] with the place
// in source.
func Compile(source string) (*Filter, error) {
	if strings.TrimSpace(source) == "" {
		return nil, &codec.TextError{End: len(source), Message: "no expression", Hint: `such as type == "reply"`}
	}
	if len(source) > maxSource {
		return nil, &codec.TextError{End: len(source), Message: fmt.Sprintf("an expression of %d bytes; %d are the most", len(source), maxSource)}
	}
	program, err := compile(source, expr.AsBool())
	if err != nil {
		return nil, fault(source, err)
	}
	f := &Filter{source: source, program: program}
	tree, err := parser.Parse(source)
	if err != nil {
		return f, nil
	}
	if b, ok := tree.Node.(*ast.BinaryNode); ok && comparison(b.Operator) {
		left, lerr := compile(b.Left.String())
		right, rerr := compile(b.Right.String())
		if lerr == nil && rerr == nil {
			f.sides, f.op = []*vm.Program{left, right}, b.Operator
		}
	}
	return f, nil
}

func comparison(op string) bool {
	switch op {
	case "==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches":
		return true
	}
	return false
}

func compile(source string, more ...expr.Option) (*vm.Program, error) {
	v := toFields{local: map[string]bool{}}
	if tree, err := parser.Parse(source); err == nil {
		ast.Walk(&tree.Node, locals(v.local))
	}
	program, err := expr.Compile(source, append([]expr.Option{
		expr.Env(&Env{}), expr.AllowUndefinedVariables(), expr.DisableBuiltin("now"), expr.Patch(&v),
	}, more...)...)
	if err == nil && v.call != nil {
		return nil, v.call
	}
	return program, err
}

// locals collects the names that "let" gives.
type locals map[string]bool

// Visit implements [ast.Visitor].
func (l locals) Visit(n *ast.Node) {
	if let, ok := (*n).(*ast.VariableDeclaratorNode); ok {
		l[let.Name] = true
	}
}

// names are those of an Env.
var names = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	t := reflect.TypeFor[Env]()
	for i := range t.NumField() {
		m[t.Field(i).Tag.Get("expr")] = true
	}
	return m
})

// toFields makes fields.name of a name that a record does not have.
type toFields struct {
	local map[string]bool // names that are not
	call  error           // something is called that cannot be
}

// Visit implements [ast.Visitor].
func (v *toFields) Visit(n *ast.Node) {
	if c, ok := (*n).(*ast.CallNode); ok {
		at := c.Location()
		name := c.Callee.String()
		if m, ok := c.Callee.(*ast.MemberNode); ok {
			if p, ok := m.Property.(*ast.StringNode); ok {
				name = p.Value
			}
		}
		v.call = &file.Error{Location: at, Message: "no function " + name}
	}
	id, ok := (*n).(*ast.IdentifierNode)
	if !ok || names()[id.Value] || v.local[id.Value] || id.Value == "$env" {
		return
	}
	ast.Patch(n, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "fields"}, Property: &ast.StringNode{Value: id.Value}, Optional: true})
}

// fault makes a TextError of an error of package expr.
func fault(source string, err error) error {
	e := &codec.TextError{End: len(source), Message: err.Error(), Hint: `such as type == "reply"`}
	var at *file.Error
	if errors.As(err, &at) {
		e.Message = at.Message
		e.Start = min(runes(source, at.From), len(source))
		e.End = max(e.Start, min(runes(source, max(at.To, at.From+1)), len(source)))
	}
	return e
}

// runes returns the offset in bytes of the character n.
func runes(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// String returns the source.
func (f *Filter) String() string { return f.source }

// Match says whether the condition holds. An error says why it cannot be
// told, such as a comparison of a number with a text.
func (f *Filter) Match(e *Env) (bool, error) {
	v, err := run(f.program, e)
	if err != nil {
		return false, err
	}
	ok, is := v.(bool)
	if !is {
		return false, fmt.Errorf("%s is no truth value", Text(v))
	}
	return ok, nil
}

// Sides returns the values to the left and right of the comparison that the
// condition is. It says false when it is none.
func (f *Filter) Sides(e *Env) (left, right string, ok bool) {
	if f.sides == nil {
		return "", "", false
	}
	l, lerr := run(f.sides[0], e)
	r, rerr := run(f.sides[1], e)
	if lerr != nil || rerr != nil {
		return "", "", false
	}
	return Text(l), Text(r), true
}

func run(p *vm.Program, e *Env) (any, error) {
	v, err := expr.Run(p, e)
	var at *file.Error
	if errors.As(err, &at) {
		return nil, errors.New(at.Message)
	}
	return v, err
}

// Text returns a value as JSON, for people.
func Text(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}
