package filter

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"time"
	"unicode"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Template makes a text of a record: a template of Go's text/template, in
// which {{.name}} is what a condition calls name. It may be used by several
// goroutines.
type Template struct {
	source  string
	t       *template.Template
	columns *Columns

	mu     sync.Mutex
	failed error // the first, of records of which no text could be made
	count  int
}

// functions are those of a template beside Go's own.
var functions = template.FuncMap{
	"json":  Text,
	"text":  plainText,
	"join":  join,
	"lower": func(v any) string { return strings.ToLower(plainText(v)) },
	"upper": func(v any) string { return strings.ToUpper(plainText(v)) },
	"show":  show,
	"left":  func(n int, v any) string { return pad(n, v, false) },
	"right": func(n int, v any) string { return pad(n, v, true) },
	"ms":    milliseconds,
}

// CompileTemplate reads a template about records of one protocol, or with ""
// of any. An error is a [*codec.TextError] with the place in source.
func CompileTemplate(source, proto string) (*Template, error) {
	fields, err := fieldsOf(proto)
	if err != nil {
		return nil, err
	}
	if len(source) > maxSource {
		return nil, &codec.TextError{End: len(source), Message: "the template is too long"}
	}
	t, err := template.New("format").Funcs(functions).Parse(source)
	if err != nil {
		return nil, templateFault(source, err)
	}
	showAll(t.Root)
	found := used{source: source, at: map[string]int{}}
	found.list(t.Root, true)
	if len(t.Templates()) > 1 {
		return nil, &codec.TextError{End: len(source), Message: "define and block have no use here"}
	}
	known := Names(proto)
	c := &Columns{needs: map[string]bool{}}
	for _, name := range slices.Sorted(found.names(known)) {
		if !slices.Contains(known, name) {
			at := found.at[name]
			return nil, lex.UnknownName(strings.TrimSpace(proto+" field"), name, at, at+len(name), known)
		}
		p, err := compileColumn(name, proto, fields)
		if err != nil {
			return nil, err
		}
		c.add(name, p)
	}
	return &Template{source: source, t: t, columns: c}, nil
}

// Columns returns what Append wants the values of.
func (t *Template) Columns() *Columns { return t.columns }

// Append appends the text of a record with these values. Of a record that no
// text can be made of, it appends none: see [Template.Err].
func (t *Template) Append(dst []byte, values []any) []byte {
	data := make(map[string]any, len(values))
	for i, name := range t.columns.names {
		if values[i] != nil { // of what is not there, a part is not there either
			data[name] = values[i]
		}
	}
	b := bytes.NewBuffer(dst)
	if err := t.t.Execute(b, data); err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.count++; t.failed == nil {
			t.failed = templateFault(t.source, err)
		}
		return dst
	}
	return b.Bytes()
}

// Err returns the first error of Append, a [*codec.TextError], and how many
// there were.
func (t *Template) Err() (count int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count, t.failed
}

// showAll passes what the actions print through the function show, as package
// html/template does with its escapers.
func showAll(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				show := parse.NewIdentifier("show").SetTree(nil).SetPos(n.Pos)
				n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{show}})
			}
		case *parse.IfNode:
			showAll(n.List)
			showAll(n.ElseList)
		case *parse.WithNode:
			showAll(n.List)
			showAll(n.ElseList)
		case *parse.RangeNode:
			showAll(n.List)
			showAll(n.ElseList)
		}
	}
}

