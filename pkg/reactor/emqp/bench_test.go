package emqp

import (
	"fmt"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Requests that a broker hands over to workers with a free slot each, from
// frames to frames: REQUEST and READY in, REQUEST and REPLY out.
func BenchmarkBroker(b *testing.B) {
	for _, workers := range []int{1, 100} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			m := NewBroker(Options{})
			now := time.Unix(1795211120, 0)
			var dst, more []reactor.Action
			// step gives the broker an event, and says that what it sends is out.
			step := func(conn int, ev reactor.Event) (given int) {
				dst = m.Step(now, reactor.From{Conn: conn, Event: ev}, dst[:0])
				for _, a := range dst {
					n, inside := reactor.Unwrap(a)
					if s, ok := inside.(reactor.Send); ok {
						more = m.Step(now, reactor.From{Conn: n, Event: reactor.Sent{ID: s.ID}}, more[:0])
						if n <= workers {
							given = n
						}
					}
				}
				return given
			}
			frame := func(text string) reactor.Event {
				p, err := emqp.Protocol{}.Parser(codec.Options{})
				if err != nil {
					b.Fatal(err)
				}
				f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
				if err != nil {
					b.Fatal(err)
				}
				return reactor.Received{Frame: f.Clone()}
			}
			for conn := 1; conn <= workers+1; conn++ {
				step(conn, reactor.Opened{})
				step(conn, frame("greeting 3.1 NULL"))
				step(conn, frame(fmt.Sprintf("command READY Socket-Type=DEALER Identity=peer-%d", conn)))
				if conn <= workers {
					step(conn, frame(`INFORM id=i type=worker [[10, "default"]]`))
					step(conn, frame(`READY id=r`))
				}
			}
			request, ready := frame(add("request", "default")), frame("READY id=r")
			b.ReportAllocs()
			for b.Loop() {
				given := step(workers+1, request)
				if given == 0 {
					b.Fatal("nobody was given the request")
				}
				step(given, ready)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
