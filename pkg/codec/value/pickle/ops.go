package pickle

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/wirectl/wirectl/pkg/codec"
)

// The opcodes, in the order of Python's pickle.py, with the protocol that
// brought them.
const (
	opMark           = '('  // 0
	opStop           = '.'  // 0
	opPop            = '0'  // 0
	opPopMark        = '1'  // 1
	opDup            = '2'  // 0
	opFloat          = 'F'  // 0
	opInt            = 'I'  // 0
	opBinInt         = 'J'  // 1
	opBinInt1        = 'K'  // 1
	opLong           = 'L'  // 0
	opBinInt2        = 'M'  // 1
	opNone           = 'N'  // 0
	opPersID         = 'P'  // 0
	opBinPersID      = 'Q'  // 1
	opReduce         = 'R'  // 0
	opString         = 'S'  // 0
	opBinString      = 'T'  // 1
	opShortBinString = 'U'  // 1
	opUnicode        = 'V'  // 0
	opBinUnicode     = 'X'  // 1
	opAppend         = 'a'  // 0
	opBuild          = 'b'  // 0
	opGlobal         = 'c'  // 0
	opDict           = 'd'  // 0
	opEmptyDict      = '}'  // 1
	opAppends        = 'e'  // 1
	opGet            = 'g'  // 0
	opBinGet         = 'h'  // 1
	opInst           = 'i'  // 0
	opLongBinGet     = 'j'  // 1
	opList           = 'l'  // 0
	opEmptyList      = ']'  // 1
	opObj            = 'o'  // 1
	opPut            = 'p'  // 0
	opBinPut         = 'q'  // 1
	opLongBinPut     = 'r'  // 1
	opSetItem        = 's'  // 0
	opTuple          = 't'  // 0
	opEmptyTuple     = ')'  // 1
	opSetItems       = 'u'  // 1
	opBinFloat       = 'G'  // 1
	opProto          = 0x80 // 2
	opNewObj         = 0x81 // 2
	opExt1           = 0x82 // 2
	opExt2           = 0x83 // 2
	opExt4           = 0x84 // 2
	opTuple1         = 0x85 // 2
	opTuple2         = 0x86 // 2
	opTuple3         = 0x87 // 2
	opNewTrue        = 0x88 // 2
	opNewFalse       = 0x89 // 2
	opLong1          = 0x8a // 2
	opLong4          = 0x8b // 2
	opBinBytes       = 'B'  // 3
	opShortBinBytes  = 'C'  // 3
	opShortBinUni    = 0x8c // 4
	opBinUnicode8    = 0x8d // 4
	opBinBytes8      = 0x8e // 4
	opEmptySet       = 0x8f // 4
	opAddItems       = 0x90 // 4
	opFrozenSet      = 0x91 // 4
	opNewObjEx       = 0x92 // 4
	opStackGlobal    = 0x93 // 4
	opMemoize        = 0x94 // 4
	opFrame          = 0x95 // 4
	opByteArray8     = 0x96 // 5
	opNextBuffer     = 0x97 // 5
	opReadOnlyBuffer = 0x98 // 5
)

// An operand says what follows an opcode on the wire.
type operand uint8

const (
	absent operand = iota // no such opcode
	nothing
	uint1  // one byte
	uint2  // two bytes, little-endian, as all that follow
	int4   // four bytes, signed
	uint4  // four bytes
	uint8s // eight bytes
	float8 // eight bytes, big-endian
	line   // bytes up to a line feed
	lines2 // two lines
	bytes1 // one byte with a length, and so many bytes
	bytes4 // four bytes with a length, and so many bytes
	bytes8 // eight bytes with a length, and so many bytes
	text1  // as bytes1, UTF-8
	text4  // as bytes4, UTF-8
	text8  // as bytes8, UTF-8
	long1  // as bytes1, a number in little-endian two's complement
	long4  // as bytes4, but the length is signed
	str4   // as bytes4, but the length is signed
)

// An opcode is what Python's pickletools knows under a name.
type opcode struct {
	name string
	arg  operand
}

