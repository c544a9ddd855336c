package msgq_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	wire "github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/msgq"
)

// The tests in this file have a socket between client and daemon. The daemon
// is ours, and the real one where peerVar says unix:PATH: that of its socket.
// It must have its config manager, without which it tells nobody who comes
// and goes; docs/interop.md says how to start both.

const peerVar = "WIRECTL_PEER_MSGQ"

// patience is how long a step may take before a test fails.
const patience = 10 * time.Second

func TestClientOnRealDaemon(t *testing.T) {
	peer := os.Getenv(peerVar)
	if peer == "" {
		t.Skipf("SKIPPED: the client is not tested against the real daemon: %s names none, such as unix:PATH", peerVar)
	}
	path, ok := strings.CutPrefix(peer, "unix:")
	if !ok {
		t.Fatalf("%s is %q: unix:PATH is expected", peerVar, peer)
	}
	talk(t, path)
}

func TestClientOnOurDaemon(t *testing.T) {
	talk(t, serve(t, msgq.DaemonOptions{}))
}

// serve runs a daemon of ours until the test ends. It returns the path of its
// socket.
func serve(t *testing.T, o msgq.DaemonOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, _, err := live.Address{Scheme: "unix", Place: path}.Listen(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &live.Server{Protocol: wire.Protocol{}, Hub: msgq.NewDaemon(o), Limits: live.Limits{Grace: time.Second}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return path
}

// An end is a client on a connection. Its goroutine steps the machine; what
// its own side gets to know comes out of said.
type end struct {
	t      *testing.T
	name   string
	lname  string
	conn   net.Conn
	events chan reactor.Event
	said   chan string
	over   chan struct{} // closed at the end of the test
}

// dial connects a client and waits until it runs.
func dial(t *testing.T, path, name string) *end {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	e := &end{
		t: t, name: name, conn: conn,
		events: make(chan reactor.Event, 16), said: make(chan string, 64), over: make(chan struct{}),
	}
	stopped := make(chan struct{})
	go e.read()
	go func() {
		defer close(stopped)
		e.run(msgq.NewClient(msgq.ClientOptions{Timeout: patience}))
	}()
	t.Cleanup(func() {
		close(e.over)
		_ = conn.Close()
		<-stopped
	})
	e.happens(reactor.Opened{})
	var ok bool
	if e.lname, ok = strings.CutPrefix(e.hear(), "ready "); !ok {
		t.Fatalf("%s does not run: %s", name, e.lname)
	}
	return e
}

// read makes events of the daemon's bytes.
func (e *end) read() {
	conv, err := wire.Protocol{}.Open(codec.Options{})
	if err != nil {
		e.happens(reactor.Broken{Err: err})
		return
	}
	s := codec.NewStream(conv.Decoder(codec.ToClient), codec.ToClient)
	for {
		err := s.Fill(e.conn)
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if r.Err != nil {
				e.happens(reactor.Broken{Err: r.Err})
				return
			}
			e.happens(reactor.Received{Frame: r.Frame.Clone()})
		}
		switch {
		case errors.Is(err, io.EOF):
			e.happens(reactor.EOF{})
			return
		case err != nil:
			e.happens(reactor.Broken{Err: err})
			return
		}
	}
}

// happens gives the machine an event.
func (e *end) happens(ev reactor.Event) {
	select {
	case e.events <- ev:
	case <-e.over:
	}
}

// run steps the machine until the test ends.
func (e *end) run(c *msgq.Client) {
	timers := map[string]*time.Timer{}
	for {
		var ev reactor.Event
		select {
		case ev = <-e.events:
		case <-e.over:
			for _, timer := range timers {
				timer.Stop()
			}
			return
		}
		for todo := []reactor.Event{ev}; len(todo) > 0; todo = todo[1:] {
			for _, a := range c.Step(time.Now(), todo[0], nil) {
				if next := e.do(a, timers); next != nil {
					todo = append(todo, next)
				}
			}
		}
	}
}

// do does an action, and returns what follows from it.
func (e *end) do(a reactor.Action, timers map[string]*time.Timer) reactor.Event {
	switch a := a.(type) {
	case reactor.Send:
		var b []byte
		for _, f := range a.Frames {
			b, _ = f.AppendBinary(b) // the daemon will tell
		}
		if _, err := e.conn.Write(b); err != nil {
			return nil // reading tells
		}
		return reactor.Sent{ID: a.ID}
	case reactor.SetTimer:
		if timer := timers[a.Timer]; timer != nil {
			timer.Stop()
		}
		if !a.At.IsZero() {
			timers[a.Timer] = time.AfterFunc(time.Until(a.At), func() {
				e.happens(reactor.Expired{Timer: a.Timer})
			})
		}
	case reactor.Run:
		return e.answer(a)
	case reactor.Noop:
	default:
		e.say(show(a))
	}
	return nil
}

func (e *end) say(s string) {
	select {
	case e.said <- s:
	case <-e.over:
	}
}

// show returns an action with JSON as it stands.
func show(a reactor.Action) string {
	switch a := a.(type) {
	case msgq.Outcome:
		s := fmt.Sprintf("%d %s", a.Call, a.Kind)
		if a.Rcode != 0 || a.Text != "" {
			s += fmt.Sprintf(" %d %q", a.Rcode, a.Text)
		}
		if a.Value != nil {
			s += " " + string(a.Value)
		}
		if a.From != "" {
			s += " from " + a.From
		}
		return s
	case msgq.Message:
		return fmt.Sprintf("message %s/%s from %s %s", a.Group, a.Instance, a.From, a.Body)
	case reactor.Deliver:
		return fmt.Sprintf("%s %s", a.Kind, a.Body)
	}
	return a.String()
}

// answer runs a command: silent is never answered, fail is refused, and all
// else is answered with its argument.
func (e *end) answer(a reactor.Run) reactor.Event {
	switch a.Command {
	case "silent":
		e.say("runs silent")
		return nil
	case "fail":
		return reactor.Input{Value: msgq.Answer{Request: a.Request, Rcode: 7, Value: []byte(`"it failed"`)}}
	}
	return reactor.Input{Value: msgq.Answer{Request: a.Request, Value: a.Data}}
}

// want gives the machine an input.
func (e *end) want(v any) {
	e.happens(reactor.Input{Value: v})
}

// hear returns what the client's own side gets to know next.
func (e *end) hear() string {
	e.t.Helper()
	select {
	case s := <-e.said:
		return s
	case <-time.After(patience):
		e.t.Fatalf("%s: nothing is heard", e.name)
		return ""
	}
}

// expect wants these to come next, in any order.
func (e *end) expect(lines ...string) {
	e.t.Helper()
	var got []string
	for range lines {
		got = append(got, e.hear())
	}
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		e.t.Errorf("%s heard\n\t%s\nexpected\n\t%s", e.name, strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

// join subscribes, and waits until the daemon has done it.
func (e *end) join(group, instance string) {
	e.t.Helper()
	e.want(msgq.Subscribe{Group: group, Instance: instance})
	e.settle()
}

func (e *end) settle() {
	e.t.Helper()
	e.want(msgq.Ping{Body: []byte(`"done"`)})
	e.expect(`pong "done"`)
}
