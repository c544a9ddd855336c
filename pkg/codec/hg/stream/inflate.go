package stream

import (
	"encoding/binary"
	"errors"
)

// maxDistance is how far back DEFLATE looks.
const maxDistance = 32 << 10

// An inflater undoes DEFLATE (RFC 1951) of input that comes in pieces. The
// standard library's reader cannot: where its input ends, it is broken for
// good.
//
// Every step — a block's header, a symbol with its extra bits, a run of stored
// bytes — is taken whole or not at all: when the bits run out in one, its bits
// are kept and it is tried again with the next piece.
type inflater struct {
	in   []byte // what is not in acc yet
	acc  uint64 // bits, the next one lowest
	bits uint   // how many of them

	state func(*inflater) (more bool, err error)
	last  bool // the block at hand is the last
	ended bool
	left  int // bytes left of a stored block

	lit, dist *huffman
	own       [2]huffman // for dynamic blocks

	buf   []byte // up to maxDistance bytes of the past, then what is new
	fresh int    // where the new bytes begin
	max   int    // how long buf may become
	full  bool   // max was reached
}

// feed takes the next bytes of the input and decodes what they complete, at
// most granted bytes. The result is good until the next call. After the last
// block rest has the bytes behind it.
func (z *inflater) feed(p []byte, granted int) (out, rest []byte, err error) {
	if z.state == nil {
		z.state = (*inflater).header
	}
	if over := len(z.buf) - maxDistance; over > 0 {
		z.buf = z.buf[:copy(z.buf, z.buf[over:])]
	}
	z.fresh = len(z.buf)
	z.max = z.fresh + granted
	z.in = append(z.in, p...)
	for more := true; more && err == nil && !z.ended && !z.full; {
		more, err = z.state(z)
	}
	if z.ended {
		z.take(z.bits % 8)
		for ; z.bits > 0; z.bits -= 8 {
			rest = append(rest, byte(z.acc))
			z.acc >>= 8
		}
		rest = append(rest, z.in...)
		z.in = nil
	}
	if len(z.in) == 0 {
		z.in = z.in[:0]
	} else {
		z.in = append([]byte(nil), z.in...)
	}
	if z.full && err == nil {
		err = over(granted)
	}
	return z.buf[z.fresh:], rest, err
}

// fill moves bytes into acc, which then has 56 bits or more if they are there.
func (z *inflater) fill() {
	if len(z.in) >= 8 && z.bits < 56 {
		n := (63 - z.bits) / 8
		z.acc |= binary.LittleEndian.Uint64(z.in) << z.bits
		z.bits += 8 * n
		z.acc &= 1<<z.bits - 1 // not the byte that is there in part
		z.in = z.in[n:]
		return
	}
	for z.bits <= 56 && len(z.in) > 0 {
		z.acc |= uint64(z.in[0]) << z.bits
		z.bits += 8
		z.in = z.in[1:]
	}
}

// take removes n bits.
func (z *inflater) take(n uint) int {
	v := int(z.acc & (1<<n - 1))
	z.acc >>= n
	z.bits -= n
	return v
}

// A mark is a place to go back to.
type mark struct {
	in   []byte
	acc  uint64
	bits uint
}

func (z *inflater) mark() mark { return mark{z.in, z.acc, z.bits} }

func (z *inflater) back(m mark) { z.in, z.acc, z.bits = m.in, m.acc, m.bits }

// header begins a block.
func (z *inflater) header() (bool, error) {
	if z.last {
		z.ended = true
		return true, nil
	}
	m := z.mark()
	z.fill()
	if z.bits < 3 {
		z.back(m)
		return false, nil
	}
	last := z.take(1) == 1
	ok, err := true, error(nil)
	switch z.take(2) {
	case 0:
		ok, err = z.stored()
	case 1:
		z.lit, z.dist = fixedCodes()
		z.state = (*inflater).symbols
	case 2:
		ok, err = z.dynamic()
	default:
		return false, errors.New("zlib: a block of the reserved type 3")
	}
	if err != nil || !ok {
		z.back(m)
		return false, err
	}
	z.last = last
	return true, nil
}

// stored begins a block of bytes as they are.
func (z *inflater) stored() (bool, error) {
	z.take(z.bits % 8)
	z.fill()
	if z.bits < 32 {
		return false, nil
	}
	n, inverse := z.take(16), z.take(16)
	if n != inverse^0xffff {
		return false, errors.New("zlib: the length of a stored block and its complement differ")
	}
	z.left = n
	z.state = (*inflater).copyStored
	return true, nil
}

func (z *inflater) copyStored() (bool, error) {
	for z.left > 0 && z.bits > 0 {
		if !z.put(byte(z.take(8))) {
			return false, nil
		}
		z.left--
	}
	n := min(z.left, len(z.in), z.max-len(z.buf))
	z.full = n < min(z.left, len(z.in))
	z.buf = append(z.buf, z.in[:n]...)
	z.in = z.in[n:]
	if z.left -= n; z.left > 0 {
		return false, nil
	}
	z.state = (*inflater).header
	return true, nil
}

// put adds a byte, if there may be one more.
func (z *inflater) put(b byte) bool {
	if len(z.buf) >= z.max {
		z.full = true
		return false
	}
	z.buf = append(z.buf, b)
	return true
}

// The lengths and distances that symbols stand for, and their extra bits
// (RFC 1951 section 3.2.5).
var (
	lengthBase = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase   = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distBits   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// symbols decodes a block's content.
func (z *inflater) symbols() (bool, error) {
	for {
		z.fill() // 48 bits are the most that a step takes
		acc, bits := z.acc, z.bits
		symbol, n, err := z.lit.decode(acc, bits)
		if n == 0 || err != nil {
			return false, err
		}
		acc, bits = acc>>n, bits-n
		switch {
		case symbol < 256:
			if !z.put(byte(symbol)) {
				return false, nil
			}
			z.acc, z.bits = acc, bits
			continue
		case symbol == 256:
			z.acc, z.bits = acc, bits
			z.state = (*inflater).header
			return true, nil
		case symbol > 285:
			return false, errCode
		}
		length, acc, bits, ok := extra(lengthBase[symbol-257], lengthBits[symbol-257], acc, bits)
		if !ok {
			return false, nil
		}
		symbol, n, err = z.dist.decode(acc, bits)
		if n == 0 || err != nil {
			return false, err
		}
		if symbol > 29 {
			return false, errCode
		}
		distance, acc, bits, ok := extra(distBase[symbol], distBits[symbol], acc>>n, bits-n)
		switch {
		case !ok:
			return false, nil
		case distance > len(z.buf):
			return false, errors.New("zlib: a copy from before the beginning")
		case length > z.max-len(z.buf):
			z.full = true
			return false, nil
		}
		z.copy(length, distance)
		z.acc, z.bits = acc, bits
	}
}

// copy repeats length bytes from so far back; it may meet what it writes.
func (z *inflater) copy(length, distance int) {
	for length > distance {
		z.buf = append(z.buf, z.buf[len(z.buf)-distance:]...)
		length -= distance
	}
	from := len(z.buf) - distance
	z.buf = append(z.buf, z.buf[from:from+length]...)
}

// extra adds the extra bits of a length or distance to its base.
func extra(base uint16, count uint8, acc uint64, bits uint) (int, uint64, uint, bool) {
	n := uint(count)
	if bits < n {
		return 0, 0, 0, false
	}
	return int(base) + int(acc&(1<<n-1)), acc >> n, bits - n, true
}
