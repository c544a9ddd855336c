package record

import (
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A value is one that another run has otherwise.
type value struct {
	kind  *kind
	first int  // the line in which it stands first
	sent  bool // that line is sent
	reuse bool // it stands in a later line as well
	name  string

	number uint64 // of a value that is a number of hexadecimal digits
	base   *value // what the server gave before, if the client's comes after it
}

// A place is a piece of a line's text that something else stands for.
type place struct {
	start, end int
	val        *value
	plus       uint64 // it is that much more than the value
	put        string // what to write, when that is known
	path       string
}

// A finder finds the values in the lines.
type finder struct {
	lines  []*line
	values map[string]*value // by kind and text, and scope if it has one
	texts  map[string]*value // those that may stand anywhere, by text
	others map[*node]other   // what differs in another recording
	order  []*value
}

// find fills the places of all lines.
func (f *finder) find() {
	f.values, f.texts = map[string]*value{}, map[string]*value{}
	for i, l := range f.lines {
		if l.frame == "" {
			continue
		}
		t := tables(l.proto)
		for _, item := range l.items {
			f.node(t, i, l, item)
		}
	}
}

// node looks at a piece of a text and what is in it.
func (f *finder) node(t *table, i int, l *line, n *node) {
	if o, differs := f.others[n]; differs && o.whole {
		v := &value{kind: structure, first: i, sent: l.dir == codec.ToServer}
		l.places = append(l.places, place{start: n.outer[0], end: n.outer[1], val: v, path: n.path})
		return
	}
	if n.open == 0 {
		f.leaf(t, i, l, n)
	} else if k, _ := t.kindOf(l, n); k != nil && k.whole && l.dir == codec.ToClient {
		v := &value{kind: k, first: i}
		l.places = append(l.places, place{start: n.outer[0], end: n.outer[1], val: v, path: n.path})
		return
	}
	for _, c := range n.list {
		f.node(t, i, l, c)
	}
}

// structure is a value that has another form in another recording.
var structure = &kind{name: "value", once: true, varied: true}

// leaf looks at a piece of a text.
func (f *finder) leaf(t *table, i int, l *line, n *node) {
	text := n.text(l.text)
	if text == "" || strings.Contains(text, codec.Redacted) {
		return
	}
	if v := f.texts[text]; v != nil && v.fits(n) {
		f.again(i, l, n, v, 0)
		return
	}
	if v := f.before(text, n); v != nil {
		f.again(i, l, n, v, 1)
		return
	}
	k, scope := t.kindOf(l, n)
	if k == nil {
		if k, scope = f.varied(n, text); k == nil {
			return
		}
	}
	name := k.name
	if k.varied {
		name = "" // the same in places of all names
	}
	key := name + "\x00" + scope + "\x00" + text
	if v := f.values[key]; v != nil && !k.once {
		f.again(i, l, n, v, 0)
		return
	}
	v := &value{kind: k, first: i, sent: l.dir == codec.ToServer}
	if k.hex {
		f.number(v, text)
	}
	f.values[key] = v
	if k.anywhere {
		f.texts[text] = v
	}
	f.order = append(f.order, v)
	l.places = append(l.places, place{start: n.start, end: n.end, val: v, path: n.path})
}

// again notes that a value stands in a place, after it was seen.
func (f *finder) again(i int, l *line, n *node, v *value, plus uint64) {
	v.reuse = v.reuse || v.sent || i > v.first && (l.dir == codec.ToServer || !v.kind.sent)
	l.places = append(l.places, place{start: n.start, end: n.end, val: v, plus: plus, path: n.path})
}

// number notes the number that a value is, and for one of the client's what
// the server gave that it comes after: it has to in another run, too.
func (f *finder) number(v *value, text string) {
	v.number, _ = strconv.ParseUint(text, 16, 64) // its form says that it is one
	for _, o := range f.order {
		if v.sent && !o.sent && o.kind == v.kind && o.number < v.number && (v.base == nil || o.number > v.base.number) {
			v.base = o
		}
	}
	if v.base != nil {
		v.base.reuse = true
	}
}

// fits says whether the value can be what a string with a prefix holds.
func (v *value) fits(n *node) bool { return v.kind.not == "" || n.prefix != v.kind.not }

// before returns the value whose successor a text is.
func (f *finder) before(text string, n *node) *value {
	if !isTID(text) {
		return nil
	}
	x, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return nil
	}
	digits := strconv.FormatUint(x-1, 16)
	v := f.texts[strings.Repeat("0", len(text)-len(digits))+digits]
	if v == nil || !v.kind.hex || !v.fits(n) {
		return nil
	}
	return v
}

// kindOf returns what the table says of a place, and the scope of the value.
func (t *table) kindOf(l *line, n *node) (k *kind, scope string) {
	text := n.text(l.text)
	for i := range t.rules {
		r := &t.rules[i]
		if r.frame != "*" && r.frame != l.frame || r.items > 0 && r.items != len(l.items) || !covers(r.path, n.path) {
			continue
		}
		if r.kind.whole != (n.open != 0) || r.kind.form != nil && !r.kind.form(text) || n.prefix != "" && n.prefix == r.kind.not {
			continue
		}
		if scope, ok := r.scopeOf(l); ok {
			return r.kind, scope
		}
	}
	return nil, ""
}

// scopeOf returns the scope of a value in a line. It says false when the line
// has none.
func (r *rule) scopeOf(l *line) (string, bool) {
	if r.scope == "" || r.scope[0] == '=' {
		return r.scope, true
	}
	scope, found := "", false
	for _, item := range l.items {
		item.leaves(func(n *node) {
			if text := n.text(l.text); n.path == r.scope && (r.scopeKind == nil || r.scopeKind.form(text)) {
				scope, found = text, true
			}
		})
	}
	return scope, found
}

// covers says whether a path is one that a rule means.
func covers(rule, path string) bool {
	if rest, ok := strings.CutPrefix(rule, "**"); ok {
		if inner, ok := strings.CutSuffix(rest, "**"); ok {
			return strings.Contains(path, inner) && !strings.HasSuffix(path, "#")
		}
		return strings.HasSuffix(path, rest)
	}
	a, b, star := strings.Cut(rule, "[*]")
	if !star {
		return rule == path
	}
	rest, ok := strings.CutPrefix(path, a+"[")
	if !ok {
		return false
	}
	end := strings.IndexByte(rest, ']')
	return end >= 0 && covers(b, rest[end+1:])
}

// varied returns a kind for a place that differs in another recording. The
// texts of both are what its value is known by.
func (f *finder) varied(n *node, text string) (*kind, string) {
	o, differs := f.others[n]
	switch {
	case !differs:
		return nil, ""
	case isUUID(text) && isUUID(o.text):
		return uuid, ""
	case isTime(text) && isTime(o.text):
		return now, ""
	}
	return &kind{name: variableName(n.path), varied: true}, o.text
}

// variableName makes the name of a variable of the last name in a path.
func variableName(path string) string {
	path = strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	if i := strings.IndexByte(path, '['); i > 0 {
		path = path[:i]
	}
	var b strings.Builder
	for _, c := range []byte(path) {
		if c >= 'a' && c <= 'z' || c == '_' {
			b.WriteByte(c)
		}
	}
	if b.Len() == 0 {
		return "value"
	}
	return b.String()
}
