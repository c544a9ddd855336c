// Package repo is a small repository in memory with the commands that
// Mercurial's two frame dialects have for it, so that the servers of
// pkg/reactor/hg have something to say. The commands are a table to which
// others can be added.
//
// A repository is read from text: a line for each thing, nodes as 40 hex
// digits, names and revisions with the escapes of the notation.
//
//	# a comment
//	capabilities lookup branchmap …              what the seed dialect's command answers
//	final-capabilities {b'commands': …}          the same of the final dialect
//	changeset NODE public|draft PARENT,PARENT BRANCH   parents first; "-" is none
//	revision manifest\nuser\ndate\nfiles\n\ntext       of the changeset before
//	bookmark NODE NAME
//	tag NODE NAME
//	manifest NODE PARENT,PARENT TEXT
//	file PATH
//	filerev NODE PARENT,PARENT TEXT                    of the file before
package repo

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Node names a changeset. The zero Node is the null changeset, which
// is in every repository.
type Node [20]byte

// String returns 40 hex digits.
func (n Node) String() string { return hex.EncodeToString(n[:]) }

// ParseNode reads 40 hex digits.
func ParseNode(text string) (n Node, err error) {
	if len(text) != 40 {
		return n, fmt.Errorf("a node has 40 hex digits, not %d characters: %.50q", len(text), text)
	}
	_, err = hex.Decode(n[:], []byte(text))
	return n, err
}

// A Changeset is one revision of everything.
type Changeset struct {
	Node     Node
	Parents  []Node // none to two
	Draft    bool   // its phase is draft, else public
	Branch   string
	Revision []byte // manifest's node, user, date, files, description
}

// A Repo is a repository. Its changesets are numbered from 0, parents first.
type Repo struct {
	Capabilities      string
	FinalCapabilities cbor.Value
	Bookmarks, Tags   map[string]Node

	changesets []Changeset
	number     map[Node]int
	manifest   *revlog
	files      map[string]*revlog
	path       string // of the last file line
}

// New returns an empty repository.
func New() *Repo {
	return &Repo{Bookmarks: map[string]Node{}, Tags: map[string]Node{}, number: map[Node]int{}, manifest: &revlog{}, files: map[string]*revlog{}}
}

// Clone returns a copy that goes its own way.
func (r *Repo) Clone() *Repo {
	c := *r
	c.Bookmarks, c.Tags, c.number = maps.Clone(r.Bookmarks), maps.Clone(r.Tags), maps.Clone(r.number)
	c.changesets = slices.Clone(r.changesets)
	c.manifest, c.files = r.manifest.clone(), make(map[string]*revlog, len(r.files))
	for path, l := range r.files {
		c.files[path] = l.clone()
	}
	return &c
}

// Add adds a changeset whose parents are there.
func (r *Repo) Add(c Changeset) error {
	if r.Has(c.Node) {
		return fmt.Errorf("changeset %v is there already", c.Node)
	}
	if len(c.Parents) > 2 {
		return fmt.Errorf("changeset %v has %d parents, more than 2", c.Node, len(c.Parents))
	}
	for _, p := range c.Parents {
		if _, ok := r.number[p]; !ok {
			return fmt.Errorf("changeset %v has a parent that is not there: %v", c.Node, p)
		}
	}
	r.number[c.Node] = len(r.changesets)
	r.changesets = append(r.changesets, c)
	return nil
}

// Has says whether a changeset is there.
func (r *Repo) Has(n Node) bool {
	_, ok := r.number[n]
	return ok || n == Node{}
}

// Heads returns the changesets without children that keep accepts, the
// latest first; the null changeset when there are none. A child that is not
// kept does not count.
func (r *Repo) Heads(keep func(*Changeset) bool) []Node {
	var heads []Node
	parent := map[Node]bool{}
	for i := len(r.changesets) - 1; i >= 0; i-- {
		c := &r.changesets[i]
		if !keep(c) {
			continue
		}
		if !parent[c.Node] {
			heads = append(heads, c.Node)
		}
		for _, p := range c.Parents {
			parent[p] = true
		}
	}
	if heads == nil {
		return []Node{{}}
	}
	return heads
}

