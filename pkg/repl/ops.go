package repl

import (
	"fmt"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A feed gives events to a machine.
type feed struct {
	end    int
	events []reactor.Event
	line   string // from which they were read; "" when they were not
	tape   int    // how much of what is loaded has been given with them
	frames []said // that they hold, for the Reader, when there is no line
}

// said are frames on a connection in a direction.
type said struct {
	dir   codec.Direction
	conn  int
	frame codec.Frame
}

func (f feed) do(w *world, now time.Time, dst []reactor.Action) []reactor.Action {
	w.tape = f.tape
	for _, ev := range f.events {
		dst = w.give(f.end, ev, now, dst)
	}
	return dst
}

// A connecting makes a connection between two machines.
type connecting struct{}

func (connecting) do(w *world, now time.Time, dst []reactor.Action) []reactor.Action {
	w.conn++
	w.way, w.wants, w.begun = nil, false, nil
	server := &w.ends[serverEnd]
	switch {
	case server.hub:
		dst = w.give(serverEnd, reactor.From{Conn: w.conn, Event: reactor.Opened{}}, now, dst)
	case w.conn > 1:
		m, err := w.fresh()
		if err != nil {
			return append(dst, reactor.Reject{Message: err.Error()})
		}
		server.m = m
		w.timers = slices.DeleteFunc(w.timers, func(t timer) bool { return t.end == serverEnd })
		w.sends = slices.DeleteFunc(w.sends, func(s sending) bool { return s.end == serverEnd })
	}
	return w.give(clientEnd, reactor.Opened{}, now, dst)
}

// An injection puts a packet on the way that no machine made.
type injection struct{ p packet }

func (i injection) do(w *world, _ time.Time, dst []reactor.Action) []reactor.Action {
	w.pass(i.p)
	return dst
}

// A delivery gives a packet to the machine that it is for, as the events that
// its bytes are.
type delivery struct {
	id     int
	p      packet
	events []reactor.Event
}

func (d delivery) do(w *world, now time.Time, dst []reactor.Action) []reactor.Action {
	i := w.find(d.id)
	if i < 0 {
		return append(dst, reactor.Reject{Message: fmt.Sprintf("packet %d is not on the way", d.id)})
	}
	p := w.way[i]
	w.way = slices.Delete(w.way, i, i+1)
	if w.live {
		w.out = append(w.out, p)
		return dst
	}
	n := hears(d.p.dir)
	for _, ev := range d.events {
		if w.ends[n].hub {
			ev = reactor.From{Conn: w.conn, Event: ev}
		}
		dst = w.give(n, ev, now, dst)
	}
	return dst
}

// A meddling changes what is on the way: a packet is dropped, moved to the
// place of another, or gets other bytes.
type meddling struct {
	id    int
	drop  bool
	to    int // the packet to stand before; 0 when it is not moved
	bytes []byte
	frame codec.Frame
}

func (m meddling) do(w *world, _ time.Time, dst []reactor.Action) []reactor.Action {
	i := w.find(m.id)
	if i < 0 {
		return append(dst, reactor.Reject{Message: fmt.Sprintf("packet %d is not on the way", m.id)})
	}
	p := w.way[i]
	switch {
	case m.drop:
		w.way = slices.Delete(w.way, i, i+1)
	case m.to > 0:
		w.way = slices.Delete(w.way, i, i+1)
		if j := w.find(m.to); j >= 0 {
			w.way = slices.Insert(w.way, j, p)
		} else {
			w.way = append(w.way, p)
		}
	default:
		w.way[i].bytes, w.way[i].frame = m.bytes, m.frame
	}
	return dst
}
