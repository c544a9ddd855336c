package http1

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A state is what a side waits for.
type state uint8

const (
	inHead    state = iota // a head, or the blank lines before one
	inLength               // the body, of known length
	inClose                // the body, to the end of the connection
	inSize                 // a chunk's size
	inChunk                // a chunk's bytes
	inChunkNL              // the line break behind a chunk
	inTrailer              // the trailer of chunks
	inGuess                // a body of which it is not known whether it has chunks
	lost                   // the next head, wherever it is
	foreign                // something that is not HTTP, to the end
)

// A side is one direction.
type side struct {
	c     *Conversation
	dir   codec.Direction
	state state
	why   string // of lost and foreign

	buf     []byte // of a head, size or trailer that is not whole
	look    int    // without a line break in between, buf is looked at again at this length
	inLine  bool   // of lost: buf does not begin with a line
	midHead bool   // of lost: buf may begin within a head
	cut     *Head  // of lost: the front of that head, if it is known
	offset  int64  // of the next byte that is in no part and not in buf

	head     *Head
	exchange int
	body     int64 // bytes of the body so far
	left     int64 // bytes of the body, or chunk, to come
}

func (s *side) emit(p Part) {
	p.Dir = s.dir
	switch p.Kind {
	case SkipPart, LossPart:
	default:
		p.Head, p.Exchange = s.head, s.exchange
	}
	s.c.parts = append(s.c.parts, p)
}

func (s *side) feed(b []byte) {
	for len(b) > 0 {
		b = s.step(b)
	}
}

// step takes some of b, which is not empty, and returns the rest.
func (s *side) step(b []byte) []byte {
	if s.c.tunnel && s.state == inHead {
		s.state, s.why = foreign, "the connection was switched to another protocol"
	}
	switch s.state {
	case inHead:
		return s.headBytes(b)
	case lost:
		return s.seek(b)
	case foreign:
		s.skip(b, s.why)
		return nil
	case inGuess:
		s.guess(b)
		return nil
	case inClose:
		s.bodyBytes(b)
		return nil
	case inLength, inChunk:
		n := int(min(int64(len(b)), s.left))
		if n > 0 {
			s.bodyBytes(b[:n])
		}
		if s.left -= int64(n); s.left == 0 {
			if s.state == inLength {
				s.finish("")
			} else {
				s.state = inChunkNL
			}
		}
		return b[n:]
	}
	return s.line(b)
}

func (s *side) bodyBytes(b []byte) {
	s.emit(Part{Kind: BodyPart, Data: b, Offset: s.body})
	s.body += int64(len(b))
	s.offset += int64(len(b))
}

func (s *side) skip(b []byte, why string) {
	if len(b) > 0 {
		s.emit(Part{Kind: SkipPart, Data: b, Offset: s.offset, Why: why})
		s.offset += int64(len(b))
	}
}

// lose gives up the message at hand: the next head is to be found.
func (s *side) lose(why string) { s.state, s.why, s.inLine, s.midHead = lost, why, false, false }

// finish ends the message at hand; why says what is wrong, if anything.
func (s *side) finish(why string) {
	s.emit(Part{Kind: EndPart, Offset: s.offset, Why: why})
	s.head, s.body, s.left = nil, 0, 0
	s.state = inHead
}

// maxLine is the longest line of a chunk's size with its extensions, and of
// a trailer.
const maxLine = 8 << 10

