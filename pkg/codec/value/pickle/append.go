package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/wirectl/wirectl/pkg/codec/value"
)

// A Profile is a way to pickle: which protocol, and which of its opcodes for
// which value. All profiles are those of a pickler in fast mode, which writes
// no memo.
type Profile uint8

// The profiles.
const (
	P3 Profile = iota // Python 3's and zodbpickle's pickler, protocol 3
	P1                // Python 2's cPickle, protocol 1
)

// String returns the name that the notation uses.
func (p Profile) String() string {
	if p == P1 {
		return "p1"
	}
	return "p3"
}

// A ValueError is a value that cannot be written. The value stands at
// Start to End of its tree's source.
type ValueError struct {
	Start, End int
	Message    string
}

func (e *ValueError) Error() string { return e.Message }

// batch is how many items one APPENDS or SETITEMS takes.
const batch = 1000

// maxWritten is how deep Append follows a value.
const maxWritten = 10000

// Append appends the pickle of a value, as the profile's pickler writes it.
//
//	               P3                          P1
//	None           N                           N
//	bool           88 89                       I01\n I00\n
//	int            K M J, 8a and 8b beyond     K M J, I…\n beyond, L…L\n beyond 64 bits
//	long           as int                      L…L\n
//	float          G                           G
//	text           X                           X
//	bytes          C B                         as str
//	str            none                        U T
//	tuple          ) 85 86 87 (…t              ) (…t
//	list           ]  ]…a  ](…e(…e             the same, but a last batch of one is …a
//	dict           }  }…s  }(…u(…u  }(…u(u     the same; (u behind a full batch
//	global         c                           c
//	call           R                           R
//	new            81                          none
//	build          b                           b
//	persid         Q                           Q
//
// What has no form is a [*ValueError].
func Append(dst []byte, t *value.Tree, id value.ID, p Profile) ([]byte, error) {
	w := writer{t: t, dst: dst, p: p}
	if p == P3 {
		w.dst = append(w.dst, opProto, 3)
	}
	w.value(id)
	if w.err != nil {
		return dst, w.err
	}
	return append(w.dst, opStop), nil
}

type writer struct {
	t     *value.Tree
	dst   []byte
	p     Profile
	depth int
	err   error
}

func (w *writer) fail(id value.ID, format string, args ...any) {
	if w.err == nil {
		n := w.t.Node(id)
		w.err = &ValueError{int(n.Start), int(n.End), fmt.Sprintf(format, args...)}
	}
}

func (w *writer) op(b ...byte) { w.dst = append(w.dst, b...) }

func (w *writer) value(id value.ID) {
	t := w.t
	n := t.Node(id)
	switch n.Kind {
	case value.None:
		w.op(opNone)
	case value.Bool:
		w.bool(n.Num != 0)
	case value.Int, value.Long:
		w.integer(id)
	case value.Float:
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, opBinFloat), uint64(n.Num))
	case value.Text:
		w.counted4(opBinUnicode, t.Bytes(id))
	case value.Bytes:
		if w.p == P1 {
			w.counted(opShortBinString, opBinString, t.Bytes(id))
		} else {
			w.counted(opShortBinBytes, opBinBytes, t.Bytes(id))
		}
	case value.Str:
		if w.p != P1 {
			w.fail(id, `a str of Python 2 has no form in protocol 3: write b"…" for bytes or "…" for text`)
			return
		}
		w.counted(opShortBinString, opBinString, t.Bytes(id))
	case value.Global:
		w.op(opGlobal)
		w.dst = append(append(w.dst, t.Bytes(id)...), '\n')
	case value.ExtCode:
		w.extCode(id, n.Num)
	case value.Tuple, value.List, value.Dict, value.Call, value.New, value.Build, value.Extend, value.Update, value.Persist:
		if w.depth >= maxWritten {
			w.fail(id, "values nest too deep")
			return
		}
		w.depth++
		w.container(id, n.Kind)
		w.depth--
	case value.Set, value.FrozenSet:
		w.fail(id, "a %s has no form of its own in pickle profile %s: write call(global(builtins.%s), ([…],))", n.Kind, w.p, n.Kind)
	default:
		w.fail(id, "a %s has no form in pickle profile %s", n.Kind, w.p)
	}
}

func (w *writer) bool(b bool) {
	switch {
	case w.p == P1 && b:
		w.op('I', '0', '1', '\n')
	case w.p == P1:
		w.op('I', '0', '0', '\n')
	case b:
		w.op(opNewTrue)
	default:
		w.op(opNewFalse)
	}
}

