package load_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/replay/load"
	"github.com/wirectl/wirectl/pkg/session"
)

// A server answers lines, and counts connections and lines.
type server struct {
	mu    sync.Mutex
	conns int
	lines map[string]int
	takes time.Duration // for an answer
	ended sync.WaitGroup
}

// dial makes a connection to s that is in memory.
func (s *server) dial(context.Context, string) (io.ReadWriteCloser, error) {
	ours, theirs := net.Pipe()
	s.mu.Lock()
	s.conns++
	s.mu.Unlock()
	s.ended.Go(func() {
		defer theirs.Close()
		in := bufio.NewScanner(theirs)
		for in.Scan() {
			s.mu.Lock()
			if s.lines == nil {
				s.lines = map[string]int{}
			}
			s.lines[in.Text()]++
			s.mu.Unlock()
			time.Sleep(s.takes)
			name, ok := strings.CutPrefix(in.Text(), "NAME ")
			if !ok {
				return
			}
			if _, err := io.WriteString(theirs, "SERVER "+name+"\n"); err != nil {
				return
			}
		}
	})
	return ours, nil
}

func document(t *testing.T, name, text string, fresh func(string) (string, bool)) *session.Document {
	t.Helper()
	doc, err := session.Parse(name, []byte("@proto synapse dialect=v1.66\n"+text), session.Options{Lookup: registry.Lookup, Codec: codec.Options{Fresh: fresh}})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func options(s *server) load.Options {
	return load.Options{
		Connections: 4, Rate: 100, Sessions: 200,
		Replay: replay.Options{To: map[int]string{0: "tcp://server:1"}, Dial: s.dial, Lookup: registry.Lookup},
	}
}

// TestReplay has sessions each have a connection and variables of its own.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		made := 0
		fresh := func(name string) (string, bool) {
			mu.Lock()
			defer mu.Unlock()
			made++
			return strings.Repeat("x", made), name == "uuid"
		}
		s := &server{takes: 5 * time.Millisecond}
		doc := document(t, "a", "@set me={{uuid}}\n> NAME $me\n< SERVER {{x}}\n> NAME $x\n< SERVER $me\n", fresh)
		r := load.Run(t.Context(), []*session.Document{doc}, options(s))
		if r.All.Count != 200 || r.All.Errors != 0 || r.All.Max != 10*time.Millisecond || r.All.Reached < 99 {
			t.Errorf("%+v", r.All)
			for _, f := range r.Failures {
				t.Error(f.Report.Verdicts[0].Why)
			}
		}
		if s.conns != 200 || len(s.lines) != 200 {
			t.Errorf("%d connections, %d names", s.conns, len(s.lines))
		}
	})
}

// TestKept has sessions run on the same connections, until one fails.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{takes: 5 * time.Millisecond}
		o := options(s)
		o.Keep = true
		doc := document(t, "a", "> NAME a\n< SERVER {{x}}\n> NAME b\n< SERVER b\n", nil)
		r := load.Run(t.Context(), []*session.Document{doc}, o)
		if r.All.Count != 200 || r.All.Errors != 0 || s.conns != 4 {
			t.Errorf("%d connections, %+v", s.conns, r.All)
		}

		s = &server{}
		o.Replay.Dial = s.dial
		doc = document(t, "a", "> NAME a\n< SERVER b\n", nil)
		r = load.Run(t.Context(), []*session.Document{doc}, o)
		if r.All.Errors != 200 || s.conns != 200 {
			t.Errorf("failing: %d connections, %+v", s.conns, r.All)
		}

		s = &server{}
		o.Replay.Dial = s.dial
		doc = document(t, "a", "> NAME a\n< SERVER a\n> bye\n< @eof\n", nil)
		r = load.Run(t.Context(), []*session.Document{doc}, o)
		if r.All.Errors != 0 || s.conns != 200 {
			t.Errorf("ending: %d connections, %+v", s.conns, r.All)
		}
	})
}

// TestLate has an answer that nobody awaits not be taken for one of the next
// session on the connection.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		o := options(s)
		o.Keep, o.Rate, o.Connections = true, 10, 1
		doc := document(t, "a", "> NAME a\n< SERVER a\n> NAME late\n", nil)
		r := load.Run(t.Context(), []*session.Document{doc}, o)
		if r.All.Errors != 0 || s.conns != 1 {
			t.Errorf("%d connections, %+v", s.conns, r.All)
		}
	})
}

// TestRefused has what is not allowed end the load at once.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		doc := document(t, "a", "> [+1] USER_SYNC @a:b start 5 1\n", nil)
		r := load.Run(t.Context(), []*session.Document{doc}, options(s))
		if r.Refused == nil || s.conns != 0 || r.All.Errors != 0 {
			t.Errorf("%+v, %d connections", r.All, s.conns)
		}
	})
}

// TestCutOff ends a load while answers are awaited.
func TestCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{takes: time.Second}
		o := options(s)
		o.Rate = 1
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(2500*time.Millisecond, func() { cancel(errors.New("enough")) })
		doc := document(t, "a", "> NAME a\n< SERVER a\n", nil)
		r := load.Run(ctx, []*session.Document{doc}, o)
		s.ended.Wait()
		if r.All.Count != 2 || r.All.Cut != 1 || r.All.Errors != 0 || r.Took != 2500*time.Millisecond {
			t.Errorf("%+v", r)
		}
	})
}
