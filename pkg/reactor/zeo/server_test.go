package zeo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A table is a server with clients that speak lines of the notation.
type table struct {
	t   testing.TB
	s   *Server
	now time.Time
	p   codec.Parser
	got map[int][]string // since the last look, by connection
	end map[int]bool
}

func newTable(t testing.TB, o ServerOptions) *table {
	t.Helper()
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: "Z5"})
	if err != nil {
		t.Fatal(err)
	}
	return &table{t: t, s: NewServer(o), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), p: p, got: map[int][]string{}, end: map[int]bool{}}
}

func (b *table) step(conn int, ev reactor.Event) {
	b.now = b.now.Add(time.Millisecond)
	for _, a := range b.s.Step(b.now, reactor.From{Conn: conn, Event: ev}, nil) {
		n, inside := reactor.Unwrap(a)
		switch a := inside.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				b.got[n] = append(b.got[n], textOf(f))
			}
			b.s.Step(b.now, reactor.From{Conn: n, Event: reactor.Sent{ID: a.ID}}, nil)
		case reactor.Close, reactor.Drop:
			b.end[n] = true
		}
	}
}

// say has a client say lines, and returns what it is told.
func (b *table) say(conn int, lines ...string) []string {
	b.t.Helper()
	for _, line := range lines {
		f, err := b.p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
		if err != nil {
			b.t.Fatalf("%s: %v", line, err)
		}
		b.step(conn, reactor.Received{Frame: f.Clone()})
	}
	return b.take(conn)
}

func (b *table) take(conn int) []string {
	got := b.got[conn]
	delete(b.got, conn)
	return got
}

// join opens and registers a connection.
func (b *table) join(conn int) {
	b.t.Helper()
	b.step(conn, reactor.Opened{})
	if got := b.say(conn, "hello Z5", `call 1 register("1", False)`); len(got) != 2 {
		b.t.Fatalf("register: %q", got)
	}
}

func id(n uint64) string { return fmt.Sprintf(`x"%016x"`, n) }

// begin returns the lines of a transaction that stores an object.
func begin(txn int, oid uint64, serial string, data string) []string {
	return []string{
		fmt.Sprintf(`oneway 0 tpc_begin(%d, b"", b"", {}, None, " ")`, txn),
		fmt.Sprintf(`oneway 0 storea(%s, %s, b"%s", %d)`, id(oid), serial, data, txn),
	}
}

