package emqp

import (
	"slices"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// request takes a REQUEST: it goes to a worker, or waits for one. Of a queue
// that nobody serves it goes to the default one.
func (b *Broker) request(c call, m message) {
	if len(m.body) == 0 {
		b.tell(c.conn, "refused", "REQUEST without a queue")
		return
	}
	queue := string(m.body[0])
	if b.queues[queue] == nil {
		queue = defaultQueue
	}
	if b.o.Compat && c.listener == Backend {
		c.listener = Frontend // where the program answers, though nobody is there
	}
	r := request{call: c, id: m.id, since: b.now}
	if w := b.free(queue); w != nil {
		w.slots--
		b.handOver(w, queue, r, false)
		return
	}
	limit := b.o.MaxWaiting
	if queue == defaultQueue {
		limit *= 100 // it takes the requests of queues that nobody serves, too
	}
	if len(b.waiting[queue]) >= limit || b.held+r.size() > b.o.MaxBuffered {
		b.tell(c.conn, "refused", "REQUEST %s: %d wait for a worker of %.40s", m.id, len(b.waiting[queue]), queue)
		return
	}
	b.waiting[queue] = append(b.waiting[queue], r)
	b.held += r.size()
}

// free returns the worker that is to have the next request of a queue, nil
// when none is free. Those that were looked at go behind the others of their
// weight.
func (b *Broker) free(queue string) *worker {
	list := b.queues[queue]
	i := slices.IndexFunc(list, func(p place) bool {
		w := b.workers[p.id]
		return w.slots > 0 && b.board.reaches(w.listener, w.id)
	})
	if i < 0 {
		return nil
	}
	w := b.workers[list[i].id]
	list = slices.Concat(list[i+1:], list[:i+1])
	sortPlaces(list)
	b.queues[queue] = list
	return w
}

// handOver gives a request to a worker, and tells the client so. The document
// has no such notice.
func (b *Broker) handOver(w *worker, queue string, r request, waited bool) {
	frames := r.call.frames
	b.dst = b.board.send(b.now, w.listener, w.id, frames, b.dst)
	w.flying = append(w.flying, r.id)
	b.flights[r.id] = flight{
		queue: queue, worker: w.id, client: r.call.from, listener: r.call.listener, since: r.since,
		answer: len(frames) > atBody+1 && hasHeader(frames[atBody+1], "reply-requested"),
	}
	if waited && b.o.Compat {
		return // the program neither counts it nor says so
	}
	b.queueN.add(queue)
	b.workerN.add(w.id)
	if !b.o.AsDocumented {
		b.send(r.call.listener, r.call.from, "REPLY", []byte(r.id))
	}
}

// ready takes the news that a worker has a free slot.
func (b *Broker) ready(w *worker) {
	switch {
	case w.early > 0:
		w.early--
	case len(w.flying) > 0: // which of them is done is not told
		delete(b.flights, w.flying[0])
		w.flying = w.flying[1:]
	}
	w.slots++
	b.serve(w)
}

// serve gives a worker what waits in its queues, for as long as it has slots.
func (b *Broker) serve(w *worker) {
	for _, q := range w.queues {
		for len(b.waiting[q.Name]) > 0 && w.slots > 0 && b.board.reaches(w.listener, w.id) {
			r := b.waiting[q.Name][0]
			b.waiting[q.Name] = b.waiting[q.Name][1:]
			if b.held -= r.size(); len(b.waiting[q.Name]) == 0 {
				delete(b.waiting, q.Name)
			}
			w.slots--
			b.handOver(w, q.Name, r, true)
		}
	}
}

// result takes what a job has returned: [value, id of the request], or the
// document's [value], which is that of the oldest. As documented, the client
// is told, if it wanted to know.
func (b *Broker) result(c call, w *worker, m message) {
	if len(m.body) == 0 {
		b.tell(c.conn, "refused", "REPLY without a result")
		return
	}
	id := string(m.part(1))
	if len(m.body) == 1 && len(w.flying) > 0 {
		id = w.flying[0]
	}
	i := slices.Index(w.flying, id)
	if i < 0 {
		b.tell(c.conn, "ignored", "a result of %.40q, which the worker %s does not have", id, w.id)
		return
	}
	f := b.flights[id]
	delete(b.flights, id)
	w.flying = slices.Delete(slices.Clone(w.flying), i, i+1)
	w.early++
	if b.o.AsDocumented && f.answer {
		value := m.body[0]
		if inside, ok := jsonv.Get(value, "value"); ok && jsonv.CheckWhole(value, python) == nil {
			value = inside
		}
		b.send(f.listener, f.client, "REPLY", value)
	}
}
