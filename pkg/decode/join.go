package decode

import (
	"cmp"
	"iter"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Joiner pairs answers with what they answer, by what the protocols say of
// their frames ([codec.Linked]). It wants records in order. Its memory does not
// grow with the number of requests.
type Joiner struct {
	// young are the requests that came last, old those before. When young is
	// full, old is given up and young takes its place: what never gets an
	// answer, as in a capture of one direction, makes room for what may.
	young, old *asks
	hasher     hasher
	order      []*ask // room for inOrder

	waiting tally    // requests of each conversation without an answer
	protos  []string // names of protocols, by their numbers in keys

	// Full says that requests without an answer were given up, as more came
	// after them than are kept: an answer to them was not paired.
	Full bool

	// GiveUp, if set, is told of these requests, with their tags.
	GiveUp func(request codec.Reply, tag uint64)
}

// MaxAsks is how many requests at most are kept for their answers; half as many
// of the last ones always are.
const MaxAsks = 8_000

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
	return &Joiner{young: new(asks), old: new(asks), hasher: newHasher(), waiting: newTally()}
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
	k := joinKey{proto: j.number(r.Proto), LinkKey: l.Key}
	if !l.Wide {
		k.conn, k.exchange = int32(r.Conn), int32(r.Exchange)
	}
	k.hash = j.hasher.of(&k)
	in, first := j.find(&k)
	switch l.Role {
	case codec.LinkAsks:
		return j.asks(r, &k, l.Wide, tag, in, first)
	case codec.LinkGoesOn:
		return j.goesOn(r, &k, in, first)
	}
	if first == nil {
		return Tagged{Joined: codec.Joined{Outstanding: *j.waiting.of(r.Conn)}}
	}
	conn := int(first.conn)
	joined := Tagged{Joined: codec.Joined{To: first.to(r), Answers: true}, Tag: first.tag}
	if l.Role == codec.LinkEnds || l.Wide { // on a bus, nobody says which answer is the last
		joined.Last = !first.done
		j.settle(first)
	}
	if l.Role == codec.LinkEnds {
		in.remove(&k)
	}
	joined.Outstanding = *j.waiting.of(conn)
	return joined
}

// asks takes a request. That of its key before, if there is one, is in a table.
func (j *Joiner) asks(r *codec.Record, k *joinKey, wide bool, tag uint64, in *asks, before *ask) Tagged {
	if before != nil && wide { // a bus passes requests on: the first is its sender's
		return Tagged{Joined: codec.Joined{Outstanding: *j.waiting.of(int(before.conn))}}
	}
	if before != nil { // which gets no answer any more
		j.settle(before)
		in.remove(k)
	}
	j.put(k, newAsk(r, tag))
	open := j.waiting.of(r.Conn)
	*open++
	return Tagged{Joined: codec.Joined{Asks: true, Outstanding: *open}}
}

// goesOn takes a record that goes on from the last one of its key, if there is
// one, and takes its place.
func (j *Joiner) goesOn(r *codec.Record, k *joinKey, in *asks, before *ask) Tagged {
	joined := Tagged{Joined: codec.Joined{Outstanding: -1}}
	last := newAsk(r, 0)
	last.done = true
	if before == nil {
		j.put(k, last)
		return joined
	}
	joined.Tag, joined.To, joined.Answers, joined.Last = before.tag, before.to(r), true, !before.done
	j.settle(before)
	if in == j.young {
		*before = last
		return joined
	}
	in.remove(k)
	j.put(k, last)
	return joined
}

// find returns the request of a key and the table that it is in, nil when there
// is none.
func (j *Joiner) find(k *joinKey) (in *asks, a *ask) {
	if a = j.young.find(k); a != nil {
		return j.young, a
	}
	return j.old, j.old.find(k)
}

// put keeps a request whose key is not known.
func (j *Joiner) put(k *joinKey, a ask) {
	if j.young.count >= MaxAsks/2 {
		j.giveUp()
		j.old.clear()
		j.young, j.old = j.old, j.young
	}
	j.young.add(k, a)
}

// giveUp tells of those of the old requests that wait: they are to go.
func (j *Joiner) giveUp() {
	if j.GiveUp == nil {
		for _, a := range j.old.all() {
			j.Full = j.Full || !a.done
		}
		return
	}
	for _, a := range j.inOrder(j.old) {
		j.Full = true
		j.GiveUp(a.open(), a.tag)
	}
}

// settle ends the waiting for an answer.
func (j *Joiner) settle(a *ask) {
	if !a.done {
		*j.waiting.of(int(a.conn))--
		a.done = true
	}
}

// inOrder returns the requests that wait, by conversation and number. They are
// good until the next call, and until requests are added.
func (j *Joiner) inOrder(tables ...*asks) []*ask {
	most := 0
	for _, t := range tables {
		most += t.count
	}
	open := slices.Grow(j.order[:0], most)
	for _, t := range tables {
		for _, a := range t.all() {
			if !a.done {
				open = append(open, a)
			}
		}
	}
	slices.SortFunc(open, func(a, b *ask) int { return cmp.Or(cmp.Compare(a.conn, b.conn), cmp.Compare(a.seq, b.seq)) })
	j.order = open
	return open
}

// Forget drops the requests of a conversation that is over: no answer comes
// any more. Those of a bus stay, as others may answer them.
func (j *Joiner) Forget(conn int) {
	if *j.waiting.of(conn) == 0 {
		return // what nobody waits for goes when there is need for room
	}
	for _, in := range []*asks{j.young, j.old} {
		for k, a := range in.all() {
			if int(k.conn) == conn {
				j.settle(a)
				in.remove(k)
			}
		}
	}
}

// Open gives the requests that are kept and have had no last answer, or, on a
// bus, none at all, with their tags, by conversation and number.
func (j *Joiner) Open() iter.Seq2[codec.Reply, uint64] {
	return func(yield func(codec.Reply, uint64) bool) {
		for _, a := range j.inOrder(j.old, j.young) {
			if !yield(a.open(), a.tag) {
				return
			}
		}
	}
}

// Unanswered returns how many requests of each conversation have had no last
// answer, or, on a bus, none at all.
func (j *Joiner) Unanswered() map[int]int {
	return j.waiting.all()
}
