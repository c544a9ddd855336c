package codec

import (
	"errors"
	"io"
	"iter"
)

// maxRaw is the longest raw record: longer stretches come in several.
const maxRaw = 64 << 10

// A Stream cuts one direction of a conversation into records.
//
// Bytes go in by Feed or Fill, records come out of Next until it says no;
// End says that no more bytes come. Every byte that went in is in exactly one
// record, and the records do not depend on how the bytes were cut.
//
// The unread bytes, src, are those of the last Feed, borrowed, or the end of
// the Stream's own buffer: what is left of a Feed is copied there when Next
// has said no. Of the next Feed only as much is put behind that as the frame
// wants; then the Stream goes on in what it was fed.
type Stream struct {
	d   Decoder
	dir Direction

	src  []byte // the unread bytes
	lent bool   // src is borrowed; else it is the end of own
	fed  []byte // what comes behind them: fed[used:], borrowed
	used int
	more bool // src stays good when Next says no
	own  []byte
	bufs *Buffers // where own comes from; nil when it is not shared
	base int64    // offset of src[0]

	want    int // how many bytes the frame at src[0] has at least, as far as it is known
	end     bool
	lost    *SyntaxError // why decoding stopped; nil while in step
	scanned int          // how much of src holds no place to go on
	gap     int64        // bytes missing before src
	pending int64        // bytes missing after src
}

// NewStream returns a Stream that uses d for direction dir.
func NewStream(d Decoder, dir Direction) *Stream {
	return &Stream{d: d, dir: dir}
}

// Share has the Stream take the memory that it needs from b, and give it back
// when it has no unread bytes. It is called before the first Feed.
func (s *Stream) Share(b *Buffers) { s.bufs = b }

// Offset returns the offset of the first byte that is in no record yet.
func (s *Stream) Offset() int64 { return s.base }

// Buffered returns the number of bytes that are in no record yet.
func (s *Stream) Buffered() int { return len(s.src) }

// Rest returns the bytes that are in no record yet. They are good until the
// next call of another method.
func (s *Stream) Rest() []byte { return s.src }

// InStep says whether the next byte, as far as it is known, begins a frame:
// not when the Stream looks for a place where one does.
func (s *Stream) InStep() bool { return s.lost == nil }

// Feed gives p to the Stream, which borrows it until Next returns false.
// It must not be called before Next has returned false.
func (s *Stream) Feed(p []byte) {
	if len(s.src) == 0 {
		s.src, s.lent = s.bufs.Keep(p), true
		return
	}
	s.fed, s.used = p, 0
	s.refill()
}

// minRefill is how many bytes are put behind the unread ones at least.
const minRefill = 256

// refill goes on in what was fed if the unread bytes are all of it; else it puts
// more of it behind them. It returns false when there is no more.
func (s *Stream) refill() bool {
	n, more := len(s.src), s.fed[s.used:]
	if len(more) == 0 {
		return false
	}
	if n <= s.used {
		s.src, s.lent = s.bufs.Keep(s.fed[s.used-n:]), true
		s.fed, s.used = nil, 0
		return true
	}
	more = more[:min(len(more), max(s.want-n, n, minRefill))]
	if n < len(s.fed) && s.bufs.holds() {
		s.src, s.lent = s.bufs.held.copy(s.src, more), true
	} else {
		s.extend(more)
	}
	if s.used += len(more); s.used == len(s.fed) {
		s.fed, s.used = nil, 0
	}
	return true
}

// extend puts p behind the unread bytes, in own.
func (s *Stream) extend(p []byte) {
	if s.lent || cap(s.own)-len(s.own) < len(p) || s.wasteful(len(p)) {
		s.reserve(len(p))
	}
	s.own = append(s.own, p...)
	s.src = s.own[len(s.own)-len(s.src)-len(p):]
}

// FeedRun is Feed for the next part of a run, which is run[from:]. What stands
// before it was fed last. If there is more to come, the Stream borrows the run
// until Next has returned false for its last part. FeedRun returns false when
// Next would. While records are held, run is what Buffers.Keep returned.
func (s *Stream) FeedRun(run []byte, from int, more bool) bool {
	s.more = more
	if n := len(s.src); n <= from { // all of it stands in the run
		s.src, s.lent = run[from-n:], true
	} else {
		s.Feed(run[from:])
	}
	return len(s.src) >= s.want || !more
}

