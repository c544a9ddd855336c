package live_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A porter is a hub that notes where connections come in.
type porter struct {
	reactor.Hub
	came chan string
}

func (p porter) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if from, ok := ev.(reactor.From); ok {
		if opened, ok := from.Event.(reactor.Opened); ok {
			p.came <- opened.Listener
		}
	}
	return p.Hub.Step(now, ev, dst)
}

// TestListeners has a hub learn at which listener a connection came in, all
// listeners be closed at the end, and one that fails end the others.
func TestListeners(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail bool
	}{{"stopped", false}, {"failed", true}} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			p := porter{reactor.Independent(s.Machine), make(chan string, 2)}
			s.Hub, s.Machine = p, nil
			var list []live.Listener
			for _, name := range []string{"frontend", "backend"} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, live.Listener{Listener: l, Name: name})
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.ServeAll(ctx, list...) }()
			for _, l := range list {
				c := dial(t, l.Addr().String())
				ask(t, c, 1, true)
				if got := <-p.came; got != l.Name {
					t.Errorf("came in at %q; want %q", got, l.Name)
				}
				_ = c.Close()
			}
			if tt.fail {
				_ = list[0].Close()
			} else {
				cancel()
			}
			if err := <-done; (err != nil) != tt.fail {
				t.Errorf("ended with %v", err)
			}
			cancel()
			closed := func(l live.Listener) bool {
				_, err := net.Dial("tcp", l.Addr().String())
				return err != nil
			}
			for range 100 { // it is closed in the background
				if !slices.ContainsFunc(list, func(l live.Listener) bool { return !closed(l) }) {
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Error("a listener is open")
		})
	}
}
