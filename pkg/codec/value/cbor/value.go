package cbor

import (
	"errors"
	"fmt"
	"slices"
)

// A Value is what Mercurial's writer (cborutil.streamencode of hg 5.8.1) can
// write: None, booleans, integers from -2^64 to 2^64-1, byte strings, lists
// and tuples, dicts and sets. The zero Value is None.
type Value struct {
	kind valueKind
	neg  bool   // of an integer
	num  uint64 // of an integer n: n, or -1-n; of a boolean: 0 or 1
	str  []byte
	list []Value // items; keys and values in turn; elements
}

type valueKind uint8

// The order of the kinds is the one in which the names of Python's types
// sort: NoneType, bool, bytes, dict, int, list, set, tuple.
const (
	noneValue valueKind = iota
	boolValue
	bytesValue
	dictValue
	intValue
	listValue
	setValue
	tupleValue
)

var valueNames = [...]string{"NoneType", "bool", "bytes", "dict", "int", "list", "set", "tuple"}

// None is Python's None.
func None() Value { return Value{} }

// Bool makes a boolean.
func Bool(b bool) Value {
	v := Value{kind: boolValue}
	if b {
		v.num = 1
	}
	return v
}

// Int makes an integer.
func Int(n int64) Value {
	if n < 0 {
		return Value{kind: intValue, neg: true, num: uint64(-1 - n)}
	}
	return Value{kind: intValue, num: uint64(n)}
}

// Uint makes an integer that is not negative.
func Uint(n uint64) Value { return Value{kind: intValue, num: n} }

// String makes a byte string of the bytes of s.
func String(s string) Value { return Value{kind: bytesValue, str: []byte(s)} }

// ByteString makes a byte string, which shares memory with b.
func ByteString(b []byte) Value { return Value{kind: bytesValue, str: b} }

// List makes a list, which shares memory with items.
func List(items ...Value) Value { return Value{kind: listValue, list: items} }

// Dict makes a dict of keys and values in turn. Of equal keys the first one
// stays and gets the last one's value, as in Python. It fails when a key is
// or holds a list, dict or set.
func Dict(pairs ...Value) (Value, error) {
	v := Value{kind: dictValue, list: make([]Value, 0, len(pairs))}
	at := make(map[string]int, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		id, err := identity(nil, pairs[i])
		if err != nil {
			return v, err
		}
		if j, ok := at[string(id)]; ok {
			v.list[j+1] = pairs[i+1]
			continue
		}
		at[string(id)] = len(v.list)
		v.list = append(v.list, pairs[i], pairs[i+1])
	}
	return v, nil
}

// Set makes a set; of equal elements the first one stays. It fails like Dict.
func Set(elems ...Value) (Value, error) {
	v := Value{kind: setValue, list: make([]Value, 0, len(elems))}
	seen := make(map[string]bool, len(elems))
	for _, e := range elems {
		id, err := identity(nil, e)
		if err != nil {
			return v, err
		}
		if !seen[string(id)] {
			seen[string(id)] = true
			v.list = append(v.list, e)
		}
	}
	return v, nil
}

// identity appends bytes that are equal for values that Python holds for
// equal: 1 and True are.
func identity(dst []byte, v Value) ([]byte, error) {
	switch v.kind {
	case noneValue:
		return append(dst, 'n'), nil
	case boolValue, intValue:
		return appendHead(append(dst, 'i'), boolByte(v.neg), v.num), nil
	case bytesValue:
		return append(appendHead(append(dst, 'b'), 2, uint64(len(v.str))), v.str...), nil
	case tupleValue:
		dst = appendHead(append(dst, 't'), 4, uint64(len(v.list)))
		for _, e := range v.list {
			var err error
			if dst, err = identity(dst, e); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	return dst, fmt.Errorf("unhashable type: %s cannot be a key or in a set", valueNames[v.kind])
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// ErrOrder reports keys or elements that Python cannot put in order.
var ErrOrder = errors.New("tuples that cannot be ordered")

// Append appends the value as Mercurial writes it: every head as short as can
// be, keys and elements sorted by the name of their Python type, then by
// value, a set as tag 258 of an array.
func (v Value) Append(dst []byte) ([]byte, error) {
	switch v.kind {
	case noneValue:
		return append(dst, 7<<5|Null), nil
	case boolValue:
		return append(dst, 7<<5|False+byte(v.num)), nil
	case intValue:
		return appendHead(dst, boolByte(v.neg), v.num), nil
	case bytesValue:
		return append(appendHead(dst, byte(Bytes), uint64(len(v.str))), v.str...), nil
	case dictValue:
		return v.appendDict(dst)
	case setValue:
		elems, err := sorted(v.list, 1)
		if err != nil {
			return dst, err
		}
		return appendList(appendHead(dst, byte(Tag), TagSet), elems)
	}
	return appendList(dst, v.list)
}

func appendList(dst []byte, list []Value) ([]byte, error) {
	dst = appendHead(dst, byte(Array), uint64(len(list)))
	var err error
	for _, e := range list {
		if dst, err = e.Append(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (v Value) appendDict(dst []byte) ([]byte, error) {
	pairs, err := sorted(v.list, 2)
	if err != nil {
		return dst, err
	}
	dst = appendHead(dst, byte(Map), uint64(len(pairs)/2))
	for _, e := range pairs {
		if dst, err = e.Append(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// sorted returns list, groups of step values, in the order of the first of
// each group.
func sorted(list []Value, step int) ([]Value, error) {
	order := make([]int, len(list)/step)
	for i := range order {
		order[i] = i * step
	}
	var failed error
	slices.SortStableFunc(order, func(a, b int) int {
		c, err := compare(list[a], list[b], true)
		if err != nil {
			failed = err
		}
		return c
	})
	if failed != nil {
		return nil, failed
	}
	out := make([]Value, 0, len(list))
	for _, i := range order {
		out = append(out, list[i:i+step]...)
	}
	return out, nil
}
