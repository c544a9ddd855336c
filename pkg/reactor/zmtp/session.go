// Package zmtp plays the peers of ZeroMQ's protocol, ZMTP 3.1 and, where a peer
// is older, 3.0, 2.0 and 1.0: a [Session] is
// one connection with its greeting, its mechanism and its heartbeats.
//
//	greeting ─▶ greeting of the peer ─▶ handshake of the mechanism ─▶ messages
//
// What it does was held against libzmq 4.3.4, 3.2.6 and 2.2.1.
package zmtp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Timers of a [Session].
const (
	TimerHeartbeat = "heartbeat" // a PING is due
	TimerSilence   = "silence"   // nothing has come since the PING
	TimerTTL       = "ttl"       // nothing has come for as long as the peer said
)

type phase uint8

const (
	greeting phase = iota
	shaking
	established
	closed
)

func (p phase) String() string {
	return [...]string{"greeting", "handshake", "established", "closed"}[p]
}

// A Session is one connection. The zero value is of no use; see [NewSession].
type Session struct {
	c     Config
	phase phase
	peer  Peer
	ttl   time.Duration // what the peer said
	curve *curve        // of CURVE
	begun int           // bytes of our greeting that are out
	told  bool          // all of it is out, or what an older peer gets instead
}

// NewSession returns a session whose connection is not there yet.
func NewSession(c Config) *Session {
	if c.Mechanism == "" {
		c.Mechanism = Null
	}
	if c.Timeout <= 0 {
		c.Timeout = c.Heartbeat
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = defaultMaxMessage
	}
	s := &Session{c: c}
	if c.Mechanism == Curve {
		s.curve = newCurve(c.Seed)
		if c.SecretKey == (Key{}) {
			s.curve.random(s.c.SecretKey[:])
		}
	}
	return s
}

// Clone returns a copy that goes its own way.
func (s *Session) Clone() *Session {
	c := *s
	if s.curve != nil {
		c.curve = s.curve.clone()
	}
	return &c
}

// Ready says whether messages can be sent.
func (s *Session) Ready() bool { return s.phase == established }

// Peer returns what the other side told so far.
func (s *Session) Peer() Peer { return s.peer }

// State returns what the session knows.
func (s *Session) State() reactor.State {
	return reactor.State{
		{Name: "phase", Value: s.phase.String()},
		{Name: "peer", Value: s.peer.SocketType},
		{Name: "identity", Value: string(s.peer.Identity)},
	}
}

// Open begins: both sides send their greeting at once, or as much of it as any
// version has.
func (s *Session) Open(time.Time) Output {
	if s.c.Downgrade && s.c.Mechanism == Null {
		s.begun = zmtp.SignatureLen
		return Output{Begin: s.greeting().Bytes()[:s.begun]}
	}
	s.told = true
	return Output{Frames: []codec.Frame{s.greeting()}}
}

func (s *Session) greeting() *zmtp.Frame {
	// libzmq, too, says that it is no server with NULL.
	return zmtp.NewGreeting(s.c.Mechanism, s.c.Server && s.c.Mechanism != Null, len(s.c.Identity))
}

// Send returns the frames of a message.
func (s *Session) Send(parts [][]byte) Output {
	if s.phase != established {
		return Output{Close: "a message before the handshake is through"}
	}
	return Output{Frames: s.Message(parts...)}
}

// Message returns the frames of a message, once the handshake is through. They
// have to be sent, and in this order: CURVE counts them.
func (s *Session) Message(parts ...[]byte) []codec.Frame {
	if s.curve == nil {
		return []codec.Frame{zmtp.NewMessageOf(s.peer.Version, parts...)}
	}
	frames := make([]codec.Frame, len(parts))
	for i, b := range parts {
		flags := byte(sealedMore)
		if i == len(parts)-1 {
			flags = 0
		}
		frames[i] = s.seal(flags, b)
	}
	return frames
}

// Command returns the frame of a command, such as SUBSCRIBE; see Message.
func (s *Session) Command(name string, data []byte) codec.Frame {
	if s.curve != nil {
		return s.seal(sealedCommand, zmtp.AppendCommand(nil, name, data))
	}
	return zmtp.NewCommand(s.c.Mechanism, name, data)
}

func (s *Session) end(format string, args ...any) Output {
	s.phase = closed
	return Output{Close: fmt.Sprintf(format, args...)}
}

