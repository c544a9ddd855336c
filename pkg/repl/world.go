package repl

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The ends of a world with two; one with a single machine has only the first.
const (
	clientEnd = 0
	serverEnd = 1
)

// maxFollowing bounds how many events may follow from one: a machine that
// answers each Sent with another Send would go on for ever.
const maxFollowing = 10_000

// A world is a machine with what a driver keeps beside it, or two machines
// and the way between them. It is stepped with an [reactor.Input] of an op.
type world struct {
	ends   []end
	auto   bool // Sent follows Send at once
	sends  []sending
	timers []timer
	now    time.Time
	tape   int // how much of what was loaded has been given

	// What was said and not yet compared with what is loaded, and what is
	// loaded and has not been said yet.
	compares bool
	said     []said
	awaited  []expectation

	// Of two machines, and of one with a live peer.
	way   []packet      // in order
	next  int           // number of the last packet
	conn  int           // the latest connection
	wants bool          // the client wants another connection
	begun map[mouth]int // bytes of the next frame that have been said
	fresh func() (reactor.Machine, error)

	// Of one machine with a live peer.
	live  bool
	holds bool     // what the machine says stays on the way
	out   []packet // what goes out in this step
}

// A mouth is where an end says something.
type mouth struct{ end, conn int }

// An end is one machine.
type end struct {
	role reactor.Role
	m    reactor.Machine
	hub  bool
}

// A sending is a Send of which the machine does not know yet that it is out.
type sending struct{ end, conn, id int }

// A timer is one that a machine has set.
type timer struct {
	end, conn int
	name      string
	at        time.Time
}

// A packet is a frame between two machines, or the end of a direction.
type packet struct {
	id     int
	conn   int // of a live peer
	dir    codec.Direction
	frame  codec.Frame // nil for an end, and for bytes that are no frame
	bytes  []byte
	eof    bool
	broken bool // the connection is lost
}

// An op is what can happen to a world.
type op interface {
	do(w *world, now time.Time, dst []reactor.Action) []reactor.Action
}

// Step implements [reactor.Machine].
func (w *world) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	w.now, w.out = now, nil
	in, _ := ev.(reactor.Input)
	if o, ok := in.Value.(op); ok {
		return o.do(w, now, dst)
	}
	return append(dst, reactor.Reject{Message: "no event of the console"})
}

// State implements [reactor.Machine].
func (w *world) State() reactor.State {
	if len(w.ends) == 1 {
		return w.ends[0].m.State()
	}
	var all reactor.State
	for _, e := range w.ends {
		for _, a := range e.m.State() {
			all = append(all, reactor.Attr{Name: string(e.role) + "." + a.Name, Value: a.Value})
		}
	}
	return all
}

// Snapshot implements [reactor.Machine].
func (w *world) Snapshot() reactor.Machine {
	c := *w
	c.ends = slices.Clone(w.ends)
	for i := range c.ends {
		c.ends[i].m = w.ends[i].m.Snapshot()
	}
	c.sends, c.timers, c.way = slices.Clone(w.sends), slices.Clone(w.timers), slices.Clone(w.way)
	c.begun = maps.Clone(w.begun)
	c.said, c.awaited = slices.Clone(w.said), slices.Clone(w.awaited)
	return &c
}

// A by is an action of one of two machines.
type by struct {
	role reactor.Role
	reactor.Action
}

func (b by) String() string { return string(b.role) + " " + b.Action.String() }

// unwrap returns the action inside, and whose it is and on what connection.
func unwrap(a reactor.Action) (role reactor.Role, conn int, inside reactor.Action) {
	if b, ok := a.(by); ok {
		role, a = b.role, b.Action
	}
	conn, inside = reactor.Unwrap(a)
	return role, conn, inside
}

// give steps a machine with an event and what follows from it.
func (w *world) give(n int, ev reactor.Event, now time.Time, dst []reactor.Action) []reactor.Action {
	queue := []reactor.Event{ev}
	for i := 0; i < len(queue) && i < maxFollowing; i++ {
		w.known(n, queue[i])
		for _, a := range w.ends[n].m.Step(now, queue[i], nil) {
			if w.two() {
				dst = append(dst, by{w.ends[n].role, a})
			} else {
				dst = append(dst, a)
			}
			follows, verdicts := w.took(n, a)
			if follows != nil {
				queue = append(queue, follows)
			}
			dst = append(dst, verdicts...)
		}
	}
	return dst
}

