package replay

import (
	"context"
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

	rw   io.ReadWriteCloser // nil for HTTP
	out  *outbox            // likewise
	duty *duty              // nil for none
	web  *request           // of HTTP

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
	silent   bool              // nothing came that was awaited, and nothing was sent since
	finished bool              // our direction has ended
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
		p.mu.Lock()
		p.in.Feed(buf[:n])
		p.take()
		if err != nil {
			p.in.End()
			p.take()
			if p.closed {
				err = io.EOF
			}
			p.end, p.endAt = err, p.now()
			if p.duty != nil {
				p.duty.stop()
			}
		}
		p.mu.Unlock()
		p.signal()
		if err != nil {
			return
		}
	}
}

// take keeps the records that are there, and has the duty answer.
func (p *peer) take() {
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
		if p.duty != nil && p.duty.received(at, &rec) {
			continue
		}
		p.got = append(p.got, arrival{&rec, at})
		p.held += int64(len(rec.Bytes))
	}
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

// send queues bytes of ours, and has the conversation learn of their frame. It
// returns when the one before was sent.
func (p *peer) send(f codec.Frame, b []byte) (before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.sent = p.sent, p.now()
	if h, ok := p.conv.(codec.Hearer); ok && f != nil {
		h.Hear(p.client, f)
	}
	if p.out != nil {
		p.out.add(b)
	}
	return before
}

// unsent notes that the frame did not go out.
func (p *peer) unsent(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = before
}

// flush waits until what was sent is written. What is not in time is the end
// of the connection.
func (p *peer) flush(ctx context.Context, d time.Duration) error {
	return p.out.flush(ctx, d, func() { _ = p.rw.Close() })
}

// finish ends our direction.
func (p *peer) finish(ctx context.Context, d time.Duration) error {
	p.finished = true
	if p.rw == nil {
		return nil
	}
	if err := p.flush(ctx, d); err != nil {
		return err
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
		p.out.stop(errClosed)
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
