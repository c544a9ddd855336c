package synth

import "encoding/binary"

var zeoOpening = [][]byte{[]byte("\x00\x00\x00\x02Z5")}

// zeo appends a message: 32 bits of length and a pickle of (id, flag, name,
// arguments), as ZEO 5 pickles it. Half of what replies carry is text.
func (s *Stream) zeo(dst []byte) []byte {
	const no, yes = 0x89, 0x88
	n := s.size()
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0x80, 3, '(')
	dst = pickleInt(dst, s.seq)
	switch kind := s.rng.IntN(10); {
	case kind < 5 && n <= 64:
		dst = pickleString(append(dst, no), "loadBefore")
		dst = append(s.zeoID(s.zeoID(dst, 0), 3), 0x86) // a tuple of two
	case kind < 7 && n <= 64:
		dst = pickleString(append(dst, yes), "invalidateTransaction")
		dst = append(s.zeoID(dst, 3), ']', '(')
		dst = append(s.zeoID(s.zeoID(dst, 0), 0), 'e', 0x86)
	default:
		dst = pickleString(append(dst, 'K', 0), ".reply")
		pool := s.binary
		if kind%2 == 0 {
			pool = s.text
		}
		dst = pickleBytes(dst, s.cut(pool, n))
		dst = append(s.zeoID(dst, 3), 'N', 0x87) // a tuple of three
	}
	dst = append(dst, 't', '.')
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// zeoID appends eight bytes of an object's or transaction's number.
func (s *Stream) zeoID(dst []byte, first byte) []byte {
	dst = append(dst, 'C', 8, first, 0, 0)
	return append(dst, s.cut(s.binary, 5)...)
}

func pickleInt(dst []byte, n int) []byte {
	switch {
	case n < 1<<8:
		return append(dst, 'K', byte(n))
	case n < 1<<16:
		return append(dst, 'M', byte(n), byte(n>>8))
	}
	return binary.LittleEndian.AppendUint32(append(dst, 'J'), uint32(n))
}

func pickleString(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, 'X'), uint32(len(s)))
	return append(dst, s...)
}

func pickleBytes(dst, b []byte) []byte {
	if len(b) < 1<<8 {
		dst = append(dst, 'C', byte(len(b)))
	} else {
		dst = binary.LittleEndian.AppendUint32(append(dst, 'B'), uint32(len(b)))
	}
	return append(dst, b...)
}
