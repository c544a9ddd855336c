package zeo

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// What is sent is made of Go values: nil, bool, int, int64, uint64, float64,
// string for text, []byte for bytes, and these.
type (
	tuple  []any
	list   []any
	dict   []pair
	pair   struct{ key, value any }
	long   int64 // a long of Python 2
	global struct{ module, name string }
	call   struct {
		what any
		args any
	}
	copied struct { // a value of another tree
		t  *value.Tree
		id value.ID
	}
)

// A builder makes nodes of values.
type builder struct {
	t   *value.Tree
	old bool // Python 2: text and bytes are str
	tag bool // msgpack: an exception is its name and what is in it
	err error
}

// add adds a value without a parent.
func (b *builder) add(v any) value.ID {
	t := b.t
	switch v := v.(type) {
	case nil:
		return t.Add(value.None, 0, 0)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return t.AddNum(value.Bool, n, 0, 0)
	case int:
		return t.AddNum(value.Int, int64(v), 0, 0)
	case int64:
		return t.AddNum(value.Int, v, 0, 0)
	case long:
		if b.old {
			return t.AddNum(value.Long, int64(v), 0, 0)
		}
		return t.AddNum(value.Int, int64(v), 0, 0)
	case float64:
		return t.AddNum(value.Float, int64(math.Float64bits(v)), 0, 0)
	case string:
		if b.old {
			return t.AddOwn(value.Str, []byte(v), 0, 0)
		}
		return t.AddOwn(value.Text, []byte(v), 0, 0)
	case []byte:
		if b.old {
			return t.AddOwn(value.Str, v, 0, 0)
		}
		return t.AddOwn(value.Bytes, v, 0, 0)
	case global:
		return t.AddGlobal([]byte(v.module), []byte(v.name), 0, 0)
	case tuple:
		return b.items(value.Tuple, v)
	case list:
		return b.items(value.List, v)
	case call:
		return b.items(value.Call, []any{v.what, v.args})
	case dict:
		id := t.Add(value.Dict, 0, 0)
		for _, p := range v {
			t.Append(id, b.add(p.key))
			t.Append(id, b.add(p.value))
		}
		return id
	case *pyError:
		if b.tag {
			return b.add(v.tagged())
		}
		return b.add(v.instance(b.old)[1])
	case copied:
		c := copier{from: v.t, to: t, old: b.old}
		id, err := c.copy(v.id, 0)
		if err != nil && b.err == nil {
			b.err = err
		}
		return id
	}
	panic(fmt.Sprintf("zeo: a %T is no value", v)) // of this package
}

func (b *builder) items(k value.Kind, items []any) value.ID {
	id := b.t.Add(k, 0, 0)
	for _, v := range items {
		b.t.Append(id, b.add(v))
	}
	return id
}

// Limits on a value that is copied: what stands in several places is written
// several times, and can grow without bound.
const (
	maxCopyDepth = 100
	maxCopyNodes = 1 << 16
)

// A copier copies a value from one tree to another.
type copier struct {
	from, to *value.Tree
	old      bool // Python 2 reads it; elsewhere there is no str
	nodes    int
}

func (c *copier) copy(id value.ID, depth int) (value.ID, error) {
	if c.nodes++; depth > maxCopyDepth || c.nodes > maxCopyNodes {
		return c.to.Add(value.None, 0, 0), codec.Faultf(codec.CodeLimit, 0, "value", "a value that is too deep or too large to be sent back")
	}
	id = c.from.Deref(id)
	n := c.from.Node(id)
	switch first := c.from.First(id); {
	case n.Kind == value.Global:
		module, name := c.from.Global(id)
		return c.to.AddGlobal(module, name, 0, 0), nil
	case first != 0:
		dst := c.to.Add(n.Kind, 0, 0)
		for kid := first; kid != 0; kid = c.from.Next(kid) {
			copied, err := c.copy(kid, depth+1)
			if err != nil {
				return dst, err
			}
			c.to.Append(dst, copied)
		}
		return dst, nil
	}
	switch n.Kind {
	case value.Int, value.Long:
		return c.to.AddInt(n.Kind, c.from.Big(id), 0, 0), nil
	case value.Text, value.Bytes, value.Str, value.ByteArray, value.Ext:
		kind, b := n.Kind, c.from.Bytes(id)
		if kind == value.Str && !c.old {
			kind = value.Bytes
			if utf8.Valid(b) {
				kind = value.Text
			}
		}
		dst := c.to.AddOwn(kind, b, 0, 0)
		c.to.Node(dst).Num = n.Num
		return dst, nil
	}
	return c.to.AddNum(n.Kind, n.Num, 0, 0), nil
}

// inert says whether a tree holds values alone, and nothing that a pickle would
// import or call, but for prefixes where they are allowed.
func inert(t *value.Tree, prefixes bool) bool {
	for id := value.ID(1); int(id) <= t.Len(); id++ {
		switch t.Kind(id) {
		case value.Global:
			if !prefixes || !isPrefix(t, id) {
				return false
			}
		case value.Call, value.New, value.Build:
			if !prefixes {
				return false
			}
		case value.Extend, value.Update, value.Persist, value.ExtCode:
			return false
		}
	}
	return true
}

// plain says whether a value is one that an id or a txnid can be: a number, a
// string, None, or a tuple of few of these.
func plain(t *value.Tree, id value.ID, depth int) bool {
	id = t.Deref(id)
	switch t.Kind(id) {
	case value.None, value.Bool, value.Int, value.Long, value.Float:
		return true
	case value.Text, value.Bytes, value.Str:
		return len(t.Bytes(id)) <= maxIDBytes
	case value.Tuple, value.List:
		if depth > 4 || t.Count(id) > 16 {
			return false
		}
		for kid := t.First(id); kid != 0; kid = t.Next(kid) {
			if !plain(t, kid, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// maxIDBytes bounds a string in an id.
const maxIDBytes = 1 << 10

// key returns a text that is the same for equal values.
func key(t *value.Tree, id value.ID) string { return string(value.AppendInert(nil, t, id)) }

// strOf returns the bytes of a string of any kind, and whether it is one.
func strOf(t *value.Tree, id value.ID) ([]byte, bool) {
	switch id = t.Deref(id); t.Kind(id) {
	case value.Text, value.Bytes, value.Str, value.ByteArray:
		return t.Bytes(id), true
	}
	return nil, false
}

// truthy says whether Python takes a value for true; of containers only
// whether they are empty counts.
func truthy(t *value.Tree, id value.ID) bool {
	id = t.Deref(id)
	switch t.Kind(id) {
	case value.None:
		return false
	case value.Bool, value.Float:
		return t.Num(id) != 0
	case value.Int, value.Long:
		n, small := t.Small(id)
		return !small || n != 0
	case value.Text, value.Bytes, value.Str:
		return len(t.Bytes(id)) > 0
	case value.Tuple, value.List, value.Dict:
		return t.Count(id) > 0
	}
	return true
}
