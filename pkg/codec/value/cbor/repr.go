package cbor

import (
	"bytes"
	"strconv"
)

// AppendLiteral appends the item at node i as a Python literal, as Python
// prints it. It returns false, and dst unchanged, when the item is not what
// Mercurial's writer makes of any literal: text strings, floats, other tags
// than 258, heads longer than needed, indefinite lengths, keys out of order.
// What it appends [ParseLiteral] and [Value.Append] turn back into the same
// bytes.
func (t *Tree) AppendLiteral(dst []byte, i int) ([]byte, bool) {
	at := len(dst)
	dst, ok := t.appendLiteral(dst, i, false)
	if !ok {
		return dst[:at], false
	}
	return dst, true
}

// appendLiteral also says what a key may hold: arrays there are tuples, since
// Python takes no lists, and there are no maps and sets.
func (t *Tree) appendLiteral(dst []byte, i int, key bool) ([]byte, bool) {
	n := &t.Nodes[i]
	if n.Indefinite || n.NonMinimal {
		return dst, false
	}
	switch n.Kind {
	case Unsigned:
		return strconv.AppendUint(dst, n.Arg, 10), true
	case Negative:
		return appendNegative(dst, n.Arg), true
	case Bytes:
		return appendBytesRepr(dst, t.Content(i)), true
	case Array:
		if key {
			return t.appendTuple(dst, i)
		}
		dst, ok := t.appendElems(append(dst, '['), i, false)
		return append(dst, ']'), ok
	case Map:
		if key {
			return dst, false
		}
		return t.appendDictRepr(dst, i)
	case Tag:
		if key || n.Arg != TagSet || t.Nodes[i+1].Kind != Array {
			return dst, false
		}
		return t.appendSetRepr(dst, i+1)
	case Simple:
		switch n.Arg {
		case False:
			return append(dst, "False"...), true
		case True:
			return append(dst, "True"...), true
		case Null:
			return append(dst, "None"...), true
		}
	}
	return dst, false
}

func (t *Tree) appendElems(dst []byte, i int, key bool) ([]byte, bool) {
	ok := true
	for j := i + 1; ok && j < int(t.Nodes[i].Next); j = int(t.Nodes[j].Next) {
		if j > i+1 {
			dst = append(dst, ", "...)
		}
		dst, ok = t.appendLiteral(dst, j, key)
	}
	return dst, ok
}

func (t *Tree) appendTuple(dst []byte, i int) ([]byte, bool) {
	dst, ok := t.appendElems(append(dst, '('), i, true)
	if t.Nodes[i].Arg == 1 {
		dst = append(dst, ',')
	}
	return append(dst, ')'), ok
}

func (t *Tree) appendSetRepr(dst []byte, i int) ([]byte, bool) {
	n := &t.Nodes[i]
	switch {
	case n.Indefinite || n.NonMinimal || !t.inOrder(i, 1):
		return dst, false
	case n.Arg == 0:
		return append(dst, "set()"...), true
	}
	dst, ok := t.appendElems(append(dst, '{'), i, true)
	return append(dst, '}'), ok
}

func (t *Tree) appendDictRepr(dst []byte, i int) ([]byte, bool) {
	if !t.inOrder(i, 2) {
		return dst, false
	}
	dst = append(dst, '{')
	for j := i + 1; j < int(t.Nodes[i].Next); {
		if j > i+1 {
			dst = append(dst, ", "...)
		}
		var ok bool
		if dst, ok = t.appendLiteral(dst, j, true); !ok {
			return dst, false
		}
		v := int(t.Nodes[j].Next)
		if dst, ok = t.appendLiteral(append(dst, ": "...), v, false); !ok {
			return dst, false
		}
		j = int(t.Nodes[v].Next)
	}
	return append(dst, '}'), true
}

// inOrder says whether the keys of a container (every step-th item) stand in
// the writer's order and none equals another for Python, where True is 1.
func (t *Tree) inOrder(i, step int) bool {
	n := &t.Nodes[i]
	var bools, ints [2]bool
	last := -1
	for j := i + 1; j < int(n.Next); {
		k := &t.Nodes[j]
		switch {
		case k.Kind == Simple && (k.Arg == False || k.Arg == True):
			bools[k.Arg-False] = true
		case k.Kind == Unsigned && k.Arg < 2:
			ints[k.Arg] = true
		}
		if last >= 0 && !t.less(last, j) {
			return false
		}
		last = j
		for range step {
			j = int(t.Nodes[j].Next)
		}
	}
	return !(bools[0] && ints[0] || bools[1] && ints[1])
}

// less says whether key a comes before key b, which byte strings answer
// without a detour.
func (t *Tree) less(a, b int) bool {
	if t.Nodes[a].Kind == Bytes && t.Nodes[b].Kind == Bytes {
		return !t.Nodes[a].Indefinite && !t.Nodes[b].Indefinite && bytes.Compare(t.Content(a), t.Content(b)) < 0
	}
	va, oka := t.key(a)
	vb, okb := t.key(b)
	if !oka || !okb {
		return false
	}
	c, err := compare(va, vb, true)
	return err == nil && c < 0
}

// key returns the item at node i as a key.
func (t *Tree) key(i int) (Value, bool) {
	n := &t.Nodes[i]
	switch {
	case n.Indefinite:
		return Value{}, false
	case n.Kind == Unsigned || n.Kind == Negative:
		return Value{kind: intValue, neg: n.Kind == Negative, num: n.Arg}, true
	case n.Kind == Bytes:
		return ByteString(t.Content(i)), true
	case n.Kind == Simple && n.Arg == Null:
		return None(), true
	case n.Kind == Simple && (n.Arg == True || n.Arg == False):
		return Bool(n.Arg == True), true
	case n.Kind != Array:
		return Value{}, false
	}
	v := Value{kind: tupleValue}
	for j := i + 1; j < int(n.Next); j = int(t.Nodes[j].Next) {
		e, ok := t.key(j)
		if !ok {
			return v, false
		}
		v.list = append(v.list, e)
	}
	return v, true
}

// appendBytesRepr appends b as Python's repr does.
func appendBytesRepr(dst, b []byte) []byte {
	quote := byte('\'')
	if bytes.IndexByte(b, '\'') >= 0 && bytes.IndexByte(b, '"') < 0 {
		quote = '"'
	}
	dst = append(dst, 'b', quote)
	for _, c := range b {
		switch {
		case c == quote || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < ' ' || c > '~':
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, quote)
}
