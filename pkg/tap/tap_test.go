package tap_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/tap"
)

// A watch remembers what an Observer is told.
type watch struct {
	mu     sync.Mutex
	print  *humanframe.Printer
	said   map[int][]string // the records of a connection: direction and text
	offset map[int][2]int64 // where the next record of a direction has to begin
	passed map[int]*[2]bytes.Buffer
	notes  []string
	closed chan error // of connections, in the order of their ends
	holes  []string
	block  chan struct{} // what Record waits for; may be nil
}

func newWatch() *watch {
	return &watch{
		print:  humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true}),
		said:   map[int][]string{},
		offset: map[int][2]int64{},
		passed: map[int]*[2]bytes.Buffer{},
		closed: make(chan error, 1000),
	}
}

func index(d codec.Direction) int { return map[codec.Direction]int{codec.ToClient: 1}[d] }

func (w *watch) Opened(conn int, _ time.Time, _, _ net.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed[conn] = new([2]bytes.Buffer)
}

func (w *watch) Passed(conn int, dir codec.Direction, _ time.Time, p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed[conn][index(dir)].Write(p)
}

func (w *watch) Record(r *codec.Record) {
	if w.block != nil {
		<-w.block
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[r.Conn] = append(w.said[r.Conn], r.Dir.String()+" "+string(w.print.AppendText(nil, r)))
	if r.HTTP != nil {
		return // which counts in the body
	}
	at := w.offset[r.Conn]
	if i := index(r.Dir); at[i] != r.Span.Start {
		w.holes = append(w.holes, fmt.Sprintf("conn %d: a record begins at %v, not at %d", r.Conn, r.Span, at[i]))
	} else {
		at[i] = r.Span.End
		w.offset[r.Conn] = at
	}
}

func (w *watch) Note(_ int, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes = append(w.notes, text)
}

func (w *watch) Closed(_ int, _ time.Time, cause error) { w.closed <- cause }

// records returns what was said on a connection.
func (w *watch) records(t testing.TB, conn int) []string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.holes {
		t.Error(h)
	}
	return w.said[conn]
}

// A rig is a proxy between a listener and a server of the test's own.
type rig struct {
	*watch
	proxy  *tap.Proxy
	kind   string // of both sides: tcp, unix or tls
	at     net.Addr
	server net.Listener
	stop   context.CancelFunc
}

// newRig starts a proxy, and wants no goroutine to be left at the end.
func newRig(t testing.TB, kind string, set func(*tap.Proxy)) *rig {
	t.Helper()
	before := runtime.NumGoroutine()
	r := &rig{watch: newWatch(), kind: kind, server: listen(t, kind)}
	r.proxy = &tap.Proxy{Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, r.server.Addr(), kind) }, Observer: r.watch}
	if set != nil {
		set(r.proxy)
	}
	l := listen(t, kind)
	r.at = l.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	done := make(chan error, 1)
	go func() { done <- r.proxy.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		_ = r.server.Close()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		var left int
		for range 2000 { // closing goes on in the background for a moment
			if left = runtime.NumGoroutine(); left <= before {
				return
			}
			time.Sleep(time.Millisecond)
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left, %d were there before\n%s", left, before, stacks[:runtime.Stack(stacks, true)])
	})
	return r
}

func listen(t testing.TB, kind string) net.Listener {
	t.Helper()
	network, place := "tcp", "127.0.0.1:0"
	if kind == "unix" {
		network, place = "unix", filepath.Join(t.TempDir(), "socket")
	}
	l, err := net.Listen(network, place)
	if err != nil {
		t.Fatal(err)
	}
	if kind == "tls" {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	}
	return l
}

func dial(ctx context.Context, at net.Addr, kind string) (net.Conn, error) {
	if kind == "tls" {
		return (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(ctx, "tcp", at.String())
	}
	var d net.Dialer
	return d.DialContext(ctx, at.Network(), at.String())
}

var certificate = func() func(testing.TB) tls.Certificate {
	var once sync.Once
	var c tls.Certificate
	return func(t testing.TB) tls.Certificate {
		once.Do(func() {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			x := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
			der, err := x509.CreateCertificate(rand.Reader, x, x, &key.PublicKey, key)
			if err != nil {
				t.Fatal(err)
			}
			c = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
		})
		return c
	}
}()

type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// pair returns both ends of a connection through the proxy.
func (r *rig) pair(t testing.TB) (client, server halfCloser) {
	t.Helper()
	got := make(chan net.Conn, 1)
	go func() {
		s, err := r.server.Accept()
		if err == nil && r.kind == "tls" {
			err = s.(*tls.Conn).Handshake()
		}
		if err != nil {
			t.Error(err)
		}
		got <- s
	}()
	c, err := dial(t.Context(), r.at, r.kind)
	if err != nil {
		t.Fatal(err)
	}
	s := <-got
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	return c.(halfCloser), s.(halfCloser)
}

// end waits for the end of a connection and returns its cause.
func (r *rig) end(t testing.TB) error {
	t.Helper()
	select {
	case err := <-r.closed:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("the connection does not end")
		return nil
	}
}

// passes writes to one end and wants the same at the other, at once.
func passes(t testing.TB, from, to net.Conn, p []byte) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := from.Write(p)
		failed <- err
	}()
	got := make([]byte, len(p))
	if err := to.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(to, got); err != nil {
		t.Fatalf("%d of %d bytes: %v", n, len(p), err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, p) {
		t.Fatalf("%.40q has become %.40q", p, got)
	}
}

