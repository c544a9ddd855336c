package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/faults"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor"
	machines "github.com/wirectl/wirectl/pkg/reactor/hg"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
)

func handler(t testing.TB) *hgserve.Handler {
	t.Helper()
	r, err := repo.Parse(hgserve.Sample)
	if err != nil {
		t.Fatal(err)
	}
	return hgserve.New(r)
}

func newServer(t testing.TB) *live.Server {
	t.Helper()
	return &live.Server{
		Protocol: hg.Protocol{},
		Codec:    codec.Options{Dialect: "seed"},
		Machine:  func() reactor.Machine { return machines.NewSeedServer(reactor.Options{}) },
		Handler:  handler(t),
	}
}

// command returns the bytes of a command without arguments.
func command(request uint16, begin bool, name string) []byte {
	var flags uint8
	if begin {
		flags = hg.StreamBegin
	}
	b, _ := hg.NewFrame(request, 1, flags, hg.TypeCommandName, hg.CommandNameEOS, []byte(name)).AppendBinary(nil)
	return b
}

// answers returns the texts of the frames that a server sent.
func answers(t testing.TB, wire []byte) (list []string) {
	t.Helper()
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	for d := c.Decoder(codec.ToClient); len(wire) > 0; {
		f, n, err := d.Decode(wire, true)
		if err != nil {
			return append(list, fmt.Sprintf("%d bytes: %v", len(wire), err))
		}
		list, wire = append(list, string(f.AppendText(nil, codec.View{}))), wire[n:]
	}
	return list
}

// pipe serves one end of a pipe, and returns the other and what came of it.
func pipe(ctx context.Context, s *live.Server) (client net.Conn, done chan error) {
	client, server := net.Pipe()
	done = make(chan error, 1)
	go func() { done <- s.ServeConn(ctx, server) }()
	return client, done
}

// listen serves a socket of the loopback interface until the test ends, and
// then wants no goroutine to be left.
func listen(t testing.TB, s *live.Server) string {
	t.Helper()
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		var left int
		for range 500 { // closing goes on in the background for a moment
			if left = runtime.NumGoroutine(); left <= before {
				return
			}
			time.Sleep(time.Millisecond)
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left, %d were there before\n%s", left, before, stacks[:runtime.Stack(stacks, true)])
	})
	return l.Addr().String()
}

func dial(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// ask sends a command and wants its answer.
func ask(t testing.TB, c net.Conn, request uint16, begin bool) {
	t.Helper()
	if _, err := c.Write(command(request, begin, "heads")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 90)
	if _, err := io.ReadFull(c, answer); err != nil {
		t.Fatal(err)
	}
	if list := answers(t, answer); len(list) != 1 || !strings.HasPrefix(list[0], fmt.Sprint(request)+" 2 ") {
		t.Fatalf("answer to %d: %q", request, list)
	}
}

// TestChunking cuts what the client says everywhere; the answers are the same.
func TestChunking(t *testing.T) {
	said := append(command(1, true, "heads"), command(3, false, "nonsense")...)
	said = append(said, command(5, false, "branchmap")...)
	var want []byte
	for size := len(said); size > 0; size-- {
		s := newServer(t)
		c, done := pipe(t.Context(), s)
		go func() {
			for b := said; len(b) > 0; b = b[min(size, len(b)):] {
				if _, err := c.Write(b[:min(size, len(b))]); err != nil {
					t.Error(err)
				}
			}
		}()
		got := make([]byte, 0, 300)
		for len(answers(t, got)) < 3 || strings.Contains(answers(t, got)[2], "bytes:") {
			p := make([]byte, 300)
			n, err := c.Read(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p[:n]...)
		}
		_ = c.Close()
		if err := <-done; err != nil {
			t.Errorf("cut at %d: %v", size, err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("cut at %d: %q; want %q", size, got, want)
		}
	}
	list := answers(t, want)
	if !strings.Contains(list[1], "error-response application unknown wire protocol command: nonsense") {
		t.Errorf("answers %q", list)
	}
}

// TestRefused sends what is wrong, and wants to be told before the end.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		said []byte
		want string
	}{
		{"protocol", append(command(1, true, "heads"), command(3, true, "heads")...), "3 4 stream-begin error-response protocol received frame with beginning of stream flag set on open stream"},
		{"garbage", []byte(strings.Repeat("garbage!", 100)), "0 4 stream-begin error-response protocol "},
		{"cut", command(1, true, "heads")[:10], "0 4 stream-begin error-response protocol "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			address := listen(t, s)
			other := dial(t, address)
			ask(t, other, 1, true)
			c := dial(t, address)
			if _, err := c.Write(tt.said); err != nil {
				t.Fatal(err)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			list := answers(t, got)
			if len(list) == 0 || !strings.HasPrefix(list[len(list)-1], tt.want) {
				t.Errorf("answers %q; want the last to be %q", list, tt.want)
			}
			ask(t, other, 3, false)
		})
	}
}

