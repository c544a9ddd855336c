package codec

import (
	"io"
	"math/bits"
)

// Buffers are memory that Streams of one goroutine share, each of which wants
// it only while it waits for the rest of a frame. Without it each of many
// conversations holds on to as much as its largest frame took.
//
// The zero value is ready to be used. The sizes are 2, 3, 4, 6, 8, 12 KiB and
// so on, so that a Stream that grows does not copy its bytes over and over, and
// little is left over. Besides what is in use, an eighth of that is kept.
type Buffers struct {
	free  [bufferSizes][][]byte
	spare int // bytes in free
	lent  int // bytes that Streams have, or a Held
	held  *Held
}

const (
	minBufferBits = 11 // 2 KiB: a packet and some
	bufferSizes   = 20 // up to 1.5 MiB; what is larger is not shared
	minSpare      = 256 << 10
	roomy         = 1 << 20 // up to here a Stream may keep a buffer that is too large
)

func bufferSize(class int) int { return (2 + class&1) << (minBufferBits - 1 + class/2) }

// bufferClass returns the class of the smallest buffers for n bytes.
func bufferClass(n int) int {
	if n <= 1<<minBufferBits {
		return 0
	}
	k := bits.Len(uint(n-1)) - 1 - minBufferBits // more than 2^k units, 2^(k+1) at most
	if n <= 3<<(minBufferBits-1+k) {
		return 2*k + 1
	}
	return 2*k + 2
}

// get returns an empty buffer for n bytes.
func (b *Buffers) get(n int) []byte {
	class := bufferClass(n)
	if class >= bufferSizes {
		return make([]byte, 0, n)
	}
	for near := class; near < min(class+3, bufferSizes); near++ {
		if k := len(b.free[near]); k > 0 {
			p := b.free[near][k-1]
			b.free[near] = b.free[near][:k-1]
			b.spare -= cap(p)
			b.lent += cap(p)
			return p
		}
	}
	b.lent += bufferSize(class)
	return make([]byte, 0, bufferSize(class))
}

// put takes a buffer that get returned, or nil.
func (b *Buffers) put(p []byte) {
	class := bufferClass(cap(p))
	if class >= bufferSizes || cap(p) != bufferSize(class) {
		return
	}
	if b.held != nil {
		b.held.buffers = append(b.held.buffers, p)
		return
	}
	b.lent -= cap(p)
	if b.spare+cap(p) > minSpare+b.lent/8 {
		return
	}
	b.free[class] = append(b.free[class], p[:0])
	b.spare += cap(p)
}

// wasted says whether p is better given back by who wants n bytes of it.
func (b *Buffers) wasted(p []byte, n int) bool {
	return b.lent > roomy && tooLarge(p, n)
}

// tooLarge stands by itself so that wasted is inlined: mostly little is lent.
func tooLarge(p []byte, n int) bool { return bufferClass(cap(p)) > bufferClass(n)+1 }

// Held is the memory of records that are looked at while their Streams read on.
// The zero value is empty.
type Held struct {
	buffers [][]byte // that Streams are done with
	copies  []byte   // of what was lent, and what Read read
}

// keptCopies is how much memory for copies is kept to be used again, unless a
// quarter of it was used.
const keptCopies = 1 << 20

// Hold has h keep the bytes of all records that Streams read from now on, until
// the next Hold: then Streams overwrite nothing, give nothing back, and copy
// what they are lent. Those that h kept before, and those before them, are
// needed no more. After Hold(nil) records are good as long as [Stream.Next] says.
func (b *Buffers) Hold(h *Held) {
	b.held = nil
	if h == nil {
		return
	}
	for i, p := range h.buffers {
		b.put(p)
		h.buffers[i] = nil
	}
	h.buffers = h.buffers[:0]
	if cap(h.copies) > max(keptCopies, 4*len(h.copies)) {
		h.copies = nil
	}
	h.copies = h.copies[:0]
	b.held = h
}

// holds says whether records are to be good for longer.
func (b *Buffers) holds() bool { return b != nil && b.held != nil }

// Keep returns p, or, if records are to be good for longer, bytes that are: a
// copy, unless p is some of what [Held.Read] read.
func (b *Buffers) Keep(p []byte) []byte {
	if !b.holds() || b.held.has(p) {
		return p
	}
	return b.held.copy(nil, p)
}

// Read reads from r once, size bytes at most, into memory of h. That is good for as
// long as h keeps what it holds.
func (h *Held) Read(r io.Reader, size int) ([]byte, error) {
	at := h.room(size)
	n, err := r.Read(h.copies[at : at+size])
	h.copies = h.copies[:at+n]
	return h.copies[at:], err
}

// copy returns a copy of p and q, one behind the other.
func (h *Held) copy(p, q []byte) []byte {
	at := h.room(len(p) + len(q))
	h.copies = append(append(h.copies, p...), q...)
	return h.copies[at:len(h.copies):len(h.copies)]
}

// room sees to it that there is room for n bytes more, and returns where. Earlier
// ones stay where they are.
func (h *Held) room(n int) (at int) {
	if cap(h.copies)-len(h.copies) < n {
		h.copies = make([]byte, 0, 2*cap(h.copies)+n)
	}
	return len(h.copies)
}

// has says whether p is a part of what Read returned: its capacity ends where that
// of the memory does.
func (h *Held) has(p []byte) bool {
	n, all := cap(p), cap(h.copies)
	return n > 0 && n <= all && &p[:n][n-1] == &h.copies[:all][all-1]
}
