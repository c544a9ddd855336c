package synapse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A worker that takes what a real server sent, from bytes on.
func BenchmarkWorker(b *testing.B) {
	var whole []byte
	for _, s := range testdata.Segments(b, testdata.Read(b, "synapse/captures/v0.21-long.pcap")) {
		if !s.ToServer {
			whole = append(whole, s.Data...)
		}
	}
	b.SetBytes(int64(len(whole)))
	b.ReportAllocs()
	rows := 0
	var dst []reactor.Action
	for b.Loop() {
		conv, err := synapse.Protocol{}.Open(codec.Options{Dialect: "v0.21"})
		if err != nil {
			b.Fatal(err)
		}
		d := conv.Decoder(codec.ToClient)
		w := machine.NewWorker(reactor.Options{Dialect: "v0.21"})
		w.Step(time.Time{}, reactor.Opened{}, nil)
		for left := whole; len(left) > 0; rows++ {
			f, n, err := d.Decode(left, true)
			if err != nil {
				b.Fatal(err)
			}
			dst = w.Step(time.Time{}, reactor.Received{Frame: f}, dst[:0])
			left = left[n:]
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "lines/s")
}

// A main process that sends a row to many workers.
func BenchmarkMainRow(b *testing.B) {
	for _, conns := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			m := machine.NewMain(reactor.Options{Dialect: "v1.66"})
			for n := range conns {
				m.Step(time.Time{}, reactor.From{Conn: n + 1, Event: reactor.Opened{}}, nil)
			}
			ev, err := m.Input("row", `presence ["@user:lab.example","online",5,1795212325135,1795212336290,null,0]`)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			sends := 0
			var dst, more []reactor.Action
			for b.Loop() {
				dst = m.Step(time.Time{}, ev, dst[:0])
				for _, a := range dst {
					conn, a := reactor.Unwrap(a)
					more = m.Step(time.Time{}, reactor.From{Conn: conn, Event: reactor.Sent{ID: a.(reactor.Send).ID}}, more[:0])
					sends++
				}
			}
			b.ReportMetric(float64(sends)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
