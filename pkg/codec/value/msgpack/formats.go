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

// formatOf returns the format that begins with c; its name is "" when there is
// none.
func formatOf(c byte) format {
	switch {
	case c < 0x80:
		return format{name: "fixint", shape: number, count: int(c)}
	case c < 0x90:
		return format{name: "fixmap", shape: table, count: int(c & 0xf)}
	case c < 0xa0:
		return format{name: "fixarray", shape: array, count: int(c & 0xf)}
	case c < 0xc0:
		return format{name: "fixstr", shape: text, count: int(c & 0x1f)}
	case c < 0xe0:
		return formats[c-0xc0]
	}
	return format{name: "fixint", shape: number, sign: true, count: int(int8(c))}
}

// formats are those that begin with c0 to df.
var formats = [0x20]format{
	0x00: {name: "nil"},
	0x02: {name: "false"},
	0x03: {name: "true"},
	0x04: {name: "bin8", shape: blob, size: 1},
	0x05: {name: "bin16", shape: blob, size: 2},
	0x06: {name: "bin32", shape: blob, size: 4},
	0x07: {name: "ext8", shape: ext, size: 1},
	0x08: {name: "ext16", shape: ext, size: 2},
	0x09: {name: "ext32", shape: ext, size: 4},
	0x0a: {name: "float32", shape: float, size: 4},
	0x0b: {name: "float64", shape: float, size: 8},
	0x0c: {name: "uint8", shape: number, size: 1},
	0x0d: {name: "uint16", shape: number, size: 2},
	0x0e: {name: "uint32", shape: number, size: 4},
	0x0f: {name: "uint64", shape: number, size: 8},
	0x10: {name: "int8", shape: number, size: 1, sign: true},
	0x11: {name: "int16", shape: number, size: 2, sign: true},
	0x12: {name: "int32", shape: number, size: 4, sign: true},
	0x13: {name: "int64", shape: number, size: 8, sign: true},
	0x14: {name: "fixext1", shape: ext, fixed: 1},
	0x15: {name: "fixext2", shape: ext, fixed: 2},
	0x16: {name: "fixext4", shape: ext, fixed: 4},
	0x17: {name: "fixext8", shape: ext, fixed: 8},
	0x18: {name: "fixext16", shape: ext, fixed: 16},
	0x19: {name: "str8", shape: text, size: 1},
	0x1a: {name: "str16", shape: text, size: 2},
	0x1b: {name: "str32", shape: text, size: 4},
	0x1c: {name: "array16", shape: array, size: 2},
	0x1d: {name: "array32", shape: array, size: 4},
	0x1e: {name: "map16", shape: table, size: 2},
	0x1f: {name: "map32", shape: table, size: 4},
}

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
	it.format = formatOf(src[pos])
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
