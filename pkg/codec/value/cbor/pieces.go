package cbor

import "github.com/wirectl/wirectl/pkg/codec"

// Pieces tell where bytes that were put together came from: the content of
// one message, cut over several frames.
//
//	content    0 ........ 40 ......... 70 ... 75
//	stream     [1008,1048)   [2056,2086)  [2094,2099)
//
// The zero value holds nothing.
type Pieces struct{ list []piece }

type piece struct {
	at     int        // where in the content
	span   codec.Span // where in the stream
	packed bool       // span holds the bytes in another form, such as compressed
}

// Add says that the next n bytes of the content stand at a place of the
// stream. When packed, they stand there in some other form, and every one of
// them counts as the whole of it.
func (p *Pieces) Add(at, n int, span codec.Span, packed bool) {
	if n == 0 {
		return
	}
	if last := len(p.list) - 1; last >= 0 && !packed && !p.list[last].packed && p.list[last].span.End == span.Start {
		p.list[last].span.End = span.End
		return
	}
	p.list = append(p.list, piece{at, span, packed})
}

// Reset forgets everything.
func (p *Pieces) Reset() { p.list = p.list[:0] }

// Drop forgets the first n bytes of the content: what stood at n stands at 0
// afterwards.
func (p *Pieces) Drop(n int) {
	keep := p.list[:0]
	for i, s := range p.list {
		end := -1
		if i+1 < len(p.list) {
			end = p.list[i+1].at
		}
		if end >= 0 && end <= n {
			continue
		}
		if s.at < n {
			if !s.packed {
				s.span.Start += int64(n - s.at)
			}
			s.at = n
		}
		s.at -= n
		keep = append(keep, s)
	}
	p.list = keep
}

// Spans appends where in the stream the bytes from start to end of the
// content stand.
func (p *Pieces) Spans(dst []codec.Span, start, end int) []codec.Span {
	for i, s := range p.list {
		next := end
		if i+1 < len(p.list) {
			next = p.list[i+1].at
		}
		from, to := max(start, s.at), min(end, next)
		if from >= to {
			continue
		}
		if s.packed {
			dst = append(dst, s.span)
			continue
		}
		first := s.span.Start + int64(from-s.at)
		dst = append(dst, codec.Span{Start: first, End: first + int64(to-from)})
	}
	return dst
}

// Clone returns a copy.
func (p *Pieces) Clone() Pieces { return Pieces{list: append([]piece(nil), p.list...)} }