// ends wants the end of what comes.
func ends(t testing.TB, c net.Conn) {
	t.Helper()
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("%d bytes, %v; want the end", n, err)
	}
}

func protocol(name string) func(*tap.Proxy) {
	return func(p *tap.Proxy) { p.Decode.Protocol = name }
}

// TestSides passes on what is said on each kind of connection, whatever it
// is, and the end of each half.
func TestSides(t *testing.T) {
	for _, kind := range []string{"tcp", "unix", "tls"} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, kind, protocol("msgq"))
			client, server := r.pair(t)
			garbage := make([]byte, 300_000)
			_, _ = rand.Read(garbage)
			passes(t, server, client, []byte("first word")) // before the client has said any
			passes(t, client, server, garbage)
			for i := range 100 { // each as it comes, though it is no frame
				passes(t, client, server, garbage[i:i+1])
			}
			if err := client.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			ends(t, server)
			passes(t, server, client, garbage) // the other half is open
			if err := server.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			ends(t, client)
			if err := r.end(t); err != nil {
				t.Errorf("closed: %v", err)
			}
			r.records(t, 1)
			if got := r.passed[1][0].Len(); got != 300_100 || r.offset[1] != [2]int64{300_100, 300_010} {
				t.Errorf("%d bytes were told, records end at %v", got, r.offset[1])
			}
			sum := r.proxy.Summary()
			if sum.Connections != 1 || sum.Failed != 0 || sum.Bytes != [2]int64{300_100, 300_010} || sum.Damage == 0 {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// TestOrder wants each question told before its answer, which comes at once.
func TestOrder(t *testing.T) {
	r := newRig(t, "tcp", protocol("synapse"))
	client, server := r.pair(t)
	const n = 2000
	go func() {
		buf := make([]byte, 100)
		for {
			k, err := server.Read(buf)
			if err != nil {
				_ = server.Close()
				return
			}
			_, _ = server.Write(buf[:k])
		}
	}()
	line := []byte("PING 1\n")
	buf := make([]byte, len(line))
	for range n {
		if _, err := client.Write(line); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, buf); err != nil {
			t.Fatal(err)
		}
	}
	_ = client.CloseWrite()
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	said := r.records(t, 1)
	if len(said) != 2*n {
		t.Fatalf("%d records", len(said))
	}
	for i, s := range said {
		if want := []string{"> PING 1", "< PING 1"}[i%2]; s != want {
			t.Fatalf("record %d: %q", i, s)
		}
	}
}

// TestBusyObserver has bytes pass while the Observer does not return: so many
// that what may wait is not used up.
func TestBusyObserver(t *testing.T) {
	r := newRig(t, "tcp", func(p *tap.Proxy) {
		p.Decode.Protocol = "synapse"
		p.Observer.(*watch).block = make(chan struct{})
	})
	client, server := r.pair(t)
	passes(t, client, server, []byte("PING 1\n"))
	passes(t, client, server, []byte("PING 2\n"))
	passes(t, server, client, []byte("PING 1\n"))
	passes(t, server, client, []byte("PING 2\n"))
	close(r.block)
	_, _ = client.CloseWrite(), server.CloseWrite()
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	if said := r.records(t, 1); len(said) != 4 {
		t.Errorf("%q", said)
	}
}

