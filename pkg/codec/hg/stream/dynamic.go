package stream

import (
	"errors"
	"sync"
)

// fixedCodes returns the codes of blocks of type 1 (RFC 1951 section 3.2.6).
var fixedCodes = sync.OnceValues(func() (lit, dist *huffman) {
	lit, dist = new(huffman), new(huffman)
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	var five [32]uint8
	for i := range five {
		five[i] = 5
	}
	_, _ = lit.build(lengths[:], false), dist.build(five[:], false) // they are complete
	return lit, dist
})

// codeOrder is the order in which the lengths of the code for lengths come.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

var errLengths = errors.New("zlib: lengths of codes that cannot be")

// dynamic reads the codes of a block (RFC 1951 section 3.2.7). It returns
// false when they are not all there; nothing has changed then but the place.
func (z *inflater) dynamic() (bool, error) {
	z.fill()
	if z.bits < 14 {
		return false, nil
	}
	lits, dists, codes := z.take(5)+257, z.take(5)+1, z.take(4)+4
	if lits > 286 || dists > 30 {
		return false, errLengths
	}
	var lengths [19]uint8
	for i := range codes {
		z.fill()
		if z.bits < 3 {
			return false, nil
		}
		lengths[codeOrder[i]] = uint8(z.take(3))
	}
	var h huffman
	if err := h.build(lengths[:], false); err != nil {
		return false, err
	}
	var all [286 + 30]uint8
	if ok, err := z.lengths(&h, all[:lits+dists]); !ok || err != nil {
		return false, err
	}
	if all[256] == 0 {
		return false, errors.New("zlib: a block without an end")
	}
	if err := z.own[0].build(all[:lits], true); err != nil {
		return false, err
	}
	if err := z.own[1].build(all[lits:lits+dists], true); err != nil {
		return false, err
	}
	z.lit, z.dist = &z.own[0], &z.own[1]
	z.state = (*inflater).symbols
	return true, nil
}

// lengths reads lengths of codes, which may repeat, with the code h.
func (z *inflater) lengths(h *huffman, all []uint8) (bool, error) {
	for i := 0; i < len(all); {
		z.fill()
		symbol, n, err := h.decode(z.acc, z.bits)
		if n == 0 || err != nil {
			return false, err
		}
		if symbol < 16 {
			z.take(n)
			all[i] = uint8(symbol)
			i++
			continue
		}
		count := [3]uint{2, 3, 7}[symbol-16]
		if z.bits < n+count {
			return false, nil
		}
		z.take(n)
		repeat := z.take(count) + [3]int{3, 3, 11}[symbol-16]
		var value uint8
		if symbol == 16 {
			if i == 0 {
				return false, errLengths
			}
			value = all[i-1]
		}
		if repeat > len(all)-i {
			return false, errLengths
		}
		for range repeat {
			all[i] = value
			i++
		}
	}
	return true, nil
}
