package cbor

import (
	"bytes"
	"cmp"
)

// compare orders keys as Mercurial's writer does: byType says to look at the
// names of the types first, which it does on the outside but not inside of
// tuples. There booleans are integers, and other mixtures have no order.
func compare(a, b Value, byType bool) (int, error) {
	if a.kind != b.kind {
		switch {
		case byType:
			return cmp.Compare(a.kind, b.kind), nil
		case !a.numeric() || !b.numeric():
			return 0, ErrOrder
		}
	}
	switch a.kind {
	case noneValue:
		return 0, nil
	case bytesValue:
		return bytes.Compare(a.str, b.str), nil
	case boolValue, intValue:
		return compareInts(a.neg, a.num, b.neg, b.num), nil
	}
	for i := range min(len(a.list), len(b.list)) {
		if c, err := compare(a.list[i], b.list[i], false); c != 0 || err != nil {
			return c, err
		}
	}
	return cmp.Compare(len(a.list), len(b.list)), nil
}

func (v Value) numeric() bool { return v.kind == boolValue || v.kind == intValue }

func compareInts(aNeg bool, a uint64, bNeg bool, b uint64) int {
	switch {
	case aNeg != bNeg:
		return cmp.Compare(boolByte(bNeg), boolByte(aNeg))
	case aNeg:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}
