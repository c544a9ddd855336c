package zeo_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	wire "github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// peerVar names Python interpreters that can import ZODB and ZEO, as words
// like Z4=/usr/bin/python: what to announce to which.
const peerVar = "WIRECTL_PEER_ZEO"

// TestRealClients has ZODB over real ZEO clients do all that an application
// does, on sockets. docs/interop.md says which there were.
func TestRealClients(t *testing.T) {
	peers := strings.Fields(os.Getenv(peerVar))
	if len(peers) == 0 {
		t.Skipf("SKIPPED: the server is not tested with real clients: %s names none, such as Z5=PYTHON", peerVar)
	}
	for _, peer := range peers {
		protocol, python, ok := strings.Cut(peer, "=")
		if !ok {
			t.Fatalf("%s has %q: PROTOCOL=PYTHON is expected", peerVar, peer)
		}
		t.Run(protocol, func(t *testing.T) {
			p := &realPeer{t: t, protocol: protocol, python: python, storage: storage.New(storage.Options{})}
			defer p.start(false)()
			for _, scenario := range []string{"first", "undo", "blobs", "iterate", "pack", "cache", "queue", "killed", "ruok", "load 50"} {
				t.Run(scenario, func(t *testing.T) { p.run(t, scenario, nil) })
			}
		})
		t.Run(protocol+" read-only", func(t *testing.T) {
			p := &realPeer{t: t, protocol: protocol, python: python, storage: storage.New(storage.Options{})}
			stop := p.start(false)
			p.run(t, "seed", nil)
			stop()
			defer p.start(true)()
			p.run(t, "readonly", nil)
		})
		t.Run(protocol+" restart", func(t *testing.T) {
			p := &realPeer{t: t, protocol: protocol, python: python, storage: storage.New(storage.Options{})}
			stop := p.start(false)
			p.run(t, "restart", func(what string) {
				stop()
				stop = func() {}
				if what == "start" {
					stop = p.start(false)
				}
			})
			stop()
		})
	}
}

// A realPeer is a server of ours, and what drives a client on it.
type realPeer struct {
	t                *testing.T
	protocol, python string
	storage          *storage.Storage
	address          string // the same after a restart
}

// start serves the storage until what it returns is called.
func (p *realPeer) start(readOnly bool) (stop func()) {
	p.t.Helper()
	if p.address == "" {
		p.address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.address = l.Addr().String()
	hub := zeo.NewServer(zeo.ServerOptions{Protocol: p.protocol, Storage: p.storage, ReadOnly: readOnly})
	s := &live.Server{
		Protocol: wire.Protocol{}, Hub: hub,
		Codec:  codec.Options{Dialect: p.protocol, MaxFrame: zeo.MaxFrame},
		Limits: live.Limits{Grace: 100 * time.Millisecond},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("Serve: %v", err)
		}
	}
}

// run drives a client. A line "now WHAT" of it asks for something, and waits
// until that is done.
func (p *realPeer) run(t *testing.T, scenario string, now func(what string)) {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.address)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.python, append([]string{testdata.Path("zeo/peer/client.py"), port, t.TempDir()}, strings.Fields(scenario)...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "ok":
			passed++
		case "now":
			now(rest)
			_, _ = in.Write([]byte("\n"))
		case "FAIL":
			t.Error(rest)
		default:
			t.Log(lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the client: %v\n%s", err, told.String())
	}
	t.Log(strconv.Itoa(passed) + " checks passed")
}
