package emqp

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// admin handles a command of emq-cli.
func (b *Broker) admin(c call, m message) {
	switch m.command {
	case "DISCONNECT":
		b.disconnect(c, m, true)
	case "STATUS":
		b.send(c.listener, m.from, "REPLY", b.status())
	case "ROUTER_SHOW_WORKERS":
		b.send(c.listener, m.from, "REPLY", b.showWorkers())
	case "ROUTER_SHOW_SCHEDULERS":
		b.send(c.listener, m.from, "REPLY", b.showSchedulers())
	case "HELLO":
	default:
		b.tell(c.conn, "ignored", "%.40s at the admin port", m.command)
	}
}

// A tally counts by name, and keeps the names in the order in which they came.
type tally struct {
	names []string
	n     map[string]int
}

// maxTally bounds the names: workers come with new ones again and again.
const maxTally = 10000

func (t *tally) add(name string) {
	if t.n == nil {
		t.n = map[string]int{}
	}
	if _, known := t.n[name]; !known {
		if len(t.names) == maxTally {
			delete(t.n, t.names[0])
			t.names = t.names[1:]
		}
		t.names = append(t.names, name)
	}
	t.n[name]++
}

func (t *tally) clone() tally { return tally{slices.Clone(t.names), maps.Clone(t.n)} }

// A spell is how long requests of a queue have been under way.
type spell struct {
	n            int
	sum, longest time.Duration
}

// status reports on the requests, by queue.
func (b *Broker) status() []byte {
	spells := map[string]spell{}
	add := func(queue string, since time.Time) {
		s, d := spells[queue], b.now.Sub(since)
		spells[queue] = spell{s.n + 1, s.sum + d, max(s.longest, d)}
	}
	waiting := map[string]int{}
	for queue, list := range b.waiting {
		waiting[queue] = len(list)
		for _, r := range list {
			add(queue, r.since)
		}
	}
	for _, f := range b.flights {
		add(f.queue, f.since)
	}
	names := slices.Sorted(maps.Keys(spells))
	of := func(f func(spell) int) []byte {
		return numbers(names, func(name string) int { return f(spells[name]) })
	}
	return object(
		field{"inflight_messages_by_queue", of(func(s spell) int { return s.n })},
		field{"latency_messages_by_queue", of(func(s spell) int { return int(s.sum.Milliseconds()) / s.n })},
		field{"max_latency_messages_by_queue", of(func(s spell) int { return int(s.longest.Milliseconds()) })},
		field{"waiting_messages_by_queue", numbers(slices.Sorted(maps.Keys(waiting)), func(name string) int { return waiting[name] })},
		field{"processed_messages_by_queue", numbers(b.queueN.names, func(name string) int { return b.queueN.n[name] })},
		field{"processed_messages_by_worker", numbers(b.workerN.names, func(name string) int { return b.workerN.n[name] })},
	)
}

// showWorkers reports on the workers and on who serves which queue.
func (b *Broker) showWorkers() []byte {
	var workers, queues []field
	for _, id := range slices.Sorted(maps.Keys(b.workers)) {
		w := b.workers[id]
		workers = append(workers, field{id, object(
			field{"queues", appendQueues(nil, w.queues)},
			field{"hb", b.monotonic(w.seen)},
			field{"available_slots", strconv.AppendInt(nil, int64(w.slots), 10)},
		)})
	}
	for _, name := range slices.Sorted(maps.Keys(b.queues)) {
		var list []Queue
		for _, p := range b.queues[name] {
			list = append(list, Queue{p.Weight, p.id})
		}
		queues = append(queues, field{name, appendQueues(nil, list)})
	}
	return object(field{"connected_workers", object(workers...)}, field{"connected_queues", object(queues...)})
}

// showSchedulers reports on the schedulers.
func (b *Broker) showSchedulers() []byte {
	var list []field
	for _, id := range b.turns {
		list = append(list, field{id, object(field{"hb", b.monotonic(b.schedulers[id].seen)})})
	}
	return object(field{"connected_schedulers", object(list...)})
}

// monotonic returns a time on the broker's own clock, in seconds.
func (b *Broker) monotonic(t time.Time) []byte {
	return strconv.AppendFloat(nil, t.Sub(b.began).Seconds(), 'f', 6, 64)
}

// A field is a member of a JSON object.
type field struct {
	name  string
	value []byte
}

// object writes an object as Python's json.dumps does.
func object(fields ...field) []byte {
	dst := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendString(dst, f.name), ": "...)
		dst = append(dst, f.value...)
	}
	return append(dst, '}')
}

func numbers(names []string, of func(string) int) []byte {
	fields := make([]field, len(names))
	for i, name := range names {
		fields[i] = field{name, strconv.AppendInt(nil, int64(of(name)), 10)}
	}
	return object(fields...)
}

// appendString writes a string as Python's json.dumps does: ASCII only.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsonv.AppendPython(dst, jsonenc.AppendString(nil, s))
	return dst
}

// State implements [reactor.Machine].
func (b *Broker) State() reactor.State {
	workers, waiting := []string{}, []string{}
	for _, id := range slices.Sorted(maps.Keys(b.workers)) {
		w := b.workers[id]
		workers = append(workers, id+"="+strconv.Itoa(w.slots)+"/"+strconv.Itoa(len(w.flying)+w.slots))
	}
	for _, queue := range slices.Sorted(maps.Keys(b.waiting)) {
		waiting = append(waiting, queue+"="+strconv.Itoa(len(b.waiting[queue])))
	}
	return reactor.State{
		{Name: "connections", Value: b.Conns()},
		{Name: "workers", Value: workers},
		{Name: "queues", Value: slices.Sorted(maps.Keys(b.queues))},
		{Name: "schedulers", Value: append([]string{}, b.turns...)},
		{Name: "waiting", Value: waiting},
		{Name: "under_way", Value: len(b.flights)},
	}
}

// Snapshot implements [reactor.Machine].
func (b *Broker) Snapshot() reactor.Machine {
	c := *b
	c.dst = nil
	c.board = b.board.clone()
	c.workers = make(map[string]*worker, len(b.workers))
	for id, w := range b.workers {
		copied := *w
		copied.flying = slices.Clone(w.flying)
		c.workers[id] = &copied
	}
	c.schedulers = make(map[string]*scheduler, len(b.schedulers))
	for id, s := range b.schedulers {
		copied := *s
		c.schedulers[id] = &copied
	}
	c.queues = make(map[string][]place, len(b.queues))
	for name, list := range b.queues {
		c.queues[name] = slices.Clone(list)
	}
	c.waiting = make(map[string][]request, len(b.waiting))
	for name, list := range b.waiting {
		c.waiting[name] = slices.Clone(list)
	}
	c.flights, c.turns = maps.Clone(b.flights), slices.Clone(b.turns)
	c.queueN, c.workerN = b.queueN.clone(), b.workerN.clone()
	return &c
}
