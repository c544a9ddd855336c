package decode

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Joiner pairs answers with what they answer, by what the protocols say of
// their frames ([codec.Linked]). It wants records in order.
type Joiner struct {
	// young are the requests that came last, old those before. When young is
	// full, old is given up and young takes its place: what never gets an
	// answer, as in a capture of one direction, makes room for what may.
	young, old map[joinKey]ask

	waiting map[int]int // requests of each conversation without an answer
	protos  []string    // names of protocols, by their numbers in keys

	// Full says that requests without an answer were given up, as more came
	// after them than are kept: an answer to them was not paired.
	Full bool

	// GiveUp, if set, is told of these requests, with their tags.
	GiveUp func(request codec.Reply, tag uint64)
}

// MaxAsks is how many requests at most are kept for their answers; half as many
// of the last ones always are.
const MaxAsks = 8_000

// There are thousands of a joinKey and an ask at a time, so that they are
// small.
type joinKey struct {
	key            string
	conn, exchange int32 // 0 when the key counts everywhere
	proto          uint8
}

type ask struct {
	seq         int
	seconds     int64 // of the time, and its nanoseconds
	tag         uint64
	nanoseconds int32
	conn        int32
	done        bool // nobody waits any more, as far as can be told
}

// newAsk returns a request.
func newAsk(r *codec.Record, tag uint64) ask {
	return ask{conn: int32(r.Conn), seq: r.Seq, seconds: r.Time.Unix(), nanoseconds: int32(r.Time.Nanosecond()), tag: tag}
}

// number returns the number of a protocol.
func (j *Joiner) number(proto string) uint8 {
	i := slices.Index(j.protos, proto)
	if i < 0 {
		i = len(j.protos)
		j.protos = append(j.protos, proto)
	}
	return uint8(i)
}

// NewJoiner returns a Joiner that has seen nothing.
func NewJoiner() *Joiner {
	return &Joiner{young: map[joinKey]ask{}, old: map[joinKey]ask{}, waiting: map[int]int{}}
}

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
	k := joinKey{proto: j.number(r.Proto), key: l.Key}
	if !l.Wide {
		k.conn, k.exchange = int32(r.Conn), int32(r.Exchange)
	}
	first, young := j.young[k]
	known := young
	if !known {
		first, known = j.old[k]
	}
	switch l.Role {
	case codec.LinkAsks:
		if !known || !l.Wide { // a bus passes requests on: the first is its sender's
			if known { // which gets no answer any more
				j.settle(k, first, false)
			}
			j.put(k, newAsk(r, tag))
			j.waiting[r.Conn]++
			return Tagged{Joined: codec.Joined{Asks: true, Outstanding: j.waiting[r.Conn]}}
		}
		return Tagged{Joined: codec.Joined{Outstanding: j.waiting[int(first.conn)]}}
	case codec.LinkGoesOn:
		joined := Tagged{Joined: codec.Joined{Outstanding: -1}, Tag: first.tag}
		last := newAsk(r, 0)
		last.done = true
		if known {
			joined.To, joined.Answers, joined.Last = first.to(r), true, !first.done
		}
		if young && first.done { // the usual case: it takes the place of the last one
			j.young[k] = last
			return joined
		}
		if known {
			j.settle(k, first, false)
		}
		j.put(k, last)
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
	joined.Outstanding = j.waiting[int(first.conn)]
	return joined
}

// to returns what r is to say of what it answers.
func (a *ask) to(r *codec.Record) codec.Reply {
	reply := a.open()
	if at := time.Unix(a.seconds, int64(a.nanoseconds)); !r.Time.IsZero() && !at.IsZero() {
		reply.Elapsed = r.Time.Sub(at)
	}
	return reply
}

// open names a request that has no answer.
func (a *ask) open() codec.Reply { return codec.Reply{Conn: int(a.conn), Seq: a.seq, Elapsed: -1} }

// put keeps a request whose key is not known.
func (j *Joiner) put(k joinKey, a ask) {
	if len(j.young) >= MaxAsks/2 {
		j.giveUp()
		clear(j.old)
		j.young, j.old = j.old, j.young
	}
	j.young[k] = a
}

// giveUp tells of those of the old requests that wait: they are to go.
func (j *Joiner) giveUp() {
	if j.GiveUp != nil {
		for _, a := range inOrder(j.old) {
			j.Full = true
			j.GiveUp(a.open(), a.tag)
		}
		return
	}
	for _, a := range j.old {
		if !a.done {
			j.Full = true
			return
		}
	}
}

// settle ends the waiting for an answer. A request may be kept for more of
// them.
func (j *Joiner) settle(k joinKey, a ask, keep bool) {
	if !a.done {
		conn := int(a.conn)
		if j.waiting[conn]--; j.waiting[conn] == 0 {
			delete(j.waiting, conn)
		}
	}
	in := j.young
	if _, known := in[k]; !known {
		in = j.old
	}
	if a.done = true; keep {
		in[k] = a
	} else {
		delete(in, k)
	}
}

// inOrder returns the requests that wait, by conversation and number.
func inOrder(asks ...map[joinKey]ask) []ask {
	var open []ask
	for _, of := range asks {
		for _, a := range of {
			if !a.done {
				open = append(open, a)
			}
		}
	}
	slices.SortFunc(open, func(a, b ask) int { return cmp.Or(cmp.Compare(a.conn, b.conn), cmp.Compare(a.seq, b.seq)) })
	return open
}

// Forget drops the requests of a conversation that is over: no answer comes
// any more. Those of a bus stay, as others may answer them.
func (j *Joiner) Forget(conn int) {
	if j.waiting[conn] == 0 {
		return // what nobody waits for goes when there is need for room
	}
	for _, in := range []map[joinKey]ask{j.young, j.old} {
		for k, a := range in {
			if int(k.conn) == conn {
				j.settle(k, a, false)
			}
		}
	}
}

// Open gives the requests that are kept and have had no last answer, or, on a
// bus, none at all, with their tags, by conversation and number.
func (j *Joiner) Open() iter.Seq2[codec.Reply, uint64] {
	return func(yield func(codec.Reply, uint64) bool) {
		for _, a := range inOrder(j.old, j.young) {
			if !yield(a.open(), a.tag) {
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
