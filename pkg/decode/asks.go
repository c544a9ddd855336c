package decode

import (
	"hash/maphash"
	"iter"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A joinKey is the key of a link, with what it counts in.
type joinKey struct {
	codec.LinkKey
	conn, exchange int32 // 0 when the key counts everywhere
	hash           uint16
	proto          uint8
}

// An ask is a request.
type ask struct {
	seq         int
	seconds     int64 // of the time, and its nanoseconds
	tag         uint64
	nanoseconds int32
	conn        int32
	done        bool // nobody waits any more, as far as can be told
}

// to returns what r is to say of what it answers.
func (a *ask) to(r *codec.Record) codec.Reply {
	reply := a.open()
	if r.Time.IsZero() {
		return reply
	}
	if at := time.Unix(a.seconds, int64(a.nanoseconds)); !at.IsZero() {
		reply.Elapsed = r.Time.Sub(at)
	}
	return reply
}

// open names a request that has no answer.
func (a *ask) open() codec.Reply { return codec.Reply{Conn: int(a.conn), Seq: a.seq, Elapsed: -1} }

// asks holds up to MaxAsks/2 requests by their keys. All its memory is taken
// with the first one, and none after that.
//
//	firsts[hash] ──▶ slots[i].next ──▶ slots[j].next ──▶ none
//	free         ──▶ slots[k].next ──▶ none
type asks struct {
	firsts [1 << hashBits]int16 // the first slot of each hash, counted from 1
	slots  []slot
	free   int16 // the first of the slots that were emptied
	count  int
}

// A slot has a request, or had one.
type slot struct {
	key  joinKey
	ask  ask
	next int16 // slot of the same hash, or that is free, counted from 1; 0 for none
	used bool
}

// find returns the request of a key, nil when there is none. It is good until
// requests are added or removed.
func (t *asks) find(k *joinKey) *ask {
	if t.count == 0 {
		return nil
	}
	for i := t.firsts[k.hash]; i > 0; i = t.slots[i-1].next {
		if s := &t.slots[i-1]; s.key == *k {
			return &s.ask
		}
	}
	return nil
}

// add adds a request whose key is not there. There must be room.
func (t *asks) add(k *joinKey, a ask) {
	i := t.free
	switch {
	case i > 0:
		t.free = t.slots[i-1].next
	case t.slots == nil:
		t.slots = make([]slot, 0, MaxAsks/2)
		fallthrough
	default:
		t.slots = append(t.slots, slot{})
		i = int16(len(t.slots))
	}
	first := &t.firsts[k.hash]
	t.slots[i-1] = slot{key: *k, ask: a, next: *first, used: true}
	*first = i
	t.count++
}

// remove removes the request of a key, which is there.
func (t *asks) remove(k *joinKey) {
	at := &t.firsts[k.hash]
	for t.slots[*at-1].key != *k {
		at = &t.slots[*at-1].next
	}
	i := *at
	s := &t.slots[i-1]
	*at = s.next
	*s = slot{next: t.free} // what the key holds may go
	t.free = i
	t.count--
}

// clear removes all requests.
func (t *asks) clear() {
	clear(t.firsts[:])
	clear(t.slots)
	t.slots, t.free, t.count = t.slots[:0], 0, 0
}

// all gives all requests, of which the one that is given may be removed.
func (t *asks) all() iter.Seq2[*joinKey, *ask] {
	return func(yield func(*joinKey, *ask) bool) {
		for i := range t.slots {
			if s := &t.slots[i]; s.used && !yield(&s.key, &s.ask) {
				return
			}
		}
	}
}

// hashBits is how many bits a hash has.
const hashBits = 12

// A hasher makes hashes of keys, which nobody who writes a capture can foretell.
type hasher struct {
	odd  [2]uint64
	seed maphash.Seed
}

func newHasher() hasher {
	return hasher{odd: [2]uint64{rand.Uint64() | 1, rand.Uint64() | 1}, seed: maphash.MakeSeed()}
}

func (h *hasher) of(k *joinKey) uint16 {
	sum := uint64(k.Number)*h.odd[0] + (uint64(uint32(k.conn))<<32|uint64(uint32(k.exchange)))*h.odd[1]
	if k.Text != "" {
		sum += maphash.String(h.seed, k.Text)
	}
	return uint16(sum >> (64 - hashBits))
}

// A tally counts by conversation. It has the count that was asked for last at
// hand, as records come in runs.
type tally struct {
	conn, count int
	others      map[int]int // those that are not 0, but for that of conn
}

func newTally() tally { return tally{others: map[int]int{}} }

// of returns the count of a conversation, which the caller may change. It is
// good until the next call.
func (t *tally) of(conn int) *int {
	if conn != t.conn {
		if t.count != 0 {
			t.others[t.conn] = t.count
		}
		t.conn, t.count = conn, t.others[conn]
		delete(t.others, conn)
	}
	return &t.count
}

// all returns the counts that are not 0.
func (t *tally) all() map[int]int {
	all := maps.Clone(t.others)
	if t.count != 0 {
		all[t.conn] = t.count
	}
	return all
}