// TestStuck has clients that never read, half frames, and clients that are
// gone; others are served meanwhile.
func TestStuck(t *testing.T) {
	s := newServer(t)
	s.Limits = live.Limits{Queue: 64 << 10, Grace: 10 * time.Millisecond}
	address := listen(t, s)
	good := dial(t, address)
	ask(t, good, 1, true)

	stuck := dial(t, address)
	var wg sync.WaitGroup
	wg.Go(func() { // until the kernel's buffers are full as well
		b := command(1, true, "heads")
		for i := uint16(3); ; i += 2 {
			_ = stuck.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
			if _, err := stuck.Write(b); err != nil {
				return
			}
			b = b[:0]
			for range 200 {
				b = append(b, command(i, false, "heads")...)
				i += 2
			}
		}
	})
	half := dial(t, address)
	if _, err := half.Write(command(1, true, "heads")[:11]); err != nil {
		t.Fatal(err)
	}
	for i := range 11 { // die in every state
		c := dial(t, address)
		if _, err := c.Write(command(1, true, "heads")[:i+1]); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			_ = c.SetLinger(0) // with a reset
		}
		_ = c.Close()
	}
	for i := range uint16(500) {
		ask(t, good, 2*i+3, false)
	}
	wg.Wait()
	ask(t, good, 2001, false)
}

// A notes is an Observer that keeps what it is told.
type notes struct {
	opened int
	closed []error
	texts  []string
	seqs   []int
	passed map[codec.Direction][]byte
	frames map[codec.Direction][]byte
}

func newNotes() *notes {
	return &notes{passed: map[codec.Direction][]byte{}, frames: map[codec.Direction][]byte{}}
}

func (n *notes) Opened(int, time.Time, net.Addr, net.Addr) { n.opened++ }
func (n *notes) Note(_ int, text string)                   { n.texts = append(n.texts, text) }
func (n *notes) Closed(_ int, _ time.Time, cause error)    { n.closed = append(n.closed, cause) }

func (n *notes) Passed(_ int, dir codec.Direction, _ time.Time, p []byte) {
	n.passed[dir] = append(n.passed[dir], p...)
}

func (n *notes) Record(r *codec.Record) {
	n.seqs = append(n.seqs, r.Seq)
	n.frames[r.Dir] = append(n.frames[r.Dir], r.Bytes...)
}

// TestObserver wants every byte in the records, in order.
func TestObserver(t *testing.T) {
	s := newServer(t)
	n := newNotes()
	s.Observer = n
	c, done := pipe(t.Context(), s)
	ask(t, c, 1, true)
	ask(t, c, 3, false)
	_ = c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
		if len(n.passed[dir]) == 0 || !bytes.Equal(n.passed[dir], n.frames[dir]) {
			t.Errorf("%v: %q passed, %q in records", dir, n.passed[dir], n.frames[dir])
		}
	}
	if got, want := fmt.Sprint(n.opened, n.closed, n.texts, n.seqs), "1 [<nil>] [] [0 1 2 3]"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	if got, want := s.Summary(), (live.Summary{Connections: 1, FramesIn: 2, FramesOut: 2, BytesIn: 26, BytesOut: 180}); got != want {
		t.Errorf("summary %+v; want %+v", got, want)
	}
}

