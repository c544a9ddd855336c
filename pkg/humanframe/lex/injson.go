package lex

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/wirectl/wirectl/internal/short"
	"github.com/wirectl/wirectl/internal/vector"
)

// A doubled is the escape of a byte as the inside of a JSON string: up to five
// characters, the first lowest, and in the highest byte how many there are.
type doubled uint64

// doubles are escapes and quotes in a JSON string, made when they are first used.
var doubles = sync.OnceValue(func() *struct{ escapes, quotes [256]doubled } {
	return &struct{ escapes, quotes [256]doubled }{double(&escapes), double(&quotes)}
})

func double(table *[256]escape) (t [256]doubled) {
	for i, e := range table {
		for n := e >> 32; n > 0; n, e = n-1, e>>8 {
			if c := byte(e); c == '"' || c == '\\' {
				t[i].add('\\')
			}
			t[i].add(byte(e))
		}
	}
	return t
}

func (d *doubled) add(c byte) {
	n := *d >> 56
	*d += doubled(c)<<(8*n) + 1<<56
}

// AppendEscapedJSON appends what [AppendEscaped] does as the inside of a JSON
// string: with a backslash before each quotation mark and each backslash.
func AppendEscapedJSON(dst, b []byte) []byte {
	if len(b) <= short.Most {
		if out, ok := short.AppendPlain(dst, b); ok {
			return out
		}
	}
	if atOnce(b) && cap(dst)-len(dst) >= 5*(len(b)+vector.Block)+6 {
		if n, done := vector.EscapeJSON(dst[len(dst):cap(dst)], b, false); done == len(b) {
			return dst[:len(dst)+n]
		}
	}
	dst, b = appendDoubledBlocks(dst, b, false)
	return appendDoubled(dst, b, &doubles().escapes)
}

// AppendQuotedJSON is AppendEscapedJSON of what [AppendQuoted] does.
func AppendQuotedJSON(dst, b []byte) []byte {
	dst = append(dst, `\"`...)
	if len(b) <= short.Most {
		if out, ok := short.AppendPlain(dst, b); ok {
			return append(out, `\"`...)
		}
	}
	if atOnce(b) && cap(dst)-len(dst) >= 5*(len(b)+vector.Block)+6 {
		if n, done := vector.EscapeJSON(dst[len(dst):cap(dst)], b, true); done == len(b) {
			return append(dst[:len(dst)+n], `\"`...)
		}
	}
	dst, b = appendDoubledBlocks(dst, b, true)
	return append(appendDoubled(dst, b, &doubles().quotes), `\"`...)
}

// appendDoubledBlocks goes as appendBlocks does.
func appendDoubledBlocks(dst, b []byte, quote bool) (out, rest []byte) {
	for len(b) >= vector.Block {
		dst = slices.Grow(dst, 5*(min(len(b), part)+vector.Block)+6)
		n, done := vector.EscapeJSON(dst[len(dst):cap(dst)], b, quote)
		if done == 0 {
			break
		}
		dst, b = dst[:len(dst)+n], b[done:]
	}
	return dst, b
}

// appendDoubled appends the escapes of b. No branch depends on the bytes of a
// word that does not stand for itself: each of them writes the eight that it
// may take, and the next goes over what was too much.
func appendDoubled(dst, b []byte, table *[256]doubled) []byte {
	const most = 8*5 + 3 // that eight bytes take, and are written to beyond that
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		b = b[8:]
		if allPlain(x, '"'*ones) {
			dst = binary.LittleEndian.AppendUint64(dst, x)
			continue
		}
		if cap(dst)-len(dst) < most {
			dst = slices.Grow(dst, most+5*len(b))
		}
		n, to := uint(0), (*[most]byte)(dst[len(dst):len(dst)+most])
		for range 4 {
			one, two := table[byte(x)], table[byte(x>>8)]
			x >>= 16
			binary.LittleEndian.PutUint64(to[n:n+8], uint64(one))
			n += uint(one >> 56)
			binary.LittleEndian.PutUint64(to[n:n+8], uint64(two))
			n += uint(two >> 56)
		}
		dst = dst[:uint(len(dst))+n]
	}
	for _, c := range b {
		e := table[c]
		dst = binary.LittleEndian.AppendUint64(dst, uint64(e))[:uint(len(dst))+uint(e>>56)]
	}
	return dst
}
