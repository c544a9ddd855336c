package session

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// treeOf returns the fields of a frame as they stand in its JSON record:
// map[string]any, []any, json.Number, string, bool, nil.
func treeOf(f codec.Frame) any {
	src := f.AppendJSON(nil, codec.View{Secrets: true})
	// A lone surrogate would become U+FFFD, and two that differ the same.
	src = bytes.ReplaceAll(src, []byte(`\ud`), []byte(`\\ud`))
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(src) // it is compared as a whole
	}
	return v
}

// A visit is called for each place where two trees differ, with what stands
// there; is says which of both have the place.
type visit func(at Path, a, b any, isA, isB bool)

// compare visits the differences of two trees, in a fixed order. Where one
// has no more of a list or lacks a key, the whole of what the other has is one
// difference.
func compare(at Path, a, b any, v visit) {
	x, y := open(a), open(b)
	switch {
	case x.kind != y.kind:
		v(at, a, b, true, true)
	case x.kind == isMap:
		for _, k := range keys(x.fields, y.fields) {
			e, inA := x.fields[k]
			f, inB := y.fields[k]
			if p := append(slices.Clip(at), k); inA && inB {
				compare(p, e, f, v)
			} else {
				v(p, e, f, inA, inB)
			}
		}
	case x.kind == isLeaf:
		if !same(a, b) {
			v(at, a, b, true, true)
		}
	default:
		for i := range max(len(x.list), len(y.list)) {
			p := append(slices.Clip(at), strconv.Itoa(i))
			switch {
			case i >= len(x.list):
				v(p, nil, y.list[i], false, true)
			case i >= len(y.list):
				v(p, x.list[i], nil, true, false)
			default:
				compare(p, x.list[i], y.list[i], v)
			}
		}
	}
}

// An opened value is a map, a list, a tuple, or something that has no parts.
// Objects with one key that say what kind of value they hold are that value.
type opened struct {
	kind   kind
	fields map[string]any
	list   []any
}

type kind byte

const (
	isLeaf kind = iota
	isMap
	isList
	isTuple
)

func open(v any) opened {
	switch v := v.(type) {
	case []any:
		return opened{kind: isList, list: v}
	case map[string]any:
		name, inner := only(v)
		list, ok := inner.([]any)
		switch {
		case name == "":
			return opened{kind: isMap, fields: v}
		case name == "$t" && ok:
			return opened{kind: isTuple, list: list}
		case name == "$d" && ok:
			if m, ok := dictOf(list); ok {
				return opened{kind: isMap, fields: m}
			}
			return opened{kind: isList, list: list}
		case isText(inner):
			return opened{kind: isLeaf}
		}
		return opened{kind: isMap, fields: v}
	}
	return opened{kind: isLeaf}
}

func isText(v any) bool { _, ok := v.(string); return ok }

// only returns the one key of an object that says what kind of value it
// holds, or "".
func only(m map[string]any) (kind string, inner any) {
	if len(m) != 1 {
		return "", nil
	}
	for k, v := range m {
		if k == "text" || k == "hex" || strings.HasPrefix(k, "$") {
			return k, v
		}
	}
	return "", nil
}

// dictOf returns a map of pairs whose keys are texts.
func dictOf(pairs []any) (map[string]any, bool) {
	m := make(map[string]any, len(pairs))
	for _, p := range pairs {
		pair, ok := p.([]any)
		if !ok || len(pair) != 2 {
			return nil, false
		}
		key, ok := keyOf(pair[0])
		if _, twice := m[key]; !ok || twice {
			return nil, false
		}
		m[key] = pair[1]
	}
	return m, true
}

// keyOf returns the text of a key: that of a string, or of one of Python 2.
func keyOf(v any) (string, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		key, ok := v.(string)
		return key, ok
	}
	name, inner := only(m)
	digits, ok := inner.(string)
	if name != "$s" || !ok {
		return "", false
	}
	key, err := hex.DecodeString(digits)
	return string(key), err == nil && utf8.Valid(key)
}

// keys returns the keys of both maps, sorted.
func keys(a, b map[string]any) []string {
	var list []string
	for k := range a {
		list = append(list, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// same compares two values without parts. Numbers are the same when they are
// as numbers.
func same(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y || !strings.ContainsAny(string(x)+string(y), ".eE") {
			return x == y
		}
		f, errF := x.Float64()
		g, errG := y.Float64()
		return errF == nil && errG == nil && f == g
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.Equal(x, y)
	}
	if _, ok := b.(map[string]any); ok {
		return false
	}
	return a == b
}

// lookup returns what stands at a path.
func lookup(tree any, at Path) (any, bool) {
	for _, key := range at {
		switch o := open(tree); o.kind {
		case isMap:
			v, ok := o.fields[key]
			if !ok {
				return nil, false
			}
			tree = v
		case isLeaf:
			return nil, false
		default:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(o.list) {
				return nil, false
			}
			tree = o.list[i]
		}
	}
	return tree, true
}
