// Package msgpack reads and writes MessagePack values as the inert trees of
// package value.
//
//	94                       fixarray 4
//	07                       fixint 7
//	c2                       false
//	aa 6c 6f 61 64 …         fixstr "loadBefore"
//	92 c4 08 00 …  c4 08 …   fixarray 2  bin8 8 bytes  bin8 8 bytes
//
// An array becomes a tuple, as msgpack-python makes it with use_list off,
// str becomes text and bin bytes. [Append] writes what msgpack-python 1.0
// writes, which is the shortest form of everything. A value in any other form
// can be told exactly by its formats: [AppendListing] and [ReadListing].
//
// The formats are those of the MessagePack specification,
// github.com/msgpack/msgpack/blob/master/spec.md.
package msgpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// A Decoder decodes values. Its zero value is ready.
type Decoder struct {
	MaxNesting int // how deep values may nest; 0 means codec.DefaultMaxNesting
	MaxNodes   int // how many values there may be in all; 0 means 1<<20

	t        *value.Tree
	src      []byte
	depth    int
	nesting  int
	maxNodes int
}

// Decode decodes the value at the front of src into t, which it resets first,
// and returns it and its length. An error is a [*codec.SyntaxError] whose
// Offset counts from the start of src and whose Path is the format's name.
func (d *Decoder) Decode(t *value.Tree, src []byte) (root value.ID, n int, err error) {
	t.Reset(src)
	d.t, d.src, d.depth = t, src, 0
	d.nesting, d.maxNodes = d.MaxNesting, d.MaxNodes
	if d.nesting <= 0 {
		d.nesting = codec.DefaultMaxNesting
	}
	d.nesting = min(d.nesting, 10000)
	if d.maxNodes <= 0 {
		d.maxNodes = 1 << 20
	}
	if uint64(len(src)) >= 1<<32 {
		return 0, 0, codec.Faultf(codec.CodeLimit, 0, "", "the value has %d bytes; at most 4 GiB are read", len(src))
	}
	root, end, fault := d.value(0)
	d.t, d.src = nil, nil
	if fault != nil {
		return 0, 0, fault
	}
	return root, end, nil
}

func (d *Decoder) value(pos int) (value.ID, int, *codec.SyntaxError) {
	if pos >= len(d.src) {
		return 0, 0, fault(pos, "", "the bytes end where a value was expected")
	}
	it, err := scan(d.src, pos)
	if err != nil {
		return 0, 0, err
	}
	if d.t.Len() >= d.maxNodes {
		return 0, 0, codec.Faultf(codec.CodeLimit, pos, it.name, "more than %d values", d.maxNodes)
	}
	t := d.t
	switch it.shape {
	case number:
		if it.n > math.MaxInt64 && !it.sign {
			return t.AddInt(value.Int, new(big.Int).SetUint64(it.n), pos, it.end), it.end, nil
		}
		return t.AddNum(value.Int, int64(it.n), pos, it.end), it.end, nil
	case float:
		bits := it.n
		if it.size == 4 {
			bits = math.Float64bits(float64(math.Float32frombits(uint32(it.n))))
		}
		return t.AddNum(value.Float, int64(bits), pos, it.end), it.end, nil
	case text:
		if !utf8.Valid(d.src[it.from:it.to]) {
			i := badByte(d.src[it.from:it.to])
			return 0, 0, fault(pos, it.name, "byte 0x%02x at offset %d is not UTF-8", d.src[it.from+i], it.from+i)
		}
		return t.AddRange(value.Text, it.from, it.to, pos, it.end), it.end, nil
	case blob:
		return t.AddRange(value.Bytes, it.from, it.to, pos, it.end), it.end, nil
	case ext:
		id := t.AddRange(value.Ext, it.from, it.to, pos, it.end)
		t.Node(id).Num = int64(it.typ)
		return id, it.end, nil
	case array, table:
		return d.values(it, pos)
	}
	switch d.src[pos] {
	case 0xc2:
		return t.AddNum(value.Bool, 0, pos, it.end), it.end, nil
	case 0xc3:
		return t.AddNum(value.Bool, 1, pos, it.end), it.end, nil
	}
	return t.Add(value.None, pos, it.end), it.end, nil
}

// values reads an array or a map.
func (d *Decoder) values(it item, pos int) (value.ID, int, *codec.SyntaxError) {
	kind, n := value.Tuple, it.n
	if it.shape == table {
		kind, n = value.Dict, 2*n
	}
	if n > uint64(len(d.src)-it.end) { // every value has at least one byte
		return 0, 0, fault(pos, it.name, "count %d, but only %d bytes follow", it.n, len(d.src)-it.end)
	}
	if d.depth >= d.nesting {
		return 0, 0, codec.Faultf(codec.CodeLimit, pos, it.name, "values nest more than %d deep", d.nesting)
	}
	d.depth++
	id := d.t.Add(kind, pos, it.end)
	at := it.end
	for range n {
		kid, end, err := d.value(at)
		if err != nil {
			return 0, 0, err
		}
		d.t.Append(id, kid)
		at = end
	}
	d.depth--
	d.t.Node(id).End = uint32(at)
	return id, at, nil
}