// room returns how large a buffer is taken when n bytes are to stand behind the
// unread ones: for the whole frame, if that is not more than twice of it.
func (s *Stream) room(n int) int {
	n += len(s.src)
	return max(n, min(s.want, 2*n))
}

// wasteful says whether own is better given back when it is to have room for n
// bytes behind the unread ones.
func (s *Stream) wasteful(n int) bool { return s.bufs != nil && s.bufs.wasted(s.own, s.room(n)) }

// Fill reads from r once, into the Stream's own buffer. It returns what r
// said; at the end of r the caller calls End.
func (s *Stream) Fill(r io.Reader) error {
	const chunk = 128 << 10
	s.reserve(chunk)
	n, err := r.Read(s.own[len(s.own) : len(s.own)+chunk])
	s.own = s.own[:len(s.own)+n]
	s.src = s.own[len(s.own)-len(s.src)-n:]
	return err
}

// reserve makes room for n bytes behind the unread ones, in own. It moves
// them to the front when that is enough and what is there may go, and else to a
// buffer of twice the size, so that memory grows only with bytes that have
// arrived.
func (s *Stream) reserve(n int) {
	rest := len(s.src)
	inPlace := !s.lent && rest > 0 && cap(s.own)-len(s.own) >= n
	switch {
	case cap(s.own) < rest+n || s.wasteful(n) || !inPlace && s.bufs.holds():
		s.move(s.room(n))
	case !inPlace:
		s.own = s.own[:copy(s.own[:cap(s.own)], s.src)]
		s.src, s.lent = s.own, false
	}
}

// move copies the unread bytes to another buffer for n bytes.
func (s *Stream) move(n int) {
	if s.bufs == nil {
		s.own = append(make([]byte, 0, n+len(s.src)), s.src...)
	} else {
		to := append(s.bufs.get(n), s.src...)
		s.bufs.put(s.own)
		s.own = to
	}
	s.src, s.lent = s.own, false
}

// keep copies the unread bytes to own, or gives that back when there are none.
func (s *Stream) keep() {
	switch {
	case len(s.src) > 0:
		s.reserve(0)
		return
	case s.bufs != nil:
		s.bufs.put(s.own)
		s.own = nil
	}
	s.src, s.lent = nil, false
}

// Gap says that n bytes are missing after those fed so far. Like Feed it must
// not be called before Next has returned false.
func (s *Stream) Gap(n int64) { s.pending += n }

// Join says that the bytes to come do not begin at the start of a frame, or
// may not: the Stream looks for its place first.
func (s *Stream) Join() {
	s.lose(&SyntaxError{Code: CodeSkipped, Offset: s.base, Err: errors.New("joined in the middle: no frame begins here")})
}

// End says that no more bytes come.
func (s *Stream) End() { s.end = true }

// Next returns the next record. It is good until the next call of Next or
// Feed; Proto, Conn and what else a Stream does not know is left empty.
func (s *Stream) Next() (Record, bool) {
	var r Record
	ok := s.Read(&r)
	return r, ok
}

// Read is Next for those who have a Record: it sets Dir, Span, Frame, Bytes
// and Err, and leaves the rest alone.
func (s *Stream) Read(r *Record) bool {
	for {
		if s.lost != nil || s.gap > 0 || len(s.src) == 0 {
			if done, ok := s.between(r); done {
				return ok
			}
			continue
		}
		if len(s.src) < s.want && !s.atEOF() {
			if s.pause() {
				return false
			}
			continue
		}
		f, n, err := s.d.Decode(s.src, s.atEOF())
		if err == nil {
			s.take(r, n, f, nil)
			return true
		}
		if done, ok := s.failed(r, f, n, err); done {
			return ok
		}
	}
}

// between is Read where no frame comes next. Unless it is done one may then.
func (s *Stream) between(r *Record) (done, ok bool) {
	switch {
	case s.gap > 0:
		s.takeGap(r)
		return true, true
	case len(s.src) == 0 && s.pending > 0:
		s.gap, s.pending = s.pending, 0
		return false, false
	case len(s.src) == 0:
		return s.pause(), false
	case s.search(r):
		return true, true
	case s.lost != nil:
		return s.pause(), false
	}
	return false, false
}

