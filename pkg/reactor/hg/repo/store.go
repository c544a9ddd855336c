package repo

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Revision is one text of a file or of the manifest.
type Revision struct {
	Node    Node
	Parents []Node // none to two
	Text    []byte // of a file with what Mercurial puts in front of it
}

// A revlog has the revisions of a file or of the manifest, parents first.
type revlog struct {
	revisions []Revision
	number    map[Node]int
}

func (l *revlog) add(v Revision) error {
	for _, p := range v.Parents {
		if _, ok := l.number[p]; !ok {
			return fmt.Errorf("revision %v has a parent that is not there: %v", v.Node, p)
		}
	}
	if _, ok := l.number[v.Node]; ok || len(v.Parents) > 2 {
		return fmt.Errorf("revision %v is there already, or has more than 2 parents", v.Node)
	}
	if l.number == nil {
		l.number = map[Node]int{}
	}
	l.number[v.Node] = len(l.revisions)
	l.revisions = append(l.revisions, v)
	return nil
}

func (l *revlog) clone() *revlog {
	return &revlog{slices.Clone(l.revisions), maps.Clone(l.number)}
}

// in returns the revisions of nodes in the log's order. The first node that
// is not there is returned as missing.
func (l *revlog) in(nodes []Node) (list []*Revision, missing Node, ok bool) {
	var numbers []int
	for _, n := range nodes {
		i, ok := l.number[n]
		if !ok {
			return nil, n, false
		}
		numbers = append(numbers, i)
	}
	slices.Sort(numbers)
	for _, i := range slices.Compact(numbers) {
		list = append(list, &l.revisions[i])
	}
	return list, Node{}, true
}

// AddManifest adds a revision of the manifest: a line for each file, path,
// NUL, node in hex, flags.
func (r *Repo) AddManifest(v Revision) error { return r.manifest.add(v) }

// AddFile adds a revision of a file.
func (r *Repo) AddFile(path string, v Revision) error {
	l := r.files[path]
	if l == nil {
		l = &revlog{}
		r.files[path] = l
	}
	return l.add(v)
}

// revisionLine reads NODE PARENTS TEXT.
func revisionLine(text string) (v Revision, err error) {
	words := strings.SplitN(text, " ", 3)
	if len(words) < 3 {
		return v, fmt.Errorf("a node, parents and a text are wanted")
	}
	if v.Node, err = ParseNode(words[0]); err != nil {
		return v, err
	}
	if v.Parents, err = parseParents(words[1]); err != nil {
		return v, err
	}
	v.Text, err = lex.Unescape(nil, []byte(words[2]))
	return v, err
}

// parseParents reads nodes with commas between them, or "-".
func parseParents(text string) (list []Node, err error) {
	if text == "-" {
		return nil, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		n, err := ParseNode(word)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// Files returns the paths that a changeset changes.
func (c *Changeset) Files() []string {
	head, _, _ := strings.Cut(string(c.Revision), "\n\n")
	lines := strings.Split(head, "\n")
	return lines[min(3, len(lines)):]
}

// tree returns the nodes of the files in a changeset.
func (r *Repo) tree(c *Changeset) (map[string]Node, error) {
	first, _, _ := bytes.Cut(c.Revision, []byte("\n"))
	node, err := ParseNode(string(first))
	if err != nil {
		return nil, err
	}
	files := map[string]Node{}
	if node == (Node{}) {
		return files, nil
	}
	i, ok := r.manifest.number[node]
	if !ok {
		return nil, fmt.Errorf("manifest %v is not there", node)
	}
	for line := range bytes.Lines(r.manifest.revisions[i].Text) {
		path, rest, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\x00")
		if files[path], err = ParseNode(rest[:min(40, len(rest))]); err != nil {
			return nil, err
		}
	}
	return files, nil
}
