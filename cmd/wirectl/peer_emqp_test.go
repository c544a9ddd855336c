package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
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
