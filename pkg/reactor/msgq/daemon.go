package msgq

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Daemon is the message queue's daemon, for all connections at once. See the
// package's comment for what it does better than the real one.
type Daemon struct {
	o     DaemonOptions
	fault error // in the settings: the daemon does nothing else than say so

	begun   bool
	stopped bool
	now     time.Time // of the event
	count   int64     // of lnames given

	peers   map[int]*peer // by connection; the daemon's own session is ownConn
	order   []int         // of connections, as they came
	names   map[string]int
	members map[subscription][]int // connections, as they subscribed
	own     session
	notices [][]byte // notifications to be sent when the event is done
}

// A peer is one connection.
type peer struct {
	conn       int
	lname      string
	subs       map[subscription]int // with the number of the subscribe
	subscribes int
	subscribed int // octets, as MaxSubscribed counts them

	sends  int
	unsent map[int]int64 // octets of a Send that is not out, by ID
	queued int64         // octets of all these
}

// NewDaemon returns a daemon without connections.
func NewDaemon(o DaemonOptions) *Daemon {
	return &Daemon{
		o:       o.withDefaults(),
		peers:   map[int]*peer{},
		names:   map[string]int{},
		members: map[subscription][]int{},
	}
}

// DaemonOf returns a daemon with the settings of o; see [DaemonOptionsOf]. If
// one is wrong, the daemon answers every event with that.
func DaemonOf(o reactor.Options) *Daemon {
	own, err := DaemonOptionsOf(o)
	d := NewDaemon(own)
	d.fault = err
	return d
}

// Conns implements [reactor.Hub].
func (d *Daemon) Conns() []int {
	var conns []int
	for _, conn := range d.order {
		if conn != ownConn {
			conns = append(conns, conn)
		}
	}
	slices.Sort(conns)
	return conns
}

// Step implements [reactor.Machine].
func (d *Daemon) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if d.fault != nil {
		return append(dst, reactor.Fail{Message: d.fault.Error()})
	}
	d.now = now
	if !d.begun {
		d.begin()
	}
	switch ev := ev.(type) {
	case reactor.From:
		dst = d.onConn(ev.Conn, ev.Event, dst)
	case reactor.Expired:
		dst = d.expired(ev.Timer, dst)
	case reactor.Input:
		if _, ok := ev.Value.(Stop); !ok {
			return append(dst, reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", ev.Value)})
		}
		dst = d.stop("asked by our own side", dst)
	default:
		return append(dst, reactor.Reject{Message: "the event is of no connection"})
	}
	return d.notify(dst)
}

// begin makes the daemon's own session, if it is there from the start on.
func (d *Daemon) begin() {
	d.begun = true
	if d.o.Membership == MembershipAlways {
		d.connectOwn()
		d.own.ready = true
	}
}

// onConn handles an event of one connection.
func (d *Daemon) onConn(conn int, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if _, opened := ev.(reactor.Opened); opened {
		return d.accept(conn, dst)
	}
	p := d.peers[conn]
	if p == nil || conn == ownConn {
		return dst // it is closed
	}
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*msgq.Frame)
		if !ok {
			return append(dst, reactor.To{Conn: conn, Action: reactor.Reject{Message: fmt.Sprintf("a %T is no frame of msgq", ev.Frame)}})
		}
		return d.receive(p, f, dst)
	case reactor.Sent:
		p.queued -= p.unsent[ev.ID]
		delete(p.unsent, ev.ID)
		return dst
	case reactor.EOF:
		return d.remove(p, reactor.Close{}, dst)
	case reactor.Broken:
		return d.remove(p, reactor.Close{Why: ev.Err.Error()}, dst)
	}
	return append(dst, reactor.To{Conn: conn, Action: reactor.Noop{}})
}

// accept takes a new connection and gives it its name.
func (d *Daemon) accept(conn int, dst []reactor.Action) []reactor.Action {
	refuse := func(a reactor.Action) []reactor.Action { return append(dst, reactor.To{Conn: conn, Action: a}) }
	switch {
	case conn <= ownConn:
		return refuse(reactor.Reject{Message: "connections count from 1"})
	case d.peers[conn] != nil:
		return refuse(reactor.Reject{Message: fmt.Sprintf("connection %d is open", conn)})
	case d.stopped:
		return refuse(reactor.Close{Why: "the daemon has stopped"})
	case d.clients() >= d.o.MaxConnections:
		return refuse(reactor.Close{Why: fmt.Sprintf("too many connections: %d", d.o.MaxConnections)})
	}
	p := d.add(conn)
	d.tell("connected", p.lname, nil)
	return dst
}