// badByte returns the offset of the first byte that is not UTF-8.
func badByte(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// A ValueError is a value that has no form in msgpack. It stands at Start to
// End of its tree's source.
type ValueError struct {
	Start, End int
	Message    string
}

func (e *ValueError) Error() string { return e.Message }

// Append appends a value as msgpack-python writes it. Lists become arrays
// like tuples. What has no form is a [*ValueError].
func Append(dst []byte, t *value.Tree, id value.ID) ([]byte, error) {
	w := writer{t: t, dst: dst}
	w.value(id)
	if w.err != nil {
		return dst, w.err
	}
	return w.dst, nil
}

// Writes says whether msgpack-python writes exactly packed for the value. buf
// is memory to use; it is returned for the next time.
func Writes(buf []byte, t *value.Tree, id value.ID, packed []byte) ([]byte, bool) {
	out, err := Append(buf[:0], t, id)
	return out[:0], err == nil && bytes.Equal(out, packed)
}

// maxWritten is how deep Append follows a value.
const maxWritten = 10000

type writer struct {
	t     *value.Tree
	dst   []byte
	depth int
	err   error
}

func (w *writer) fail(id value.ID, format string, args ...any) {
	if w.err == nil {
		n := w.t.Node(id)
		w.err = &ValueError{int(n.Start), int(n.End), fmt.Sprintf(format, args...)}
	}
}

func (w *writer) value(id value.ID) {
	t := w.t
	n := t.Node(id)
	b := t.Bytes(id)
	switch n.Kind {
	case value.None:
		w.dst = append(w.dst, 0xc0)
	case value.Bool:
		w.dst = append(w.dst, 0xc2+byte(n.Num))
	case value.Int, value.Long:
		w.integer(id)
	case value.Float:
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, 0xcb), uint64(n.Num))
	case value.Text:
		if !utf8.Valid(b) {
			w.fail(id, "a surrogate half has no form in msgpack")
			return
		}
		w.head(len(b), 0xa0, 32, 0xd9)
		w.dst = append(w.dst, b...)
	case value.Bytes, value.ByteArray:
		w.head(len(b), 0, 0, 0xc4)
		w.dst = append(w.dst, b...)
	case value.Ext:
		w.ext(n.Num, b)
	case value.Tuple, value.List, value.Dict:
		w.container(id, n.Kind)
	default:
		w.fail(id, "a %s has no form in msgpack", n.Kind)
	}
}

func (w *writer) integer(id value.ID) {
	n, ok := w.t.Small(id)
	switch {
	case !ok:
		big := w.t.Big(id)
		if !big.IsUint64() {
			w.fail(id, "the integer does not fit in 64 bits, msgpack has no form for it")
			return
		}
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, 0xcf), big.Uint64())
	case n >= -32 && n < 128:
		w.dst = append(w.dst, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		w.dst = append(w.dst, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		w.dst = binary.BigEndian.AppendUint16(append(w.dst, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		w.dst = binary.BigEndian.AppendUint32(append(w.dst, 0xce), uint32(n))
	case n >= 0:
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, 0xcf), uint64(n))
	case n >= math.MinInt8:
		w.dst = append(w.dst, 0xd0, byte(n))
	case n >= math.MinInt16:
		w.dst = binary.BigEndian.AppendUint16(append(w.dst, 0xd1), uint16(n))
	case n >= math.MinInt32:
		w.dst = binary.BigEndian.AppendUint32(append(w.dst, 0xd2), uint32(n))
	default:
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, 0xd3), uint64(n))
	}
}

// head writes a length: in the byte fix if it is below most, else in the
// format from on, or one of the two after it. There is none of one byte when
// from is that of two.
func (w *writer) head(n int, fix byte, most int, from byte) {
	switch {
	case n < most:
		w.dst = append(w.dst, fix|byte(n))
	case n <= math.MaxUint8 && from != 0xdb && from != 0xdd:
		w.dst = append(w.dst, from, byte(n))
	case n <= math.MaxUint16:
		w.dst = binary.BigEndian.AppendUint16(append(w.dst, from+1), uint16(n))
	default:
		w.dst = binary.BigEndian.AppendUint32(append(w.dst, from+2), uint32(n))
	}
}

func (w *writer) ext(typ int64, b []byte) {
	switch len(b) {
	case 1, 2, 4, 8, 16:
		fix := byte(0xd4)
		for n := len(b); n > 1; n >>= 1 {
			fix++
		}
		w.dst = append(w.dst, fix)
	default:
		w.head(len(b), 0, 0, 0xc7)
	}
	w.dst = append(append(w.dst, byte(typ)), b...)
}

func (w *writer) container(id value.ID, k value.Kind) {
	if w.depth >= maxWritten {
		w.fail(id, "values nest too deep")
		return
	}
	w.depth++
	n := w.t.Count(id)
	if k == value.Dict {
		w.head(n/2, 0x80, 16, 0xdd)
	} else {
		w.head(n, 0x90, 16, 0xdb)
	}
	for kid := w.t.First(id); kid != 0; kid = w.t.Next(kid) {
		w.value(kid)
	}
	w.depth--
}
