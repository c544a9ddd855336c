package record

import "strings"

// A node is a piece of a frame's text: a value, or a list or map of values.
// Its span is that of the value alone: of a string what is between the
// quotation marks, of tid'…' the digits.
type node struct {
	path       string // "header.seq", "args[0]"; see tables.go
	start, end int
	quoted     bool   // it stands between quotation marks
	prefix     string // what stands before them: "x", "tid"
	open       byte   // of a list or map: its bracket; else 0
	list       []*node
	outer      [2]int // span with marks and prefix
}

// text returns the text of a node.
func (n *node) text(line string) string { return line[n.start:n.end] }

// leaves calls f for each node without parts, in the order of the text.
func (n *node) leaves(f func(*node)) {
	if n.open == 0 {
		f(n)
	}
	for _, c := range n.list {
		c.leaves(f)
	}
}

// A reader makes nodes of a text. It knows what texts of all protocols have
// in common: words, name=value, strings, brackets and calls. What it cannot
// read is one node to the end.
type reader struct {
	src   string
	i     int
	plain bool // words are only words, unless they begin with a bracket
	depth int
}

// maxDepth is how deep brackets are looked into.
const maxDepth = 64

// items reads a whole text. Names are those of the items in their order; those
// without one are numbered.
func items(src string, names []string, plain bool) []*node {
	r := &reader{src: src, plain: plain}
	var list []*node
	for r.i < len(src) {
		if src[r.i] == ' ' {
			r.i++
			continue
		}
		if len(list) == 0 && src[r.i] == '!' { // a deviation
			r.skip(" ")
			continue
		}
		name := itoa(len(list))
		if len(list) < len(names) {
			name = names[len(list)]
		}
		list = append(list, r.item(name))
	}
	return list
}

// item reads what stands between two blanks.
func (r *reader) item(name string) *node {
	start := r.i
	if r.plain && strings.IndexByte("[{", r.src[r.i]) < 0 {
		r.skip(" ")
		return &node{path: name, start: start, end: r.i, outer: [2]int{start, r.i}}
	}
	if n := strings.IndexAny(r.src[r.i:], " =(\"'[{"); n > 0 && r.src[r.i+n] == '=' {
		name = r.src[r.i : r.i+n]
		r.i += n + 1
		if r.i == len(r.src) || r.src[r.i] == ' ' {
			return &node{path: name, start: r.i, end: r.i, outer: [2]int{r.i, r.i}}
		}
	}
	return r.value(name, false)
}

// skip goes on to the next of some bytes, or to the end.
func (r *reader) skip(until string) {
	n := strings.IndexAny(r.src[r.i:], until)
	if n < 0 {
		n = len(r.src) - r.i
	}
	r.i += n
}

// value reads one value. In a map a colon ends a word.
func (r *reader) value(path string, inMap bool) *node {
	if r.depth++; r.depth > maxDepth {
		n := &node{path: path, start: r.i, end: len(r.src), outer: [2]int{r.i, len(r.src)}}
		r.i, r.depth = len(r.src), r.depth-1
		return n
	}
	defer func() { r.depth-- }()
	start := r.i
	switch r.src[r.i] {
	case '"':
		return r.quoted(path, start)
	case '[', '(', '{':
		return r.brackets(path, start)
	}
	ends := " ,()[]{}\""
	if r.depth == 1 {
		ends = " ([{\""
	}
	if inMap {
		ends += ":"
	}
	for r.i < len(r.src) && strings.IndexByte(ends, r.src[r.i]) < 0 {
		if r.src[r.i] == '\'' && isPrefix(r.src[start:r.i]) {
			break
		}
		r.i++
	}
	if r.i < len(r.src) && r.i > start {
		switch c := r.src[r.i]; {
		case (c == '"' || c == '\'') && isPrefix(r.src[start:r.i]):
			return r.quoted(path, start)
		case c == '(':
			return r.brackets(path, start)
		}
	}
	if r.i == start { // a byte that nothing begins with
		r.i++
	}
	return &node{path: path, start: start, end: r.i, outer: [2]int{start, r.i}}
}

// isPrefix says whether s may stand right before a quotation mark.
func isPrefix(s string) bool {
	if len(s) == 0 || len(s) > 3 {
		return false
	}
	for _, c := range []byte(s) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// quoted reads a string whose prefix began at start.
func (r *reader) quoted(path string, start int) *node {
	mark := r.src[r.i]
	n := &node{path: path, start: r.i + 1, quoted: true, prefix: r.src[start:r.i]}
	for r.i++; r.i < len(r.src) && r.src[r.i] != mark; r.i++ {
		if r.src[r.i] == '\\' {
			r.i++
		}
	}
	r.i = min(r.i, len(r.src))
	n.end = r.i
	r.i = min(r.i+1, len(r.src))
	n.outer = [2]int{start, r.i}
	return n
}

// brackets reads a list, a map, or the arguments of a call whose name began at
// start.
func (r *reader) brackets(path string, start int) *node {
	n := &node{path: path, start: start, open: r.src[r.i]}
	r.i++
	for r.i < len(r.src) {
		switch c := r.src[r.i]; {
		case c == ' ' || c == ',' || c == ':':
			r.i++
		case strings.IndexByte(")]}", c) >= 0:
			r.i++
			n.end, n.outer = r.i, [2]int{start, r.i}
			return n
		case n.open == '{':
			key := r.value(path, true)
			name := path + "." + key.text(r.src)
			key.path = name + "#"
			n.list = append(n.list, key)
			for r.i < len(r.src) && (r.src[r.i] == ' ' || r.src[r.i] == ':') {
				r.i++
			}
			if r.i < len(r.src) && strings.IndexByte(",}", r.src[r.i]) < 0 {
				n.list = append(n.list, r.value(name, true))
			}
		default:
			n.list = append(n.list, r.value(path+"["+itoa(len(n.list))+"]", false))
		}
	}
	n.end, n.outer = r.i, [2]int{start, r.i}
	return n
}
