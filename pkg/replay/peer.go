package replay

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// A peer is one connection, or one exchange of HTTP.
type peer struct {
	conn     int
	exchange int
	where    string // the address
	now      func() time.Time
	wake     chan struct{} // that something has come, of all peers
	limit    int64
	client   codec.Direction // what we send

	rw    io.ReadWriteCloser // nil for HTTP
	duty  *duty              // nil for none
	write sync.Mutex
	web   *request // of HTTP

	mu     sync.Mutex
	room   *sync.Cond
	conv   codec.Conversation
	in     *codec.Stream
	proto  string
	got    []arrival
	held   int64
	closed bool  // by us
	end    error // of what comes; nil while there may be more
	endAt  time.Time
	opened time.Time
	sent   time.Time // the last frame; zero for none
	came   time.Time // likewise
	count  int       // records that came

	// Of the goroutine that runs the session.
	optional []*session.Expect // that may come before what is awaited next
	gap      bool              // anything may come before it
	left     []arrival         // what nobody awaited
}

// An arrival is a record that came.
type arrival struct {
	rec *codec.Record
	at  time.Time
}

// attach gives the peer what it decodes with.
func (p *peer) attach(proto codec.Protocol, o codec.Options) error {
	conv, err := proto.Open(o)
	if err != nil {
		return err
	}
	p.conv, p.proto = conv, proto.Info().Name
	theirs := p.client.Reverse()
	p.in = codec.NewStream(conv.Decoder(theirs), theirs)
	p.room = sync.NewCond(&p.mu)
	return nil
}

// read reads until the end. It waits while too much is unread.
func (p *peer) read(r io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		p.mu.Lock()
		for p.held > p.limit && !p.closed {
			p.room.Wait()
		}
		p.mu.Unlock()
		n, err := r.Read(buf)
		var out []byte
		p.mu.Lock()
		p.in.Feed(buf[:n])
		out = p.take(out)
		if err != nil {
			p.in.End()
			out = p.take(out)
			if p.closed {
				err = io.EOF
			}
			p.end, p.endAt = err, p.now()
			if p.duty != nil {
				p.duty.stop()
			}
		}
		p.mu.Unlock()
		if len(out) > 0 {
			_ = p.put(out) // that the connection is lost shows when it is read
		}
		p.signal()
		if err != nil {
			return
		}
	}
}

// take keeps the records that are there, and returns what the duties answer.
func (p *peer) take(out []byte) []byte {
	var r codec.Record
	for p.in.Read(&r) {
		at := p.now()
		p.came = at
		p.count++
		rec := r
		rec.Proto, rec.Conn, rec.Exchange, rec.Time, rec.Seq = p.proto, p.conn, p.exchange, at, p.count-1
		rec.Dialect, _ = p.conv.Dialect()
		rec.Bytes = slices.Clone(r.Bytes)
		if r.Frame != nil {
			rec.Frame = r.Frame.Clone()
		}
		if p.duty != nil {
			answer, mine := p.duty.received(at, &rec)
			out = append(out, answer...)
			if mine {
				continue
			}
		}
		p.got = append(p.got, arrival{&rec, at})
		p.held += int64(len(rec.Bytes))
	}
	return out
}

func (p *peer) signal() {
	select {
	case p.wake <- struct{}{}:
	default: // it is known
	}
}

// first returns the first record that has come and is not taken yet.
func (p *peer) first() (a arrival, ok bool, end error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) == 0 {
		return a, false, p.end
	}
	return p.got[0], true, nil
}

// drop takes the first record away.
func (p *peer) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held -= int64(len(p.got[0].rec.Bytes))
	p.got[0] = arrival{}
	p.got = p.got[1:]
	p.room.Broadcast()
}

// clear takes all records away.
func (p *peer) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.held = nil, 0
	p.room.Broadcast()
}

// hear has the conversation learn of a frame of ours that is about to go out.
// It returns when the one before was sent.
func (p *peer) hear(f codec.Frame) (before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.sent = p.sent, p.now()
	if h, ok := p.conv.(codec.Hearer); ok && f != nil {
		h.Hear(p.client, f)
	}
	return before
}

// unsent notes that the frame did not go out.
func (p *peer) unsent(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = before
}

// put writes.
func (p *peer) put(b []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	_, err := p.rw.Write(b)
	return err
}

// putIn writes, in a time.
func (p *peer) putIn(b []byte, d time.Duration) error {
	var late sync.Once
	timedOut := false
	t := time.AfterFunc(d, func() {
		late.Do(func() {
			timedOut = true
			_ = p.rw.Close()
		})
	})
	err := p.put(b)
	t.Stop()
	late.Do(func() {})
	if timedOut {
		return errNotRead
	}
	return err
}

var errNotRead = errors.New("the peer does not read")

// finish ends our direction.
func (p *peer) finish() error {
	if p.rw == nil {
		return nil
	}
	if half, ok := p.rw.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// close ends the connection.
func (p *peer) close() {
	p.mu.Lock()
	p.closed = true
	p.room.Broadcast()
	if p.duty != nil {
		p.duty.stop()
	}
	p.mu.Unlock()
	if p.rw != nil {
		_ = p.rw.Close() // all that counts has been said
	}
	if p.web != nil {
		p.web.cancel()
	}
}

// times returns when the connection was made, and when something was last
// sent and received.
func (p *peer) times() (opened, sent, came time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened, p.sent, p.came
}
