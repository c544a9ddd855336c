package zeo

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A desk is a server with clients that speak bytes: what is measured are the
// codec and the machine, without a network.
type desk struct {
	b   *testing.B
	id  string
	s   *Server
	in  map[int]codec.Decoder
	dst []reactor.Action
	now time.Time
}

func newDesk(b *testing.B, id string, conns int) *desk {
	b.Helper()
	store := storage.New(storage.Options{MaxBytes: 1 << 40})
	d := &desk{b: b, id: id, s: NewServer(ServerOptions{Protocol: id, Storage: store}), in: map[int]codec.Decoder{}, now: time.Unix(1e9, 0)}
	for conn := 1; conn <= conns; conn++ {
		conv, err := zeo.Protocol{}.Open(codec.Options{})
		if err != nil {
			b.Fatal(err)
		}
		d.in[conn] = conv.Decoder(codec.ToServer)
		d.step(conn, reactor.Opened{})
		d.say(conn, d.wire("hello "+id, `call 1 register("1", False)`))
	}
	if !d.s.sessions[conns].registered {
		b.Fatalf("not registered: %s", d.s.State())
	}
	return d
}

// wire returns the bytes of lines.
func (d *desk) wire(lines ...string) (out []byte) {
	d.b.Helper()
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: d.id})
	if err != nil {
		d.b.Fatal(err)
	}
	for _, line := range lines {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
		if err != nil {
			d.b.Fatalf("%s: %v", line, err)
		}
		out, _ = f.AppendBinary(out)
	}
	return out
}

// say has a client say bytes. It returns how many frames were sent.
func (d *desk) say(conn int, wire []byte) (sent int) {
	for len(wire) > 0 {
		f, n, err := d.in[conn].Decode(wire, true)
		if err != nil {
			d.b.Fatal(err)
		}
		sent += d.step(conn, reactor.Received{Frame: f})
		wire = wire[n:]
	}
	return sent
}

func (d *desk) step(conn int, ev reactor.Event) (sent int) {
	d.dst = d.s.Step(d.now, reactor.From{Conn: conn, Event: ev}, d.dst[:0])
	for _, a := range d.dst {
		n, inside := reactor.Unwrap(a)
		if a, ok := inside.(reactor.Send); ok {
			d.s.Step(d.now, reactor.From{Conn: n, Event: reactor.Sent{ID: a.ID}}, nil)
			sent += len(a.Frames)
		}
	}
	return sent
}

// transaction returns the bytes up to the vote, and where in them the serial
// is to stand; then those of the end.
func (d *desk) transaction(oid uint64) (begin []byte, at int, finish []byte) {
	const serial = "--here--"
	begin = d.wire(
		`oneway 0 tpc_begin(7, b"", b"", {}, None, " ")`,
		fmt.Sprintf(`oneway 0 storea(%s, b"%s", b"%s", 7)`, id(oid), serial, bytes.Repeat([]byte("x"), 500)),
		"call 2 vote(7)")
	return begin, bytes.Index(begin, []byte(serial)), d.wire("call 3 tpc_finish(7)")
}

// A client that loads an object again and again.
func BenchmarkLoad(b *testing.B) {
	for _, id := range []string{"Z5", "M5"} {
		b.Run(id, func(b *testing.B) {
			d := newDesk(b, id, 1)
			begin, at, finish := d.transaction(1)
			copy(begin[at:], make([]byte, 8))
			d.say(1, append(begin, finish...))
			load := d.wire(`call 2 loadBefore(x"0000000000000001", x"7fffffffffffffff")`)
			b.ReportAllocs()
			sent := 0
			for b.Loop() {
				sent += d.say(1, load)
			}
			if sent != b.N {
				b.Fatalf("%d answers to %d loads", sent, b.N)
			}
			b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "loads/s")
		})
	}
}

// A client that commits an object again and again, and others that are told.
func BenchmarkCommit(b *testing.B) {
	for _, id := range []string{"Z5", "M5"} {
		for _, conns := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("%s/conns=%d", id, conns), func(b *testing.B) {
				d := newDesk(b, id, conns)
				begin, at, finish := d.transaction(1)
				var serial storage.TID
				b.ReportAllocs()
				for b.Loop() {
					copy(begin[at:], serial[:])
					d.say(1, begin)
					d.say(1, finish)
					serial = d.s.store.LastTID()
				}
				if d.s.counts.commits != b.N {
					b.Fatalf("%d of %d commits: %s", d.s.counts.commits, b.N, d.s.State())
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
	}
}