// show returns a value as it is printed: nothing for what is not there, and
// nothing that a terminal could act on.
func show(v any) string {
	s := plainText(v)
	if strings.IndexFunc(s, acts) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if acts(r) {
			fmt.Fprintf(&b, `\x%02x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func acts(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// used collects the names that a template looks at, with their first places.
type used struct {
	source string
	at     map[string]int
	all    bool // a dot that is the record stands alone
}

func (u *used) names(known []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range u.at {
			if !yield(name) {
				return
			}
		}
		for _, name := range known {
			if _, ok := u.at[name]; u.all && !ok && !yield(name) {
				return
			}
		}
	}
}

// list visits nodes. Dot says whether a dot is the record there.
func (u *used) list(l *parse.ListNode, dot bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			u.pipe(n.Pipe, dot)
		case *parse.IfNode:
			u.branch(&n.BranchNode, dot, dot)
		case *parse.WithNode:
			u.branch(&n.BranchNode, dot, false)
		case *parse.RangeNode:
			u.branch(&n.BranchNode, dot, false)
		case *parse.TemplateNode:
			u.pipe(n.Pipe, dot)
		}
	}
}

func (u *used) branch(n *parse.BranchNode, dot, inside bool) {
	u.pipe(n.Pipe, dot)
	u.list(n.List, inside)
	u.list(n.ElseList, dot)
}

func (u *used) pipe(p *parse.PipeNode, dot bool) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			u.arg(arg, dot)
		}
	}
}

func (u *used) arg(n parse.Node, dot bool) {
	switch n := n.(type) {
	case *parse.FieldNode:
		if dot {
			u.name(n.Ident[0], int(n.Pos))
		}
	case *parse.VariableNode:
		switch {
		case n.Ident[0] == "$" && len(n.Ident) > 1:
			u.name(n.Ident[1], int(n.Pos))
		case n.Ident[0] == "$":
			u.all = true
		}
	case *parse.DotNode:
		u.all = u.all || dot
	case *parse.ChainNode:
		u.arg(n.Node, dot)
	case *parse.PipeNode:
		u.pipe(n, dot)
	}
}

// name takes a name, in the order of places. Of .a.b the place is that of b.
func (u *used) name(name string, at int) {
	if _, ok := u.at[name]; !ok {
		u.at[name] = strings.LastIndex(u.source[:min(at+1+len(name), len(u.source))], "."+name) + 1
	}
}

// templateFault makes a TextError of an error of package template, whose
// messages begin with name:line: or name:line:column:.
func templateFault(source string, err error) error {
	e := &codec.TextError{End: len(source), Message: err.Error(), Hint: `such as {{.conn}} {{.type}} {{.elapsed}}`}
	m := templateError.Get().FindStringSubmatch(e.Message)
	if m == nil {
		return e
	}
	e.Message = m[3]
	line, _ := strconv.Atoi(m[1])
	for ; line > 1; line-- {
		e.Start += strings.IndexByte(source[e.Start:], '\n') + 1
	}
	if n := strings.IndexByte(source[e.Start:], '\n'); n >= 0 {
		e.End = e.Start + n
	}
	if column, cerr := strconv.Atoi(m[2]); cerr == nil {
		e.Start = min(e.Start+column, len(source))
		if _, where, ok := strings.Cut(e.Message, ` at <`); ok {
			where, e.Message, _ = strings.Cut(where, ">: ")
			e.End = min(e.Start+len(where), len(source))
		}
		e.Message = strings.TrimPrefix(e.Message, "error calling ")
		return e
	}
	if f := noFunction.Get().FindStringSubmatch(e.Message); f != nil {
		if i := wordAt(source[e.Start:e.End], f[1]); i >= 0 {
			names := append([]string{"and", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf", "println", "slice", "urlquery"}, mapKeys(functions)...)
			slices.Sort(names)
			return lex.UnknownName("function", f[1], e.Start+i, e.Start+i+len(f[1]), names)
		}
	}
	if i := strings.LastIndex(source[e.Start:e.End], "{{"); i >= 0 {
		e.Start += i
	}
	return e
}

var (
	templateError = lazyre.New(`(?s)^template: format:(\d+):(?:(\d+):)? (.*)$`)
	noFunction    = lazyre.New(`^function "([^"]*)" not defined$`)
)

// wordAt returns where a word stands in a text, -1 if it does not.
func wordAt(text, word string) int {
	at := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).FindStringIndex(text)
	if at == nil {
		return -1
	}
	return at[0]
}

func mapKeys(m template.FuncMap) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// join joins the elements of a list.
func join(sep string, v any) (string, error) {
	var parts []string
	switch list := v.(type) {
	case []any:
		for _, e := range list {
			parts = append(parts, plainText(e))
		}
	case []string:
		parts = list
	case nil: // what is not there
	default:
		return "", errors.New("it is no list")
	}
	return strings.Join(parts, sep), nil
}

func pad(n int, v any, before bool) string {
	s := plainText(v)
	blanks := strings.Repeat(" ", max(0, min(n, 1000)-len([]rune(s))))
	if before {
		return blanks + s
	}
	return s + blanks
}

// milliseconds returns seconds as a text in milliseconds.
func milliseconds(v any) string {
	f, ok := v.(float64)
	if !ok {
		return ""
	}
	return strconv.FormatFloat(time.Duration(f*float64(time.Second)).Seconds()*1000, 'f', 3, 64)
}

// plainText returns a value as text: byte strings as what they are.
func plainText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case map[string]any:
		for _, key := range []string{"text", "hex"} {
			if s, ok := x[key].(string); ok && len(x) == 1 {
				return s
			}
		}
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool, int, int64:
		return fmt.Sprint(x)
	}
	return Text(v)
}
