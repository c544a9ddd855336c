package codec

import "math/bits"

// Buffers are memory that Streams of one goroutine share, each of which wants
// it only while it waits for the rest of a frame. Without it each of many
// conversations holds on to as much as its largest frame took.
//
// The zero value is ready to be used. Buffers are of powers of two; as many
// are kept as fit in maxSpare.
type Buffers struct {
	free  [maxBufferBits + 1][][]byte
	spare int // bytes in free
	lent  int // bytes that Streams have
}

const (
	minBufferBits = 11 // 2 KiB: a packet and some
	maxBufferBits = 20 // what is larger is not shared
	maxSpare      = 4 << 20
	roomy         = 1 << 20 // up to here a Stream may keep a buffer that is too large
)

// get returns an empty buffer for n bytes.
func (b *Buffers) get(n int) []byte {
	class := max(bits.Len(uint(n-1)), minBufferBits)
	if class > maxBufferBits {
		return make([]byte, 0, n)
	}
	b.lent += 1 << class
	k := len(b.free[class])
	if k == 0 {
		return make([]byte, 0, 1<<class)
	}
	p := b.free[class][k-1]
	b.free[class] = b.free[class][:k-1]
	b.spare -= 1 << class
	return p
}

// put takes a buffer that get returned, or nil.
func (b *Buffers) put(p []byte) {
	class := bits.Len(uint(cap(p))) - 1
	if class < minBufferBits || class > maxBufferBits || cap(p) != 1<<class {
		return
	}
	b.lent -= 1 << class
	if b.spare+cap(p) > maxSpare {
		return
	}
	b.free[class] = append(b.free[class], p[:0])
	b.spare += 1 << class
}

// wasted says whether p is better given back by who wants n bytes of it.
func (b *Buffers) wasted(p []byte, n int) bool {
	return b.lent > roomy && cap(p) > 1<<minBufferBits && cap(p) > 4*n
}
