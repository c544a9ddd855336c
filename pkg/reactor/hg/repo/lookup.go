package repo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Lookup finds a changeset by what a person would call it: tip, null, its
// number, its node, a bookmark, a tag, a branch, the beginning of its node.
func (r *Repo) Lookup(key string) (Node, error) {
	switch n, err := strconv.Atoi(key); {
	case key == "tip" && len(r.changesets) > 0:
		return r.changesets[len(r.changesets)-1].Node, nil
	case key == "tip" || key == "null":
		return Node{}, nil
	case err == nil && strconv.Itoa(n) == key && n >= -len(r.changesets) && n < len(r.changesets):
		return r.changesets[(n+len(r.changesets))%len(r.changesets)].Node, nil
	}
	if n, err := ParseNode(key); err == nil && r.Has(n) {
		return n, nil
	}
	for _, names := range []map[string]Node{r.Bookmarks, r.Tags} {
		if n, ok := names[key]; ok {
			return n, nil
		}
	}
	if heads := r.branchHeads(key); len(heads) > 0 {
		return heads[0], nil
	}
	return r.byPrefix(key)
}

func (r *Repo) byPrefix(key string) (found Node, err error) {
	count := 0
	for i := range r.changesets {
		if n := r.changesets[i].Node; key != "" && strings.HasPrefix(n.String(), key) {
			found = n
			count++
		}
	}
	switch count {
	case 0:
		return found, fmt.Errorf("unknown revision '%s'", key)
	case 1:
		return found, nil
	}
	return Node{}, fmt.Errorf("ambiguous identifier '%s'", key)
}

// Keys returns what a namespace of listkeys has. Unknown ones have nothing.
func (r *Repo) Keys(namespace string) map[string]string {
	keys := map[string]string{}
	switch namespace {
	case "namespaces":
		for _, name := range []string{"bookmarks", "namespaces", "phases"} {
			keys[name] = ""
		}
	case "bookmarks":
		for name, n := range r.Bookmarks {
			keys[name] = n.String()
		}
	case "phases":
		for i := range r.changesets {
			if c := &r.changesets[i]; c.Draft && !slices.ContainsFunc(c.Parents, r.draft) {
				keys[c.Node.String()] = "1"
			}
		}
		keys["publishing"] = "True"
	}
	return keys
}

func (r *Repo) draft(n Node) bool {
	i, ok := r.number[n]
	return ok && r.changesets[i].Draft
}

// PushKey changes a key of a namespace from one value to another and says
// whether it could. Bookmarks move, and go when the new value is empty;
// changesets and their ancestors become public.
func (r *Repo) PushKey(namespace, key, from, to string) bool {
	switch namespace {
	case "bookmarks":
		return r.pushBookmark(key, from, to)
	case "phases":
		n, err := ParseNode(key)
		if _, ok := r.number[n]; err != nil || !ok || to != "0" || from != "0" && from != "1" {
			return false
		}
		if from == "1" || !r.draft(n) {
			r.publish(n)
			return true
		}
	}
	return false
}

func (r *Repo) pushBookmark(name, from, to string) bool {
	has := ""
	if n, ok := r.Bookmarks[name]; ok {
		has = n.String()
	}
	if has != from && has != to || name == "" {
		return false
	}
	if to == "" {
		delete(r.Bookmarks, name)
		return true
	}
	n, err := ParseNode(to)
	if err != nil || !r.Has(n) {
		return false
	}
	r.Bookmarks[name] = n
	return true
}

// publish makes a changeset and what it descends from public.
func (r *Repo) publish(n Node) {
	for todo := []Node{n}; len(todo) > 0; {
		i := r.number[todo[0]]
		todo = todo[1:]
		if c := &r.changesets[i]; c.Draft {
			c.Draft = false
			todo = append(todo, c.Parents...)
		}
	}
}
