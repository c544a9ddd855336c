package live_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
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

// A watch is an Observer that passes on the notes and the texts of records.
type watch struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func newWatch() *watch { return &watch{more: make(chan struct{}, 1)} }

func (w *watch) add(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *watch) Opened(int, time.Time, net.Addr, net.Addr)      { w.add("opened") }
func (w *watch) Passed(int, codec.Direction, time.Time, []byte) {}
func (w *watch) Note(_ int, text string)                        { w.add(text) }
func (w *watch) Closed(int, time.Time, error)                   { w.add("closed") }
func (w *watch) Record(r *codec.Record) {
	w.add(r.Dir.String() + " " + string(r.Frame.AppendText(nil, codec.View{})))
}

// await waits for a line with a text, from the nth line on, and returns where
// it is.
func (w *watch) await(t testing.TB, from int, text string) int {
	t.Helper()
	guard := time.After(20 * time.Second)
	for {
		w.mu.Lock()
		lines := append([]string(nil), w.lines...)
		w.mu.Unlock()
		for i := from; i < len(lines); i++ {
			if strings.Contains(lines[i], text) {
				return i
			}
		}
		select {
		case <-w.more:
		case <-guard:
			t.Fatalf("no %q among %q", text, lines)
		}
	}
}

// start runs a client until the test ends.
func start(t testing.TB, c *live.Client) (done chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done = make(chan error, 1)
	go func() {
		done <- c.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return done
}

func dialer(address string) func(context.Context) (io.ReadWriteCloser, error) {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	}
}

// TestClient has two clients on a daemon talk to each other.
func TestClient(t *testing.T) {
	s := &live.Server{Protocol: msgq.Protocol{}, Hub: msgqmachines.NewDaemon(msgqmachines.DaemonOptions{})}
	address := listen(t, s)
	var clients []*live.Client
	var watches []*watch
	for range 2 {
		w := newWatch()
		c := &live.Client{
			Protocol: msgq.Protocol{}, Dial: dialer(address), Observer: w,
			Machine: func() reactor.Machine { return msgqmachines.NewClient(msgqmachines.ClientOptions{}) },
		}
		start(t, c)
		w.await(t, 0, "deliver ready")
		clients, watches = append(clients, c), append(watches, w)
	}
	input := func(c *live.Client, v any) {
		if !c.Input(reactor.Input{Value: v}) {
			t.Error("the client takes no input")
		}
	}
	input(clients[0], msgqmachines.Subscribe{Group: "News"})
	input(clients[0], msgqmachines.Ping{Body: []byte("1")})
	watches[0].await(t, 0, `"pong"} 1`)
	input(clients[1], msgqmachines.Send{Group: "News", Body: []byte(`{"hello": 1}`)})
	watches[0].await(t, 0, `{"hello": 1}`)
	if got := clients[1].Summary(); got.Connections != 1 || got.FramesOut < 3 || got.BytesOut == 0 {
		t.Errorf("summary %+v", got)
	}
	if !clients[0].Look(func(m reactor.Machine) {
		if got := m.State().String(); !strings.Contains(got, "News") {
			t.Errorf("state %s", got)
		}
	}) {
		t.Error("no machine to look at")
	}
}

// TestClientEnds has the server be away, and go away.
func TestClientEnds(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		retry time.Duration
		want  error
	}{{"once", 0, refused}, {"again", time.Nanosecond, nil}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWatch()
			made, dials := 0, 0
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := &live.Client{
				Protocol: msgq.Protocol{}, Observer: w, Retry: tt.retry,
				Machine: func() reactor.Machine {
					made++
					return msgqmachines.NewClient(msgqmachines.ClientOptions{})
				},
				Dial: func(context.Context) (io.ReadWriteCloser, error) {
					dials++
					if dials == 2 {
						client, server := net.Pipe()
						_ = server.Close()
						return client, nil
					}
					if dials == 4 {
						cancel()
					}
					return nil, refused
				},
			}
			if err := c.Run(ctx); !errors.Is(err, tt.want) {
				t.Errorf("ended with %v; want %v", err, tt.want)
			}
			want := 1
			if tt.retry > 0 {
				want = 4
			}
			if made != want || dials != want {
				t.Errorf("%d machines, %d dials; want %d of each", made, dials, want)
			}
		})
	}
}

// TestClientComesBack has a worker ask for a connection again by itself, with
// what it knew.
func TestClientComesBack(t *testing.T) {
	s := &live.Server{
		Protocol: synapse.Protocol{}, Hub: synapsemachines.NewMain(reactor.Options{Dialect: "v1.66"}),
		Codec: codec.Options{Dialect: "v1.66", MaxFrame: synapsemachines.MaxFrame},
	}
	address := listen(t, s)
	w := newWatch()
	var conns []net.Conn
	var mu sync.Mutex
	c := &live.Client{
		Protocol: synapse.Protocol{}, Codec: s.Codec, Observer: w,
		Machine: func() reactor.Machine {
			return synapsemachines.NewWorker(reactor.Options{Dialect: "v1.66", Extra: map[string]string{"name": "worker"}})
		},
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			conn, err := net.Dial("tcp", address)
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, conn)
			return conn, err
		},
	}
	start(t, c)
	first := w.await(t, 0, "REPLICATE")
	mu.Lock()
	_ = conns[0].(*net.TCPConn).SetLinger(0)
	_ = conns[0].Close()
	mu.Unlock()
	second := w.await(t, first+1, "REPLICATE")
	w.await(t, first, "closed")
	if second <= first {
		t.Error("it did not come back")
	}
}
