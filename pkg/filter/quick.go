package filter

import (
	"bytes"
	"regexp"

	"github.com/expr-lang/expr/ast"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A quick is a part of a condition that holds the value at one place to
// constants, as most parts do: it needs no program, and makes no values of
// what it does not look at. What it says is what the program says.
type quick struct {
	place  place
	length bool // it is about len(…) of the value
	op     string
	want   []constant
	re     *regexp.Regexp // of matches
	joins  bool           // it takes what others tell of a record
}

// A constant is what a value is held to.
type constant struct {
	kind cellKind
	n    int
	f    float64
	text string
}

// holding is the operator of a value that is the condition itself.
const holding = "is"

// having is the operator of a constant that is looked for in a value.
const having = "has"

// turned are the operators for operands the other way round.
var turned = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<=", "in": having}

// quickOf makes a quick of a tree. It returns nil when it takes a program.
func quickOf(n ast.Node) *quick {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		if p, ok := placeOf(n); ok && (len(p.steps) > 0) {
			return &quick{place: p, op: holding}
		}
		return nil
	}
	op, left, right := b.Operator, b.Left, b.Right
	q := measured(left)
	if q == nil || op == "in" && constants(right, op) == nil {
		if q = measured(right); q == nil || turned[op] == "" {
			return nil
		}
		op, right = turned[op], left
	}
	q.op, q.want = op, constants(right, op)
	if q.want == nil || !q.possible() {
		return nil
	}
	_, q.joins = joins[q.place.name]
	return q
}

// measured is the quick of a place or of its length, nil when n is neither.
func measured(n ast.Node) *quick {
	if call, ok := n.(*ast.BuiltinNode); ok && call.Name == "len" && len(call.Arguments) == 1 {
		p, ok := placeOf(call.Arguments[0])
		if !ok {
			return nil
		}
		return &quick{place: p, length: true}
	}
	p, ok := placeOf(n)
	if !ok {
		return nil
	}
	return &quick{place: p}
}

// constants returns those that n is, nil when it is something else.
func constants(n ast.Node, op string) []constant {
	if op == "in" {
		list, ok := n.(*ast.ArrayNode)
		if !ok {
			return nil
		}
		var all []constant
		for _, e := range list.Nodes {
			one := constants(e, "")
			if one == nil {
				return nil
			}
			all = append(all, one...)
		}
		return all
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return []constant{{kind: null}}
	case *ast.BoolNode:
		c := constant{kind: isTrue}
		if n.Value {
			c.n = 1
		}
		return []constant{c}
	case *ast.IntegerNode:
		return []constant{{kind: isInt, n: n.Value}}
	case *ast.FloatNode:
		return []constant{{kind: isFloat, f: n.Value}}
	case *ast.StringNode:
		return []constant{{kind: isText, text: n.Value}}
	case *ast.UnaryNode:
		if one := constants(n.Node, ""); n.Operator == "-" && one != nil && (one[0].kind == isInt || one[0].kind == isFloat) {
			one[0].n, one[0].f = -one[0].n, -one[0].f
			return one
		}
	}
	return nil
}

// possible says whether q is one of those that are known here. It prepares
// what takes preparing.
func (q *quick) possible() bool {
	kind := q.want[0].kind
	listed := q.place.name == "findings" && !q.length
	if q.place.found && len(q.place.steps) == 0 && !q.length && q.op != having {
		return (q.op == "==" || q.op == "!=") && kind == null // of all fields
	}
	switch q.op {
	case "==", "!=":
		return !listed
	case "<", "<=", ">", ">=":
		return !listed && (kind == isInt || kind == isFloat || kind == isText)
	case "contains", "startsWith", "endsWith":
		return !listed && !q.length && kind == isText
	case "matches":
		var err error
		q.re, err = regexp.Compile(q.want[0].text)
		return !listed && !q.length && kind == isText && err == nil
	case "in":
		return !listed
	case having:
		return q.place.found && !q.length && kind == isText
	}
	return false
}

