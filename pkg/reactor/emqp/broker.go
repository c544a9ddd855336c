package emqp

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The names of a [Broker]'s listeners. What comes in at the one without a
// name is told apart by what it is, as the document has it.
const (
	Frontend = "frontend" // clients and schedulers
	Backend  = "backend"  // workers
	AdminEnd = "admin"    // emq-cli
)

// A Broker is EventMQ's router: it hands requests over to workers.
//
//	REQUEST ─▶ worker with a free slot? ─yes─▶ REQUEST to it, REPLY to the client
//	                 └─no─▶ waits ─▶ READY of a worker ─▶ the same
//
// A worker tells the queues it serves in INFORM and how many jobs it takes
// with as many READYs. Of those that serve a queue, the one with the greatest
// weight gets the next request, among equals the least recently used. A worker
// that has been silent for too long is dropped; what it had taken is told as
// lost, for it may or may not have been done.
type Broker struct {
	o     Options
	fault error // in the settings: the broker does nothing else than say so
	ids   ids
	board board
	began time.Time // of the first event

	workers map[string]*worker
	queues  map[string][]place
	waiting map[string][]request
	held    int64 // octets of all that wait

	schedulers map[string]*scheduler
	turns      []string // identities of schedulers, the one that is asked last

	flights  map[string]flight // by the id of the request
	queueN   tally             // requests handed over
	workerN  tally
	beating  bool // the timers are set
	finished bool

	now time.Time
	dst []reactor.Action
}

// A worker is one that has introduced itself.
type worker struct {
	id, listener string
	queues       []Queue
	seen         time.Time
	slots        int
	flying       []string // ids of the requests it has, the oldest first
	early        int      // results that came before the READY that goes with them
}

// A place is a worker's in the list of a queue.
type place struct {
	Queue
	id     string
	weight float64 // that of Queue
}

// A scheduler is one that has introduced itself.
type scheduler struct {
	listener string
	seen     time.Time
}

// A request is one that waits.
type request struct {
	call  call
	id    string
	since time.Time
}

func (r *request) size() int64 {
	n := int64(100) // what keeping it costs beside
	for _, b := range r.call.frames {
		n += int64(len(b))
	}
	return n
}

// A flight is a request that a worker has.
type flight struct {
	queue, worker, client, listener string
	since                           time.Time
	answer                          bool // the client wants the result
}

// Timers of a [Broker].
const (
	timerHeartbeat = "heartbeat"
	timerCleanup   = "cleanup"
)

// NewBroker returns a broker without connections.
func NewBroker(o Options) *Broker {
	b := &Broker{
		o: o.withDefaults(), ids: ids{seed: o.Seed}, board: newBoard(),
		workers: map[string]*worker{}, queues: map[string][]place{}, waiting: map[string][]request{},
		schedulers: map[string]*scheduler{}, flights: map[string]flight{},
	}
	identity := o.Identity
	if identity == "" {
		identity = b.ids.uuid()
	}
	for _, name := range append(b.Listeners(), "") {
		b.board.sockets[name] = b.o.socketOf("ROUTER", identity)
	}
	return b
}

// BrokerOf returns a broker with the settings of o; see [OptionsOf]. If one
// is wrong, the broker answers every event with that.
func BrokerOf(o reactor.Options) *Broker {
	own, err := OptionsOf(o)
	b := NewBroker(own)
	b.fault = err
	return b
}

// Fault implements [reactor.Faulty].
func (b *Broker) Fault() error { return b.fault }

// Listeners implements [reactor.Ported].
func (b *Broker) Listeners() []string { return []string{Frontend, Backend, AdminEnd} }

// Conns implements [reactor.Hub].
func (b *Broker) Conns() []int { return b.board.conns() }

// Step implements [reactor.Machine].
func (b *Broker) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if b.fault != nil {
		return append(dst, reactor.Fail{Message: b.fault.Error()})
	}
	if b.began.IsZero() {
		b.began = now
	}
	b.now, b.dst = now, dst
	switch ev := ev.(type) {
	case reactor.From:
		b.onConn(ev)
	case reactor.Expired:
		b.expired(ev.Timer)
	case reactor.Input:
		b.input(ev.Value)
	default:
		b.do(reactor.Reject{Message: "the event is of no connection"})
	}
	dst, b.dst = b.dst, nil
	return dst
}

func (b *Broker) do(a reactor.Action) { b.dst = append(b.dst, a) }

// tell says what is worth a remark.
func (b *Broker) tell(conn int, kind, format string, args ...any) {
	b.do(to(conn, reactor.Deliver{Kind: kind, Body: fmt.Appendf(nil, format, args...)}))
}

func (b *Broker) onConn(ev reactor.From) {
	if _, opened := ev.Event.(reactor.Opened); opened && b.finished {
		b.do(to(ev.Conn, reactor.Close{Why: "the broker has stopped"}))
		return
	}
	var calls []call
	b.dst, calls = b.board.onConn(b.now, ev, b.dst)
	for _, c := range calls {
		m, err := read(c.from, c.frames)
		if err != nil {
			b.tell(c.conn, "refused", "%v", err)
			continue
		}
		b.receive(c, m)
	}
}

// receive handles a message, as it is done at the listener where it came in.
func (b *Broker) receive(c call, m message) {
	switch c.listener {
	case AdminEnd:
		b.admin(c, m)
	case Backend:
		b.backend(c, m)
	case Frontend:
		b.frontend(c, m)
	default:
		switch m.command {
		case "STATUS", "ROUTER_SHOW_WORKERS", "ROUTER_SHOW_SCHEDULERS", "DISCONNECT":
			b.admin(c, m)
		case "READY", "REPLY":
			b.backend(c, m)
		default:
			if b.workers[m.from] != nil {
				b.backend(c, m)
			} else {
				b.frontend(c, m)
			}
		}
	}
}

