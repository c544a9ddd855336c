package tap

import (
	"bytes"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/live"
)

// An editor decodes what passes on a connection before it passes, and says by
// the Rules what does. The goroutines of both directions call it.
type editor struct {
	p *Proxy
	n int

	mu    sync.Mutex
	conv  codec.Conversation
	sides [2]editedSide
	join  *decode.Joiner
	seq   int
}

// An editedSide is one direction.
type editedSide struct {
	stream *codec.Stream
	ruling *ruling
	passed int64 // offset up to which bytes have passed, or have been dropped
	out    []piece
}

func newEditor(p *Proxy, n int, server capture.Endpoint) *editor {
	o := p.Decode.Codec
	if server.Addr.IsValid() {
		o.ServerPort = server.Addr.Port()
	}
	e := &editor{p: p, n: n, join: decode.NewJoiner()}
	e.conv, _ = p.Rules.proto.Open(o) // which NewSession has tried
	for i, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
		e.sides[i].stream = codec.NewStream(e.conv.Decoder(dir), dir)
		e.sides[i].ruling = p.Rules.on(n, dir)
	}
	return e
}

// take takes what was read and returns what passes of it now; waits says that
// something is held back that is part of a frame. The pieces are good until
// the next call for this direction.
func (e *editor) take(dir codec.Direction, b []byte) (out []piece, waits bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := e.p.now()
	e.p.tell(func(s *Summary) { s.Bytes[side(dir)] += int64(len(b)) }, func(o live.Observer) { o.Passed(e.n, dir, at, b) })
	s := &e.sides[side(dir)]
	s.out = s.out[:0]
	s.stream.Feed(b)
	e.records(s, at)
	if !s.stream.InStep() {
		s.release() // what is no frame is none that a rule could be about
	}
	return s.out, s.stream.Offset()+int64(s.stream.Buffered()) > s.passed
}

// letGo returns what is held back of a direction: it was held long enough.
func (e *editor) letGo(dir codec.Direction) []piece {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := &e.sides[side(dir)]
	s.out = s.out[:0]
	s.release()
	return s.out
}

// end returns what is held back at the end of a direction.
func (e *editor) end(dir codec.Direction) []piece {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := &e.sides[side(dir)]
	s.out = s.out[:0]
	s.stream.End()
	e.records(s, e.p.now())
	return s.out
}

// release has all pass that is in no record yet.
func (s *editedSide) release() {
	s.pass(s.stream.Offset(), s.stream.Rest())
}

// pass has bytes pass as they are, but for those that have passed already.
func (s *editedSide) pass(start int64, b []byte) {
	if skip := s.passed - start; skip > 0 {
		b = b[min(skip, int64(len(b))):]
		start = s.passed
	}
	if len(b) > 0 {
		s.put(piece{bytes: b})
	}
	s.passed = max(s.passed, start+int64(len(b)))
}

// put adds a copy of a piece to what passes now: to the last one if nothing
// is to come between them, so that they are written together.
func (s *editedSide) put(p piece) {
	if n := len(s.out); n > 0 && p.wait == 0 && !p.apart && !s.out[n-1].close {
		last := &s.out[n-1]
		last.bytes, last.close = append(last.bytes, p.bytes...), p.close
		return
	}
	p.bytes = bytes.Clone(p.bytes)
	s.out = append(s.out, p)
}

// records tells of the records that are ready, and applies the rules.
func (e *editor) records(s *editedSide, at time.Time) {
	var r codec.Record
	for s.stream.Read(&r) {
		r.Proto, r.Conn, r.Seq, r.Time = e.p.Rules.proto.Info().Name, e.n, e.seq, at
		r.Dialect, _ = e.conv.Dialect()
		e.seq++
		e.p.record(&r)
		joined := e.join.Add(&r, decode.LinkOf(&r))
		if r.Frame == nil || r.Err != nil || r.Span.Start < s.passed {
			s.pass(r.Span.Start, r.Bytes)
			continue
		}
		env := filter.NewFor(&r, e.p.Rules.conditions...)
		env.Join(&joined)
		pieces, notes := s.ruling.apply(&r, env)
		for _, one := range pieces {
			s.put(one)
		}
		s.passed = r.Span.End
		for _, text := range notes {
			e.p.note(e.n, text)
		}
	}
}