func (w *writer) integer(id value.ID) {
	n, small := w.t.Small(id)
	switch {
	case w.p == P1 && (w.t.Kind(id) == value.Long || !small):
		w.dst = append(w.t.AppendDecimal(append(w.dst, opLong), id), 'L', '\n')
	case small && n >= 0 && n <= math.MaxUint8:
		w.op(opBinInt1, byte(n))
	case small && n >= 0 && n <= math.MaxUint16:
		w.op(opBinInt2, byte(n), byte(n>>8))
	case small && n >= math.MinInt32 && n <= math.MaxInt32:
		w.dst = binary.LittleEndian.AppendUint32(append(w.dst, opBinInt), uint32(n))
	case w.p == P1:
		w.dst = append(w.t.AppendDecimal(append(w.dst, opInt), id), '\n')
	case small:
		size := 5 // of what fits in four bytes, BININT has been written
		for m := n >> 39; m != 0 && m != -1; m >>= 8 {
			size++
		}
		w.op(opLong1, byte(size))
		for ; size > 0; size-- {
			w.op(byte(n))
			n >>= 8
		}
	default:
		le := value.AppendTwos(nil, w.t.Big(id))
		if len(le) < 256 {
			w.op(opLong1, byte(len(le)))
		} else {
			w.dst = binary.LittleEndian.AppendUint32(append(w.dst, opLong4), uint32(len(le)))
		}
		w.dst = append(w.dst, le...)
	}
}

// counted writes bytes with a length of one byte if that is enough.
func (w *writer) counted(short, long byte, b []byte) {
	if len(b) > math.MaxUint8 {
		w.counted4(long, b)
		return
	}
	w.dst = append(append(w.dst, short, byte(len(b))), b...)
}

func (w *writer) counted4(op byte, b []byte) {
	w.dst = binary.LittleEndian.AppendUint32(append(w.dst, op), uint32(len(b)))
	w.dst = append(w.dst, b...)
}

func (w *writer) extCode(id value.ID, code int64) {
	switch {
	case w.p == P1:
		w.fail(id, "an extension code has no form in protocol 1")
	case code >= 0 && code <= math.MaxUint8:
		w.op(opExt1, byte(code))
	case code >= 0 && code <= math.MaxUint16:
		w.op(opExt2, byte(code), byte(code>>8))
	default:
		w.dst = binary.LittleEndian.AppendUint32(append(w.dst, opExt4), uint32(code))
	}
}

func (w *writer) container(id value.ID, k value.Kind) {
	t := w.t
	first := t.First(id)
	switch k {
	case value.Tuple:
		w.tuple(first, t.Count(id))
	case value.List:
		w.op(opEmptyList)
		w.list(first, t.Count(id), w.p == P1)
	case value.Dict:
		w.op(opEmptyDict)
		w.dict(first, t.Count(id)/2, false)
	case value.Extend:
		w.value(first)
		w.list(t.Next(first), t.Count(id)-1, true)
	case value.Update:
		w.value(first)
		w.dict(t.Next(first), t.Count(id)/2, true)
	case value.New:
		if w.p == P1 || t.Count(id) != 2 {
			w.fail(id, "this new(…) has no form in pickle profile %s", w.p)
			return
		}
		w.run(first, 2)
		w.op(opNewObj)
	case value.Call:
		w.run(first, 2)
		w.op(opReduce)
	case value.Build:
		w.run(first, 2)
		w.op(opBuild)
	case value.Persist:
		w.value(first)
		w.op(opBinPersID)
	}
}

// run writes n values from id on and returns the one after them.
func (w *writer) run(id value.ID, n int) value.ID {
	for ; n > 0; n-- {
		w.value(id)
		id = w.t.Next(id)
	}
	return id
}

func (w *writer) tuple(first value.ID, n int) {
	switch {
	case n == 0:
		w.op(opEmptyTuple)
	case n <= 3 && w.p == P3:
		w.run(first, n)
		w.op(opTuple1 + byte(n-1))
	default:
		w.op(opMark)
		w.run(first, n)
		w.op(opTuple)
	}
}

// list writes items in batches. A batch of one is APPEND when it is the only
// one, and when lastOne is set also when it is the last.
func (w *writer) list(kid value.ID, n int, lastOne bool) {
	for only := n == 1; n > 0; n -= batch {
		if n == 1 && (only || lastOne) {
			w.value(kid)
			w.op(opAppend)
			return
		}
		w.op(opMark)
		kid = w.run(kid, min(n, batch))
		w.op(opAppends)
	}
}

// dict is list for keys and values. Behind a last batch that is full comes an
// empty one, as the C picklers of both Pythons have it for real dicts.
func (w *writer) dict(kid value.ID, n int, lastOne bool) {
	if !lastOne && n > 0 && n%batch == 0 {
		defer w.op(opMark, opSetItems)
	}
	for only := n == 1; n > 0; n -= batch {
		if n == 1 && (only || lastOne) {
			w.run(kid, 2)
			w.op(opSetItem)
			return
		}
		w.op(opMark)
		kid = w.run(kid, 2*min(n, batch))
		w.op(opSetItems)
	}
}

// Writes says whether the profile's pickler writes exactly pickle for the
// value. buf is memory to use; it is returned for the next time.
func Writes(buf []byte, t *value.Tree, id value.ID, p Profile, pickle []byte) ([]byte, bool) {
	out, err := Append(buf[:0], t, id, p)
	return out[:0], err == nil && bytes.Equal(out, pickle)
}
