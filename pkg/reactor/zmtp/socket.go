package zmtp

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Socket is a socket of ZeroMQ with all its connections, whichever side made
// them.
//
//	DEALER, PUSH   sends to its peers in turn
//	ROUTER         sends to the peer of an identity
//	PUB, XPUB      sends to all that want the topic; an XPUB is told of topics
//	REQ, REP       one request, one answer
//	PAIR           has one peer
//	PULL, SUB      only receives
//	XSUB           sends its topics as messages, and others, to all its peers
//
// What has no receiver waits, up to a limit, or is dropped, as libzmq does it
// for the type of socket.
type Socket struct {
	o     Options
	fault error // in the settings: the socket does nothing else than say so

	peers map[int]*peer
	turn  []int // connections that are ready, the one that is next first
	wait  [][][]byte
	subs  map[string]int // of a SUB or XSUB, with how often each was asked for
	made  int            // identities that were made up

	// Of REQ and REP: who is to answer, or to be answered, and what goes
	// before it.
	partner  int
	envelope [][]byte
	requests []request // of a REP, those to come

	now time.Time
	dst []reactor.Action
}

// A peer is one connection.
type peer struct {
	conn  int
	s     *Session
	id    string
	subs  map[string]struct{} // topics that it wants
	sends int
	shook int // the last send of the handshake
	out   int // sends after it that are not out yet
}

// A request is what a REP has yet to deliver.
type request struct {
	conn            int
	envelope, parts [][]byte
}

// NewSocket returns a socket without connections.
func NewSocket(o Options) *Socket {
	if o.HighWater <= 0 {
		o.HighWater = defaultHighWater
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = defaultConnections
	}
	if o.SocketType == "PAIR" {
		o.MaxConnections = 1
	}
	s := &Socket{o: o, peers: map[int]*peer{}, subs: map[string]int{}}
	for _, topic := range o.Subscribe {
		s.subs[topic]++
	}
	return s
}

// SocketOf returns a socket with the settings of o; see [OptionsOf]. If one is
// wrong, the socket answers every event with that.
func SocketOf(o reactor.Options) *Socket {
	own, err := OptionsOf(o)
	s := NewSocket(own)
	s.fault = err
	return s
}

// Fault implements [reactor.Faulty].
func (s *Socket) Fault() error { return s.fault }

// Peeks implements [reactor.Peeker].
func (s *Socket) Peeks(conn int) bool {
	p := s.peers[conn]
	return p != nil && p.s.Peeks()
}

// Conns implements [reactor.Hub].
func (s *Socket) Conns() []int { return slices.Sorted(maps.Keys(s.peers)) }

// Step implements [reactor.Machine].
func (s *Socket) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if s.fault != nil {
		return append(dst, reactor.Fail{Message: s.fault.Error()})
	}
	s.now, s.dst = now, dst
	switch ev := ev.(type) {
	case reactor.From:
		s.onConn(ev.Conn, ev.Event)
	case reactor.Input:
		s.input(ev.Value)
	default:
		s.do(reactor.Reject{Message: "the event is of no connection"})
	}
	dst, s.dst = s.dst, nil
	return dst
}

func (s *Socket) do(a reactor.Action) { s.dst = append(s.dst, a) }

func (p *peer) to(a reactor.Action) reactor.Action { return reactor.To{Conn: p.conn, Action: a} }

// onConn handles an event of one connection.
func (s *Socket) onConn(conn int, ev reactor.Event) {
	p := s.peers[conn]
	if _, opened := ev.(reactor.Opened); opened {
		s.accept(conn)
		return
	}
	if p == nil {
		return // it is closed
	}
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*zmtp.Frame)
		if !ok {
			s.do(p.to(reactor.Reject{Message: fmt.Sprintf("a %T is no frame of zmtp", ev.Frame)}))
			return
		}
		s.result(p, p.s.Receive(s.now, f))
	case reactor.Partial:
		s.result(p, p.s.Partial(ev.Bytes))
	case reactor.Sent:
		if ev.ID > p.shook {
			p.out--
		}
		s.flush()
	case reactor.Expired:
		s.result(p, p.s.Expired(s.now, ev.Timer))
	case reactor.EOF:
		s.remove(p, reactor.Close{})
	case reactor.Broken:
		s.remove(p, reactor.Close{Why: ev.Err.Error()})
	default:
		s.do(p.to(reactor.Noop{}))
	}
}

