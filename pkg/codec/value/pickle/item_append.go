package pickle

import (
	"encoding/binary"
	"math"
	"slices"
)

// AppendOpen appends what a pickle of P3 with a tuple in a MARK begins with.
func AppendOpen(dst []byte) []byte { return append(dst, opProto, 3, opMark) }

// AppendClose appends what it ends with.
func AppendClose(dst []byte) []byte { return append(dst, opTuple, opStop) }

// AppendNone appends None, as P3 writes it, and so do those that follow.
func AppendNone(dst []byte) []byte { return append(dst, opNone) }

// AppendBool appends True or False.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, opNewTrue)
	}
	return append(dst, opNewFalse)
}

// AppendInt appends an integer.
func AppendInt(dst []byte, n int32) []byte {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		return append(dst, opBinInt1, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		return append(dst, opBinInt2, byte(n), byte(n>>8))
	}
	return binary.LittleEndian.AppendUint32(append(dst, opBinInt), uint32(n))
}

// AppendText appends a text.
func AppendText[T ~string | ~[]byte](dst []byte, text T) []byte {
	return append(binary.LittleEndian.AppendUint32(append(dst, opBinUnicode), uint32(len(text))), text...)
}

// OpenBytes appends what stands before at most so many bytes. The caller appends
// these, and then calls CloseBytes.
func OpenBytes(dst []byte, most int) []byte {
	if most <= math.MaxUint8 {
		return append(dst, opShortBinBytes, 0)
	}
	return append(dst, opBinBytes, 0, 0, 0, 0)
}

// CloseBytes sets the length of the bytes that were opened at dst[at].
func CloseBytes(dst []byte, at int) []byte {
	const short, long = 2, 5
	if dst[at] == opShortBinBytes {
		dst[at+1] = byte(len(dst) - at - short)
		return dst
	}
	n := len(dst) - at - long
	if n > math.MaxUint8 {
		binary.LittleEndian.PutUint32(dst[at+1:], uint32(n))
		return dst
	}
	copy(dst[at+short:], dst[at+long:])
	dst[at], dst[at+1] = opShortBinBytes, byte(n)
	return dst[:at+short+n]
}

// CloseTuple makes a tuple of the last n values, which begin at dst[at].
func CloseTuple(dst []byte, at, n int) []byte {
	switch {
	case n == 0:
		return append(dst, opEmptyTuple)
	case n <= 3:
		return append(dst, opTuple1+byte(n-1))
	}
	return append(slices.Insert(dst, at, opMark), opTuple)
}

// OpenList appends what a list begins with.
func OpenList(dst []byte) []byte { return append(dst, opEmptyList) }

// CloseList puts the last n values, which begin at dst[at], in the list that was
// opened before them. It says false when these are more than one list opcode takes.
func CloseList(dst []byte, at, n int) ([]byte, bool) {
	switch {
	case n == 0:
		return dst, true
	case n == 1:
		return append(dst, opAppend), true
	}
	return append(slices.Insert(dst, at, opMark), opAppends), n <= batch
}
