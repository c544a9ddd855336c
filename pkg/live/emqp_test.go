package live_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	machines "github.com/wirectl/wirectl/pkg/reactor/emqp"
)

// A tallyWatch counts what it is told, by the first two words of it.
type tallyWatch struct {
	live.Observer
	mu sync.Mutex
	n  map[string]int
}

func newTally() *tallyWatch { return &tallyWatch{Observer: newWatch(), n: map[string]int{}} }

func (w *tallyWatch) Note(_ int, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	words := strings.SplitN(text, " ", 4)
	w.n[strings.Join(words[:min(2, len(words))], " ")]++
}

func (w *tallyWatch) Record(*codec.Record) {}

func (w *tallyWatch) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n[what]
}

// emqpClient returns a client on the broker whose address is kept in at.
func emqpClient(at *atomic.Value, watch live.Observer, m func() reactor.Machine) *live.Client {
	return &live.Client{
		Protocol: emqp.Protocol{}, Observer: watch, Machine: m, Retry: 5 * time.Millisecond,
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at.Load().(string))
		},
	}
}

// until waits for something to come true.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come true: %s", what)
		}
	}
}

// TestEventMQ has four workers do what a client asks of a broker, one of them
// killed half-way, and the broker replaced at the end, after which all are
// there again. Every request is handed over, and those that are done and those
// that are told as lost are all that there are.
func TestEventMQ(t *testing.T) {
	const all = 4000
	quick := machines.Options{Heartbeat: 100 * time.Millisecond, Timeout: time.Second, Cleanup: 500 * time.Millisecond, Reconnect: 10 * time.Millisecond}
	broker := newTally()
	serve := func() (*live.Server, context.CancelFunc, chan error, string) {
		s := &live.Server{Protocol: emqp.Protocol{}, Hub: machines.NewBroker(quick), Observer: broker}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, l) }()
		return s, cancel, done, l.Addr().String()
	}
	_, stop, ended, address := serve()
	var at atomic.Value
	at.Store(address)

	kill := make([]context.CancelFunc, 4)
	workers := newTally()
	var running sync.WaitGroup
	for i := range kill {
		c := emqpClient(&at, workers, func() reactor.Machine {
			o := quick
			o.Jobs, o.Seed = 5, fmt.Sprint("worker", i)
			return machines.NewWorker(o)
		})
		var ctx context.Context
		ctx, kill[i] = context.WithCancel(t.Context())
		running.Go(func() { _ = c.Run(ctx) })
	}
	defer running.Wait()
	for _, cancel := range kill {
		defer cancel()
	}
	until(t, "four workers", func() bool { return broker.count("deliver worker") == 4 })

	notices := newTally()
	client := emqpClient(&at, notices, func() reactor.Machine { return machines.NewClient(machines.Options{Seed: "client"}) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running.Go(func() { _ = client.Run(ctx) })
	until(t, "a client", func() bool {
		ready := false
		client.Look(func(m reactor.Machine) { ready = m.(reactor.Readier).Ready() })
		return ready
	})
	ev, err := machines.NewClient(machines.Options{}).Input("request", `default - any.echo ["x"]`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if i == all/2 {
			kill[0]()
		}
		if i%500 == 0 { // it has to be read what comes
			until(t, "room", func() bool { return i-notices.count("deliver handed-over") < 1000 })
		}
		client.Input(ev)
	}
	until(t, "all are handed over", func() bool { return notices.count("deliver handed-over") == all })
	until(t, "the killed one is dropped", func() bool { return broker.count("deliver gone") >= 1 })
	until(t, "all are done or lost", func() bool {
		return workers.count("deliver job")+broker.count("deliver lost") >= all
	})
	if n := notices.count("deliver handed-over"); n != all {
		t.Errorf("%d of %d were told to be handed over", n, all)
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("the broker: %v", err)
	}
	_, stop, ended, address = serve()
	at.Store(address)
	until(t, "three workers are back", func() bool { return broker.count("deliver worker") >= 7 })
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the broker: %v", err)
	}
}