// TestTimes wants the limits on time to hold, on a clock of the test's.
func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits live.Limits
		want   error
		after  time.Duration
	}{
		{"idle", live.Limits{Idle: time.Minute}, live.ErrIdle, 90 * time.Second},
		{"total", live.Limits{Idle: -1, Total: time.Hour}, live.ErrTotal, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.Limits = tt.limits
				begin := time.Now()
				c, done := pipe(context.Background(), s)
				time.Sleep(30 * time.Second)
				ask(t, c, 1, true)
				if err := <-done; !errors.Is(err, tt.want) || time.Since(begin) != tt.after {
					t.Errorf("%v after %v; want %v after %v", err, time.Since(begin), tt.want, tt.after)
				}
			})
		})
	}
}

// TestTooMuch sends more than is allowed.
func TestTooMuch(t *testing.T) {
	s := newServer(t)
	s.Limits.Bytes = 20
	c, done := pipe(t.Context(), s)
	ask(t, c, 1, true)
	go func() { _, _ = c.Write(command(3, false, "heads")) }()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if list := answers(t, got); len(list) != 1 || !strings.HasSuffix(list[0], live.ErrBytes.Error()) {
		t.Errorf("answers %q", list)
	}
	if err := <-done; !errors.Is(err, live.ErrBytes) {
		t.Errorf("ended by %v", err)
	}
}

// TestStop ends the server while a client talks and another is stuck.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		ctx, cancel := context.WithCancel(context.Background())
		quiet, quietDone := pipe(ctx, s)
		ask(t, quiet, 1, true)
		stuck, stuckDone := pipe(ctx, s)
		if _, err := stuck.Write(command(1, true, "heads")); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		cancel()
		if err := <-quietDone; err != nil || time.Since(begin) != 0 {
			t.Errorf("the quiet one: %v after %v", err, time.Since(begin))
		}
		if err := <-stuckDone; !errors.Is(err, live.ErrStopped) || time.Since(begin) != live.DefaultGrace {
			t.Errorf("the stuck one: %v after %v", err, time.Since(begin))
		}
	})
}

// TestTooMany opens more connections than there may be.
func TestTooMany(t *testing.T) {
	s := newServer(t)
	s.Limits.Connections = 1
	address := listen(t, s)
	first := dial(t, address)
	ask(t, first, 1, true)
	second := dial(t, address)
	if b, err := io.ReadAll(second); err == nil && len(b) > 0 {
		t.Errorf("the second was served: %q", b)
	}
	ask(t, first, 3, false)
	if got := s.Summary(); got.Connections != 1 || got.Refused != 1 {
		t.Errorf("summary %+v", got)
	}
}

// TestFaults has what a plan says done to real answers.
func TestFaults(t *testing.T) {
	heads := string(command(1, true, "heads"))
	for _, tt := range []struct {
		plan, want string
		cause      error
	}{
		{"duplicate", "1 1", nil},
		{"drop", "", nil},
		{"wrong-id", "3", nil},
		{"split 4 1h", "1", nil},
		{"delay 1h", "1", nil},
		{"mute", "", nil},
		{"close", "1", live.ErrFault},
	} {
		synctest.Test(t, func(t *testing.T) {
			plan, err := faults.Parse(tt.plan, hgserve.WrongID)
			if err != nil {
				t.Fatal(err)
			}
			s := newServer(t)
			s.Faults, s.Limits.Idle = plan, -1
			ctx, cancel := context.WithCancel(context.Background())
			c, done := pipe(ctx, s)
			if _, err := io.WriteString(c, heads); err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(2 * time.Hour)
				cancel()
			}()
			got, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, a := range answers(t, got) {
				id, _, _ := strings.Cut(a, " ")
				ids = append(ids, id)
			}
			if strings.Join(ids, " ") != tt.want {
				t.Errorf("%s: answers to %q; want %q", tt.plan, ids, tt.want)
			}
			if err := <-done; !errors.Is(err, tt.cause) {
				t.Errorf("%s: %v; want %v", tt.plan, err, tt.cause)
			}
			cancel()
			time.Sleep(3 * time.Hour)
		})
	}
}

// TestSameID asks with one ID again and again, each time as soon as the
// answer is there.
func TestSameID(t *testing.T) {
	c := dial(t, listen(t, newServer(t)))
	for i := range 2000 {
		ask(t, c, 1, i == 0)
	}
}
