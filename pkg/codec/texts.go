package codec

import (
	"strconv"
	"unsafe"
)

// Texts makes strings of bytes, many of them in one piece of memory: the fields
// of a small frame are a dozen short texts. The zero value is ready to use; nil
// gives each string memory of its own.
//
// A string stays what it is for as long as anybody has it, and so does the piece
// of memory that it stands in.
type Texts struct{ free []byte }

const (
	textsPiece = 8 << 10
	textsRoom  = 1 << 10 // that Open has at the least
)

// Open returns an empty slice to append the bytes of a string to.
func (t *Texts) Open() []byte {
	switch {
	case t == nil:
		return nil
	case cap(t.free) < textsRoom:
		t.free = make([]byte, 0, textsPiece)
	}
	return t.free
}

// Close returns b as a string. If b was appended to what Open returned, as long
// as there was room, it is not copied, and not to be changed any more.
func (t *Texts) Close(b []byte) string {
	if t == nil || len(b) == 0 || unsafe.SliceData(b) != unsafe.SliceData(t.free) {
		return string(b)
	}
	t.free = t.free[len(b):len(b):cap(t.free)]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// String returns a copy of b.
func (t *Texts) String(b []byte) string { return t.Close(append(t.Open(), b...)) }

// Int returns n in decimal.
func (t *Texts) Int(n int) string {
	if t == nil || 0 <= n && n < 100 { // which strconv has at hand
		return strconv.Itoa(n)
	}
	return t.Close(strconv.AppendInt(t.Open(), int64(n), 10))
}