// clients counts the connections, without the daemon's own session.
func (d *Daemon) clients() int {
	if d.peers[ownConn] != nil {
		return len(d.peers) - 1
	}
	return len(d.peers)
}

// add makes a peer and its lname: the time in seconds since 1970 and the
// number of lnames that were given, both hexadecimal, and the host's name. A
// zero time counts as 1970.
func (d *Daemon) add(conn int) *peer {
	d.count++
	seconds := int64(0)
	if !d.now.IsZero() {
		seconds = d.now.Unix()
	}
	p := &peer{
		conn: conn, lname: fmt.Sprintf("%x_%x@%s", seconds, d.count, d.o.Hostname),
		subs: map[subscription]int{}, unsent: map[int]int64{},
	}
	d.peers[conn], d.names[p.lname] = p, conn
	d.order = append(d.order, conn)
	return p
}

// remove ends a connection: what it subscribed to, then itself.
func (d *Daemon) remove(p *peer, how reactor.Action, dst []reactor.Action) []reactor.Action {
	for _, group := range p.groups() {
		d.tell("unsubscribed", p.lname, group)
	}
	for s := range p.subs {
		d.forget(s, p.conn)
	}
	delete(d.peers, p.conn)
	delete(d.names, p.lname)
	d.order = slices.DeleteFunc(d.order, func(conn int) bool { return conn == p.conn })
	d.tell("disconnected", p.lname, nil)
	return append(dst, reactor.To{Conn: p.conn, Action: how})
}

// offend ends a connection that broke the rules.
func (d *Daemon) offend(p *peer, why string, dst []reactor.Action) []reactor.Action {
	dst = append(dst, reactor.To{Conn: p.conn, Action: reactor.Fail{Message: why}})
	return d.remove(p, reactor.Close{Why: why}, dst)
}

// stop ends all connections and the daemon.
func (d *Daemon) stop(why string, dst []reactor.Action) []reactor.Action {
	if d.stopped {
		return dst
	}
	d.stopped = true
	for _, conn := range d.Conns() {
		dst = append(dst, reactor.To{Conn: conn, Action: reactor.Close{Why: "the daemon stops"}})
	}
	d.peers, d.names, d.members = map[int]*peer{}, map[string]int{}, map[subscription][]int{}
	d.order, d.notices, d.own = nil, nil, session{}
	return append(dst, reactor.Close{Why: why})
}

// deliver sends a frame to a peer. It says false when too much waits for that
// peer, which ends it.
func (d *Daemon) deliver(p *peer, f *msgq.Frame, dst []reactor.Action) ([]reactor.Action, bool) {
	const lengths = 6
	size := int64(lengths + len(f.Header) + len(f.Body))
	if p.queued+size > d.o.MaxQueued {
		why := fmt.Sprintf("%d octets wait to be read, at most %d may", p.queued+size, d.o.MaxQueued)
		return d.remove(p, reactor.Drop{Why: why}, dst), false
	}
	p.sends++
	p.unsent[p.sends] = size
	p.queued += size
	send := reactor.Send{ID: p.sends, Frames: []codec.Frame{f}}
	return append(dst, reactor.To{Conn: p.conn, Action: send}), true
}

// Snapshot implements [reactor.Machine].
func (d *Daemon) Snapshot() reactor.Machine {
	c := *d
	c.peers = make(map[int]*peer, len(d.peers))
	for conn, p := range d.peers {
		copied := *p
		copied.subs, copied.unsent = maps.Clone(p.subs), maps.Clone(p.unsent)
		c.peers[conn] = &copied
	}
	c.members = make(map[subscription][]int, len(d.members))
	for s, conns := range d.members {
		c.members[s] = slices.Clone(conns)
	}
	c.names, c.order = maps.Clone(d.names), slices.Clone(d.order)
	c.own.waiting = slices.Clone(d.own.waiting)
	return &c
}

// Fault implements [reactor.Faulty].
func (d *Daemon) Fault() error { return d.fault }
