package msgpack

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// AppendListing appends the formats that packed consists of on one line, in
// the names of the specification, each with its number, count or bytes:
//
//	array16 4 uint8 7 false str8 "loadBefore" fixarray 0
//
// Bytes that are no format stand at the end as BYTES x"…". [ReadListing] makes
// the same bytes of it, for any bytes at all.
func AppendListing(dst, packed []byte) []byte {
	for pos := 0; pos < len(packed); {
		if pos > 0 {
			dst = append(dst, ' ')
		}
		it, err := scan(packed, pos)
		if err != nil {
			return pylit.AppendBytes(append(append(dst, pylit.Rest...), ' '), packed[pos:])
		}
		dst = appendItem(dst, it, packed[it.from:it.to])
		pos = it.end
	}
	return dst
}

func appendItem(dst []byte, it item, b []byte) []byte {
	dst = append(dst, it.name...)
	if it.shape == alone {
		return dst
	}
	dst = append(dst, ' ')
	switch it.shape {
	case number:
		if it.sign {
			return strconv.AppendInt(dst, int64(it.n), 10)
		}
		return strconv.AppendUint(dst, it.n, 10)
	case float:
		if it.size == 8 {
			return pylit.AppendFloat(dst, it.n)
		}
		f := math.Float32frombits(uint32(it.n))
		if f != f { // a conversion may change its bits
			return pylit.AppendBytes(dst, binary.BigEndian.AppendUint32(nil, uint32(it.n)))
		}
		return pylit.AppendFloat(dst, math.Float64bits(float64(f)))
	case array, table:
		return strconv.AppendUint(dst, it.n, 10)
	case ext:
		dst = append(strconv.AppendInt(dst, int64(it.typ), 10), ' ')
	case text:
		if utf8.Valid(b) {
			return pylit.AppendText(dst, b)
		}
	}
	return pylit.AppendBytes(dst, b)
}

// byName gives the first byte of a format; for the fix formats that of zero.
var byName = sync.OnceValues(func() (map[string]byte, []string) {
	m := make(map[string]byte, 40)
	var list []string
	for i := range 0x100 {
		f := formatOf(byte(i))
		if _, ok := m[f.name]; f.name != "" && !ok {
			m[f.name] = byte(i)
			list = append(list, f.name)
		}
	}
	return m, list
})

// ReadListing appends the bytes of the listing that r reads up to its end. An
// error is a [*codec.TextError].
func ReadListing(dst []byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	byName, names := byName()
	return r.Listing(dst, "format", names, func(dst []byte, word string) ([]byte, bool, error) {
		code, ok := byName[word]
		if !ok {
			return dst, false, nil
		}
		dst, err := readItem(dst, code, t, r)
		return dst, true, err
	})
}

func readItem(dst []byte, code byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	f := formatOf(code)
	switch f.shape {
	case alone:
		return append(dst, code), nil
	case float:
		return readFloat(dst, code, t, r)
	case number, array, table:
		return readNumber(dst, code, t, r)
	}
	typ := byte(0)
	if f.shape == ext {
		id, err := r.Value()
		if err != nil {
			return dst, err
		}
		n, ok := t.Small(id)
		if t.Kind(id) != value.Int || !ok || n < math.MinInt8 || n > math.MaxInt8 {
			return dst, pylit.Unexpected(t, id, "a type from -128 to 127")
		}
		typ = byte(n)
	}
	b, err := r.Bytes()
	if err != nil {
		return dst, err
	}
	most := uint64(1)<<(8*f.size) - 1
	switch {
	case f.fixed > 0:
		if most = uint64(f.fixed); len(b) != f.fixed {
			return dst, &codec.TextError{Start: r.Pos() - 1, End: r.Pos(), Field: f.name, Message: fmt.Sprintf("%d bytes where %d were expected", len(b), f.fixed)}
		}
	case f.size == 0:
		most = 31
	}
	if uint64(len(b)) > most {
		return dst, &codec.TextError{Start: r.Pos() - 1, End: r.Pos(), Field: f.name, Message: fmt.Sprintf("%d bytes; at most %d fit", len(b), most)}
	}
	if f.size == 0 && f.fixed == 0 {
		code |= byte(len(b))
	}
	dst = appendBig(append(dst, code), uint64(len(b)), f.size)
	if f.shape == ext {
		dst = append(dst, typ)
	}
	return append(dst, b...), nil
}

// appendBig appends the last size bytes of n, big-endian.
func appendBig(dst []byte, n uint64, size int) []byte {
	for size--; size >= 0; size-- {
		dst = append(dst, byte(n>>(8*size)))
	}
	return dst
}

func readNumber(dst []byte, code byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	f := formatOf(code)
	id, err := r.Value()
	if err != nil {
		return dst, err
	}
	if t.Kind(id) != value.Int {
		return dst, pylit.Unexpected(t, id, "a number")
	}
	if f.size == 8 && !f.sign {
		n := t.Big(id)
		if !n.IsUint64() {
			return dst, pylit.Unexpected(t, id, "a number of eight bytes")
		}
		return binary.BigEndian.AppendUint64(append(dst, code), n.Uint64()), nil
	}
	least, most := int64(0), int64(1)<<(8*f.size)-1
	switch {
	case f.size == 0 && f.shape == number:
		least, most = -32, 127
	case f.size == 0:
		most = 15
	case f.sign:
		least, most = math.MinInt64>>(64-8*f.size), math.MaxInt64>>(64-8*f.size)
	}
	n, ok := t.Small(id)
	if !ok || n < least || n > most {
		return dst, pylit.Unexpected(t, id, fmt.Sprintf("a number from %d to %d", least, most))
	}
	if f.size == 0 {
		return append(dst, code+byte(n)), nil
	}
	return appendBig(append(dst, code), uint64(n), f.size), nil
}

func readFloat(dst []byte, code byte, t *value.Tree, r *pylit.Reader) ([]byte, error) {
	size := formatOf(code).size
	id, err := r.Value()
	if err != nil {
		return dst, err
	}
	switch {
	case t.Kind(id) == value.Bytes && size == 4 && len(t.Bytes(id)) == 4:
		return append(append(dst, code), t.Bytes(id)...), nil
	case t.Kind(id) != value.Float:
		return dst, pylit.Unexpected(t, id, "a float such as 2.5")
	case size == 8:
		return appendBig(append(dst, code), uint64(t.Num(id)), 8), nil
	}
	f := float32(math.Float64frombits(uint64(t.Num(id))))
	return appendBig(append(dst, code), uint64(math.Float32bits(f)), 4), nil
}
