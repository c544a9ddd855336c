package value

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// maxInert is how deep AppendInert follows a value, and maxShared about how
// many bytes it writes again where a value stands in several places. Beyond
// these it writes {"$ref":n}, as it does for a value inside itself.
const (
	maxInert  = 1000
	maxShared = 1 << 20
)

// AppendInert appends a value as JSON that keeps the types of Python apart
// and that nothing acts on:
//
//	None, bool, text     null, true and false, string
//	int                  number, {"$int":"…"} from 2^53 on
//	long of Python 2     {"$long":"…"}
//	float                {"$f":"…"}; not-a-number and the infinities as the
//	                     16 hexadecimal digits of their eight bytes
//	bytes                {"$b":"hex"}
//	str of Python 2      {"$s":"hex"}
//	bytearray            {"$ba":"hex"}
//	tuple, list, dict    {"$t":[…]}, […], {"$d":[[key,value],…]}
//	set, frozenset       {"$set":[…]}, {"$frozenset":[…]}
//	global               {"$g":"module name"}
//	call, new            {"$call":[callable,arguments]}, keywords third
//	build                {"$build":[object,state]}
//	extend, update       {"$extend":[object,[…]]}, {"$update":[object,[[key,value],…]]}
//	persistent id        {"$persid":id}
//	extension code       {"$extcode":n}
//	msgpack extension    {"$ext":[type,"hex"]}
//	buffer               {"$buffer":true}
func AppendInert(dst []byte, t *Tree, id ID) []byte {
	w := inert{t: t}
	t.path = t.path[:0]
	return w.value(dst, id)
}

type inert struct {
	t      *Tree
	shared int // how many bytes were written for Shared nodes
	inside int // how many Shared nodes are around the place reached
}

func (w *inert) value(dst []byte, id ID) []byte {
	t := w.t
	n := t.Node(id)
	if w.inside > 0 {
		w.shared += 16 + len(t.Bytes(id))
	}
	switch n.Kind {
	case None:
		return append(dst, "null"...)
	case Bool:
		return strconv.AppendBool(dst, n.Num != 0)
	case Int:
		if v, ok := t.Small(id); ok && v > -1<<53 && v < 1<<53 {
			return jsonenc.AppendInt(dst, v)
		}
		return append(t.AppendDecimal(append(dst, `{"$int":"`...), id), `"}`...)
	case Long:
		return append(t.AppendDecimal(append(dst, `{"$long":"`...), id), `"}`...)
	case Float:
		return appendInertFloat(dst, uint64(n.Num))
	case Text:
		return jsonenc.AppendString(dst, t.Bytes(id))
	case Bytes:
		return appendHex(dst, `{"$b":"`, t.Bytes(id))
	case Str:
		return appendHex(dst, `{"$s":"`, t.Bytes(id))
	case ByteArray:
		return appendHex(dst, `{"$ba":"`, t.Bytes(id))
	case Global:
		module, name := t.Global(id)
		dst = jsonenc.AppendStringBody(append(dst, `{"$g":"`...), module)
		dst = jsonenc.AppendStringBody(append(dst, ' '), name)
		return append(dst, `"}`...)
	case ExtCode:
		return append(strconv.AppendInt(append(dst, `{"$extcode":`...), n.Num, 10), '}')
	case Ext:
		dst = strconv.AppendInt(append(dst, `{"$ext":[`...), n.Num, 10)
		dst = jsonenc.AppendHex(append(dst, `,"`...), t.Bytes(id))
		return append(dst, `"]}`...)
	case Buffer:
		return append(dst, `{"$buffer":true}`...)
	case Shared:
		return w.again(dst, t.Deref(id))
	}
	if len(w.t.path) >= maxInert {
		return appendRef(dst, id)
	}
	w.t.path = append(w.t.path, id)
	dst = w.container(dst, id, n.Kind)
	w.t.path = w.t.path[:len(w.t.path)-1]
	return dst
}

// again writes a node that stands elsewhere too.
func (w *inert) again(dst []byte, id ID) []byte {
	if w.t.Count(id) > 0 {
		for _, p := range w.t.path {
			if p == id {
				return appendRef(dst, id)
			}
		}
	}
	if w.shared+len(w.t.Bytes(id)) >= maxShared {
		return appendRef(dst, id)
	}
	w.inside++
	dst = w.value(dst, id)
	w.inside--
	return dst
}

func appendRef(dst []byte, id ID) []byte {
	return append(strconv.AppendUint(append(dst, `{"$ref":`...), uint64(id), 10), '}')
}

func (w *inert) container(dst []byte, id ID, k Kind) []byte {
	first := w.t.First(id)
	switch k {
	case List:
		return w.list(dst, first)
	case Tuple:
		return append(w.list(append(dst, `{"$t":`...), first), '}')
	case Set:
		return append(w.list(append(dst, `{"$set":`...), first), '}')
	case FrozenSet:
		return append(w.list(append(dst, `{"$frozenset":`...), first), '}')
	case Dict:
		return append(w.pairs(append(dst, `{"$d":`...), first), '}')
	case Call, New:
		return append(w.list(append(dst, `{"$call":`...), first), '}')
	case Build:
		return append(w.list(append(dst, `{"$build":`...), first), '}')
	case Persist:
		return append(w.value(append(dst, `{"$persid":`...), first), '}')
	case Extend:
		dst = w.value(append(dst, `{"$extend":[`...), first)
		return append(w.list(append(dst, ','), w.t.Next(first)), "]}"...)
	default: // Update
		dst = w.value(append(dst, `{"$update":[`...), first)
		return append(w.pairs(append(dst, ','), w.t.Next(first)), "]}"...)
	}
}

func (w *inert) list(dst []byte, id ID) []byte {
	dst = append(dst, '[')
	for i := 0; id != 0; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.value(dst, id)
		id = w.t.Next(id)
	}
	return append(dst, ']')
}

func (w *inert) pairs(dst []byte, id ID) []byte {
	dst = append(dst, '[')
	for i := 0; id != 0; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		val := w.t.Next(id)
		dst = append(w.value(append(dst, '['), id), ',')
		if val == 0 {
			return append(dst, "null]]"...)
		}
		dst = append(w.value(dst, val), ']')
		id = w.t.Next(val)
	}
	return append(dst, ']')
}

func appendHex(dst []byte, before string, b []byte) []byte {
	return append(jsonenc.AppendHex(append(dst, before...), b), `"}`...)
}

func appendInertFloat(dst []byte, bits uint64) []byte {
	f := math.Float64frombits(bits)
	dst = append(dst, `{"$f":"`...)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], bits)
		dst = jsonenc.AppendHex(dst, b[:])
	} else {
		dst = AppendRepr(dst, f)
	}
	return append(dst, `"}`...)
}

// AppendRepr appends a finite float as Python's repr writes it.
func AppendRepr(dst []byte, f float64) []byte {
	start := len(dst)
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	for _, c := range dst[start:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}
