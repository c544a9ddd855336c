package cbor

// Type returns the name of the Python type: NoneType, bool, bytes, dict, int,
// list, set or tuple.
func (v Value) Type() string { return valueNames[v.kind] }

// Items returns the items of a list or tuple, the elements of a set, the keys
// and values of a dict in turn. The slice is the value's own.
func (v Value) Items() []Value { return v.list }

// Bytes returns the bytes of a byte string, which are the value's own.
func (v Value) Bytes() ([]byte, bool) { return v.str, v.kind == bytesValue }

// Int returns an integer that fits.
func (v Value) Int() (int64, bool) {
	switch {
	case v.kind != intValue || v.num > 1<<63-1:
		return 0, false
	case v.neg:
		return -1 - int64(v.num), true
	}
	return int64(v.num), true
}

// Get returns the value that a dict has under a byte string.
func (v Value) Get(key string) (Value, bool) {
	if v.kind == dictValue {
		for i := 0; i+1 < len(v.list); i += 2 {
			if k := v.list[i]; k.kind == bytesValue && string(k.str) == key {
				return v.list[i+1], true
			}
		}
	}
	return Value{}, false
}

// Value returns the item at node i as a Value, which shares memory with the
// tree. It returns false for what a Value cannot be, and when Python would
// not take it: text strings, floats, other tags than 258, lists as keys are
// tuples, but maps and sets are not. How the item was written is lost.
func (t *Tree) Value(i int) (Value, bool) { return t.value(i, false) }

func (t *Tree) value(i int, key bool) (Value, bool) {
	n := &t.Nodes[i]
	switch n.Kind {
	case Unsigned, Negative:
		return Value{kind: intValue, neg: n.Kind == Negative, num: n.Arg}, true
	case Bytes:
		return ByteString(t.Joined(i)), true
	case Simple:
		if n.Arg == Null {
			return None(), true
		}
		return Bool(n.Arg == True), n.Arg == True || n.Arg == False
	case Array:
		list, ok := t.values(i, key)
		if key {
			return Value{kind: tupleValue, list: list}, ok
		}
		return List(list...), ok
	case Map:
		return t.dict(i, key)
	case Tag:
		if key || n.Arg != TagSet || t.Nodes[i+1].Kind != Array {
			return Value{}, false
		}
		list, ok := t.values(i+1, true)
		if !ok {
			return Value{}, false
		}
		v, err := Set(list...)
		return v, err == nil
	}
	return Value{}, false
}

func (t *Tree) values(i int, key bool) (list []Value, ok bool) {
	for j := i + 1; j < int(t.Nodes[i].Next) && t.Nodes[j].Kind != Break; j = int(t.Nodes[j].Next) {
		v, ok := t.value(j, key)
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}

func (t *Tree) dict(i int, key bool) (Value, bool) {
	var pairs []Value
	for j := i + 1; j < int(t.Nodes[i].Next) && t.Nodes[j].Kind != Break; {
		next := int(t.Nodes[j].Next)
		k, okKey := t.value(j, true)
		v, ok := t.value(next, false)
		if !ok || !okKey {
			return Value{}, false
		}
		pairs = append(pairs, k, v)
		j = int(t.Nodes[next].Next)
	}
	v, err := Dict(pairs...)
	return v, err == nil && !key
}