// line takes bytes of a chunk's size, of the line break behind a chunk, or of
// the trailer.
func (s *side) line(b []byte) []byte {
	i := bytes.IndexByte(b, '\n')
	n := i + 1
	if i < 0 {
		n = len(b)
	}
	s.buf = append(s.buf, b[:n]...)
	if len(s.buf) > maxLine {
		s.broken("a line of the chunks' framing is too long")
		s.inLine = i < 0
		return b[n:]
	}
	if i < 0 {
		return nil
	}
	line := bytes.TrimRight(s.buf, "\r\n")
	switch s.state {
	case inChunkNL:
		if len(line) > 0 {
			s.broken(fmt.Sprintf("a chunk is not followed by a line break, but by %.20q", line))
			return b[n:]
		}
		s.state = inSize
	case inSize:
		size, ok := chunkSize(line)
		if !ok {
			s.broken(fmt.Sprintf("%.20q is no chunk size", line))
			return b[n:]
		}
		s.left, s.state = size, inChunk
		if size == 0 {
			s.state = inTrailer
		}
	default:
		if len(line) == 0 {
			s.taken()
			s.finish("")
			return b[n:]
		}
	}
	s.taken()
	return b[n:]
}

// settle looks at bytes that have not been looked at since they came.
func (s *side) settle() {
	if s.state == lost && len(s.buf) > 0 {
		s.look = 0
		s.seek(nil)
	}
	if s.state == inGuess {
		s.guessed(inClose)
	}
	if s.state == inHead && len(s.buf) > 0 && Probe(s.dir, s.buf) == No {
		s.notHTTP("it does not begin as a head does")
	}
}

// notHTTP gives out buf, and all that is to come, as something else.
func (s *side) notHTTP(why string) {
	s.skip(s.buf, "not HTTP: "+why)
	s.buf = s.buf[:0:0] // what was given out is not written to again
	s.state, s.why = foreign, "not HTTP"
}

// taken drops buf, which is understood.
func (s *side) taken() {
	s.offset += int64(len(s.buf))
	s.buf = s.buf[:0]
}

// broken ends the message at hand within the framing of its chunks; what
// stands there is skipped.
func (s *side) broken(why string) {
	s.finish(why)
	s.skip(s.buf, why)
	s.buf = s.buf[:0:0]
	s.lose(why)
}

// chunkSize reads a chunk's size; extensions are passed over.
func chunkSize(line []byte) (int64, bool) {
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		line = line[:i]
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 || len(line) > 15 {
		return 0, false
	}
	var n int64
	for _, c := range line {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int64(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | int64(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// gap takes the news that n bytes are missing.
func (s *side) gap(n int64) {
	const why = "bytes are missing in the capture"
	s.settle()
	switch s.state {
	case inClose:
		s.bodyGap(n)
		return
	case inLength, inChunk:
		k := min(n, s.left)
		s.bodyGap(k)
		s.left -= k
		n -= k
		if s.left == 0 && s.state == inChunk {
			s.state = inChunkNL
		} else if s.left == 0 {
			s.finish("")
		}
		if n == 0 {
			return
		}
	case foreign:
		s.loss(n)
		return
	}
	switch s.state {
	case inSize, inChunkNL, inTrailer:
		s.finish(why)
	case inHead:
		s.keepCut()
	case lost:
		s.cut = nil
	}
	s.skip(s.buf, why)
	s.buf = s.buf[:0:0]
	s.loss(n)
	s.lose(why)
	s.midHead = true
}

func (s *side) bodyGap(n int64) {
	if n > 0 {
		s.emit(Part{Kind: GapPart, Gap: n, Offset: s.body})
		s.body += n
		s.offset += n
	}
}

func (s *side) loss(n int64) {
	s.emit(Part{Kind: LossPart, Gap: n, Offset: s.offset, Why: "bytes are missing in the capture"})
	s.offset += n
}

// end takes the news that no more bytes come.
func (s *side) end() {
	s.settle()
	switch s.state {
	case inClose:
		s.finish("")
	case inLength:
		s.finish(fmt.Sprintf("the body ends after %d bytes, %d are missing", s.body, s.left))
	case inChunk:
		s.finish(fmt.Sprintf("the body ends inside a chunk: %d bytes of it are missing", s.left))
	case inSize, inChunkNL, inTrailer:
		s.finish("the body ends between chunks, without the last one")
	}
	why := s.why
	if s.state == inHead {
		why = "a head without its end"
	}
	s.skip(s.buf, why)
	s.buf = s.buf[:0:0]
	s.state, s.why = foreign, "after the end"
}
