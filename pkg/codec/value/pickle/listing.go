package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// AppendListing appends the opcodes of a pickle on one line, in the names of
// Python's pickletools, each with its operand:
//
//	PROTO 3 MARK BININT1 7 NEWFALSE BINUNICODE "loadBefore" EMPTY_TUPLE TUPLE STOP
//
// Numbers are decimal, a float is a literal, a line and a counted operand are
// strings (b"…" and x"…" when they are not text), and the two lines of GLOBAL
// and INST have a comma between them. What follows STOP, or is
// no opcode, stands as BYTES x"…". [ReadListing] makes the same bytes of it,
// for any bytes at all.
func AppendListing(dst, pickle []byte) []byte {
	stopped := false
	for pos := 0; pos < len(pickle); {
		if pos > 0 {
			dst = append(dst, ' ')
		}
		from, to, end, err := scan(pickle, pos)
		if err != nil || stopped {
			dst = append(append(dst, pylit.Rest...), ' ')
			return pylit.AppendBytes(dst, pickle[pos:])
		}
		dst = appendOp(dst, pickle[pos], pickle[from:to])
		stopped = pickle[pos] == opStop
		pos = end
	}
	return dst
}

func appendOp(dst []byte, op byte, arg []byte) []byte {
	o := opcodes[op]
	dst = append(dst, o.name...)
	if o.arg == nothing {
		return dst
	}
	dst = append(dst, ' ')
	switch o.arg {
	case uint1:
		return strconv.AppendUint(dst, uint64(arg[0]), 10)
	case uint2:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint16(arg)), 10)
	case uint4:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(arg)), 10)
	case int4:
		return strconv.AppendInt(dst, int64(int32(binary.LittleEndian.Uint32(arg))), 10)
	case uint8s:
		return strconv.AppendUint(dst, binary.LittleEndian.Uint64(arg), 10)
	case float8:
		return pylit.AppendFloat(dst, binary.BigEndian.Uint64(arg))
	case lines2:
		i := bytes.IndexByte(arg, '\n')
		dst = append(appendString(dst, arg[:i]), ", "...)
		return appendString(dst, arg[i+1:])
	case line, text1, text4, text8:
		return appendString(dst, arg)
	}
	return pylit.AppendBytes(dst, arg)
}

// appendString appends a string as text if it can be.
func appendString(dst, b []byte) []byte {
	if value.BadText(b) < 0 {
		return pylit.AppendText(dst, b)
	}
	return pylit.AppendBytes(dst, b)
}

// byName gives the opcode of a name, and all names.
var byName = sync.OnceValues(func() (map[string]byte, []string) {
	m := make(map[string]byte, 80)
	var list []string
	for op, o := range opcodes {
		if o.arg != absent {
			m[o.name] = byte(op)
			list = append(list, o.name)
		}
	}
	return m, list
})

// ReadListing appends the bytes of the listing that r reads up to its end. An
// error is a [*codec.TextError].
func ReadListing(dst []byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	codes, names := byName()
	return r.Listing(dst, "opcode", names, func(dst []byte, word string) ([]byte, bool, error) {
		op, ok := codes[word]
		if !ok {
			return dst, false, nil
		}
		dst, err := readOperand(append(dst, op), opcodes[op], t, r)
		return dst, true, err
	})
}

// readOperand appends the operand of an opcode.
func readOperand(dst []byte, o opcode, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	switch o.arg {
	case nothing:
		return dst, nil
	case uint1:
		return operandInt(dst, t, r, 1, 0, math.MaxUint8)
	case uint2:
		return operandInt(dst, t, r, 2, 0, math.MaxUint16)
	case uint4:
		return operandInt(dst, t, r, 4, 0, math.MaxUint32)
	case int4:
		return operandInt(dst, t, r, 4, math.MinInt32, math.MaxInt32)
	case uint8s:
		return operandUint64(dst, t, r)
	case float8:
		id, err := r.Value()
		if err != nil {
			return dst, err
		}
		if t.Kind(id) != value.Float {
			return dst, pylit.Unexpected(t, id, "a float such as 2.5")
		}
		return binary.BigEndian.AppendUint64(dst, uint64(t.Num(id))), nil
	case line, lines2:
		for i := range 1 + int(o.arg-line) {
			if i > 0 && !r.Take(',') {
				return dst, &codec.TextError{Start: r.Pos(), End: r.Pos(), Field: o.name, Message: "needs two strings with a comma between them"}
			}
			b, err := r.Bytes()
			if err != nil {
				return dst, err
			}
			if i := bytes.IndexByte(b, '\n'); i >= 0 {
				return dst, &codec.TextError{Start: r.Pos() - 1, End: r.Pos(), Field: o.name, Message: "a line feed ends the operand and cannot be in it"}
			}
			dst = append(append(dst, b...), '\n')
		}
		return dst, nil
	}
	b, err := r.Bytes()
	if err != nil {
		return dst, err
	}
	most := uint64(math.MaxUint32)
	switch o.arg {
	case bytes1, text1, long1:
		if most = math.MaxUint8; uint64(len(b)) <= most {
			dst = append(dst, byte(len(b)))
		}
	case bytes4, text4, long4, str4:
		if o.arg == long4 || o.arg == str4 {
			most = math.MaxInt32
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
	default:
		dst = binary.LittleEndian.AppendUint64(dst, uint64(len(b)))
	}
	if uint64(len(b)) > most {
		return dst, &codec.TextError{Start: r.Pos() - 1, End: r.Pos(), Field: o.name, Message: fmt.Sprintf("%d bytes; at most %d fit", len(b), most)}
	}
	return append(dst, b...), nil
}

// operandInt appends an integer of size bytes.
func operandInt(dst []byte, t *value.Tree, r *pylit.Reader, size int, least, most int64) ([]byte, error) {
	id, err := r.Value()
	if err != nil {
		return dst, err
	}
	n, ok := t.Small(id)
	if t.Kind(id) != value.Int || !ok || n < least || n > most {
		return dst, pylit.Unexpected(t, id, fmt.Sprintf("a number from %d to %d", least, most))
	}
	for range size {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst, nil
}

func operandUint64(dst []byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	id, err := r.Value()
	if err != nil {
		return dst, err
	}
	if t.Kind(id) != value.Int || !t.Big(id).IsUint64() {
		return dst, pylit.Unexpected(t, id, "a number of eight bytes")
	}
	return binary.LittleEndian.AppendUint64(dst, t.Big(id).Uint64()), nil
}