// All keeps every changeset.
func All(*Changeset) bool { return true }

// Public keeps public changesets.
func Public(c *Changeset) bool { return !c.Draft }

// Branches returns the heads of each branch, the latest last.
func (r *Repo) Branches() map[string][]Node {
	branches := map[string][]Node{}
	for i := range r.changesets {
		name := r.changesets[i].Branch
		if _, done := branches[name]; !done {
			heads := r.branchHeads(name)
			slices.Reverse(heads)
			branches[name] = heads
		}
	}
	return branches
}

// branchHeads returns the changesets of a branch that no other of the branch
// descends from, the latest first.
func (r *Repo) branchHeads(name string) (heads []Node) {
	below := map[Node]bool{} // some descendant is of the branch
	for i := len(r.changesets) - 1; i >= 0; i-- {
		c := &r.changesets[i]
		own := c.Branch == name
		if own && !below[c.Node] {
			heads = append(heads, c.Node)
		}
		if own || below[c.Node] {
			for _, p := range c.Parents {
				below[p] = true
			}
		}
	}
	return heads
}

// Parse reads a repository's text.
func Parse(text []byte) (*Repo, error) {
	r := New()
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line := strings.TrimRight(string(line), "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if err := r.line(word, rest); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n, word, err)
		}
	}
	return r, nil
}

func (r *Repo) line(word, rest string) error {
	switch word {
	case "capabilities":
		r.Capabilities = rest
		return nil
	case "final-capabilities":
		v, err := cbor.ParseLiteral([]byte(rest), cbor.Limits{})
		r.FinalCapabilities = v
		return err
	case "changeset":
		return r.changeset(strings.SplitN(rest, " ", 4))
	case "revision":
		if len(r.changesets) == 0 {
			return fmt.Errorf("no changeset stands before it")
		}
		b, err := lex.Unescape(nil, []byte(rest))
		r.changesets[len(r.changesets)-1].Revision = b
		return err
	case "bookmark", "tag":
		digits, text, _ := strings.Cut(rest, " ")
		node, err := ParseNode(digits)
		if err != nil {
			return err
		}
		name, err := lex.Unescape(nil, []byte(text))
		switch {
		case err != nil:
			return err
		case len(name) == 0:
			return fmt.Errorf("a name is missing")
		case !r.Has(node):
			return fmt.Errorf("changeset %v is not there", node)
		case word == "tag":
			r.Tags[string(name)] = node
		default:
			r.Bookmarks[string(name)] = node
		}
		return nil
	}
	return r.storeLine(word, rest)
}

func (r *Repo) storeLine(word, rest string) error {
	switch word {
	case "file":
		b, err := lex.Unescape(nil, []byte(rest))
		r.path = string(b)
		return err
	case "manifest", "filerev":
		v, err := revisionLine(rest)
		switch {
		case err != nil:
			return err
		case word == "manifest":
			return r.AddManifest(v)
		case r.path == "":
			return fmt.Errorf("no file stands before it")
		}
		return r.AddFile(r.path, v)
	}
	return fmt.Errorf("no such word; there are capabilities, final-capabilities, changeset, revision, bookmark, tag, manifest, file, filerev")
}

func (r *Repo) changeset(words []string) error {
	if len(words) < 4 {
		return fmt.Errorf("a node, a phase, parents and a branch are wanted")
	}
	node, err := ParseNode(words[0])
	if err != nil {
		return err
	}
	if words[1] != "public" && words[1] != "draft" {
		return fmt.Errorf("a phase is public or draft, not %q", words[1])
	}
	c := Changeset{Node: node, Draft: words[1] == "draft"}
	if c.Parents, err = parseParents(words[2]); err != nil {
		return err
	}
	branch, err := lex.Unescape(nil, []byte(words[3]))
	if err != nil {
		return err
	}
	c.Branch = string(branch)
	return r.Add(c)
}
