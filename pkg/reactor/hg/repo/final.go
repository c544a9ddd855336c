package repo

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

type finalArgs = map[string]cbor.Value

func final() map[string]FinalCommand {
	return map[string]FinalCommand{
		"capabilities": {Run: func(r *Repo, _ finalArgs, _ []byte) ([]cbor.Value, error) {
			return []cbor.Value{r.FinalCapabilities}, nil
		}},
		"heads": {
			Args: map[string]Arg{"publiconly": {Type: "bool"}},
			Run: func(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
				if isTrue(args["publiconly"]) {
					return []cbor.Value{nodes(r.Heads(Public))}, nil
				}
				return []cbor.Value{nodes(r.Heads(All))}, nil
			},
		},
		"branchmap": {Run: func(r *Repo, _ finalArgs, _ []byte) ([]cbor.Value, error) {
			branches := r.Branches()
			m := map[string]cbor.Value{}
			for name, heads := range branches {
				m[name] = nodes(heads)
			}
			return []cbor.Value{dict(m)}, nil
		}},
		"known": {
			Args: map[string]Arg{"nodes": {Type: "list", Required: true}},
			Run: func(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
				list, err := nodesOf(args["nodes"])
				if err != nil {
					return nil, err
				}
				b := make([]byte, len(list))
				for i, n := range list {
					b[i] = digit(r.Has(n))
				}
				return []cbor.Value{cbor.ByteString(b)}, nil
			},
		},
		"lookup": {
			Args: map[string]Arg{"key": {Type: "bytes", Required: true}},
			Run: func(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
				n, err := r.Lookup(text(args["key"]))
				if err != nil {
					return nil, err
				}
				return []cbor.Value{cbor.ByteString(n[:])}, nil
			},
		},
		"listkeys": {
			Args: map[string]Arg{"namespace": {Type: "bytes", Required: true}},
			Run: func(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
				m := map[string]cbor.Value{}
				for k, v := range r.Keys(text(args["namespace"])) {
					m[k] = cbor.String(v)
				}
				return []cbor.Value{dict(m)}, nil
			},
		},
		"pushkey": {
			Args: map[string]Arg{
				"namespace": {Type: "bytes", Required: true}, "key": {Type: "bytes", Required: true},
				"old": {Type: "bytes", Required: true}, "new": {Type: "bytes", Required: true},
			},
			Run: func(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
				return []cbor.Value{cbor.Bool(r.PushKey(text(args["namespace"]), text(args["key"]), text(args["old"]), text(args["new"])))}, nil
			},
		},
		"changesetdata": {
			Args: map[string]Arg{"revisions": {Type: "list", Required: true}, "fields": {Type: "set"}},
			Run:  changesetData,
		},
	}
}

func isTrue(v cbor.Value) bool {
	b, err := v.Append(nil)
	return err == nil && len(b) == 1 && b[0] == 0xf5
}

func text(v cbor.Value) string {
	b, _ := v.Bytes()
	return string(b)
}

func nodes(list []Node) cbor.Value {
	items := make([]cbor.Value, len(list))
	for i, n := range list {
		items[i] = cbor.ByteString(n[:])
	}
	return cbor.List(items...)
}

func dict(m map[string]cbor.Value) cbor.Value {
	var pairs []cbor.Value
	for k, v := range m {
		pairs = append(pairs, cbor.String(k), v)
	}
	d, _ := cbor.Dict(pairs...) // byte strings are fine as keys
	return d
}

func nodesOf(v cbor.Value) (list []Node, err error) {
	if v.Type() != "list" {
		return nil, &CommandError{Message: "a list of nodes is wanted, not a " + v.Type()}
	}
	for _, item := range v.Items() {
		b, _ := item.Bytes()
		if len(b) != len(Node{}) {
			return nil, &CommandError{Message: fmt.Sprintf("a node is a byte string of 20, not a %s of %d", item.Type(), len(b))}
		}
		list = append(list, Node(b))
	}
	return list, nil
}

// changesetData tells about changesets: how many, then for each a map and
// the fields that the map says follow.
func changesetData(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
	wanted, err := r.revisions(args["revisions"])
	if err != nil {
		return nil, err
	}
	fields, err := fieldsOf(args, "bookmarks", "parents", "phase", "revision")
	if err != nil {
		return nil, err
	}
	marks := map[Node][]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Bookmarks)) {
		marks[r.Bookmarks[name]] = append(marks[r.Bookmarks[name]], name)
	}
	items := []cbor.Value{total(len(wanted))}
	for _, i := range wanted {
		c := &r.changesets[i]
		m := finalArgs{"node": cbor.ByteString(c.Node[:])}
		if fields["parents"] {
			m["parents"] = bothParents(c.Parents)
		}
		if fields["phase"] {
			m["phase"] = cbor.String(phase(c))
		}
		if names := marks[c.Node]; fields["bookmarks"] && len(names) > 0 {
			list := make([]cbor.Value, len(names))
			for i, n := range names {
				list[i] = cbor.String(n)
			}
			m["bookmarks"] = cbor.List(list...)
		}
		if fields["revision"] {
			m["fieldsfollowing"] = following("revision", c.Revision)
			items = append(items, dict(m), cbor.ByteString(c.Revision))
			continue
		}
		items = append(items, dict(m))
	}
	return items, nil
}

func phase(c *Changeset) string {
	if c.Draft {
		return "draft"
	}
	return "public"
}

// revisions returns the numbers of the changesets that specifiers name, in
// order.
func (r *Repo) revisions(specs cbor.Value) ([]int, error) {
	in := map[int]bool{}
	for _, spec := range specs.Items() {
		kind, _ := spec.Get("type")
		switch text(kind) {
		case "changesetexplicit":
			v, _ := spec.Get("nodes")
			list, err := r.numbers(v)
			if err != nil {
				return nil, err
			}
			for _, i := range list {
				in[i] = true
			}
		case "changesetdagrange":
			v, _ := spec.Get("heads")
			heads, err := r.numbers(v)
			if err != nil {
				return nil, err
			}
			v, _ = spec.Get("roots")
			roots, err := r.numbers(v)
			if err != nil {
				return nil, err
			}
			known := r.ancestors(roots)
			for i := range r.ancestors(heads) {
				if !known[i] {
					in[i] = true
				}
			}
		default:
			return nil, &CommandError{Message: "unknown revision specifier type: %s", Args: []string{text(kind)}}
		}
	}
	return slices.Sorted(maps.Keys(in)), nil
}

// numbers returns the numbers of nodes.
func (r *Repo) numbers(v cbor.Value) (list []int, err error) {
	wanted, err := nodesOf(v)
	for _, n := range wanted {
		i, ok := r.number[n]
		if n == (Node{}) {
			continue
		}
		if !ok {
			return nil, &CommandError{Message: "unknown node: %s", Args: []string{n.String()}}
		}
		list = append(list, i)
	}
	return list, err
}

// ancestors returns changesets and all that they descend from.
func (r *Repo) ancestors(of []int) map[int]bool {
	in := map[int]bool{}
	for _, i := range of {
		in[i] = true
	}
	for i := len(r.changesets) - 1; i >= 0; i-- {
		if in[i] {
			for _, p := range r.changesets[i].Parents {
				in[r.number[p]] = true
			}
		}
	}
	return in
}