func (w *world) two() bool { return len(w.ends) == 2 }

// known notes that a machine is told of a timer or of what is out.
func (w *world) known(n int, ev reactor.Event) {
	conn := 0
	if from, ok := ev.(reactor.From); ok {
		conn, ev = from.Conn, from.Event
	}
	switch ev := ev.(type) {
	case reactor.Sent:
		w.sends = slices.DeleteFunc(w.sends, func(s sending) bool { return s == sending{n, conn, ev.ID} })
	case reactor.Expired:
		w.timers = slices.DeleteFunc(w.timers, func(t timer) bool { return t.end == n && t.conn == conn && t.name == ev.Timer })
	}
}

// took keeps what an action of a machine leaves to be done. It returns the
// event that follows at once, and what was waited for.
func (w *world) took(n int, a reactor.Action) (follows reactor.Event, verdicts []reactor.Action) {
	conn, inside := reactor.Unwrap(a)
	switch a := inside.(type) {
	case reactor.Send:
		for _, f := range a.Frames {
			w.put(n, conn, f)
		}
		if w.compares {
			for _, f := range a.Frames {
				verdicts = w.compare(said{conn: conn, frame: f}, verdicts)
			}
		}
		if w.auto {
			return ofConn(conn, reactor.Sent{ID: a.ID}), verdicts
		}
		w.sends = append(w.sends, sending{n, conn, a.ID})
	case reactor.Begin:
		if !w.two() && !w.live {
			break
		}
		if w.begun == nil {
			w.begun = map[mouth]int{}
		}
		w.pass(packet{dir: w.says(n), conn: conn, bytes: a.Bytes})
		w.begun[mouth{n, conn}] += len(a.Bytes)
	case reactor.SetTimer:
		w.timers = slices.DeleteFunc(w.timers, func(t timer) bool { return t.end == n && t.conn == conn && t.name == a.Timer })
		if !a.At.IsZero() {
			w.timers = append(w.timers, timer{n, conn, a.Timer, a.At})
		}
	case reactor.Close:
		w.pass(packet{dir: w.says(n), conn: conn, eof: true})
	case reactor.Drop:
		w.pass(packet{dir: w.says(n), conn: conn, eof: true, broken: true})
	case reactor.Connect:
		w.wants = true
	}
	return nil, verdicts
}

// ofConn makes an event of a connection of one.
func ofConn(conn int, ev reactor.Event) reactor.Event {
	if conn > 0 {
		return reactor.From{Conn: conn, Event: ev}
	}
	return ev
}

// put says a frame of a machine.
func (w *world) put(n, conn int, f codec.Frame) {
	if !w.two() && !w.live {
		return
	}
	b, err := f.AppendBinary(nil)
	if err != nil {
		return // the machine's own words can be written
	}
	w.pass(packet{dir: w.says(n), conn: conn, frame: f, bytes: b[min(w.begun[mouth{n, conn}], len(b)):]})
	delete(w.begun, mouth{n, conn})
}

// pass puts a packet on the way to another machine, or lets it out to a live
// peer.
func (w *world) pass(p packet) {
	if w.live && p.conn == 0 {
		p.conn = w.conn
	}
	switch {
	case w.two(), w.live && w.holds:
		w.next++
		p.id = w.next
		w.way = append(w.way, p)
	case w.live:
		w.out = append(w.out, p)
	}
}

// says is the direction of what an end says.
func (w *world) says(n int) codec.Direction {
	if !w.two() && w.ends[0].role == reactor.Server {
		return codec.ToClient
	}
	return says(n)
}

// says is the direction of what an end of two says.
func says(n int) codec.Direction {
	if n == serverEnd {
		return codec.ToClient
	}
	return codec.ToServer
}

// hears is the end of two that gets what goes in a direction.
func hears(d codec.Direction) int {
	if d == codec.ToServer {
		return serverEnd
	}
	return clientEnd
}

// find returns the index of a packet, -1 when it is not on the way.
func (w *world) find(id int) int {
	return slices.IndexFunc(w.way, func(p packet) bool { return p.id == id })
}

// stateName returns what the machines call their state, for the prompt.
func (w *world) stateName() string {
	var names []string
	for _, e := range w.ends {
		if s, ok := e.m.State().Get("state").(string); ok && s != "" {
			names = append(names, s)
		}
	}
	return strings.Join(names, " | ")
}
