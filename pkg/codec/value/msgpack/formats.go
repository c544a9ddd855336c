package msgpack

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A shape says what a format's bytes after the first are.
type shape uint8

const (
	alone  shape = iota // nothing
	number              // size bytes: an integer
	float               // size bytes: a float
	text                // size bytes with a length, and so many bytes of UTF-8
	blob                // the same, any bytes
	array               // size bytes with a count; values follow
	table               // the same, pairs of values
	ext                 // size bytes with a length, one with a type, and the bytes
)

// A format is one row of the specification's table of formats.
type format struct {
	name  string
	shape shape
	size  int  // bytes of the number or length; 0 when it is in the first byte
	sign  bool // the number is signed
	fixed int  // length of a fixext
	count int  // number, length or count that is in the first byte
}

var formats = func() (f [256]format) {
	for i := range 0x80 {
		f[i] = format{name: "fixint", shape: number, count: i}
		f[0xff-i%0x20] = format{name: "fixint", shape: number, sign: true, count: -1 - i%0x20}
	}
	for i := range 0x10 {
		f[0x80+i] = format{name: "fixmap", shape: table, count: i}
		f[0x90+i] = format{name: "fixarray", shape: array, count: i}
	}
	for i := range 0x20 {
		f[0xa0+i] = format{name: "fixstr", shape: text, count: i}
	}
	f[0xc0] = format{name: "nil"}
	f[0xc2] = format{name: "false"}
	f[0xc3] = format{name: "true"}
	for i, name := range []string{"8", "16", "32", "64"} {
		size := 1 << i
		if i < 3 {
			f[0xc4+i] = format{name: "bin" + name, shape: blob, size: size}
			f[0xc7+i] = format{name: "ext" + name, shape: ext, size: size}
			f[0xd9+i] = format{name: "str" + name, shape: text, size: size}
		}
		if i == 1 || i == 2 {
			f[0xdc+i-1] = format{name: "array" + name, shape: array, size: size}
			f[0xde+i-1] = format{name: "map" + name, shape: table, size: size}
		}
		f[0xcc+i] = format{name: "uint" + name, shape: number, size: size}
		f[0xd0+i] = format{name: "int" + name, shape: number, size: size, sign: true}
	}
	f[0xca] = format{name: "float32", shape: float, size: 4}
	f[0xcb] = format{name: "float64", shape: float, size: 8}
	for i, name := range []string{"fixext1", "fixext2", "fixext4", "fixext8", "fixext16"} {
		f[0xd4+i] = format{name: name, shape: ext, fixed: 1 << i}
	}
	return f
}()

// An item is one format with what belongs to it.
type item struct {
	format
	n        uint64 // number's bits, length or count
	typ      int8   // of an ext
	from, to int    // the bytes of a str, bin or ext
	end      int    // where the next item begins
}

// scan reads the item at src[pos].
func scan(src []byte, pos int) (it item, err *codec.SyntaxError) {
	it.format = formats[src[pos]]
	if it.name == "" {
		return it, fault(pos, "", "0x%02x is no format", src[pos])
	}
	at := pos + 1
	if len(src)-at < it.size {
		return it, fault(pos, it.name, "the value ends inside it")
	}
	switch it.size {
	case 0:
		it.n = uint64(it.count + it.fixed)
	case 1:
		it.n = uint64(src[at])
	case 2:
		it.n = uint64(binary.BigEndian.Uint16(src[at:]))
	case 4:
		it.n = uint64(binary.BigEndian.Uint32(src[at:]))
	case 8:
		it.n = binary.BigEndian.Uint64(src[at:])
	}
	if shift := 64 - 8*it.size; it.sign && it.size > 0 {
		it.n = uint64(int64(it.n<<shift) >> shift)
	}
	at += it.size
	if it.shape == ext {
		if at == len(src) {
			return it, fault(pos, it.name, "the value ends inside it")
		}
		it.typ = int8(src[at])
		at++
	}
	it.end = at
	switch it.shape {
	case text, blob, ext:
		if it.n > uint64(len(src)-at) {
			return it, fault(pos, it.name, "length %d, but only %d bytes follow", it.n, len(src)-at)
		}
		it.from, it.to, it.end = at, at+int(it.n), at+int(it.n)
	}
	return it, nil
}

func fault(pos int, path, message string, args ...any) *codec.SyntaxError {
	return codec.Faultf(codec.CodeSyntax, pos, path, message, args...)
}
