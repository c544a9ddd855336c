package reactor

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A Hub is a machine that has many connections at once, such as a daemon that
// passes messages on from one client to others. It is one [Machine] all the
// same: what happens on a connection comes in a [From], what is to be done on
// one goes out in a [To].
//
//	conn 1 ──┐                                                      ┌──▶ conn 1
//	conn 2 ──┼─▶ From{Conn, Event} ─▶ Hub.Step ─▶ To{Conn, Action} ─┼──▶ conn 2
//	conn 3 ──┘                                                      └──▶ conn 3
//
// A driver
//
//   - gives each connection a number from 1 on and never uses one again;
//   - begins with From{n, Opened{}}, goes on with Received, Sent, Expired,
//     Input, EOF and Broken of that connection in From{n, …}, and steps the
//     hub with one event at a time, whatever connection it is of;
//   - does what is in To{n, …} on connection n. The actions of one Step are
//     done in their order as far as they concern one connection; a connection
//     that is slow holds up no other;
//   - ends connection n at To{n, Close{…}}, once all that was sent is out, or
//     at To{n, Drop{…}}, at once. Either comes exactly once for a connection,
//     at the latest in answer to EOF or Broken when the hub is done with it;
//     the hub ignores what comes from that connection afterwards;
//   - does a bare action for the hub as a whole: a bare SetTimer is answered
//     with a bare Expired, a bare Input is what our own side wants of the hub,
//     and a bare [Close] ends all connections and the hub.
//
// Events and actions of a [Run] are bare or not as the protocol says. In lines
// of events, as react reads them, the bracket [#N] is the connection.
type Hub interface {
	Machine

	// Conns returns the numbers of the open connections in rising order.
	Conns() []int
}

// A Ported is a Hub to which it matters at which of several listeners a
// connection came in; see [Opened].
type Ported interface {
	Hub

	// Listeners returns the names that it knows.
	Listeners() []string
}

// From is an event of one connection of a [Hub].
type From struct {
	Conn  int // from 1
	Event Event
}

// Opened says that a connection is there. For a [Hub] it comes in a [From],
// before all other events of that connection. Machines of clients that speak
// first begin with it; servers of one connection do not need it.
type Opened struct {
	// Listener is the name of the listener that the connection came in at,
	// for a hub that has several; "" for the only one.
	Listener string
}

func (From) event()   {}
func (Opened) event() {}

// To is an action on one connection of a [Hub].
type To struct {
	Conn   int // from 1
	Action Action
}

// Name implements [Action]: it is the name of the action inside.
func (t To) Name() string { return t.Action.Name() }

// AppendJSON implements [Action]: "conn" stands before the details of the
// action inside.
func (t To) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"conn":`...)
	dst = jsonenc.AppendInt(dst, int64(t.Conn))
	return t.Action.AppendJSON(dst)
}

func (t To) String() string { return fmt.Sprintf("[#%d] %s", t.Conn, t.Action) }

// Unwrap returns the action inside a [To] with the number of its connection,
// any other action with 0.
func Unwrap(a Action) (conn int, inside Action) {
	if t, ok := a.(To); ok {
		return t.Conn, t.Action
	}
	return 0, a
}
