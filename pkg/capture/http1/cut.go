package http1

import (
	"bytes"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// probeCut judges whether src begins in the middle of a head: with the rest
// of a line, then header fields up to a blank line. On Yes it returns the
// length with the blank line.
func probeCut(src []byte) (Verdict, int) {
	for at, first := 0, true; ; first = false {
		i := bytes.IndexByte(src[at:], '\n')
		line := src[at:]
		if i >= 0 {
			line = src[at : at+i]
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		for _, c := range line {
			if c < ' ' && c != '\t' || c > '~' {
				return No, 0
			}
		}
		switch {
		case i < 0 && len(src) > MaxHead:
			return No, 0
		case i < 0:
			return Maybe, 0
		case first && len(line) == 0:
			if v, n := afterBreak(src[at+i+1:]); v != No {
				return v, at + i + 1 + n
			}
		case len(line) == 0:
			return Yes, at + i + 1
		case !first && !isField(line):
			return No, 0
		}
		at += i + 1
	}
}

// afterBreak judges a line break at the very front, before src: it is that of
// a line which the gap took, or the blank line. It returns No when fields
// follow, and how many bytes more belong to the head.
func afterBreak(src []byte) (Verdict, int) {
	if len(src) < 2 {
		return Maybe, 0
	}
	line, _, whole := bytes.Cut(src, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case whole && len(line) == 0:
		return Yes, bytes.IndexByte(src, '\n') + 1
	case whole && isField(line) && bytes.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) < 0:
		return No, 0
	case !whole && len(src) < maxLine && bytes.IndexFunc(src, func(r rune) bool { return r < ' ' && r != '\r' || r > '~' }) < 0:
		return Maybe, 0
	}
	return Yes, 0
}

// isField reports whether line is a header field or the fold of one.
func isField(line []byte) bool {
	if line[0] == ' ' || line[0] == '\t' {
		return true
	}
	i := bytes.IndexByte(line, ':')
	return i > 0 && !bytes.ContainsAny(line[:i], " \t")
}

// keepCut remembers of a head that a gap cuts what was there before the gap.
func (s *side) keepCut() {
	s.cut = nil
	if i := bytes.LastIndexByte(s.buf, '\n'); i >= 0 {
		s.cut = parseHead(s.dir, bytes.TrimLeft(s.buf[:i+1], "\r\n"))
	}
}

// restOfHead makes a head of the fields in b and of what there was before
// the gap. It returns nil if that does not say what the body is.
func (s *side) restOfHead(b []byte) *Head {
	h := &Head{Length: -1}
	if s.cut != nil {
		*h = *s.cut
	}
	for i, line := range strings.Split(strings.TrimRight(string(b), "\r\n"), "\n") {
		line = strings.TrimRight(line, "\r")
		name, value, ok := strings.Cut(line, ":")
		if ok && (i > 0 || !strings.ContainsAny(name, " \t")) {
			h.Fields = append(h.Fields, Field{name, strings.TrimSpace(value)})
		}
	}
	h.framing()
	h.cut = true
	if h.MediaType == "" && h.Length < 0 && !h.Chunked {
		return nil
	}
	return h
}

// guess takes the first bytes of a body whose head was cut: a line with a
// chunk's size tells that it has chunks.
func (s *side) guess(b []byte) {
	const enough = 18 // a size of 16 digits and its line break
	s.buf = append(s.buf, b...)
	line, _, whole := bytes.Cut(s.buf, []byte("\n"))
	size, ok := chunkSize(line)
	switch v := probe(s.dir, s.buf); {
	case whole && ok && size > 0:
		s.guessed(inSize)
	case v == Yes:
		s.guessed(inHead)
	case v == No && (whole || len(s.buf) >= enough), len(s.buf) > MaxHead:
		s.guessed(inClose)
	}
}

// guessed goes on with the bytes kept so far. A request has no body of unknown
// length: what is there is passed over.
func (s *side) guessed(next state) {
	s.state = next
	b := s.buf
	switch {
	case next == inHead:
		s.finish("")
	case next == inClose && s.dir == codec.ToServer:
		const why = "the gap took what says how long the body is"
		s.finish(why)
		s.lose(why)
	}
	s.buf = nil
	s.feed(b)
}
