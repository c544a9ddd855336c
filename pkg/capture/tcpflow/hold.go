package tcpflow

import (
	"math/bits"
	"time"
)

// hold files a segment that came before its turn. Where it overlaps what is
// held already, the earlier bytes stay.
func (h *half) hold(seq uint32, data []byte, cut int, t time.Time) {
	if len(h.held) == 0 {
		h.since, h.passed = 0, 0
	}
	// Most segments go to the end.
	i := len(h.held)
	for i > 0 && before(seq, h.held[i-1].end()) {
		i--
	}
	for len(data)+cut > 0 {
		if i == len(h.held) {
			h.insert(i, seq, data, cut, t)
			return
		}
		p := &h.held[i]
		if before(seq, p.seq) { // the part before p is new
			n := int(p.seq - seq)
			if n >= len(data)+cut {
				h.insert(i, seq, data, cut, t)
				return
			}
			d, c := head(data, cut, n)
			h.insert(i, seq, d, c, t)
			data, cut = tail(data, cut, n)
			seq += uint32(n)
			i++
			p = &h.held[i]
		}
		// Now seq is within p: skip what p has.
		n := min(int(p.end()-seq), len(data)+cut)
		h.compareHeld(p, seq, data[:min(n, len(data))], t)
		data, cut = tail(data, cut, n)
		seq += uint32(n)
		i++
	}
}

// head returns the first n bytes of a segment of which cut were not captured.
func head(data []byte, cut, n int) ([]byte, int) {
	if n <= len(data) {
		return data[:n], 0
	}
	return data, min(cut, n-len(data))
}

// tail returns what head leaves.
func tail(data []byte, cut, n int) ([]byte, int) {
	if n <= len(data) {
		return data[n:], cut
	}
	return nil, cut - (n - len(data))
}

func (h *half) insert(i int, seq uint32, data []byte, cut int, t time.Time) {
	own := h.flow.asm.alloc(data)
	h.bytes += len(own)
	h.held = append(h.held, piece{})
	copy(h.held[i+1:], h.held[i:])
	h.held[i] = piece{seq, own, cut, t}
}

// compareHeld notes bytes that are held already.
func (h *half) compareHeld(p *piece, seq uint32, data []byte, t time.Time) {
	h.side.Resent += int64(len(data))
	at := min(int(seq-p.seq), len(p.data))
	if n := countDiffering(p.data[at:], data); n > 0 {
		h.differing(n, t)
	}
}

func countDiffering(a, b []byte) int {
	n := min(len(a), len(b))
	if string(a[:n]) == string(b[:n]) {
		return 0
	}
	c := 0
	for i := range n {
		if a[i] != b[i] {
			c++
		}
	}
	return c
}

// historySize is how many of a direction's latest bytes are kept to be
// compared with bytes that are sent again.
const historySize = 8 << 10

// maxHistory bounds the histories of all conversations: bytes beyond it are
// not compared.
const maxHistory = 16 << 20

// A history is the end of what a direction has given out: byte i of the
// direction stands at i modulo historySize. The memory grows with the bytes.
type history struct {
	ring  []byte
	total int64 // bytes given out, with gaps
	known int64 // bytes before this offset are not to be compared
}

// growth returns how much memory n more bytes will take.
func (p *history) growth(n int) int {
	if len(p.ring) == historySize {
		return 0
	}
	skip := max(0, n-historySize)
	at := int((p.total + int64(skip)) % historySize)
	return max(0, min(at+n-skip, historySize)-len(p.ring))
}

func (p *history) add(b []byte) {
	if over := len(b) - historySize; over > 0 {
		b = b[over:]
		p.total += int64(over)
	}
	at := int(p.total % historySize)
	if need := min(at+len(b), historySize); len(p.ring) < need {
		if cap(p.ring) < need {
			p.ring = append(make([]byte, 0, max(2<<10, 1<<bits.Len(uint(need-1)))), p.ring...)
		}
		p.ring = p.ring[:need]
	}
	p.put(at, b)
	p.total += int64(len(b))
}

func (p *history) put(at int, b []byte) {
	n := copy(p.ring[at:], b)
	copy(p.ring, b[n:])
}

// settle puts b into its place, at, unless later bytes will stand there or the
// conversation is over.
func (p *history) settle(at int64, b []byte) {
	skip := max(0, p.total-historySize-at)
	if skip < int64(len(b)) && len(p.ring) == historySize {
		p.put(int((at+skip)%historySize), b[skip:])
	}
}

func (p *history) gap(n int) {
	p.total += int64(n)
	p.known = p.total
}

// differs counts the bytes of b that are not what was given out. at is where
// b begins, counted back from the end: negative.
func (p *history) differs(at int64, b []byte) int {
	from := p.total + at
	if skip := max(p.known, p.total-historySize) - from; skip > 0 {
		if skip >= int64(len(b)) {
			return 0
		}
		from, b = from+skip, b[skip:]
	}
	if end := p.total - from; int64(len(b)) > end {
		b = b[:end]
	}
	c := 0
	for len(b) > 0 && from >= 0 {
		at := int(from % historySize)
		if at >= len(p.ring) {
			break
		}
		n := min(len(b), len(p.ring)-at)
		c += countDiffering(p.ring[at:at+n], b[:n])
		b, from = b[n:], from+int64(n)
	}
	return c
}
