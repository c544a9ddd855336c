package decode

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// TestAsks compares the table with a map, with few keys and with many, and with
// hashes that are all the same.
func TestAsks(t *testing.T) {
	for _, hashes := range []int{1, 3, 1 << hashBits} {
		rnd := rand.New(rand.NewPCG(1, uint64(hashes)))
		h := newHasher()
		table, want := new(asks), map[joinKey]int{}
		for step := range 60_000 {
			n := rnd.IntN(MaxAsks)
			k := joinKey{conn: int32(n % 5), exchange: int32(n % 3), proto: uint8(n % 2)}
			if n%7 == 0 {
				k.Text = fmt.Sprint(n)
			} else {
				k.Number = int64(n)
			}
			k.hash = uint16(int(h.of(&k)) % hashes)
			got, known := table.find(&k), want[k]
			switch {
			case got == nil && known != 0, got != nil && got.seq != known:
				t.Fatalf("step %d: %v, want %d", step, got, known)
			case got != nil:
				table.remove(&k)
				delete(want, k)
			case table.count == MaxAsks/2 || hashes < 10 && table.count == 100:
				table.clear()
				clear(want)
			default:
				table.add(&k, ask{seq: step + 1})
				want[k] = step + 1
			}
			if table.count != len(want) {
				t.Fatalf("step %d: %d requests, want %d", step, table.count, len(want))
			}
		}
		for k, a := range table.all() {
			if want[*k] != a.seq {
				t.Errorf("%v: %d, want %d", k, a.seq, want[*k])
			}
			delete(want, *k)
			table.remove(k)
		}
		if len(want) > 0 || table.count > 0 {
			t.Errorf("%d requests are not given, %d are left", len(want), table.count)
		}
	}
}

// TestJoinAllocs wants no memory for requests, answered or not, once there are
// as many as are kept, and none that is retained by what was answered.
func TestJoinAllocs(t *testing.T) {
	j := NewJoiner()
	j.GiveUp = func(codec.Reply, uint64) {}
	r := codec.Record{Proto: "p", Conn: 1}
	add := func() {
		for range MaxAsks {
			r.Seq++
			j.Add(&r, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Number: int64(r.Seq)}})
			if r.Seq%2 == 0 {
				j.Add(&r, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Number: int64(r.Seq)}})
			}
		}
	}
	for range 4 {
		add()
	}
	if n := testing.AllocsPerRun(4, add); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestHasher wants keys that a capture's writer may choose spread over the
// hashes, whatever they have in common.
func TestHasher(t *testing.T) {
	for name, key := range map[string]func(i int) joinKey{
		"numbers": func(i int) joinKey { return joinKey{LinkKey: codec.LinkKey{Number: int64(i)}} },
		"pages":   func(i int) joinKey { return joinKey{LinkKey: codec.LinkKey{Number: int64(i) << hashBits}} },
		"high":    func(i int) joinKey { return joinKey{LinkKey: codec.LinkKey{Number: int64(i) << 48}} },
		"conns":   func(i int) joinKey { return joinKey{LinkKey: codec.LinkKey{Number: int64(i) << 32}, conn: int32(i)} },
		"texts":   func(i int) joinKey { return joinKey{LinkKey: codec.LinkKey{Text: fmt.Sprint(i)}} },
	} {
		h := newHasher()
		h.odd = [2]uint64{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9} // one in thousands spreads worse
		counts := map[uint16]int{}
		for i := range MaxAsks / 2 {
			k := key(i)
			counts[h.of(&k)]++
		}
		for hash, n := range counts {
			if n > 64 {
				t.Errorf("%s: %d keys have the hash %d", name, n, hash)
			}
		}
	}
}

func TestTally(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	got, want := newTally(), map[int]int{}
	for range 10_000 {
		conn, n := rnd.IntN(4), rnd.IntN(3)-1
		*got.of(conn) += n
		if want[conn] += n; want[conn] == 0 {
			delete(want, conn)
		}
		if *got.of(conn) != want[conn] || fmt.Sprint(got.all()) != fmt.Sprint(want) {
			t.Fatalf("%v, want %v", got.all(), want)
		}
	}
}
