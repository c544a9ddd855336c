package pickle

import (
	"encoding/binary"
	"math"

	"github.com/wirectl/wirectl/pkg/codec/value"
)

// An Item is a value of the kinds that most messages consist of, read straight
// from its opcodes: a leaf, or a list of leaves.
type Item struct {
	Kind  value.Kind // None, Bool, Int, Text, Bytes or List
	Num   int64      // of a Bool or an Int; how many items a List has
	Bytes []byte     // of a Text or Bytes; the items of a List, one after the other
}

// NextItem reads the Item that b begins with, and returns how many bytes it has.
// That is 0 when another value is there, when it is written in another way than
// P3 does, and when b ends with it: STOP at least comes behind it.
func NextItem(b []byte) (it Item, n int) {
	if len(b) > 2 && b[0] == opShortBinBytes { // as most are
		if n = 2 + int(b[1]); n < len(b) {
			return Item{Kind: value.Bytes, Bytes: b[2:n]}, n
		}
		return it, 0
	}
	if len(b) > 0 && b[0] == opEmptyList {
		return nextList(b)
	}
	return nextLeaf(b)
}

// NextCount reads an integer from 0 on, which b begins with, as NextItem does. n
// is 0 when there is none.
func NextCount(b []byte) (count uint32, n int) {
	if len(b) < 6 {
		return 0, 0
	}
	switch b[0] {
	case opBinInt1:
		return uint32(b[1]), 2
	case opBinInt2:
		if b[2] != 0 {
			return uint32(binary.LittleEndian.Uint16(b[1:])), 3
		}
	case opBinInt:
		if x := binary.LittleEndian.Uint32(b[1:]); x > math.MaxUint16 && x <= math.MaxInt32 {
			return x, 5
		}
	}
	return 0, 0
}

// NextShort reads a text of up to 255 bytes, which b begins with, and of which
// it is not known whether it is UTF-8. n is 0 when there is none.
func NextShort(b []byte) (text []byte, n int) {
	if len(b) < 6 || b[0] != opBinUnicode || b[2]|b[3]|b[4] != 0 {
		return nil, 0
	}
	if n = 5 + int(b[1]); n >= len(b) {
		return nil, 0
	}
	return b[5:n], n
}

func nextLeaf(b []byte) (it Item, n int) {
	if len(b) < 2 {
		return it, 0
	}
	switch b[0] {
	case opShortBinBytes:
		if n = 2 + int(b[1]); n < len(b) {
			return Item{Kind: value.Bytes, Bytes: b[2:n]}, n
		}
	case opNone:
		return Item{Kind: value.None}, 1
	case opBinInt1:
		if len(b) > 2 {
			return Item{Kind: value.Int, Num: int64(b[1])}, 2
		}
	case opBinInt2:
		if len(b) > 3 && b[2] != 0 {
			return Item{Kind: value.Int, Num: int64(binary.LittleEndian.Uint16(b[1:]))}, 3
		}
	case opNewTrue:
		return Item{Kind: value.Bool, Num: 1}, 1
	case opNewFalse:
		return Item{Kind: value.Bool}, 1
	default:
		return nextLong(b)
	}
	return it, 0
}

// nextLong reads the leaves with an operand of four bytes.
func nextLong(b []byte) (it Item, n int) {
	if len(b) < 6 {
		return it, 0
	}
	x := binary.LittleEndian.Uint32(b[1:])
	if b[0] == opBinInt {
		v := int64(int32(x))
		if v >= 0 && v <= math.MaxUint16 {
			return it, 0
		}
		return Item{Kind: value.Int, Num: v}, 5
	}
	if uint64(x) >= uint64(len(b)-5) {
		return it, 0
	}
	n = 5 + int(x)
	switch data := b[5:n]; {
	case b[0] == opBinBytes && x > math.MaxUint8:
		return Item{Kind: value.Bytes, Bytes: data}, n
	case b[0] == opBinUnicode && value.BadText(data) < 0:
		return Item{Kind: value.Text, Bytes: data}, n
	}
	return it, 0
}

// nextList reads ] (an empty list), ]…a and ](…e.
func nextList(b []byte) (it Item, n int) {
	if len(b) < 2 {
		return it, 0
	}
	if b[1] != opMark {
		if _, n := nextLeaf(b[1:]); n > 0 && b[1+n] == opAppend && len(b) > 2+n {
			return Item{Kind: value.List, Num: 1, Bytes: b[1 : 2+n]}, 2 + n
		}
		return Item{Kind: value.List}, 1
	}
	count := 0
	for at := 2; count <= batch; count++ {
		_, n := nextLeaf(b[at:])
		if n == 0 {
			if len(b)-at < 2 || b[at] != opAppends || count < 2 {
				break
			}
			return Item{Kind: value.List, Num: int64(count), Bytes: b[2 : at+1]}, at + 1
		}
		at += n
	}
	return it, 0
}

// NextItems reads a tuple of Items, or a single Item, which b begins with. It
// returns where the first Item is, how many there are, -1 for a single one, and
// how many bytes all has; that is 0 when something else is there.
func NextItems(b []byte) (from, count, n int) {
	const most = 64
	marked := len(b) > 0 && b[0] == opMark
	if marked {
		from = 1
	}
	at := from
	for count < most && at < len(b) {
		if op := b[at]; op >= opTuple1 && op <= opTuple3 || op == opTuple { // mostly the end
			break
		}
		_, n := NextItem(b[at:])
		if n == 0 {
			break
		}
		at += n
		count++
	}
	if at >= len(b) {
		return 0, 0, 0
	}
	switch op := b[at]; {
	case marked && op == opTuple && count > 3,
		!marked && op >= opTuple1 && op <= opTuple3 && count == int(op-opTuple1)+1,
		op == opEmptyTuple && at == 0:
		return from, count, at + 1
	case !marked && count == 1:
		return 0, -1, at
	}
	return 0, 0, 0
}

// Closes says whether b is the end of a tuple in a MARK, and of the pickle.
func Closes(b []byte) bool { return len(b) == 2 && b[0] == opTuple && b[1] == opStop }

// Opens says whether b begins as a pickle of P3 does with a tuple in a MARK,
// and returns what follows.
func Opens(b []byte) (rest []byte, ok bool) {
	if len(b) < 3 || b[0] != opProto || b[1] != 3 || b[2] != opMark {
		return nil, false
	}
	return b[3:], true
}