// send sends a message to an identity.
func (b *Broker) send(listener, id, command string, parts ...[]byte) {
	b.dst = b.board.send(b.now, listener, id, b.ids.write(command, parts...), b.dst)
}

// beat sets the timers, once there is somebody to keep an eye on.
func (b *Broker) beat() {
	if !b.beating {
		b.beating = true
		b.do(reactor.SetTimer{Timer: timerHeartbeat, At: b.now.Add(b.o.Heartbeat)})
		b.do(reactor.SetTimer{Timer: timerCleanup, At: b.now.Add(b.o.Cleanup)})
	}
}

// expired does what is due: signs of life, and a look for those of others.
func (b *Broker) expired(timer string) {
	switch {
	case b.finished || !b.beating:
	case timer == timerHeartbeat:
		for _, id := range slices.Sorted(maps.Keys(b.workers)) {
			b.send(b.workers[id].listener, id, "HEARTBEAT", timestamp(b.now))
		}
		for _, id := range b.turns {
			b.send(b.schedulers[id].listener, id, "HEARTBEAT", timestamp(b.now))
		}
		b.do(reactor.SetTimer{Timer: timerHeartbeat, At: b.now.Add(b.o.Heartbeat)})
	case timer == timerCleanup:
		b.cleanup()
		if len(b.workers)+len(b.turns) > 0 {
			b.do(reactor.SetTimer{Timer: timerCleanup, At: b.now.Add(b.o.Cleanup)})
			return
		}
		b.beating = false
		b.do(reactor.SetTimer{Timer: timerHeartbeat})
	}
}

// cleanup drops those that have been silent for too long.
func (b *Broker) cleanup() {
	for _, id := range slices.Sorted(maps.Keys(b.workers)) {
		if silent := b.now.Sub(b.workers[id].seen); silent >= b.o.Timeout {
			b.tell(0, "gone", "worker %s, after %s of silence", id, silent.Round(time.Millisecond))
			b.dropWorker(id, true)
		}
	}
	for _, id := range slices.Clone(b.turns) {
		if silent := b.now.Sub(b.schedulers[id].seen); silent >= b.o.Timeout {
			b.tell(0, "gone", "scheduler %s, after %s of silence", id, silent.Round(time.Millisecond))
			b.dropScheduler(id)
		}
	}
}

// disconnect ends the broker, if who asks for it may.
func (b *Broker) disconnect(c call, m message, acknowledge bool) {
	if b.o.Secret != "" && subtle.ConstantTimeCompare([]byte(b.o.Secret), m.part(0)) != 1 {
		b.tell(c.conn, "refused", "DISCONNECT without the secret")
		return
	}
	if acknowledge {
		b.send(c.listener, m.from, "ACK", []byte(m.id))
	}
	b.stop("asked by " + m.from)
}

// stop says goodbye to all and ends the broker. Requests that wait are lost.
func (b *Broker) stop(why string) {
	if b.finished {
		return
	}
	b.finished = true
	for _, id := range b.turns {
		b.send(b.schedulers[id].listener, id, b.o.goodbye())
	}
	for _, id := range slices.Sorted(maps.Keys(b.workers)) {
		b.send(b.workers[id].listener, id, b.o.goodbye())
	}
	for _, queue := range slices.Sorted(maps.Keys(b.waiting)) {
		for _, r := range b.waiting[queue] {
			b.tell(0, "lost", "%s waited for a worker of %s", r.id, queue)
		}
	}
	b.do(reactor.Close{Why: why})
}

// Inputs of a [Broker].
type (
	// Stop ends it, as DISCONNECT does.
	Stop struct{}

	// Tell sends a message to an identity.
	Tell struct {
		To, Command string
		Parts       [][]byte
	}
)

func (b *Broker) input(v any) {
	switch v := v.(type) {
	case Stop:
		b.stop("asked by our own side")
	case Tell:
		for _, name := range append(b.Listeners(), "") {
			if b.board.reaches(name, v.To) {
				b.send(name, v.To, v.Command, v.Parts...)
				return
			}
		}
		b.do(reactor.Reject{Message: fmt.Sprintf("there is nobody called %q", v.To)})
	default:
		b.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}

// InputNames implements [reactor.Inputs].
func (b *Broker) InputNames() []string { return []string{"stop", "tell IDENTITY COMMAND [PART…]"} }

// Input implements [reactor.Inputs]. Parts are words or quoted strings.
func (b *Broker) Input(name, args string) (reactor.Event, error) {
	parts, err := words(args)
	switch {
	case err != nil:
		return nil, err
	case name == "stop" && len(parts) == 0:
		return reactor.Input{Value: Stop{}}, nil
	case name == "tell" && len(parts) >= 2:
		return reactor.Input{Value: Tell{To: string(parts[0]), Command: string(parts[1]), Parts: parts[2:]}}, nil
	case name == "stop" || name == "tell":
		return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "other arguments are expected", Hint: "stop, or tell IDENTITY COMMAND [PART…]"}
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"stop", "tell"}}
}

var (
	_ reactor.Ported = (*Broker)(nil)
	_ reactor.Inputs = (*Broker)(nil)
	_ reactor.Faulty = (*Broker)(nil)
)
