package live_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	msgqmachines "github.com/wirectl/wirectl/pkg/reactor/msgq"
	synapsemachines "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A talk is what a benchmark's clients say to a server.
type talk struct {
	name   string
	server func(testing.TB) *live.Server
	hello  []byte // once; it is answered like the rest
	ask    []byte
	answer func(r *bufio.Reader) error // reads one answer
}

// fixed reads answers of a known length.
func fixed(n int) func(*bufio.Reader) error {
	return func(r *bufio.Reader) error { _, err := r.Discard(n); return err }
}

// talks are one for each kind of server.
var talks = []talk{
	{"hg", newServer, command(1, true, "heads"), command(3, false, "heads"), fixed(90)},
	{
		"msgq", func(testing.TB) *live.Server {
			return &live.Server{Protocol: msgq.Protocol{}, Hub: msgqmachines.NewDaemon(msgqmachines.DaemonOptions{})}
		},
		[]byte("\x00\x00\x00\x12\x00\x10{\"type\": \"ping\"}"), []byte("\x00\x00\x00\x12\x00\x10{\"type\": \"ping\"}"), fixed(22),
	},
	{
		"synapse", func(testing.TB) *live.Server {
			return &live.Server{
				Protocol: synapse.Protocol{}, Hub: synapsemachines.NewMain(reactor.Options{Dialect: "v0.21"}),
				Codec: codec.Options{Dialect: "v0.21", MaxFrame: synapsemachines.MaxFrame},
			}
		},
		[]byte("NAME w\nREPLICATE events NOW\n"), []byte("REPLICATE caches NOW\n"), func(r *bufio.Reader) error {
			for { // the server's PINGs stand between
				line, err := r.ReadSlice('\n')
				if err != nil || bytes.HasPrefix(line, []byte("POSITION ")) {
					return err
				}
			}
		},
	},
	{"zeo", newZEO, zeoBytes("hello Z5", `call 1 register("1", False)`), zeoBytes("call 2 lastTransaction()"), func(r *bufio.Reader) error {
		_, err := zeoReply(r)
		return err
	}},
}

// BenchmarkRequests has a number of connections ask at the same time, each
// again as soon as it is answered.
func BenchmarkRequests(b *testing.B) {
	for _, talk := range talks {
		for _, conns := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/conns=%d", talk.name, conns), func(b *testing.B) { benchmarkTalk(b, talk, conns) })
		}
	}
}

func benchmarkTalk(b *testing.B, talk talk, conns int) {
	benchmarkAt(b, talk, listen(b, talk.server(b)), conns)
}

// benchmarkAt has clients talk to a server that runs.
func benchmarkAt(b *testing.B, talk talk, address string, conns int) {
	clients, readers := make([]*net.TCPConn, conns), make([]*bufio.Reader, conns)
	for i := range clients {
		clients[i] = dial(b, address)
		readers[i] = bufio.NewReader(clients[i])
		if _, err := clients[i].Write(talk.hello); err != nil {
			b.Fatal(err)
		}
		if err := talk.answer(readers[i]); err != nil {
			b.Fatal(err)
		}
	}
	each := b.N/conns + 1
	times := make([]time.Duration, conns*each)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for j := range each {
				begin := time.Now()
				if _, err := c.Write(talk.ask); err != nil {
					b.Error(err)
					return
				}
				if err := talk.answer(readers[i]); err != nil {
					b.Error(err)
					return
				}
				times[i*each+j] = time.Since(begin)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(len(times))/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkIdle tells the memory that a connection takes on which nothing is
// said any more; both its ends are in it.
func BenchmarkIdle(b *testing.B) {
	s := newServer(b)
	s.Limits = live.Limits{Connections: -1}
	address := listen(b, s)
	const conns = 500
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	for b.Loop() {
		before := memory()
		clients := make([]*net.TCPConn, conns)
		for i := range clients {
			clients[i] = dial(b, address)
			ask(b, clients[i], 1, true)
		}
		b.ReportMetric(float64(memory()-before)/conns, "B/conn")
		for _, c := range clients {
			_ = c.Close()
		}
	}
}
