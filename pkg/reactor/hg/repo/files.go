package repo

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// The commands that give manifests and files. They send whole texts, never
// differences, which a client takes as well.

func fileCommands() map[string]FinalCommand {
	return map[string]FinalCommand{
		"manifestdata": {
			Args: map[string]Arg{
				"nodes": {Type: "list", Required: true}, "tree": {Type: "bytes", Required: true},
				"fields": {Type: "set"}, "haveparents": {Type: "bool"},
			},
			Run: manifestData,
		},
		"filedata": {
			Args: map[string]Arg{
				"nodes": {Type: "list", Required: true}, "path": {Type: "bytes", Required: true},
				"fields": {Type: "set"}, "haveparents": {Type: "bool"},
			},
			Run: fileData,
		},
		"filesdata": {
			Args: map[string]Arg{
				"revisions": {Type: "list", Required: true}, "fields": {Type: "set"},
				"haveparents": {Type: "bool"}, "pathfilter": {Type: "dict"},
			},
			Run: filesData,
		},
	}
}

// fieldsOf returns the fields that are asked for.
func fieldsOf(args finalArgs, allowed ...string) (map[string]bool, error) {
	fields := map[string]bool{}
	for _, f := range args["fields"].Items() {
		fields[text(f)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(allowed, name) {
			return nil, &CommandError{Message: "unknown field: %s", Args: []string{name}}
		}
	}
	return fields, nil
}

// total is the map that goes before the revisions.
func total(n int) cbor.Value { return dict(finalArgs{"totalitems": cbor.Int(int64(n))}) }

// appendRevision appends the items of a revision.
func appendRevision(items []cbor.Value, v *Revision, fields map[string]bool, link *Node) []cbor.Value {
	m := finalArgs{"node": cbor.ByteString(v.Node[:])}
	if fields["parents"] {
		m["parents"] = bothParents(v.Parents)
	}
	if fields["linknode"] && link != nil {
		m["linknode"] = cbor.ByteString(link[:])
	}
	if !fields["revision"] {
		return append(items, dict(m))
	}
	m["fieldsfollowing"] = following("revision", v.Text)
	return append(items, dict(m), cbor.ByteString(v.Text))
}

func bothParents(parents []Node) cbor.Value {
	return nodes(append(slices.Clone(parents), Node{}, Node{})[:2])
}

func following(name string, b []byte) cbor.Value {
	return cbor.List(cbor.List(cbor.String(name), cbor.Int(int64(len(b)))))
}

func manifestData(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
	fields, err := fieldsOf(args, "parents", "revision")
	if err != nil {
		return nil, err
	}
	wanted, err := nodesOf(args["nodes"])
	if err != nil {
		return nil, err
	}
	if text(args["tree"]) != "" {
		return nil, &CommandError{Message: "unknown tree: %s", Args: []string{text(args["tree"])}}
	}
	list, missing, ok := r.manifest.in(wanted)
	if !ok {
		return nil, &CommandError{Message: "unknown node: %s", Args: []string{missing.String()}}
	}
	items := []cbor.Value{total(len(wanted))}
	for _, v := range list {
		items = appendRevision(items, v, fields, nil)
	}
	return items, nil
}

func fileData(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
	fields, err := fieldsOf(args, "linknode", "parents", "revision")
	if err != nil {
		return nil, err
	}
	name := text(args["path"])
	log := r.files[name]
	if log == nil {
		return nil, &CommandError{Message: "unknown file: %s", Args: []string{name}}
	}
	wanted, err := nodesOf(args["nodes"])
	if err != nil {
		return nil, err
	}
	list, missing, ok := log.in(wanted)
	if !ok {
		return nil, &CommandError{Message: "unknown file node: %s", Args: []string{missing.String()}}
	}
	items := []cbor.Value{total(len(wanted))}
	links := map[Node]*Node{}
	if fields["linknode"] {
		if links, err = r.links(name); err != nil {
			return nil, err
		}
	}
	for _, v := range list {
		items = appendRevision(items, v, fields, links[v.Node])
	}
	return items, nil
}

// links returns the changesets that brought the revisions of a file.
func (r *Repo) links(name string) (map[Node]*Node, error) {
	links := map[Node]*Node{}
	for i := range r.changesets {
		c := &r.changesets[i]
		tree, err := r.tree(c)
		if err != nil {
			return nil, err
		}
		if n, ok := tree[name]; ok && links[n] == nil {
			links[n] = &c.Node
		}
	}
	return links, nil
}

func filesData(r *Repo, args finalArgs, _ []byte) ([]cbor.Value, error) {
	fields, err := fieldsOf(args, "firstchangeset", "linknode", "parents", "revision")
	if err != nil {
		return nil, err
	}
	wanted, err := r.revisions(args["revisions"])
	if err != nil {
		return nil, err
	}
	matches, err := filter(args["pathfilter"])
	if err != nil {
		return nil, err
	}
	found := map[string]map[Node]*Node{} // path, node: changeset
	count := 0
	for _, i := range wanted {
		c := &r.changesets[i]
		tree, err := r.tree(c)
		if err != nil {
			return nil, err
		}
		paths := slices.Collect(maps.Keys(tree))
		if isTrue(args["haveparents"]) {
			paths = c.Files() // the others came with the parents
		}
		for _, p := range paths {
			n, ok := tree[p]
			if !ok || !matches(p) || found[p][n] != nil {
				continue
			}
			if found[p] == nil {
				found[p] = map[Node]*Node{}
			}
			found[p][n] = &c.Node
			count++
		}
	}
	items := []cbor.Value{dict(finalArgs{"totalpaths": cbor.Int(int64(len(found))), "totalitems": cbor.Int(int64(count))})}
	for _, p := range slices.Sorted(maps.Keys(found)) {
		log := r.files[p]
		if log == nil {
			return nil, &CommandError{Message: "unknown file: %s", Args: []string{p}}
		}
		list, missing, ok := log.in(slices.Collect(maps.Keys(found[p])))
		if !ok {
			return nil, &CommandError{Message: "unknown file node: %s", Args: []string{missing.String()}}
		}
		items = append(items, dict(finalArgs{"path": cbor.String(p), "totalitems": cbor.Int(int64(len(list)))}))
		for _, v := range list {
			items = appendRevision(items, v, fields, found[p][v.Node])
		}
	}
	return items, nil
}

// filter makes a function of include and exclude, lists of path:DIR and
// rootfilesin:DIR.
func filter(v cbor.Value) (func(string) bool, error) {
	var lists [2][]func(string) bool
	for i, key := range []string{"include", "exclude"} {
		list, _ := v.Get(key)
		for _, item := range list.Items() {
			kind, dir, _ := strings.Cut(text(item), ":")
			if dir == "." {
				dir = ""
			}
			switch kind {
			case "path":
				lists[i] = append(lists[i], func(p string) bool { return dir == "" || p == dir || strings.HasPrefix(p, dir+"/") })
			case "rootfilesin":
				lists[i] = append(lists[i], func(p string) bool { return strings.TrimPrefix(path.Dir(p), ".") == dir })
			default:
				return nil, &CommandError{Message: key + " pattern must begin with `path:` or `rootfilesin:`; got %s", Args: []string{text(item)}}
			}
		}
	}
	some := func(list []func(string) bool, p string) bool {
		return slices.ContainsFunc(list, func(match func(string) bool) bool { return match(p) })
	}
	return func(p string) bool {
		return (len(lists[0]) == 0 || some(lists[0], p)) && !some(lists[1], p)
	}, nil
}