// here says whether it holds for the record that s has turned to. It says
// false when a program has to tell.
func (q *quick) here(s *source) (holds, told bool) {
	if q.place.found && len(q.place.steps) == 0 {
		return q.whole(s)
	}
	if q.op == having { // which takes what is in it
		return q.of(s.within(q.place.steps))
	}
	return q.of(s.cell(&q.place))
}

// joined is here for what others tell.
func (q *quick) joined(j *codec.Joined) bool {
	holds, _ := q.of(joinedCell(q.place.name, j))
	return holds
}

// whole is here for the fields as a whole, which are always there.
func (q *quick) whole(s *source) (holds, told bool) {
	switch {
	case q.length:
		if c, ok := s.picked(nil); ok {
			return q.held(c)
		}
		s.makeJSON()
		p := pick{src: s.json}
		return q.held(cell{kind: isInt, n: p.count()})
	case q.op == having:
		return q.of(cell{kind: isObject, bytes: s.makeJSON()})
	}
	return q.op == "!=", true
}

// of says whether it holds for a value.
func (q *quick) of(c cell) (holds, told bool) {
	if q.length {
		n, ok := c.length()
		if !ok {
			return false, c.kind != isObject && c.kind != unsaid
		}
		c = cell{kind: isInt, n: n}
	}
	return q.held(c)
}

// held is of for what is held to the constants: the value, or its length.
func (q *quick) held(c cell) (holds, told bool) {
	switch c.kind {
	case absent:
		return false, true
	case unsaid:
		return false, false
	}
	w := &q.want
	switch q.op {
	case holding:
		return c.kind == isTrue && c.n == 1, true
	case "==":
		return c.equals(&(*w)[0]), true
	case "!=":
		return !c.equals(&(*w)[0]), true
	case "in":
		for i := range *w {
			if c.equals(&(*w)[i]) {
				return true, true
			}
		}
		return false, true
	case having:
		return c.has((*w)[0].text), true
	}
	if c.kind == isText && (*w)[0].kind == isText {
		return q.ofText(c.bytes, (*w)[0].text), true
	}
	order, ok := c.compare(&(*w)[0])
	return ok && ordered(q.op, order), true
}

func (q *quick) ofText(b []byte, want string) bool {
	switch q.op {
	case "contains":
		return bytes.Contains(b, []byte(want))
	case "startsWith":
		return len(b) >= len(want) && string(b[:len(want)]) == want
	case "endsWith":
		return len(b) >= len(want) && string(b[len(b)-len(want):]) == want
	case "matches":
		return q.re.Match(b)
	}
	switch {
	case string(b) < want:
		return ordered(q.op, -1)
	case string(b) > want:
		return ordered(q.op, 1)
	}
	return ordered(q.op, 0)
}

// ordered says whether an operator holds for what compares like this.
func ordered(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return false
}

// equals says whether a value is a constant.
func (c *cell) equals(w *constant) bool {
	switch c.kind {
	case null:
		return w.kind == null
	case isTrue:
		return w.kind == isTrue && c.n == w.n
	case isText:
		return w.kind == isText && string(c.bytes) == w.text
	case isInt, isFloat:
		order, ok := c.compare(w)
		return ok && order == 0
	}
	return false
}

// unordered is the order of a number and what is none.
const unordered = 2

// compare compares numbers. It says false when one is none.
func (c *cell) compare(w *constant) (order int, ok bool) {
	if c.kind == isInt && w.kind == isInt {
		switch {
		case c.n < w.n:
			return -1, true
		case c.n > w.n:
			return 1, true
		}
		return 0, true
	}
	a, b := c.f, w.f
	switch c.kind {
	case isInt:
		a = float64(c.n)
	case isFloat:
	default:
		return unordered, false
	}
	switch w.kind {
	case isInt:
		b = float64(w.n)
	case isFloat:
	default:
		return unordered, false
	}
	switch {
	case a < b:
		return -1, true
	case a > b:
		return 1, true
	case a == b:
		return 0, true
	}
	return unordered, false
}

// has says whether a list has a text, or an object a member of that name.
func (c *cell) has(text string) bool {
	p := pick{src: c.bytes}
	p.next()
	switch c.kind {
	case isObject:
		return p.enter(text, true)
	case isList:
		return p.hasText(text)
	}
	return false
}
