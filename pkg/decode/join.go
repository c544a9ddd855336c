package decode

import (
	"iter"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Joiner pairs answers with what they answer, by what the protocols say of
// their frames ([codec.Linked]). It wants records in order.
type Joiner struct {
	asks    map[joinKey]ask
	waiting map[int]int // requests of each conversation without an answer
	stale   int         // of asks, those that nobody waits for

	// Full says that there were more unanswered requests at a time than are
	// kept; the later ones were not paired.
	Full bool
}

// MaxAsks is how many requests may wait for an answer.
const MaxAsks = 100_000

type joinKey struct {
	proto          string
	conn, exchange int // 0 when the key counts everywhere
	key            string
}

type ask struct {
	conn, seq int
	time      time.Time
	tag       uint64
	done      bool // nobody waits any more, as far as can be told
}

// NewJoiner returns a Joiner that has seen nothing.
func NewJoiner() *Joiner { return &Joiner{asks: map[joinKey]ask{}, waiting: map[int]int{}} }

// LinkOf returns the link of a record's frame, if it has one.
func LinkOf(r *codec.Record) codec.Link {
	if l, ok := r.Frame.(codec.Linked); ok && r.Err == nil {
		return l.Link()
	}
	return codec.Link{}
}

// Join takes a record with its link. If it is an answer to a record that was
// seen, Join says to which.
func (j *Joiner) Join(r *codec.Record, l codec.Link) (codec.Reply, bool) {
	joined := j.Add(r, l)
	return joined.To, joined.Answers
}

// Add takes a record with its link, and says what the records before it tell
// about it.
func (j *Joiner) Add(r *codec.Record, l codec.Link) codec.Joined {
	return j.AddTagged(r, l, 0).Joined
}

// A Tagged is a Joined with the tag of the request.
type Tagged struct {
	codec.Joined
	Tag uint64 // that the request was given which it answers
}

// AddTagged is Add for those who give each request a tag, which comes back
// with its answers.
func (j *Joiner) AddTagged(r *codec.Record, l codec.Link, tag uint64) Tagged {
	if l.Role == codec.LinkNone {
		return Tagged{Joined: codec.Joined{Outstanding: -1}}
	}
	k := joinKey{proto: r.Proto, key: l.Key}
	if !l.Wide {
		k.conn, k.exchange = r.Conn, r.Exchange
	}
	first, known := j.asks[k]
	switch l.Role {
	case codec.LinkAsks:
		if !known || !l.Wide { // a bus passes requests on: the first is its sender's
			asks := j.ask(k, r, first, known, tag)
			return Tagged{Joined: codec.Joined{Asks: asks, Outstanding: j.waiting[r.Conn]}}
		}
		return Tagged{Joined: codec.Joined{Outstanding: j.waiting[first.conn]}}
	case codec.LinkGoesOn:
		joined := Tagged{Joined: codec.Joined{Outstanding: -1}, Tag: first.tag}
		if known {
			joined.To, joined.Answers, joined.Last = first.to(r), true, !first.done
			j.settle(k, first, false)
		}
		if j.room() {
			j.stale++
			j.asks[k] = ask{conn: r.Conn, seq: r.Seq, time: r.Time, done: true}
		}
		return joined
	}
	if !known {
		return Tagged{Joined: codec.Joined{Outstanding: j.waiting[r.Conn]}}
	}
	joined := Tagged{Joined: codec.Joined{To: first.to(r), Answers: true}, Tag: first.tag}
	switch {
	case l.Role == codec.LinkEnds:
		joined.Last = !first.done
		j.settle(k, first, false)
	case l.Wide: // on a bus, nobody says which answer is the last
		joined.Last = !first.done
		j.settle(k, first, true)
	}
	joined.Outstanding = j.waiting[first.conn]
	return joined
}

// to returns what r is to say of what it answers.
func (a *ask) to(r *codec.Record) codec.Reply {
	reply := codec.Reply{Conn: a.conn, Seq: a.seq, Elapsed: -1}
	if !r.Time.IsZero() && !a.time.IsZero() {
		reply.Elapsed = r.Time.Sub(a.time)
	}
	return reply
}

// ask keeps a request, if it can. One of the same key before it gets no answer
// any more.
func (j *Joiner) ask(k joinKey, r *codec.Record, before ask, known bool, tag uint64) bool {
	if !known && !j.room() {
		return false
	}
	if known {
		j.settle(k, before, false)
	}
	j.asks[k] = ask{conn: r.Conn, seq: r.Seq, time: r.Time, tag: tag}
	j.waiting[r.Conn]++
	return true
}

// settle ends the waiting for an answer. A request may be kept for more of
// them.
func (j *Joiner) settle(k joinKey, a ask, keep bool) {
	if a.done {
		j.stale--
	} else if j.waiting[a.conn]--; j.waiting[a.conn] == 0 {
		delete(j.waiting, a.conn)
	}
	if a.done = true; keep {
		j.stale++
		j.asks[k] = a
	} else {
		delete(j.asks, k)
	}
}

// room says whether one more request can be kept. It makes room if it can.
func (j *Joiner) room() bool {
	if len(j.asks) >= MaxAsks && j.stale > MaxAsks/16 { // it looks at them all, so not for each
		for k, a := range j.asks {
			if a.done {
				delete(j.asks, k)
			}
		}
		j.stale = 0
	}
	full := len(j.asks) >= MaxAsks
	j.Full = j.Full || full
	return !full
}

// Forget drops the requests of a conversation that is over: no answer comes
// any more. Those of a bus stay, as others may answer them.
func (j *Joiner) Forget(conn int) {
	if j.waiting[conn] == 0 {
		return // what nobody waits for goes when there is need for room
	}
	for k, a := range j.asks {
		if k.conn == conn {
			j.settle(k, a, false)
		}
	}
}

// Open gives the requests that have had no last answer, or, on a bus, none at
// all, with their tags.
func (j *Joiner) Open() iter.Seq2[codec.Reply, uint64] {
	return func(yield func(codec.Reply, uint64) bool) {
		for _, a := range j.asks {
			if !a.done && !yield(codec.Reply{Conn: a.conn, Seq: a.seq, Elapsed: -1}, a.tag) {
				return
			}
		}
	}
}

// Unanswered returns how many requests of each conversation have had no last
// answer, or, on a bus, none at all.
func (j *Joiner) Unanswered() map[int]int {
	open := make(map[int]int, len(j.waiting))
	for conn, n := range j.waiting {
		open[conn] = n
	}
	return open
}