var opcodes = [256]opcode{
	opMark: {"MARK", nothing}, opStop: {"STOP", nothing}, opPop: {"POP", nothing},
	opPopMark: {"POP_MARK", nothing}, opDup: {"DUP", nothing}, opFloat: {"FLOAT", line},
	opInt: {"INT", line}, opBinInt: {"BININT", int4}, opBinInt1: {"BININT1", uint1},
	opLong: {"LONG", line}, opBinInt2: {"BININT2", uint2}, opNone: {"NONE", nothing},
	opPersID: {"PERSID", line}, opBinPersID: {"BINPERSID", nothing}, opReduce: {"REDUCE", nothing},
	opString: {"STRING", line}, opBinString: {"BINSTRING", str4}, opShortBinString: {"SHORT_BINSTRING", bytes1},
	opUnicode: {"UNICODE", line}, opBinUnicode: {"BINUNICODE", text4}, opAppend: {"APPEND", nothing},
	opBuild: {"BUILD", nothing}, opGlobal: {"GLOBAL", lines2}, opDict: {"DICT", nothing},
	opEmptyDict: {"EMPTY_DICT", nothing}, opAppends: {"APPENDS", nothing}, opGet: {"GET", line},
	opBinGet: {"BINGET", uint1}, opInst: {"INST", lines2}, opLongBinGet: {"LONG_BINGET", uint4},
	opList: {"LIST", nothing}, opEmptyList: {"EMPTY_LIST", nothing}, opObj: {"OBJ", nothing},
	opPut: {"PUT", line}, opBinPut: {"BINPUT", uint1}, opLongBinPut: {"LONG_BINPUT", uint4},
	opSetItem: {"SETITEM", nothing}, opTuple: {"TUPLE", nothing}, opEmptyTuple: {"EMPTY_TUPLE", nothing},
	opSetItems: {"SETITEMS", nothing}, opBinFloat: {"BINFLOAT", float8},
	opProto: {"PROTO", uint1}, opNewObj: {"NEWOBJ", nothing}, opExt1: {"EXT1", uint1},
	opExt2: {"EXT2", uint2}, opExt4: {"EXT4", int4}, opTuple1: {"TUPLE1", nothing},
	opTuple2: {"TUPLE2", nothing}, opTuple3: {"TUPLE3", nothing}, opNewTrue: {"NEWTRUE", nothing},
	opNewFalse: {"NEWFALSE", nothing}, opLong1: {"LONG1", long1}, opLong4: {"LONG4", long4},
	opBinBytes: {"BINBYTES", bytes4}, opShortBinBytes: {"SHORT_BINBYTES", bytes1},
	opShortBinUni: {"SHORT_BINUNICODE", text1}, opBinUnicode8: {"BINUNICODE8", text8},
	opBinBytes8: {"BINBYTES8", bytes8}, opEmptySet: {"EMPTY_SET", nothing}, opAddItems: {"ADDITEMS", nothing},
	opFrozenSet: {"FROZENSET", nothing}, opNewObjEx: {"NEWOBJ_EX", nothing}, opStackGlobal: {"STACK_GLOBAL", nothing},
	opMemoize: {"MEMOIZE", nothing}, opFrame: {"FRAME", uint8s}, opByteArray8: {"BYTEARRAY8", bytes8},
	opNextBuffer: {"NEXT_BUFFER", nothing}, opReadOnlyBuffer: {"READONLY_BUFFER", nothing},
}

// scan finds the operand of the opcode at src[pos]: its content is
// src[from:to], without its length, and the next opcode is at end.
func scan(src []byte, pos int) (from, to, end int, err *codec.SyntaxError) {
	at := pos + 1
	size := 0
	switch o := opcodes[src[pos]]; o.arg {
	case nothing:
		return at, at, at, nil
	case uint1:
		size = 1
	case uint2:
		size = 2
	case int4, uint4:
		size = 4
	case uint8s, float8:
		size = 8
	case line, lines2:
		return scanLines(src, pos, o)
	case bytes1, text1, long1:
		return counted(src, pos, 1)
	case bytes4, text4, long4, str4:
		return counted(src, pos, 4)
	case bytes8, text8:
		return counted(src, pos, 8)
	default:
		return 0, 0, 0, fault(pos, "", "0x%02x is no opcode", src[pos])
	}
	if len(src)-at < size {
		return 0, 0, 0, ends(src, pos)
	}
	return at, at + size, at + size, nil
}

func scanLines(src []byte, pos int, o opcode) (from, to, end int, err *codec.SyntaxError) {
	at := pos + 1
	n := bytes.IndexByte(src[at:], '\n')
	if n >= 0 && o.arg == lines2 {
		m := bytes.IndexByte(src[at+n+1:], '\n')
		if m < 0 {
			n = m
		} else {
			n += 1 + m
		}
	}
	if n < 0 {
		return 0, 0, 0, ends(src, pos)
	}
	return at, at + n, at + n + 1, nil
}

// counted finds an operand behind a length of size bytes.
func counted(src []byte, pos, size int) (from, to, end int, err *codec.SyntaxError) {
	at := pos + 1
	if len(src)-at < size {
		return 0, 0, 0, ends(src, pos)
	}
	var n uint64
	switch size {
	case 1:
		n = uint64(src[at])
	case 4:
		n = uint64(binary.LittleEndian.Uint32(src[at:]))
		if a := opcodes[src[pos]].arg; n > math.MaxInt32 && (a == long4 || a == str4) {
			return 0, 0, 0, fault(pos, opcodes[src[pos]].name, "length %d is negative", int32(n))
		}
	default:
		n = binary.LittleEndian.Uint64(src[at:])
	}
	at += size
	if n > uint64(len(src)-at) {
		return 0, 0, 0, fault(pos, opcodes[src[pos]].name, "length %d, but only %d bytes follow", n, len(src)-at)
	}
	return at, at + int(n), at + int(n), nil
}

// ends says that the pickle ends inside the operand of the opcode at pos.
func ends(src []byte, pos int) *codec.SyntaxError {
	return fault(pos, opcodes[src[pos]].name, "the pickle ends inside its operand")
}

// fault makes an error about the opcode at pos.
func fault(pos int, op, format string, args ...any) *codec.SyntaxError {
	return codec.Faultf(codec.CodeSyntax, pos, op, format, args...)
}

// limit makes an error about a limit that the opcode at pos goes over.
func limit(pos int, op, format string, args ...any) *codec.SyntaxError {
	return codec.Faultf(codec.CodeLimit, pos, op, format, args...)
}
