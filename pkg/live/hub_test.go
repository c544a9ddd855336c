package live_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
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

// A busClient is a client of msgq.
type busClient struct {
	t testing.TB
	net.Conn
	p codec.Parser
}

func newBusClient(t testing.TB, address string) *busClient {
	t.Helper()
	p, err := msgq.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &busClient{t, dial(t, address), p}
}

func (c *busClient) bytes(line string) []byte {
	c.t.Helper()
	f, err := c.p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := f.AppendBinary(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (c *busClient) say(line string) {
	c.t.Helper()
	if _, err := c.Write(c.bytes(line)); err != nil {
		c.t.Fatal(err)
	}
}

// hear returns the next frame without its lengths.
func (c *busClient) hear() string {
	c.t.Helper()
	var head [4]byte
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second)) // a guard
	if _, err := io.ReadFull(c, head[:]); err != nil {
		c.t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c, b); err != nil {
		c.t.Fatal(err)
	}
	return string(b[2:])
}

// TestHub has messages go from one client to others, one of which does not
// read and one of which dies.
func TestHub(t *testing.T) {
	s := &live.Server{
		Protocol: msgq.Protocol{},
		Hub:      msgqmachines.NewDaemon(msgqmachines.DaemonOptions{}),
		Limits:   live.Limits{Queue: 128 << 10, Grace: 10 * time.Millisecond},
	}
	address := listen(t, s)
	var members []*busClient
	for range 3 {
		c := newBusClient(t, address)
		c.say("getlname")
		if got := c.hear(); !strings.Contains(got, "lname") {
			t.Fatalf("getlname: %s", got)
		}
		c.say("subscribe Group")
		c.say("ping")
		if got := c.hear(); !strings.Contains(got, "pong") {
			t.Fatalf("ping: %s", got)
		}
		members = append(members, c)
	}
	reader, dead := members[0], members[2]
	_ = dead.Close()
	sender := newBusClient(t, address)
	sender.say("getlname")
	sender.hear()
	const messages = 1500
	body := strings.Repeat("x", 10_000) // 15 MB: more than the kernel takes
	line := sender.bytes(`send Group {"body": "` + body + `"}`)
	for i := range messages {
		if _, err := sender.Write(line); err != nil {
			t.Fatal(err)
		}
		if got := reader.hear(); !strings.Contains(got, body) {
			t.Fatalf("message %d: %.100s", i, got)
		}
	}
	sender.say("ping")
	for !strings.Contains(sender.hear(), "pong") { // what is said of members that are gone may come before
	}
	if got := s.State().String(); strings.Contains(got, "#2") {
		t.Errorf("the one that does not read is still there: %s", got)
	}
}

// TestHubInput feeds a hub rows, and wants them at who is there.
func TestHubInput(t *testing.T) {
	main := synapsemachines.NewMain(reactor.Options{Dialect: "v1.66"})
	s := &live.Server{
		Protocol: synapse.Protocol{}, Hub: main,
		Codec: codec.Options{Dialect: "v1.66", MaxFrame: synapsemachines.MaxFrame},
	}
	address := listen(t, s)
	c := dial(t, address)
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second)) // a guard
	if _, err := io.WriteString(c, "NAME worker\nREPLICATE \n"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(c)
	want := func(prefix string) {
		t.Helper()
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, prefix) {
				return
			}
		}
	}
	want("SERVER ")
	want("POSITION ")
	ev, err := main.Input("row", `caches 6 ["a",null,1]`)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Input(t.Context(), 0, ev) {
		t.Fatal("the hub takes no input")
	}
	want("RDATA caches ")
	var conns []int
	if !s.Inspect(func(h reactor.Hub) { conns = h.Conns() }) || len(conns) != 1 {
		t.Errorf("the hub has the connections %v", conns)
	}
	if new(live.Server).Inspect(func(reactor.Hub) { t.Error("there is a hub") }) {
		t.Error("nothing is served, and there is a hub")
	}
	if s.Input(t.Context(), 99, ev) {
		t.Error("there is a connection 99")
	}
}

// A script is a client that says what it has to say, and reads it all.
type script struct{ io.Reader }

func (script) Write(p []byte) (int, error) { return len(p), nil }
func (script) Close() error                { return nil }

// TestHubTells has what a worker tells reach the Observer as something to
// know, and its leaving as an end without a cause.
func TestHubTells(t *testing.T) {
	n := newNotes()
	s := &live.Server{
		Protocol: synapse.Protocol{},
		Codec:    codec.Options{Dialect: "v1.66"},
		Hub:      synapsemachines.NewMain(reactor.Options{}),
		Observer: n,
	}
	if err := s.ServeConn(t.Context(), script{strings.NewReader("REMOTE_SERVER_UP other.example\n")}); err != nil {
		t.Error(err)
	}
	if want := []string{"deliver REMOTE_SERVER_UP other.example"}; !slices.Equal(n.texts, want) {
		t.Errorf("told %q, want %q", n.texts, want)
	}
	if failed := s.Summary().Failed; failed != 0 || len(n.closed) != 1 || n.closed[0] != nil {
		t.Errorf("%d failed, ends %v", failed, n.closed)
	}
}

// TestIndependent drives machines of their own through a hub.
func TestIndependent(t *testing.T) {
	s := newServer(t)
	s.Hub, s.Machine = reactor.Independent(s.Machine), nil
	address := listen(t, s)
	first, second := dial(t, address), dial(t, address)
	for i := range uint16(10) {
		ask(t, first, 2*i+1, i == 0)
		ask(t, second, 2*i+1, i == 0)
	}
	said := bytes.Repeat([]byte("garbage!"), 10)
	if _, err := first.Write(said); err != nil {
		t.Fatal(err)
	}
	if err := first.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(first); err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	ask(t, second, 21, false)
	if n := strings.Count(s.State().String(), "#"); n != 1 {
		t.Errorf("%d connections are left: %s", n, s.State())
	}
}
