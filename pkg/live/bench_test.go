package live_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/live"
)

// BenchmarkRequests has a number of connections ask for the heads at the same
// time, each again as soon as it is answered.
func BenchmarkRequests(b *testing.B) {
	for _, conns := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			s := newServer(b)
			address := listen(b, s)
			clients := make([]*net.TCPConn, conns)
			for i := range clients {
				clients[i] = dial(b, address)
				ask(b, clients[i], 1, true)
			}
			said := command(3, false, "heads")
			each := b.N/conns + 1
			times := make([]time.Duration, conns*each)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for i, c := range clients {
				wg.Go(func() {
					answer := make([]byte, 90)
					for j := range each {
						begin := time.Now()
						if _, err := c.Write(said); err != nil {
							b.Error(err)
							return
						}
						if _, err := io.ReadFull(c, answer); err != nil {
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
		})
	}
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
