package emqp

import (
	"slices"
	"strings"
)

// frontend handles a message of a client or a scheduler.
func (b *Broker) frontend(c call, m message) {
	if s := b.schedulers[m.from]; s != nil {
		s.seen = b.now
		if b.o.isGoodbye(m.command) {
			b.dropScheduler(m.from)
			return
		}
	}
	switch m.command {
	case "REQUEST":
		b.request(c, m)
	case "INFORM":
		b.inform(c, m)
	case "SCHEDULE":
		b.schedule(c, m)
	case "UNSCHEDULE":
		b.unschedule(c, m)
	case "DISCONNECT":
		b.disconnect(c, m, false)
	case "HEARTBEAT", "HELLO":
	default:
		b.tell(c.conn, "ignored", "%.40s at the frontend", m.command)
	}
}

// backend handles a message of a worker. The case of commands does not count.
func (b *Broker) backend(c call, m message) {
	m.command = strings.ToUpper(m.command)
	w := b.workers[m.from]
	switch {
	case w == nil && m.command == "INFORM":
		b.inform(c, m)
		return
	case w == nil:
		b.tell(c.conn, "refused", "%.40s of the worker %s, which has not introduced itself", m.command, m.from)
		return
	case b.o.isGoodbye(m.command):
		b.dropWorker(m.from, false)
		return
	}
	w.seen = b.now
	switch m.command {
	case "INFORM":
		b.inform(c, m)
	case "READY":
		b.ready(w)
	case "REPLY":
		b.result(c, w, m)
	case "REQUEST":
		b.request(c, m)
	case "HEARTBEAT":
		b.serve(w) // it may have lost its connection for a while
	default: // DISCONNECT, too, which the program does not survive
		b.tell(c.conn, "ignored", "%.40s of a worker", m.command)
	}
}

// inform takes somebody who introduces himself, once more perhaps.
func (b *Broker) inform(c call, m message) {
	if len(m.body) < 2 {
		b.tell(c.conn, "refused", "INFORM with %d of its 2 parts", len(m.body))
		return
	}
	listener := c.listener
	switch kind := string(m.body[1]); kind {
	case "worker":
		queues := b.o.Queues
		if text := m.body[0]; len(text) > 0 {
			var err error
			if queues, err = parseQueues(text); err != nil {
				b.tell(c.conn, "refused", "INFORM: %v", err)
				return
			}
		}
		if b.o.Compat && listener == Frontend {
			listener = Backend // where the program answers, though nobody is there
		}
		b.addWorker(m.from, listener, queues)
		b.tell(c.conn, "worker", "%s %s", m.from, appendQueues(nil, queues))
	case "scheduler":
		if b.o.Compat && listener == Backend {
			listener = Frontend
		}
		b.turns = append(slices.DeleteFunc(b.turns, func(id string) bool { return id == m.from }), m.from)
		b.schedulers[m.from] = &scheduler{listener: listener, seen: b.now}
		b.tell(c.conn, "scheduler", "%s", m.from)
	default:
		b.tell(c.conn, "refused", "INFORM of a %.40q, which is neither worker nor scheduler", kind)
		return
	}
	b.beat()
	b.send(listener, m.from, "ACK", []byte(m.id))
}

// addWorker makes a worker known. It has no slots yet.
func (b *Broker) addWorker(id, listener string, queues []Queue) {
	if b.workers[id] != nil {
		b.dropWorker(id, true)
	}
	if !b.o.Compat {
		queues = byWeight(queues)
	}
	b.workers[id] = &worker{id: id, listener: listener, queues: queues, seen: b.now}
	for _, q := range queues {
		b.queues[q.Name] = append(b.queues[q.Name], place{q, id, q.weight()})
		sortPlaces(b.queues[q.Name])
	}
}

func sortPlaces(list []place) {
	slices.SortStableFunc(list, func(x, y place) int { return heavier(x.weight, y.weight) })
}

// dropWorker forgets a worker. When it has gone without a word, what it had
// is lost.
func (b *Broker) dropWorker(id string, gone bool) {
	w := b.workers[id]
	delete(b.workers, id)
	for _, q := range w.queues {
		list := slices.DeleteFunc(slices.Clone(b.queues[q.Name]), func(p place) bool { return p.id == id })
		if len(list) == 0 {
			delete(b.queues, q.Name)
		} else {
			b.queues[q.Name] = list
		}
	}
	for _, request := range w.flying {
		if gone {
			b.tell(0, "lost", "%s was with the worker %s", request, id)
		}
		delete(b.flights, request)
	}
}

func (b *Broker) dropScheduler(id string) {
	delete(b.schedulers, id)
	b.turns = slices.DeleteFunc(b.turns, func(one string) bool { return one == id })
}

// schedule passes a SCHEDULE on to one scheduler: the last that came.
func (b *Broker) schedule(c call, m message) {
	for _, id := range slices.Backward(b.turns) {
		if s := b.schedulers[id]; b.board.reaches(s.listener, id) {
			b.dst = b.board.send(b.now, s.listener, id, m.frames, b.dst)
			return
		}
	}
	b.tell(c.conn, "refused", "SCHEDULE %s: there is no scheduler", m.id)
}

// unschedule passes an UNSCHEDULE on to all schedulers.
func (b *Broker) unschedule(c call, m message) {
	if len(b.turns) == 0 {
		b.tell(c.conn, "refused", "UNSCHEDULE %s: there is no scheduler", m.id)
	}
	for _, id := range b.turns {
		b.dst = b.board.send(b.now, b.schedulers[id].listener, id, m.frames, b.dst)
	}
}
