package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
)

// peerEMQP names a Python interpreter that can import eventmq and its own
// emq-cli; docs/interop.md says which was there. With peerRouter set the
// broker is EventMQ's own router, which shows that what is tested is what that
// one does.
const (
	peerEMQP   = "WIRECTL_PEER_EMQP"
	peerCLI    = "WIRECTL_PEER_EMQP_CLI"
	peerRouter = "WIRECTL_PEER_EMQP_ROUTER"
)

// TestRealEventMQ runs EventMQ's jobmanagers, scheduler, client library and
// emq-cli on a broker.
func TestRealEventMQ(t *testing.T) {
	python := os.Getenv(peerEMQP)
	if python == "" {
		t.Skipf("SKIPPED: the broker is not tested with the real programs: %s names no Python interpreter that has eventmq", peerEMQP)
	}
	for _, scenario := range []string{"jobs", "schedules", "deaths", "restart", "cli"} {
		t.Run(scenario, func(t *testing.T) {
			b := &broker{t: t, python: python, ports: freePorts(t, 3), dir: t.TempDir()}
			args := []string{scenario}
			if scenario == "cli" {
				cli := os.Getenv(peerCLI)
				if cli == "" {
					t.Skipf("SKIPPED: %s does not say where emq-cli is", peerCLI)
				}
				args = append(args, cli)
			}
			b.start()
			defer func() { b.stop() }()
			b.run(args)
		})
	}
}

// A broker is a router, and what drives the others on it.
type broker struct {
	t      *testing.T
	python string
	ports  []string // of clients, of workers, of admin commands
	dir    string
	cmd    *exec.Cmd
	errs   bytes.Buffer
}

// driver returns a command of the Python program.
func (b *broker) driver(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{testdata.Path("emqp/peer/peer.py")}, b.ports...)
	return exec.CommandContext(ctx, b.python, append(append(all, b.dir), args...)...)
}

func (b *broker) start() {
	b.t.Helper()
	at := func(i int) string { return "tcp://127.0.0.1:" + b.ports[i] }
	b.cmd = exec.Command("wirectl", "serve", "emqp", "--log", "none", "--frontend", at(0), "--backend", at(1), "--admin", at(2))
	if os.Getenv(peerRouter) != "" {
		b.cmd = b.driver(context.Background(), "router")
	}
	b.errs.Reset()
	b.cmd.Stderr = &b.errs
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+b.ports[2]); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.stop()
	b.t.Fatalf("the broker does not listen:\n%s", b.errs.String())
}

func (b *broker) stop() {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
}

// run drives the others. A line "now restart" of them asks for a new broker.
func (b *broker) run(args []string) {
	t := b.t
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := b.driver(ctx, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ok":
			passed++
		case "now":
			b.stop()
			b.start()
			_, _ = in.Write([]byte("\n"))
		case "FAIL":
			t.Error(strings.TrimSpace(rest))
		default:
			t.Log(lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, told.String())
	}
	t.Logf("%d checks passed", passed)
}

// freePorts returns ports of the loopback interface that nobody listens at.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, ports[i], _ = net.SplitHostPort(l.Addr().String())
	}
	return ports
}

// TestOursOnRealRouter runs our worker, scheduler, client and admin on
// EventMQ's own router, and ours with EventMQ's jobmanager and scheduler.
func TestOursOnRealRouter(t *testing.T) {
	python := os.Getenv(peerEMQP)
	if python == "" {
		t.Skipf("SKIPPED: our worker and client are not tested with the real router: %s names no Python interpreter that has eventmq", peerEMQP)
	}
	t.Setenv(peerRouter, "1")
	b := &broker{t: t, python: python, ports: freePorts(t, 3), dir: t.TempDir()}
	b.start()
	defer func() { b.stop() }()
	at := func(i int) string { return "tcp://127.0.0.1:" + b.ports[i] }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var told [3]syncBuffer
	start := func(i int, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(ctx, "wirectl", append([]string{"connect", "emqp"}, args...)...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(""), &told[i], &told[i]
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Wait() })
	}
	until := func(i int, want string, n int) {
		t.Helper()
		for strings.Count(told[i].String(), want) < n {
			if ctx.Err() != nil {
				t.Fatalf("%q has not come %d times:\n%s", want, n, told[i].String())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	start(0, at(1), "--set", "role=worker", "--set", "jobs=2", "--exec", "cat", "--stay")
	start(1, at(0), "--set", "role=scheduler", "--stay")
	until(0, "ACK", 1)
	until(1, "ACK", 1)
	ask := func(i int, lines string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(ctx, "wirectl", append([]string{"connect", "emqp", at(i)}, args...)...)
		cmd.Stdin = strings.NewReader(lines)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	out := ask(0, "@request default reply-requested any.echo [1, 2]\n@request default reply-requested other.job\n@schedule default - 1 any.echo [\"tick\"]\n@sleep 2500ms\n@unschedule default - 1 any.echo [\"tick\"]\n")
	if n := strings.Count(out, "deliver handed-over"); n != 2 {
		t.Errorf("%d requests were told to be handed over:\n%s", n, out)
	}
	until(0, `"value": [1, 2]`, 1)
	until(0, `"value": {"callable": "job"`, 1)
	until(0, `"value": "tick"`, 3)
	until(1, "deliver unscheduled", 1)

	out = ask(2, "@show_workers\n@show_schedulers\n@status\n", "--set", "role=admin")
	for _, want := range []string{`"available_slots": 2`, "connected_schedulers", `"processed_messages_by_queue": {"default": `} {
		if !strings.Contains(strings.ReplaceAll(out, `\"`, `"`), want) {
			t.Errorf("the router does not report %s:\n%s", want, out)
		}
	}
	if out := ask(2, "@disconnect\n", "--set", "role=admin"); !strings.Contains(out, "deliver acked") {
		t.Errorf("the router does not acknowledge its end:\n%s", out)
	}
	until(0, "deliver goodbye", 1)
	until(1, "deliver goodbye", 1)
}

// A syncBuffer keeps what a process says, while it is looked at.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