// Receive takes a frame of the peer.
func (s *Session) Receive(now time.Time, f *zmtp.Frame) Output {
	if s.phase == closed {
		return Output{}
	}
	if f.Kind() == zmtp.Greeting {
		return s.greeted(f)
	}
	if f.Kind() == zmtp.Identity {
		return s.identified(f)
	}
	if s.phase == greeting || !s.reads(f) {
		return s.end("no greeting of this version of ZMTP came first")
	}
	var out Output
	switch {
	case f.Kind() == zmtp.Command:
		out = s.command(now, f)
	case f.Kind() != zmtp.Message || s.phase != established:
		return s.end("a message before the handshake is through")
	case s.curve != nil:
		return s.end("a message that is not sealed")
	default:
		out.Message = make([][]byte, f.Len())
		for i := range out.Message {
			out.Message[i] = f.Body(i)
		}
	}
	s.alive(now, &out)
	return out
}

// greeted takes the peer's greeting. What the two do not agree on ends the
// connection without a word, as with libzmq.
func (s *Session) greeted(f *zmtp.Frame) Output {
	switch {
	case s.phase != greeting:
		return s.end("a second greeting")
	case f.Version() == zmtp.V2:
		return s.greetedV2(f)
	case f.Mechanism() != s.c.Mechanism:
		return s.end("the peer wants the mechanism %s, and %s was offered", f.Mechanism(), s.c.Mechanism)
	}
	out := s.opening(zmtp.V3)
	s.phase, s.peer.Minor = shaking, f.Minor()
	switch {
	case s.c.Mechanism == Null:
		out.Frames = append(out.Frames, s.Command("READY", s.metadata()))
		return out
	case s.c.Server:
		return Output{}
	case s.curve != nil:
		return s.curveHello()
	default:
		return Output{Frames: []codec.Frame{s.Command("HELLO", hello(s.c.User, s.c.Password))}}
	}
}

// metadata is what we tell of ourselves.
func (s *Session) metadata() []byte {
	b := zmtp.AppendProperty(nil, "Socket-Type", []byte(s.c.SocketType))
	if s.c.hasIdentity() {
		b = zmtp.AppendProperty(b, "Identity", s.c.Identity)
	}
	return b
}

// command takes a command.
func (s *Session) command(now time.Time, f *zmtp.Frame) Output {
	name, data, err := zmtp.ReadCommand(s.c.Mechanism, f.Body(0))
	switch {
	case err != nil:
		return s.end("%s", err)
	case s.phase == shaking && s.curve != nil:
		return s.shakeCurve(now, name, data)
	case s.phase == shaking:
		return s.shake(now, name, data)
	case s.curve != nil:
		return s.unseal(now, name, data)
	}
	return s.traffic(now, f.Body(0))
}

// refused takes ERROR.
func (s *Session) refused(reason []byte) Output {
	return s.end("the peer refuses: %q", reason[min(1, len(reason)):])
}

// ready takes the peer's metadata.
func (s *Session) ready(now time.Time, data []byte) Output {
	if err := zmtp.CheckMetadata(data); err != nil {
		return s.end("%s", err)
	}
	kind, told := zmtp.Property(data, "Socket-Type")
	if told && !zmtp.CanPeer(s.c.SocketType, string(kind)) {
		return s.end("a %s cannot talk to a %.20q", s.c.SocketType, kind)
	}
	id, _ := zmtp.Property(data, "Identity")
	s.peer.SocketType, s.peer.Identity = string(kind), bytes.Clone(id)
	s.phase = established
	out := Output{Established: true}
	if s.c.Heartbeat > 0 {
		out.Timers = append(out.Timers, reactor.SetTimer{Timer: TimerHeartbeat, At: now.Add(s.c.Heartbeat)})
	}
	return out
}

// alive puts off the ends for silence.
func (s *Session) alive(now time.Time, out *Output) {
	if s.phase != established || s.peer.Version != zmtp.V3 {
		return
	}
	if s.c.Heartbeat > 0 && !out.Established {
		out.Timers = append(out.Timers, reactor.SetTimer{Timer: TimerSilence})
	}
	if s.ttl > 0 {
		out.Timers = append(out.Timers, reactor.SetTimer{Timer: TimerTTL, At: now.Add(s.ttl)})
	}
}

// Expired does what is due at the time of a timer.
func (s *Session) Expired(now time.Time, timer string) Output {
	switch {
	case s.phase != established:
		return Output{}
	case timer == TimerHeartbeat:
		ttl := binary.BigEndian.AppendUint16(nil, uint16(min(s.c.TTL/(100*time.Millisecond), 1<<16-1)))
		return Output{
			Frames: []codec.Frame{s.Command("PING", ttl)},
			Timers: []reactor.SetTimer{
				{Timer: TimerHeartbeat, At: now.Add(s.c.Heartbeat)},
				{Timer: TimerSilence, At: now.Add(s.c.Timeout)},
			},
		}
	case timer == TimerSilence:
		return s.end("nothing came for %s after a PING", s.c.Timeout)
	case timer == TimerTTL:
		return s.end("nothing came for %s, which the peer allowed", s.ttl)
	}
	return Output{}
}