// TestLongWrites has both sides write much before they read, which is what a
// proxy that waits for one of them would not survive.
func TestLongWrites(t *testing.T) {
	r := newRig(t, "tcp", protocol("synapse"))
	client, server := r.pair(t)
	lines := bytes.Repeat([]byte("RDATA events master 1 [\"x\"]\n"), 1<<18)
	var all sync.WaitGroup
	all.Go(func() { _, _ = server.Write(lines); _ = server.CloseWrite() })
	all.Go(func() {
		time.Sleep(20 * time.Millisecond) // the server waits for its reader
		if n, err := io.Copy(io.Discard, client); n != int64(len(lines)) || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	passes(t, client, server, []byte("PING 1\n"))
	all.Wait()
	_ = client.CloseWrite()
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	if n := len(r.records(t, 1)); n != 1<<18+1 {
		t.Errorf("%d records", n)
	}
}

// TestReset passes on that a side has gone without a word.
func TestReset(t *testing.T) {
	r := newRig(t, "tcp", nil)
	client, server := r.pair(t)
	passes(t, client, server, []byte("x"))
	_ = client.(*net.TCPConn).SetLinger(0)
	_ = client.Close()
	if _, err := server.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the server reads %v", err)
	}
	if err := r.end(t); err == nil {
		t.Error("it ended well")
	}
	if sum := r.proxy.Summary(); sum.Failed != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestStop ends a proxy while connections are open: what it has read is
// written.
func TestStop(t *testing.T) {
	r := newRig(t, "tcp", protocol("synapse"))
	client, server := r.pair(t)
	passes(t, client, server, []byte("PING 1\n"))
	r.stop()
	ends(t, server)
	ends(t, client)
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	if said := r.records(t, 1); len(said) != 1 {
		t.Errorf("%q", said)
	}
}

// TestStopStuck ends a proxy of which a side does not read.
func TestStopStuck(t *testing.T) {
	r := newRig(t, "tcp", func(p *tap.Proxy) { p.Limits.Grace = 20 * time.Millisecond })
	client, _ := r.pair(t)
	go func() { _, _ = client.Write(make([]byte, 64<<20)) }()
	time.Sleep(50 * time.Millisecond)
	r.stop()
	r.end(t)
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		limits tap.Limits
		want   error
	}{
		{tap.Limits{Idle: 10 * time.Millisecond}, live.ErrIdle},
		{tap.Limits{Total: 10 * time.Millisecond}, live.ErrTotal},
		{tap.Limits{Bytes: 6}, live.ErrBytes},
		{tap.Limits{Connections: 1, Idle: -1, Total: -1, Connect: -1, Grace: -1}, nil},
	} {
		r := newRig(t, "tcp", func(p *tap.Proxy) { p.Limits = tt.limits })
		client, _ := r.pair(t)
		_, _ = client.Write([]byte("1234567"))
		if tt.want != nil {
			if err := r.end(t); !errors.Is(err, tt.want) {
				t.Errorf("%+v: closed: %v", tt.limits, err)
			}
			continue
		}
		more, err := dial(t.Context(), r.at, "tcp")
		if err != nil {
			t.Fatal(err)
		}
		ends(t, more)
		_ = more.Close()
		if sum := r.proxy.Summary(); sum.Refused != 1 {
			t.Errorf("%+v", sum)
		}
	}
}

// TestNoServer has nobody to connect to.
func TestNoServer(t *testing.T) {
	r := newRig(t, "tcp", nil)
	_ = r.server.Close()
	client, err := dial(t.Context(), r.at, "tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := r.end(t); !errors.Is(err, tap.ErrConnect) {
		t.Errorf("closed: %v", err)
	}
	ends(t, client)
	if sum := r.proxy.Summary(); sum.Unreached != 1 || sum.Connections != 0 {
		t.Errorf("%+v", sum)
	}
}

// TestNotEncrypted has a client that speaks no TLS: it does not reach the
// server.
func TestNotEncrypted(t *testing.T) {
	r := newRig(t, "tls", nil)
	client, err := dial(t.Context(), r.at, "tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, _ = client.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	if err := r.end(t); err == nil || errors.Is(err, tap.ErrConnect) || !strings.Contains(err.Error(), "does not encrypt") {
		t.Errorf("closed: %v", err)
	}
}

// TestMemory passes much, in long frames too, and wants little of it to stay.
func TestMemory(t *testing.T) {
	r := newRig(t, "tcp", func(p *tap.Proxy) { p.Decode.Protocol, p.Observer = "synapse", nil })
	client, server := r.pair(t)
	lines := bytes.Repeat([]byte("RDATA events master 1 [\"x\"]\n"), 1<<13)
	lines = append(lines, bytes.Repeat([]byte("y"), 1<<20)...)
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	go func() { _, _ = io.Copy(io.Discard, server) }()
	var first uint64
	for i := range 32 {
		if _, err := client.Write(lines); err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			first = live()
		}
	}
	if now := live(); now > first+8<<20 {
		t.Errorf("%d bytes stay after 6 MB, %d after 40 MB", first, now)
	}
}

// TestConnections has many at a time.
func TestConnections(t *testing.T) {
	r := newRig(t, "tcp", protocol("synapse"))
	go func() {
		for {
			s, err := r.server.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(s, s)
				_ = s.Close()
			}()
		}
	}()
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			c, err := dial(context.Background(), r.at, "tcp")
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			line := []byte(fmt.Sprintf("PING %d\n", i))
			for range 20 {
				got := make([]byte, len(line))
				if _, err := c.Write(line); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, line) {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	for range 100 {
		if err := r.end(t); err != nil {
			t.Error(err)
		}
	}
	for n := range 100 {
		said := r.records(t, n+1)
		if len(said) != 40 {
			t.Fatalf("conn %d: %d records", n+1, len(said))
		}
		for _, s := range said {
			if s[2:] != said[0][2:] {
				t.Fatalf("conn %d: %q between %q", n+1, s, said[0])
			}
		}
	}
}
