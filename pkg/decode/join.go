package decode

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Joiner pairs answers with what they answer, by what the protocols say of
// their frames ([codec.Linked]). It wants records in order.
type Joiner struct {
	asks  map[joinKey]ask
	stale bool // an answered request may be among asks

	// Full says that there were more unanswered requests at a time than are
	// kept; the later ones were not paired.
	Full bool
}

// maxAsks is how many requests may wait for an answer.
const maxAsks = 100_000

type joinKey struct {
	proto          string
	conn, exchange int // 0 when the key counts everywhere
	key            string
}

type ask struct {
	conn, seq int
	time      time.Time
	answered  bool // on a bus, where nobody says which answer is the last
}

// NewJoiner returns a Joiner that has seen nothing.
func NewJoiner() *Joiner { return &Joiner{asks: map[joinKey]ask{}} }

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
	if l.Role == codec.LinkNone {
		return codec.Reply{}, false
	}
	k := joinKey{proto: r.Proto, key: l.Key}
	if !l.Wide {
		k.conn, k.exchange = r.Conn, r.Exchange
	}
	first, known := j.asks[k]
	switch {
	case l.Role == codec.LinkAsks && known && l.Wide:
		// A bus passes requests on: the first is its sender's.
		return codec.Reply{}, false
	case l.Role == codec.LinkAsks:
		if len(j.asks) >= maxAsks && j.stale {
			j.forget() // looks at them all, so not for every request
		}
		if j.Full = j.Full || len(j.asks) >= maxAsks; !j.Full || known {
			j.asks[k] = ask{conn: r.Conn, seq: r.Seq, time: r.Time}
		}
		return codec.Reply{}, false
	case !known:
		return codec.Reply{}, false
	}
	reply := codec.Reply{Conn: first.conn, Seq: first.seq, Elapsed: -1}
	if !r.Time.IsZero() && !first.time.IsZero() {
		reply.Elapsed = r.Time.Sub(first.time)
	}
	if l.Role == codec.LinkEnds {
		delete(j.asks, k)
	} else if l.Wide {
		first.answered, j.stale = true, true
		j.asks[k] = first
	}
	return reply, true
}

// forget makes room: it drops the requests of a bus that have had an answer.
func (j *Joiner) forget() {
	j.stale = false
	for k, a := range j.asks {
		if a.answered {
			delete(j.asks, k)
		}
	}
}

// Forget drops the requests of a conversation that is over: no answer comes
// any more. Those of a bus stay, as others may answer them.
func (j *Joiner) Forget(conn int) {
	for k := range j.asks {
		if k.conn == conn && conn != 0 {
			delete(j.asks, k)
		}
	}
}

// Unanswered returns how many requests of each conversation have had no last
// answer, or, on a bus, none at all.
func (j *Joiner) Unanswered() map[int]int {
	open := map[int]int{}
	for _, a := range j.asks {
		if !a.answered {
			open[a.conn]++
		}
	}
	return open
}