// failed deals with what a Decoder returned that is not a frame alone. Unless
// it is done there may still be a record: of bytes that are no frame.
func (s *Stream) failed(r *Record, f Frame, n int, err error) (done, ok bool) {
	if errors.Is(err, ErrShort) {
		if !s.atEOF() {
			s.want = n
			return s.pause(), false
		}
		s.lose(&SyntaxError{Code: CodeTruncated, Offset: s.base + int64(len(s.src)), Err: s.truncation()})
		s.scanned = 1
		return false, false
	}
	fault := asFault(err, s.base)
	if n > 0 {
		s.take(r, n, f, fault)
		return true, true
	}
	s.lose(fault)
	s.scanned = 1
	return false, false
}

// atEOF says whether nothing can follow src directly: the input ends there or
// a gap begins.
func (s *Stream) atEOF() bool { return s.end || s.pending > 0 }

func (s *Stream) truncation() error {
	if s.pending > 0 {
		return errors.New("the frame is cut by a gap")
	}
	return errors.New("the frame is cut: the input ends here")
}

// pause is called when nothing more comes of the unread bytes. It ends a run of
// Read, unless there are more to go on with.
func (s *Stream) pause() (done bool) {
	if s.fed != nil && s.refill() {
		return false
	}
	if s.lent && !s.more || len(s.src) == 0 {
		s.keep()
	}
	return true
}

// search looks for a place to go on, and reads the raw record before it.
// Without a record it either has found that place at once, or wants bytes.
func (s *Stream) search(r *Record) bool {
	n, ok := s.d.Sync(s.src[s.scanned:], s.atEOF())
	s.scanned += n
	if s.atEOF() && !ok {
		s.scanned = len(s.src)
	}
	switch {
	case s.scanned >= maxRaw:
		s.raw(r, maxRaw)
		return true
	case !ok && !s.atEOF():
		return false
	case s.scanned == 0: // in step at once
		s.lost = nil
		return false
	}
	s.raw(r, s.scanned)
	s.lost = nil
	return true
}

// raw takes n bytes as a stretch that is no frame.
func (s *Stream) raw(r *Record, n int) {
	s.scanned -= n
	s.take(r, n, nil, s.lost)
	s.lost = &SyntaxError{Code: CodeSkipped, Offset: s.base, Path: s.lost.Path, Err: s.lost.Err}
}

func (s *Stream) lose(why *SyntaxError) {
	s.lost, s.scanned, s.want = why, 0, 0
	s.resume()
}

func (s *Stream) resume() {
	if d, ok := s.d.(Resumer); ok {
		d.Resume()
	}
}

// take cuts n bytes off the front.
func (s *Stream) take(r *Record, n int, f Frame, err *SyntaxError) {
	r.Dir, r.Frame, r.Err = s.dir, f, err
	r.Span = Span{s.base, s.base + int64(n)}
	r.Bytes = s.src[:n:n]
	s.src, s.want = s.src[n:], 0
	s.base += int64(n)
}

func (s *Stream) takeGap(r *Record) {
	r.Dir, r.Frame, r.Err, r.Bytes = s.dir, nil, nil, nil
	r.Span = Span{s.base, s.base + s.gap}
	s.base += s.gap
	s.gap = 0
	s.lose(&SyntaxError{Code: CodeSkipped, Offset: s.base, Err: errors.New("after a gap: no frame begins here")})
}

// asFault gives err an offset in the stream.
func asFault(err error, base int64) *SyntaxError {
	if e, ok := errors.AsType[*SyntaxError](err); ok {
		f := *e
		f.Offset += base
		return &f
	}
	return &SyntaxError{Code: CodeSyntax, Offset: base, Err: err}
}

// Records cuts all of r with s. It ends with an error only when r fails; the
// records of what came before have been given by then. A record is good until
// the next one is asked for.
func Records(r io.Reader, s *Stream) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		var rec Record
		for {
			rerr := s.Fill(r)
			if rerr != nil {
				s.End()
			}
			for s.Read(&rec) {
				if !yield(&rec, nil) {
					return
				}
			}
			if rerr != nil {
				if !errors.Is(rerr, io.EOF) {
					yield(nil, rerr)
				}
				return
			}
		}
	}
}