func (s *Socket) accept(conn int) {
	refuse := func(a reactor.Action) { s.do(reactor.To{Conn: conn, Action: a}) }
	switch {
	case conn < 1:
		refuse(reactor.Reject{Message: "connections count from 1"})
	case s.peers[conn] != nil:
		refuse(reactor.Reject{Message: fmt.Sprintf("connection %d is open", conn)})
	case len(s.peers) >= s.o.MaxConnections:
		refuse(reactor.Close{Why: fmt.Sprintf("too many connections: %d", s.o.MaxConnections)})
	default:
		c := s.o.Config
		c.Seed = s.o.seedOf(conn)
		p := &peer{conn: conn, s: NewSession(c), subs: map[string]struct{}{}}
		s.peers[conn] = p
		s.result(p, p.s.Open(s.now))
	}
}

// remove ends a connection.
func (s *Socket) remove(p *peer, how reactor.Action) {
	delete(s.peers, p.conn)
	s.turn = slices.DeleteFunc(s.turn, func(conn int) bool { return conn == p.conn })
	s.requests = slices.DeleteFunc(s.requests, func(r request) bool { return r.conn == p.conn })
	s.unsubscribed(p)
	s.do(p.to(how))
	if s.partner == p.conn {
		s.partner, s.envelope = 0, nil
		s.nextRequest()
	}
}

// result does what a step of a session leads to.
func (s *Socket) result(p *peer, out Output) {
	for _, t := range out.Timers {
		s.do(p.to(t))
	}
	if len(out.Begin) > 0 {
		s.do(p.to(reactor.Begin{Bytes: out.Begin}))
	}
	s.send(p, out.Frames...)
	switch {
	case out.Close != "":
		s.do(p.to(reactor.Fail{Message: out.Close}))
		s.remove(p, reactor.Close{Why: out.Close})
		return
	case out.Established:
		s.established(p)
	case out.Subscribe != nil:
		s.subscribed(p, string(out.Subscribe.Topic), out.Subscribe.Cancel)
	case out.Message != nil:
		s.received(p, out.Message)
	}
}

// send sends frames to a peer.
func (s *Socket) send(p *peer, frames ...codec.Frame) {
	if len(frames) == 0 {
		return
	}
	p.sends++
	p.out++
	s.do(p.to(reactor.Send{ID: p.sends, Frames: frames}))
}

// established takes a peer whose handshake is through.
func (s *Socket) established(p *peer) {
	p.id = string(p.s.Peer().Identity)
	if s.o.SocketType == "ROUTER" {
		if p.id == "" {
			s.made++
			p.id = s.o.madeUp(s.made)
		}
		if s.byID(p.id, p) != nil {
			s.remove(p, reactor.Close{Why: fmt.Sprintf("another peer has the identity %q", p.id)})
			return
		}
	}
	s.turn = append(s.turn, p.conn)
	p.shook, p.out = p.sends, 0
	if s.o.Probe {
		s.send(p, p.s.Message(nil)...)
	}
	for _, topic := range slices.Sorted(maps.Keys(s.subs)) {
		s.send(p, p.subscription(topic, false)...)
	}
	s.do(p.to(reactor.Deliver{Kind: "peer", Body: []byte(p.s.Peer().SocketType + " " + p.id)}))
	if (s.o.SocketType == "PUB" || s.o.SocketType == "XPUB") && p.s.Peer().Version == zmtp.V1 {
		s.subscribed(p, "", false) // it cannot say what it wants, and takes its pick itself
	}
	s.flush()
}

// byID returns the peer with an identity, other than one.
func (s *Socket) byID(id string, than *peer) *peer {
	for _, p := range s.peers {
		if p != than && p.s.Ready() && p.id == id {
			return p
		}
	}
	return nil
}

// Snapshot implements [reactor.Machine].
func (s *Socket) Snapshot() reactor.Machine {
	c := *s
	c.dst = nil
	c.turn, c.wait, c.requests = slices.Clone(s.turn), slices.Clone(s.wait), slices.Clone(s.requests)
	c.subs = maps.Clone(s.subs)
	c.peers = make(map[int]*peer, len(s.peers))
	for conn, p := range s.peers {
		q := *p
		q.s, q.subs = p.s.Clone(), maps.Clone(p.subs)
		c.peers[conn] = &q
	}
	return &c
}

// State implements [reactor.Machine].
func (s *Socket) State() reactor.State {
	var peers []string
	for _, conn := range s.Conns() {
		p := s.peers[conn]
		text := fmt.Sprintf("#%d=%s", conn, p.s.phase)
		if p.s.Ready() {
			text = fmt.Sprintf("#%d=%s/%q", conn, p.s.Peer().SocketType, p.id)
		}
		peers = append(peers, text)
	}
	state := reactor.State{
		{Name: "socket", Value: s.o.SocketType},
		{Name: "peers", Value: peers},
		{Name: "waiting", Value: len(s.wait)},
		{Name: "requests", Value: len(s.requests)},
		{Name: "partner", Value: s.partner},
	}
	if s.o.SecretKey != (Key{}) {
		state = append(state, reactor.Attr{Name: "public-key", Value: s.o.SecretKey.Public().String()})
	}
	return state
}
