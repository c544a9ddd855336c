package zmtp

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Version is one of the three framings of ZMTP.
type Version byte

// The framings. All of 3.x is V3.
const (
	V1 Version = 1 + iota
	V2
	V3
)

// The flags of a frame.
const (
	FlagMore    = 0x01 // more frames of this message follow
	FlagLong    = 0x02 // the length has 8 bytes; not in 1.0
	FlagCommand = 0x04 // the frame is a command; 3.x only
	flagsKnown  = FlagMore | FlagLong | FlagCommand
)

// Where short lengths end: longer bodies need the length of 8 bytes.
const (
	maxShort   = 255 // bytes of body, 2.0 and 3.x
	maxShortV1 = 253 // bytes of body, 1.0: the length counts the flags too
)

// A part is one frame of a message: where its header, body and end are.
type part struct {
	flags           byte
	head, body, end int // offsets in raw
}

// long says whether the part's length has 8 bytes.
func (p part) long() bool { return p.body-p.head > 2 }

// readHeader reads the header of the frame at src[at:]. It returns ErrShort
// when src ends in the header and a fault when the header is none. limit is
// the longest body to accept.
func readHeader(v Version, src []byte, at, limit int) (p part, err error) {
	if v == V1 {
		return readHeaderV1(src, at, limit)
	}
	b := src[at:]
	if len(b) < 2 {
		return part{}, codec.ErrShort
	}
	p = part{flags: b[0], head: at, body: at + 2}
	n := uint64(b[1])
	if b[0]&FlagLong != 0 {
		if len(b) < 9 {
			return part{}, codec.ErrShort
		}
		n = binary.BigEndian.Uint64(b[1:])
		p.body = at + 9
	}
	return p.sized(n, limit)
}

func readHeaderV1(src []byte, at, limit int) (p part, err error) {
	b := src[at:]
	if len(b) < 2 {
		return part{}, codec.ErrShort
	}
	n := uint64(b[0])
	p = part{flags: b[1], head: at, body: at + 2}
	if b[0] == 0xff {
		if len(b) < 10 {
			return part{}, codec.ErrShort
		}
		n = binary.BigEndian.Uint64(b[1:])
		p = part{flags: b[9], head: at, body: at + 10}
	}
	if n == 0 {
		return part{}, codec.Faultf(codec.CodeSyntax, at, "length", "a frame of 1.0 has a length of 1 or more, counting its flags; found 0")
	}
	return p.sized(n-1, limit)
}

// sized sets the end of a part whose body has n bytes.
func (p part) sized(n uint64, limit int) (part, error) {
	if n > uint64(limit) {
		return part{}, codec.Faultf(codec.CodeLimit, p.head, "length", "a frame of %d bytes is over the limit of %d", n, limit)
	}
	p.end = p.body + int(n)
	return p, nil
}

// appendHeader appends the header of a body of n bytes with these flags. long
// asks for a length of 8 bytes; in 2.0 and 3.x the flags say it.
func appendHeader(dst []byte, v Version, flags byte, long bool, n int) []byte {
	switch {
	case v == V1 && long:
		dst = append(dst, 0xff)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n)+1)
		return append(dst, flags)
	case v == V1:
		return append(dst, byte(n+1), flags)
	case flags&FlagLong != 0:
		dst = append(dst, flags)
		return binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, flags, byte(n))
}

// needsLong says whether a body of n bytes cannot have the short length.
func needsLong(v Version, n int) bool {
	if v == V1 {
		return n > maxShortV1
	}
	return n > maxShort
}

// plainFlags returns the flags that a sender must write.
func plainFlags(v Version, n int, more, command bool) (flags byte) {
	if more {
		flags |= FlagMore
	}
	if v != V1 && needsLong(v, n) {
		flags |= FlagLong
	}
	if command {
		flags |= FlagCommand
	}
	return flags
}
