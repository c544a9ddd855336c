package decode_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// TestAhead holds an Ahead to what somebody finds out who has all records at
// once.
func TestAhead(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		type event struct {
			r    codec.Record
			link codec.Link
		}
		var all []event
		seqs := map[int]int{}
		for range 3000 {
			conn := 1 + rnd.IntN(4)
			e := event{r: codec.Record{Proto: "p", Conn: conn, Seq: seqs[conn]}}
			seqs[conn]++
			e.link = codec.Link{Role: codec.LinkRole(rnd.IntN(5)), Key: codec.LinkKey{Text: strconv.Itoa(rnd.IntN(20))}, Wide: rnd.IntN(3) == 0}
			if e.link.Wide {
				e.link.Key.Text += "w"
			}
			all = append(all, e)
		}
		want := map[string]string{} // who is answered by whom
		j := decode.NewJoiner()
		for _, e := range all {
			if joined := j.Add(&e.r, e.link); joined.Last {
				want[fmt.Sprint(joined.To.Conn, joined.To.Seq)] = fmt.Sprint(e.r.Conn, e.r.Seq)
			}
		}
		j, a := decode.NewJoiner(), decode.NewAhead[event]()
		next := 0
		out := func() {
			for {
				e, joined, ok := a.Next()
				if !ok {
					return
				}
				if e.r.Conn != all[next].r.Conn || e.r.Seq != all[next].r.Seq {
					t.Fatalf("seed %d: %d of %d comes out in place %d", seed, e.r.Seq, e.r.Conn, next)
				}
				next++
				got := ""
				if joined.Answered {
					got = fmt.Sprint(joined.By.Conn, joined.By.Seq)
				}
				if e.link.Role == codec.LinkAsks && joined.Asks && got != want[fmt.Sprint(e.r.Conn, e.r.Seq)] {
					t.Fatalf("seed %d: %d of %d is answered by %q, want %q", seed, e.r.Seq, e.r.Conn, got, want[fmt.Sprint(e.r.Conn, e.r.Seq)])
				}
			}
		}
		for _, e := range all {
			joined := j.Add(&e.r, e.link)
			a.Answer(&e.r, &joined)
			a.Push(&e.r, e.link, joined, 1, e)
			out()
		}
		a.Finish()
		if out(); next != len(all) || !a.Empty() || a.Lost != 0 {
			t.Errorf("seed %d: %d of %d came out, %d lost", seed, next, len(all), a.Lost)
		}
	}
}

// TestAheadLimits wants what waits to be let go when it is too much, and
// counted.
func TestAheadLimits(t *testing.T) {
	asks := codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a"}}
	record := func(seq int) *codec.Record { return &codec.Record{Conn: 1, Seq: seq} }
	a := decode.NewAhead[int]()
	a.MaxRecords = 3
	a.Push(record(0), asks, codec.Joined{Asks: true}, 0, 0)
	for i := 1; i <= 3; i++ {
		if _, _, ok := a.Next(); ok {
			t.Fatal("it does not wait")
		}
		a.Push(record(i), codec.Link{}, codec.Joined{}, 0, i)
	}
	for i := range 4 {
		if got, _, ok := a.Next(); !ok || got != i {
			t.Errorf("%d, %v; want %d", got, ok, i)
		}
	}
	if a.Answer(record(4), &codec.Joined{Answers: true, Last: true, To: codec.Reply{Conn: 1}}); a.Lost != 1 {
		t.Errorf("%d lost, want 1", a.Lost)
	}

	a.MaxBytes = 10
	a.Push(record(5), asks, codec.Joined{Asks: true}, 10, 5)
	if _, _, ok := a.Next(); ok {
		t.Error("10 bytes are too much")
	}
	a.Push(record(6), asks, codec.Joined{Asks: true}, 1, 6)
	if got, _, ok := a.Next(); !ok || got != 5 || a.Lost != 2 {
		t.Errorf("%d, %v, %d lost; want 5, which is lost", got, ok, a.Lost)
	}
	a.Push(record(7), codec.Link{Role: codec.LinkAsks, Wide: true}, codec.Joined{Asks: true}, 1, 7)
	if a.Forget(1); true {
		if got, joined, ok := a.Next(); !ok || got != 6 || joined.Answered {
			t.Errorf("%d, %v; want 6, which nobody answers any more", got, ok)
		}
	}
	if _, _, ok := a.Next(); ok {
		t.Error("others on the bus may still answer")
	}
	a.Answer(&codec.Record{Conn: 2, Seq: 3}, &codec.Joined{Answers: true, Last: true, To: codec.Reply{Conn: 1, Seq: 7, Elapsed: 9}})
	if got, joined, ok := a.Next(); !ok || got != 7 || joined.By != (codec.Reply{Conn: 2, Seq: 3, Elapsed: 9}) || a.Lost != 2 {
		t.Errorf("%d, %+v, %v; want 7 with its answer", got, joined, ok)
	}
}
