package zeo

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Sizes of the parts of a message before its body.
const (
	lengthSize = 4
	macSize    = 20
)

// macBit says in a length that a MAC follows it.
const macBit = 1 << 31

// A Header is what stands before the body of a message.
//
//	offset  size  meaning
//	0       4     length of the body, big-endian; the top bit says that a MAC
//	              follows (up to ZEO 4)
//	4       0/20  MAC: HMAC-SHA1 of all bodies in this direction that had one
//	4/24    n     body
type Header struct {
	MAC    bool
	Length uint32 // of the body
}

// Size returns the size of the header, the MAC included.
func (h Header) Size() int {
	if h.MAC {
		return lengthSize + macSize
	}
	return lengthSize
}

// Cut reads the header of the message at the front of src. macs says whether
// the top bit of the length stands for a MAC. It returns [codec.ErrShort] when
// src ends before the message does, and a fault when the body has more than
// limit bytes. It looks at nothing behind the length and allocates nothing.
func Cut(src []byte, macs bool, limit int) (h Header, n int, err error) {
	if len(src) < lengthSize {
		return h, 0, codec.ErrShort
	}
	h.Length = binary.BigEndian.Uint32(src)
	if macs && h.Length&macBit != 0 {
		h.MAC, h.Length = true, h.Length&^macBit
	}
	if int64(h.Length) > int64(limit) {
		return h, 0, tooLong(src, h.Length, limit)
	}
	n = h.Size() + int(h.Length)
	if len(src) < n {
		return h, 0, codec.ErrShort
	}
	return h, n, nil
}

// strangers are what other protocols begin with, in the place of a length.
var strangers = []struct{ begin, what string }{
	{"GET ", "an HTTP request"},
	{"POST", "an HTTP request"},
	{"HEAD", "an HTTP request"},
	{"PUT ", "an HTTP request"},
	{"HTTP", "an HTTP answer"},
	{"SSH-", "SSH"},
	{"\x16\x03\x00", "TLS: decrypt the capture first"},
	{"\x16\x03\x01", "TLS: decrypt the capture first"},
	{"\x16\x03\x02", "TLS: decrypt the capture first"},
	{"\x16\x03\x03", "TLS: decrypt the capture first"},
}

// tooLong is the fault of a length over the limit. It names what the bytes
// look like.
func tooLong(src []byte, length uint32, limit int) error {
	what := ""
	for _, s := range strangers {
		if bytes.HasPrefix(src, []byte(s.begin)) {
			what = "; these bytes look like " + s.what
		}
	}
	return &codec.SyntaxError{
		Code: codec.CodeLimit, Path: "length",
		Err: fmt.Errorf("body of %d bytes is over the limit of %d%s", length, limit, what),
	}
}
