package decode

import "github.com/wirectl/wirectl/pkg/codec"

// An Ahead keeps items about records, in their order, until it is known what
// answered them. What comes out is in the order in which it went in. It keeps
// no more than MaxRecords items and MaxBytes bytes: then the oldest is let go.
//
//	Push ──▶ [item waits][item][item waits][item] ──▶ Next
//	                 Answer, Forget, Finish settle
type Ahead[T any] struct {
	MaxRecords, MaxBytes int

	// Lost is how many were let go before their answer, if they had one, was
	// seen.
	Lost int

	queue []waiter[T] // from head on
	head  int
	bytes int
	gone  int                 // items before queue[0]
	at    map[int]map[int]int // of those that wait, by conversation and number, counted from the first item ever
	over  bool
}

type waiter[T any] struct {
	item      T
	conn, seq int
	joined    codec.Joined
	size      int
	waits     bool
	wide      bool
}

// NewAhead returns an Ahead with the limits that suit a command.
func NewAhead[T any]() *Ahead[T] {
	return &Ahead[T]{MaxRecords: 50_000, MaxBytes: 16_000_000, at: map[int]map[int]int{}}
}

// Push takes an item of size bytes about r. It waits if that is a request that
// joined says will have its answer told.
func (a *Ahead[T]) Push(r *codec.Record, link codec.Link, joined codec.Joined, size int, item T) {
	w := waiter[T]{item: item, conn: r.Conn, seq: r.Seq, joined: joined, size: size, waits: joined.Asks, wide: link.Wide}
	if w.waits {
		if a.at[r.Conn] == nil {
			a.at[r.Conn] = map[int]int{}
		}
		a.at[r.Conn][r.Seq] = a.gone + len(a.queue)
	}
	a.queue = append(a.queue, w)
	a.bytes += size
}

// Answer takes what r is said to answer: if it is the last answer, what waits
// for that waits no more.
func (a *Ahead[T]) Answer(r *codec.Record, joined *codec.Joined) {
	if !joined.Answers || !joined.Last {
		return
	}
	i, waits := a.at[joined.To.Conn][joined.To.Seq]
	if !waits {
		return
	}
	w := &a.queue[i-a.gone]
	a.settle(w)
	w.joined.Answered, w.joined.By = true, codec.Reply{Conn: r.Conn, Seq: r.Seq, Elapsed: joined.To.Elapsed}
}

// Forget settles what waits in a conversation that is over, but on a bus, where
// others may answer.
func (a *Ahead[T]) Forget(conn int) {
	for _, i := range a.at[conn] {
		if w := &a.queue[i-a.gone]; !w.wide {
			a.settle(w)
		}
	}
}

func (a *Ahead[T]) settle(w *waiter[T]) {
	w.waits = false
	of := a.at[w.conn]
	if delete(of, w.seq); len(of) == 0 {
		delete(a.at, w.conn)
	}
}

// Empty says whether there is nothing left to come out.
func (a *Ahead[T]) Empty() bool { return a.head == len(a.queue) }

// Finish settles all that waits: there is nothing more to come.
func (a *Ahead[T]) Finish() { a.over = true }

// Next returns the next item that does not have to wait any more, and what is
// known about its record. It says false when there is none.
func (a *Ahead[T]) Next() (item T, joined codec.Joined, ok bool) {
	if a.head == len(a.queue) {
		a.gone += len(a.queue)
		a.queue, a.head = a.queue[:0], 0
		return item, joined, false
	}
	w := &a.queue[a.head]
	if w.waits && !a.over {
		if len(a.queue)-a.head <= a.MaxRecords && a.bytes <= a.MaxBytes {
			return item, joined, false
		}
		a.Lost++
	}
	if w.waits {
		a.settle(w)
	}
	item, joined = w.item, w.joined
	a.bytes -= w.size
	*w = waiter[T]{} // what it holds may go
	if a.head++; a.head >= 1024 && a.head >= len(a.queue)/2 {
		n := copy(a.queue, a.queue[a.head:])
		clear(a.queue[n:])
		a.gone, a.queue, a.head = a.gone+a.head, a.queue[:n], 0
	}
	return item, joined, true
}
