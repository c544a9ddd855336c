package synapse

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Meter implements [codec.Metered]: how late a token of a stream reaches a
// connection after another one of the same server had it, and how far behind
// a connection is when it subscribes and when the capture ends.
func (Protocol) Meter() codec.Meter { return &meter{streams: map[streamKey]*front{}} }

// Limits of a meter.
const (
	maxFronts   = 1024 // streams of servers
	maxFollow   = 4096 // connections of a stream
	maxTokens   = 256  // of a stream whose times are kept
	maxStreamID = 256  // bytes of a stream's name
)

type streamKey struct{ server, name string }

// A front is how far a stream of a server has come.
type front struct {
	name    string
	top     int64
	began   bool
	recent  [maxTokens]seenToken // a ring
	at      int
	follows map[int]*follower
}

// A seenToken is a token, and when and where it was seen first.
type seenToken struct {
	token int64
	time  time.Time
	conn  int
}

// A follower is how far a connection has come.
type follower struct {
	last  int64
	began bool
	wants int64 // the token of its REPLICATE
	asked bool  // and that a POSITION has yet to answer
}

type meter struct{ streams map[streamKey]*front }

// Take implements [codec.Meter].
func (m *meter) Take(r *codec.Record, server string, emit func(codec.Sample)) {
	f, ok := r.Frame.(*Frame)
	if !ok {
		return
	}
	l := f.layout()
	if l == nil || len(l.parts) < 2 {
		return
	}
	switch f.cmd {
	case cmdReplicate:
		if token, _, ok := parseInt(f.part(1)); ok && token.fits {
			if _, w := m.follower(server, f.part(0), r.Conn); w != nil {
				w.wants, w.asked = token.small, true
			}
		}
	case cmdRData:
		m.reached(r, server, f.part(0), f.part(len(l.parts)-2), false, emit)
	case cmdPosition:
		m.reached(r, server, f.part(0), f.part(len(l.parts)-1), true, emit)
	}
}

// reached takes a token that a stream of a connection has come to.
func (m *meter) reached(r *codec.Record, server string, stream, text []byte, position bool, emit func(codec.Sample)) {
	token, _, ok := parseInt(text)
	if !ok || !token.fits { // "batch": a later row has the token
		return
	}
	p, w := m.follower(server, stream, r.Conn)
	if w == nil {
		return
	}
	n := token.small
	if w.asked && position {
		w.asked = false
		emit(codec.Sample{Metric: "behind at the start", Name: p.name, Conn: r.Conn, Value: max(n-w.wants, 0)})
	}
	w.last, w.began = n, true
	if p.began && n <= p.top {
		if s := p.find(n); s != nil && s.conn != r.Conn && !r.Time.IsZero() && !s.time.IsZero() {
			emit(codec.Sample{Metric: "lag", Name: p.name, Conn: r.Conn, Value: int64(max(r.Time.Sub(s.time), 0)), Time: true})
		}
		return
	}
	p.top, p.began = n, true
	p.recent[p.at%maxTokens] = seenToken{n, r.Time, r.Conn}
	p.at++
}

// find returns when a token was seen first, nil when it is not known.
func (p *front) find(token int64) *seenToken {
	for i := p.at - 1; i >= 0 && i >= p.at-maxTokens; i-- {
		s := &p.recent[i%maxTokens]
		if s.token <= token {
			if s.token == token {
				return s
			}
			return nil
		}
	}
	return nil
}

// follower returns what is known of a connection and its stream, nil when there
// is no room.
func (m *meter) follower(server string, stream []byte, conn int) (*front, *follower) {
	if len(stream) > maxStreamID {
		return nil, nil
	}
	p := m.streams[streamKey{server, string(stream)}]
	if p == nil {
		if len(m.streams) >= maxFronts {
			return nil, nil
		}
		p = &front{name: string(stream), follows: map[int]*follower{}}
		m.streams[streamKey{server, p.name}] = p
	}
	w := p.follows[conn]
	if w == nil && len(p.follows) < maxFollow {
		w = &follower{}
		p.follows[conn] = w
	}
	return p, w
}

// End implements [codec.Meter].
func (m *meter) End(emit func(codec.Sample)) {
	for k, p := range m.streams {
		for conn, w := range p.follows {
			if w.began && p.began {
				emit(codec.Sample{Metric: "behind at the end", Name: k.name, Conn: conn, Value: p.top - w.last})
			}
		}
	}
}
