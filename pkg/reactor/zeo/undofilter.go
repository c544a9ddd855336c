package zeo

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
)

// maxFilter bounds the values that undoInfo is asked for.
const maxFilter = 100

// A filter is what undoInfo looks for in a transaction: values by name, which
// have to be equal in Python's sense.
//
// A value may be a ZopeUndo.Prefix.Prefix, of which Zope's undo form sends one
// for the user. That is equal to a path that begins with the elements of its
// own; of the path's last element the part after a blank, the user's name,
// does not count. The class comes as a pickle, of which only the two
// attributes are looked at.
type filter struct {
	t    *value.Tree
	old  bool // Python 2
	want []wanted
}

type wanted struct {
	name  string
	key   string   // of the value; of no use with a prefix
	state value.ID // the attributes of a prefix; 0 for another value
}

// newFilter returns the filter that an argument is; nil for none.
func newFilter(c *session, a *args, i int) (*filter, error) {
	if !a.has(i) || !truthy(a.t, a.list[i]) {
		return nil, nil
	}
	f := &filter{t: a.t, old: c.enc == zeo.P1}
	spec := a.list[i]
	switch {
	case a.t.Kind(spec) != value.Dict:
		return nil, f.noAttribute(a.t, spec, "items")
	case a.t.Count(spec) > 2*maxFilter:
		return nil, builtin("ValueError", "more than %d values to look for", maxFilter)
	}
	for kid := a.t.First(spec); kid != 0; {
		val := a.t.Next(kid)
		name, _ := f.text(a.t, kid)
		w := wanted{name: name, key: f.key(a.t, val), state: prefixState(a.t, val)}
		f.want = slices.DeleteFunc(f.want, func(old wanted) bool { return old.name == name })
		f.want = append(f.want, w)
		kid = a.t.Next(val)
	}
	return f, nil
}

// matches says whether the description of a transaction is looked for. It
// fails where Python would.
func (f *filter) matches(d dict) (bool, error) {
	if f == nil {
		return true, nil
	}
	var t value.Tree
	t.Reset(nil)
	b := builder{t: &t, old: f.old}
	all := make(map[string]value.ID, len(d))
	for _, p := range d {
		all[p.key.(string)] = b.add(p.value)
	}
	none := b.add(nil)
	for _, w := range f.want {
		got, ok := all[w.name]
		if !ok {
			got = none
		}
		equal, err := w.key == f.key(&t, got), error(nil)
		if w.state != 0 {
			equal, err = f.begins(&t, got, w.state)
		}
		if !equal || err != nil {
			return false, err
		}
	}
	return true, nil
}

// begins says whether a value is a path that begins with that of a prefix.
// Servers on Python 3 fail with the bytes of users and descriptions.
func (f *filter) begins(t *value.Tree, id, state value.ID) (bool, error) {
	text, ok := f.text(t, id)
	switch {
	case ok:
	case t.Kind(id) == value.Bytes:
		return false, typeError("a bytes-like object is required, not 'str'")
	default:
		return false, f.noAttribute(t, id, "split")
	}
	elements := strings.Split(text, "/")
	last := &elements[len(elements)-1]
	if at := strings.LastIndexByte(*last, ' '); at >= 0 {
		*last = (*last)[:at]
	}
	length, err := f.attribute(state, "length")
	if err != nil {
		return false, err
	}
	path, err := f.attribute(state, "path")
	if err != nil {
		return false, err
	}
	switch f.t.Kind(length) {
	case value.None:
	case value.Int, value.Long, value.Bool:
		n, small := f.t.Small(length)
		switch {
		case small && n < 0:
			elements = elements[:max(0, int64(len(elements))+n)]
		case small:
			elements = elements[:min(int64(len(elements)), n)]
		case f.t.Big(length).Sign() < 0:
			elements = nil
		}
	default:
		return false, typeError("slice indices must be integers or None or have an __index__ method")
	}
	if f.t.Kind(path) != value.List || f.t.Count(path) != len(elements) {
		return false, nil
	}
	kid := f.t.First(path)
	for _, e := range elements {
		if own, ok := f.text(f.t, kid); !ok || own != e {
			return false, nil
		}
		kid = f.t.Next(kid)
	}
	return true, nil
}

// attribute returns the value of a prefix's attribute.
func (f *filter) attribute(state value.ID, name string) (value.ID, error) {
	found := value.ID(0)
	for kid := f.t.First(state); kid != 0; {
		val := f.t.Next(kid)
		if b, ok := strOf(f.t, kid); ok && string(b) == name {
			found = f.t.Deref(val)
		}
		kid = f.t.Next(val)
	}
	switch {
	case found != 0:
		return found, nil
	case f.old:
		return 0, builtin("AttributeError", "Prefix instance has no attribute '%s'", name)
	}
	return 0, builtin("AttributeError", "'Prefix' object has no attribute '%s'", name)
}

// text returns a str of Python 3, or a str or unicode of Python 2.
func (f *filter) text(t *value.Tree, id value.ID) (string, bool) {
	id = t.Deref(id)
	if k := t.Kind(id); k == value.Text || f.old && k == value.Str {
		return string(t.Bytes(id)), true
	}
	return "", false
}

// key returns a text that is the same for values that Python calls equal.
func (f *filter) key(t *value.Tree, id value.ID) string {
	id = t.Deref(id)
	if s, ok := f.text(t, id); ok {
		return "text " + s
	}
	switch t.Kind(id) {
	case value.Int, value.Long, value.Bool:
		return string(t.AppendDecimal(nil, id))
	}
	return key(t, id)
}

// noAttribute is Python's error for an attribute that a value has not.
func (f *filter) noAttribute(t *value.Tree, id value.ID, name string) error {
	class := t.Kind(id).String()
	switch k := t.Kind(id); {
	case k == value.None:
		class = "NoneType"
	case k == value.Text && f.old:
		class = "unicode"
	case k == value.Text, k == value.Str:
		class = "str"
	}
	return builtin("AttributeError", "'%s' object has no attribute '%s'", class, name)
}

// prefixState returns the attributes of a value that is a prefix; 0 of
// another. Python 3 writes NEWOBJ, Python 2 OBJ.
func prefixState(t *value.Tree, id value.ID) value.ID {
	id = t.Deref(id)
	if t.Kind(id) != value.Build {
		return 0
	}
	object := t.Deref(t.First(id))
	state := t.Deref(t.Next(t.First(id)))
	if k := t.Kind(object); k != value.New && k != value.Call || t.Kind(state) != value.Dict {
		return 0
	}
	class := t.First(object)
	if arguments := t.Deref(t.Next(class)); !isPrefix(t, t.Deref(class)) || t.Count(arguments) != 0 {
		return 0
	}
	return state
}

func isPrefix(t *value.Tree, class value.ID) bool {
	if t.Kind(class) != value.Global {
		return false
	}
	module, name := t.Global(class)
	return string(module) == "ZopeUndo.Prefix" && string(name) == "Prefix"
}
