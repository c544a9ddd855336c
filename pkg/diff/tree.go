package diff

import "bytes"

// A kind is what a value is made of.
type kind byte

const (
	isLeaf  kind = iota
	isDict       // members with names
	isList       // values in order
	isTuple      // likewise, where a protocol tells the two apart
)

// A node is one value of a tree.
type node struct {
	kind kind
	key  []byte // its name as it stands in the JSON, without quotes; nil in a list
	raw  []byte // the JSON of the value
	end  int    // the index behind the last node that is below it
}

// A tree holds the fields of a frame as its JSON record has them, in the order
// of the text: what is below a node follows it. Objects that only say what
// kind of value they hold are that value: {"text":…} and {"hex":…} are leaves,
// {"$t":[…]} is a tuple, {"$d":[…]} with names for keys an object.
type tree struct{ nodes []node }

// maxNesting is how deep values are taken apart. What is deeper is compared as
// the text that it is.
const maxNesting = 500

// parse reads JSON. What is none is one leaf.
func (t *tree) parse(src []byte) {
	t.nodes = t.nodes[:0]
	r := treeReader{t: t, src: src}
	if !r.value(nil, 0) || r.blank() != len(src) {
		t.nodes = append(t.nodes[:0], node{raw: src, end: 1})
	}
}

// children calls do with the index of each node straight below node i.
func (t *tree) children(i int, do func(j int)) {
	for j := i + 1; j < t.nodes[i].end; j = t.nodes[j].end {
		do(j)
	}
}

// count returns how many nodes are straight below node i.
func (t *tree) count(i int) int {
	n := 0
	t.children(i, func(int) { n++ })
	return n
}

type treeReader struct {
	t   *tree
	src []byte
	i   int
}

// blank skips white space and returns where it ends.
func (r *treeReader) blank() int {
	for r.i < len(r.src) && (r.src[r.i] == ' ' || r.src[r.i] == '\t' || r.src[r.i] == '\n' || r.src[r.i] == '\r') {
		r.i++
	}
	return r.i
}

// next takes the byte c if it comes next.
func (r *treeReader) next(c byte) bool {
	if r.blank() < len(r.src) && r.src[r.i] == c {
		r.i++
		return true
	}
	return false
}

// value reads a value and what is below it.
func (r *treeReader) value(key []byte, depth int) bool {
	start := r.blank()
	if start == len(r.src) || depth > maxNesting {
		return false
	}
	at := len(r.t.nodes)
	r.t.nodes = append(r.t.nodes, node{key: key})
	var ok bool
	switch r.src[start] {
	case '{':
		r.t.nodes[at].kind = isDict
		ok = r.members(depth)
	case '[':
		r.t.nodes[at].kind = isList
		ok = r.elements(depth)
	case '"':
		_, ok = r.text()
	default:
		for r.i < len(r.src) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(r.src[r.i])) {
			r.i++
		}
		ok = r.i > start
	}
	n := &r.t.nodes[at]
	n.raw, n.end = r.src[start:r.i], len(r.t.nodes)
	if ok && n.kind == isDict {
		r.t.simplify(at)
	}
	return ok
}

func (r *treeReader) members(depth int) bool {
	r.i++
	if r.next('}') {
		return true
	}
	for {
		r.blank()
		key, ok := r.text()
		if !ok || !r.next(':') || !r.value(key, depth+1) {
			return false
		}
		if !r.next(',') {
			return r.next('}')
		}
	}
}

func (r *treeReader) elements(depth int) bool {
	r.i++
	if r.next(']') {
		return true
	}
	for {
		if !r.value(nil, depth+1) {
			return false
		}
		if !r.next(',') {
			return r.next(']')
		}
	}
}

// text reads a string and returns what stands between the quotes.
func (r *treeReader) text() ([]byte, bool) {
	if r.i >= len(r.src) || r.src[r.i] != '"' {
		return nil, false
	}
	start := r.i + 1
	for i := start; i < len(r.src); i++ {
		switch r.src[i] {
		case '\\':
			i++
		case '"':
			r.i = i + 1
			return r.src[start:i], true
		}
	}
	return nil, false
}

// simplify makes an object that only says what kind of value it holds that
// value. Node at is the last of the tree with all that is below it.
func (t *tree) simplify(at int) {
	if at+1 >= len(t.nodes) || t.nodes[at+1].end != len(t.nodes) {
		return // it has not one member
	}
	n, only := &t.nodes[at], &t.nodes[at+1]
	name := string(only.key)
	tagged := len(name) > 0 && name[0] == '$'
	switch {
	case only.kind == isLeaf && only.raw[0] == '"' && (tagged || name == "text" || name == "hex"):
		t.nodes = t.nodes[:at+1]
		n.kind, n.end = isLeaf, at+1
	case only.kind == isList && name == "$t":
		t.unwrap(at, isTuple)
	case only.kind == isList && name == "$d":
		t.unwrap(at, isList)
		t.pairs(at)
	}
}

// unwrap puts the one node below node at in its place.
func (t *tree) unwrap(at int, k kind) {
	key, raw := t.nodes[at].key, t.nodes[at].raw
	t.nodes = append(t.nodes[:at], t.nodes[at+1:]...)
	for i := at; i < len(t.nodes); i++ {
		t.nodes[i].end--
	}
	t.nodes[at].kind, t.nodes[at].key, t.nodes[at].raw = k, key, raw
}

// pairs makes an object of a list of pairs, if each begins with a name and
// none is there twice.
func (t *tree) pairs(at int) {
	names := map[string]bool{}
	fine := true
	t.children(at, func(j int) {
		n := &t.nodes[j]
		if n.kind != isList || t.count(j) != 2 || t.nodes[j+1].kind != isLeaf || t.nodes[j+1].raw[0] != '"' {
			fine = false
			return
		}
		name := string(t.nodes[j+1].raw)
		fine = fine && !names[name]
		names[name] = true
	})
	if !fine {
		return
	}
	flat := []node{t.nodes[at]}
	flat[0].kind = isDict
	t.children(at, func(j int) {
		name, value := t.nodes[j+1].raw, j+2
		moved := at + len(flat) - value
		first := len(flat)
		for _, n := range t.nodes[value:t.nodes[value].end] {
			n.end += moved
			flat = append(flat, n)
		}
		flat[first].key = name[1 : len(name)-1]
	})
	flat[0].end = at + len(flat)
	t.nodes = append(t.nodes[:at], flat...)
}