func (b *table) want(got []string, want ...string) {
	b.t.Helper()
	if len(got) != len(want) {
		b.t.Fatalf("got %q, want %q", got, want)
	}
	for i := range want {
		if !bytes.Contains([]byte(got[i]), []byte(want[i])) {
			b.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// TestKilled has a client go away at each step of its commit: the lock is
// free, and nothing of it is left.
func TestKilled(t *testing.T) {
	lines := append(begin(7, 1, id(0), "x"), "call 3 vote(7)", "call 4 tpc_finish(7)")
	for n := range len(lines) + 1 {
		for _, how := range []reactor.Event{reactor.EOF{}, reactor.Broken{Err: fmt.Errorf("reset")}} {
			b := newTable(t, ServerOptions{})
			b.join(1)
			b.join(2)
			b.say(1, lines[:n]...)
			b.say(2, begin(8, 2, id(0), "y")...)
			b.say(2, "call 5 vote(8)")
			b.step(1, how)
			b.take(2)
			b.say(2, "call 6 tpc_finish(8)")
			if got := b.s.store.Len(); got != 1 && n < len(lines) || got != 2 && n == len(lines) {
				t.Errorf("killed after %d: %d objects", n, got)
			}
			if b.s.holder != 0 || b.s.spooled != 0 || len(b.s.waiting) != 0 {
				t.Errorf("killed after %d: %s", n, b.s.State())
			}
		}
	}
}

// TestLockQueue has votes wait, and answered in turn.
func TestLockQueue(t *testing.T) {
	b := newTable(t, ServerOptions{})
	for conn := 1; conn <= 3; conn++ {
		b.join(conn)
		b.say(conn, begin(conn, uint64(conn), id(0), "x")...)
	}
	b.want(b.say(1, "call 3 vote(1)"), "reply 3 []")
	b.want(b.say(2, "call 3 vote(2)"))
	b.want(b.say(3, "call 3 vote(3)"))
	b.want(b.say(2, "call 4 vote(2)"), "Already voting (waiting)")
	b.want(b.say(1, "call 4 tpc_finish(1)"), "info", "reply 4 x")
	b.want(b.take(2), "invalidateTransaction", "reply 3 []")
	b.want(b.take(3), "invalidateTransaction")
	b.want(b.say(2, "call 5 tpc_abort(2)"), "reply 5 None")
	b.want(b.take(3), "reply 3 []")
}

// TestTimeout ends a transaction that holds the lock for too long.
func TestTimeout(t *testing.T) {
	b := newTable(t, ServerOptions{Timeout: time.Second})
	b.join(1)
	b.join(2)
	b.say(1, append(begin(1, 1, id(0), "x"), "call 3 vote(1)")...)
	b.say(2, append(begin(2, 2, id(0), "x"), "call 3 vote(2)")...)
	b.step(1, reactor.Expired{Timer: timerTransaction})
	if !b.end[1] {
		t.Error("the connection is open")
	}
	b.want(b.take(2), "reply 3 []")
}

// TestLimits has clients that want too much.
func TestLimits(t *testing.T) {
	big := `b"` + string(bytes.Repeat([]byte("x"), 200)) + `"`
	for _, tt := range []struct {
		name  string
		o     ServerOptions
		lines []string
	}{
		{"transaction", ServerOptions{MaxTransaction: 100}, []string{`oneway 0 tpc_begin(1, b"", b"", {}, None, " ")`, "oneway 0 storea(" + id(1) + ", " + id(0) + ", " + big + ", 1)"}},
		{"all transactions", ServerOptions{MaxSpooled: 100}, []string{`oneway 0 tpc_begin(1, b"", b"", {}, None, " ")`, "oneway 0 storea(" + id(1) + ", " + id(0) + ", " + big + ", 1)"}},
		{"blob", ServerOptions{MaxTransaction: 100}, []string{"oneway 0 storeBlobStart()", "oneway 0 storeBlobChunk(" + big + ")"}},
		{"storea before tpc_begin", ServerOptions{}, []string{"oneway 0 storea(" + id(1) + ", " + id(0) + `, b"", 1)`}},
		{"no such method", ServerOptions{}, []string{"call 2 _private()"}},
		{"a class", ServerOptions{}, []string{"call 2 getTid(global(os.system))"}},
		{"an answer", ServerOptions{}, []string{"reply 2 None"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newTable(t, tt.o)
			b.join(1)
			b.join(2)
			b.say(1, tt.lines...)
			if !b.end[1] {
				t.Error("the connection is open")
			}
			b.want(b.say(2, "call 2 ping()"), "reply 2 None")
			if b.s.spooled != 0 {
				t.Errorf("%d bytes are left", b.s.spooled)
			}
		})
	}
	b := newTable(t, ServerOptions{MaxIterators: 2, MaxConnections: 1})
	b.join(1)
	b.want(b.say(1, "call 2 iterator_start(None, None)", "call 3 iterator_start(None, None)", "call 4 iterator_start(None, None)"), "reply 2 0", "reply 3 1", "too many iterators")
	b.step(2, reactor.Opened{})
	if !b.end[2] {
		t.Error("there are too many connections")
	}
}

// TestLoad has clients commit the same few objects, with conflicts. What was
// acknowledged is there, and all others were told.
func TestLoad(t *testing.T) {
	const clients, objects, commits = 8, 5, 10000
	random := rand.New(rand.NewPCG(1, 2))
	b := newTable(t, ServerOptions{})
	type client struct {
		seen  map[uint64]string // serials
		voted bool
		oid   uint64
		data  string
		txn   int
	}
	all := map[int]*client{}
	for conn := 1; conn <= clients; conn++ {
		b.join(conn)
		all[conn] = &client{seen: map[uint64]string{}}
	}
	told := func(conn int, lines []string) (rest []string) {
		for _, line := range lines {
			var tid string
			var oid uint64
			if n, _ := fmt.Sscanf(line, `oneway 0 invalidateTransaction(tid'%16s', [x"%16x"])`, &tid, &oid); n == 2 {
				all[conn].seen[oid] = tid
				continue
			}
			rest = append(rest, line)
		}
		return rest
	}
	last := map[uint64]string{} // acknowledged data
	done, conflicts := 0, 0
	for call := 10; done < commits; call += 10 {
		conn := 1 + random.IntN(clients)
		c := all[conn]
		if !c.voted {
			told(conn, b.take(conn))
			c.oid, c.data, c.txn = random.Uint64N(objects), fmt.Sprintf("%d by %d", call, conn), call
			serial := id(0)
			if tid := c.seen[c.oid]; tid != "" {
				serial = `x"` + tid + `"`
			}
			b.say(conn, begin(c.txn, c.oid, serial, c.data)...)
			c.voted = true
			if random.IntN(2) == 0 {
				continue // others go first
			}
		}
		before := told(conn, b.take(conn))
		if len(before) != 0 {
			t.Fatalf("told %q", before)
		}
		got := told(conn, b.say(conn, fmt.Sprintf("call %d vote(%d)", call, c.txn)))
		c.voted = false
		if len(got) == 1 && bytes.Contains([]byte(got[0]), []byte("ConflictError")) {
			conflicts++
			b.say(conn, fmt.Sprintf("call %d tpc_abort(%d)", call+1, c.txn))
			continue
		}
		b.want(got, "reply")
		got = told(conn, b.say(conn, fmt.Sprintf("call %d tpc_finish(%d)", call+2, c.txn)))
		b.want(got, "info", "reply")
		var tid string
		if _, err := fmt.Sscanf(got[1], fmt.Sprintf(`reply %d x"%%16s"`, call+2), &tid); err != nil {
			t.Fatalf("%s: %v", got[1], err)
		}
		c.seen[c.oid], last[c.oid] = tid, c.data
		done++
	}
	if conflicts == 0 || b.s.counts.commits != commits {
		t.Errorf("%d conflicts, %d commits", conflicts, b.s.counts.commits)
	}
	for oid, data := range last {
		r, err := b.s.store.Load(storage.OIDOf(oid))
		if err != nil || string(r.Data) != data {
			t.Errorf("object %d: %q, %v; want %q", oid, r.Data, err, data)
		}
		for conn, c := range all {
			told(conn, b.take(conn))
			if c.seen[oid] != r.Txn.TID.String() {
				t.Errorf("client %d knows %s of object %d, which is at %s", conn, c.seen[oid], oid, r.Txn.TID)
			}
		}
	}
}

// TestSnapshot goes on from a copy as from the server itself.
func TestSnapshot(t *testing.T) {
	lines := append(begin(7, 1, id(0), "x"), "call 3 vote(7)", "call 4 tpc_finish(7)", "call 5 loadBefore("+id(1)+", "+id(1<<62)+")")
	for n := range len(lines) {
		b := newTable(t, ServerOptions{})
		b.join(1)
		b.say(1, lines[:n]...)
		c := *b
		c.got, c.end, c.s = map[int][]string{}, map[int]bool{}, b.s.Snapshot().(*Server)
		want := b.say(1, lines[n:]...)
		if got := c.say(1, lines[n:]...); fmt.Sprint(got) != fmt.Sprint(want) || c.s.State().String() != b.s.State().String() {
			t.Errorf("after %d: %q, want %q", n, got, want)
		}
	}
}

// FuzzServer has a client send anything, in each era, beside one that behaves.
func FuzzServer(f *testing.F) {
	for _, name := range []string{"zeo6-raw", "zeo4_36-raw", "z397-raw", "zeo6m-lockq"} {
		streams := map[int][]byte{}
		for _, m := range messages(f, "zeo/captures/"+name+".pcap") {
			if m.dir == codec.ToServer && m.frame != nil {
				streams[m.conn], _ = m.frame.AppendBinary(streams[m.conn])
			}
		}
		for conn, b := range streams {
			f.Add(byte(conn), b)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		o := ServerOptions{Protocol: servedProtocols[int(which)%len(servedProtocols)], MaxTransaction: 1 << 20}
		s := NewServer(o)
		conv, err := zeo.Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		step := func(conn int, ev reactor.Event) {
			s.Step(time.Unix(1e9, 0), reactor.From{Conn: conn, Event: ev}, nil)
			if c := s.sessions[s.holder]; s.holder != 0 && (c == nil || c.txn == nil || c.txn.state != locked) {
				t.Fatalf("the lock is held by nobody: %s", s.State())
			}
			for _, conn := range s.waiting {
				if c := s.sessions[conn]; c == nil || c.txn == nil || c.txn.state != waiting {
					t.Fatalf("nobody waits: %s", s.State())
				}
			}
		}
		step(1, reactor.Opened{})
		step(2, reactor.Opened{})
		in := codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
		in.Feed(b)
		in.End()
		var r codec.Record
		for in.Read(&r) {
			if r.Err != nil {
				step(1, reactor.Broken{Err: r.Err})
				break
			}
			step(1, reactor.Received{Frame: r.Frame})
		}
		step(1, reactor.EOF{})
		if s.holder != 0 || s.spooled != 0 || len(s.sessions) != 1 {
			t.Fatalf("something is left: %s", s.State())
		}
	})
}
