package emqp

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	zcodec "github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// A board is the sockets of a hub, one for each listener.
type board struct {
	sockets map[string]*zmtp.Socket // by the name of the listener
	at      map[int]string          // listeners of the open connections
}

// A call is a message that came in at a listener.
type call struct {
	listener string
	conn     int
	from     string
	frames   [][]byte
}

func newBoard() board {
	return board{sockets: map[string]*zmtp.Socket{}, at: map[int]string{}}
}

// onConn handles an event of one connection, and returns the messages that
// came with it.
func (b *board) onConn(now time.Time, ev reactor.From, dst []reactor.Action) ([]reactor.Action, []call) {
	listener, open := b.at[ev.Conn]
	if opened, ok := ev.Event.(reactor.Opened); ok && !open && ev.Conn > 0 {
		listener, open = opened.Listener, true
		if b.sockets[listener] == nil {
			return append(dst, to(ev.Conn, reactor.Close{Why: fmt.Sprintf("there is nothing at the listener %q", listener)})), nil
		}
		b.at[ev.Conn] = listener
	}
	if !open {
		return dst, nil // it is closed
	}
	if received, ok := ev.Event.(reactor.Received); ok {
		f, isFrame := unwrap(received.Frame)
		if !isFrame {
			return append(dst, to(ev.Conn, reactor.Reject{Message: fmt.Sprintf("a %T is no frame of emqp", received.Frame)})), nil
		}
		ev.Event = reactor.Received{Frame: f}
	}
	return b.step(now, listener, ev, dst)
}

// step steps a socket, and takes messages out of its actions.
func (b *board) step(now time.Time, listener string, ev reactor.Event, dst []reactor.Action) ([]reactor.Action, []call) {
	var calls []call
	for _, a := range b.sockets[listener].Step(now, ev, nil) {
		conn, inside := reactor.Unwrap(a)
		switch a := inside.(type) {
		case zmtp.Message:
			calls = append(calls, call{listener: listener, conn: conn, from: a.From, frames: a.Parts})
			continue
		case reactor.Close, reactor.Drop:
			delete(b.at, conn)
		case reactor.Send:
			dst = append(dst, to(conn, wrap(a)))
			continue
		}
		dst = append(dst, a)
	}
	return dst, calls
}

// send sends a message at a listener: to an identity, when its socket is a
// ROUTER.
func (b *board) send(now time.Time, listener, id string, frames [][]byte, dst []reactor.Action) []reactor.Action {
	dst, _ = b.step(now, listener, reactor.Input{Value: zmtp.Send{To: id, Parts: frames}}, dst)
	return dst
}

// reaches says whether a message to an identity would be sent.
func (b *board) reaches(listener, id string) bool { return b.sockets[listener].Reaches(id) }

// conns returns the open connections in rising order.
func (b *board) conns() []int { return slices.Sorted(maps.Keys(b.at)) }

func (b *board) clone() board {
	c := board{sockets: make(map[string]*zmtp.Socket, len(b.sockets)), at: maps.Clone(b.at)}
	for name, s := range b.sockets {
		c.sockets[name] = s.Snapshot().(*zmtp.Socket)
	}
	return c
}

func to(conn int, a reactor.Action) reactor.Action {
	if conn == 0 {
		return a
	}
	return reactor.To{Conn: conn, Action: a}
}

// unwrap returns what a frame is to ZMTP.
func unwrap(f codec.Frame) (*zcodec.Frame, bool) {
	switch f := f.(type) {
	case *emqp.Frame:
		return f.ZMTP(), true
	case *zcodec.Frame:
		return f, true
	}
	return nil, false
}

// wrap makes frames of ZMTP ones of EventMQ, so that they are shown as such.
func wrap(s reactor.Send) reactor.Send {
	frames := make([]codec.Frame, len(s.Frames))
	for i, f := range s.Frames {
		frames[i] = f
		if z, ok := f.(*zcodec.Frame); ok {
			frames[i] = emqp.New(z)
		}
	}
	s.Frames = frames
	return s
}
