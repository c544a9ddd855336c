// Package reactor is the contract of protocol machines: one end of a
// connection as a state machine without I/O. Events go in, actions come out;
// who drives the machine (a server, a replay, a console) does what they say.
//
//	          ┌───────── Event ─────────┐
//	driver ──▶│ Received  Input  Sent   │──▶ Machine.Step ──▶ []Action ──▶ driver
//	          │ Expired   EOF    Broken │                     Send Run Want
//	          └─────────────────────────┘                     Deliver Timer Fail …
//
// A machine never blocks, has no clock and no randomness of its own: the same
// events at the same times give the same actions. Its state can be read,
// copied and compared, which is what a [Stepper] stands on.
package reactor

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// An Event is something that happened to one end of a connection. The set is
// closed.
type Event interface{ event() }

type (
	// Received is a frame from the peer. A machine that keeps it, clones it.
	Received struct{ Frame codec.Frame }

	// Input is what our own side wants: a command to be sent, a response
	// that is ready. Machines say which inputs they take; see [Inputs].
	Input struct{ Value any }

	// Sent says that the frames of the [Send] with this number are out.
	Sent struct{ ID int }

	// Partial is what there is of a frame that is not whole, from its first
	// byte on. It comes to a [Peeker] that wants it.
	Partial struct{ Bytes []byte }

	// Expired says that the time of a [SetTimer] has come.
	Expired struct{ Timer string }

	// EOF says that the peer sends no more.
	EOF struct{}

	// Broken says that the connection is lost, or that the peer's bytes are
	// no frames.
	Broken struct{ Err error }
)

func (Received) event() {}
func (Input) event()    {}
func (Sent) event()     {}
func (Partial) event()  {}
func (Expired) event()  {}
func (EOF) event()      {}
func (Broken) event()   {}

// A Machine is one end of a connection.
type Machine interface {
	// Step takes an event and appends the actions that it leads to. What the
	// actions hold is the driver's: the machine does not change it later.
	Step(now time.Time, ev Event, dst []Action) []Action

	// State returns what the machine knows, in an order that does not change.
	State() State

	// Snapshot returns a copy that goes its own way.
	Snapshot() Machine
}

// An Inputs is a Machine that makes [Input] events of text: of the directive
// @name, with what follows the name.
type Inputs interface {
	// Input returns the event. An error is a [*codec.TextError] about args,
	// or a [*codec.UnknownNameError] about name.
	Input(name, args string) (Event, error)

	// InputNames lists the directives with what they take, such as
	// "response ID STREAM PAYLOAD".
	InputNames() []string
}

// A Peeker is a Machine that has to see the beginning of a frame to know what
// to say, before the peer says the rest of it.
type Peeker interface {
	Machine

	// Peeks says whether the machine wants [Partial] events of a connection
	// now: each time that bytes have come which end within a frame. The
	// connection is 0 for a machine that is no [Hub].
	Peeks(conn int) bool
}

// A Readier is a Machine that takes inputs only from some moment on, such as
// after a handshake.
type Readier interface {
	Machine

	// Ready says whether that moment has come.
	Ready() bool
}

// A Faulty is a Machine that knows of settings that it cannot have.
type Faulty interface {
	Machine

	// Fault returns what is wrong with the settings, nil when they are good.
	Fault() error
}

// A Role is the end of a connection that a machine plays.
type Role string

// The roles of most protocols.
const (
	Server Role = "server"
	Client Role = "client"
)

// Options are the settings of a machine. The zero value is usable.
type Options struct {
	Role    Role
	Dialect string

	// DeferOutput makes a server keep its answers until the client has said
	// all that it wants to say: half duplex, as HTTP is.
	DeferOutput bool

	// Compat makes the machine behave as the reference program does where
	// that is known to be wrong.
	Compat bool

	// MaxRequests bounds the requests that are open at a time, MaxBuffered
	// the bytes that wait for them. 0 means the defaults.
	MaxRequests int
	MaxBuffered int64

	// Extra holds the settings that one protocol has alone, by name.
	Extra map[string]string
}

// Defaults of [Options].
const (
	DefaultMaxRequests = 1000
	DefaultMaxBuffered = 64 << 20
)

// Requests returns the limit on open requests.
func (o Options) Requests() int {
	if o.MaxRequests > 0 {
		return o.MaxRequests
	}
	return DefaultMaxRequests
}

// Buffered returns the limit on bytes that wait.
func (o Options) Buffered() int64 {
	if o.MaxBuffered > 0 {
		return o.MaxBuffered
	}
	return DefaultMaxBuffered
}
