package zeo_test

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	wire "github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// The tests in this file have sockets between clients and server. The server
// is ours, and the real ones where serverVar names some, with the id that our
// clients are to speak at most: "Z5=tcp://HOST:PORT Z309=tcp://HOST:PORT". They
// write to the storage "1"; docs/interop.md says how to start one.
const serverVar = "WIRECTL_PEER_ZEO_SERVER"

// patience is how long a step may take before a test fails.
const patience = 20 * time.Second

func TestClientOnRealServer(t *testing.T) {
	peers := strings.Fields(os.Getenv(serverVar))
	if len(peers) == 0 {
		t.Skipf("SKIPPED: the client is not tested against a real server: %s names none, such as Z5=tcp://HOST:PORT", serverVar)
	}
	for _, peer := range peers {
		id, place, ok := strings.Cut(peer, "=tcp://")
		if !ok {
			t.Fatalf("%s has %q: ID=tcp://HOST:PORT is expected", serverVar, peer)
		}
		t.Run(peer, func(t *testing.T) { clientTalk(t, id, dialing("tcp", place)) })
	}
}

func TestClientOnOurServer(t *testing.T) {
	for _, id := range zeo.ServedProtocols() {
		t.Run(id, func(t *testing.T) {
			clientTalk(t, id, dialing("unix", serveZEO(t, zeo.ServerOptions{Protocol: id})))
		})
	}
}

// Up to ZEO 4 a client may have to log in; one that cannot write reads.
func TestClientLogsIn(t *testing.T) {
	for _, id := range []string{"Z4", "Z3101", "Z309"} {
		o := zeo.ServerOptions{Protocol: id, Users: map[string]string{"foo": "bar"}, Realm: "test", ReadOnly: true}
		dial := dialing("unix", serveZEO(t, o))
		a := connectClient(t, "a", dial, zeo.ClientOptions{Protocol: id, User: "foo", Password: "bar", Fallback: true})
		if got := a.wait("connected "); !strings.HasPrefix(got, "connected "+id+" read-only ") {
			t.Error(got)
		}
		a.tell(": reply ", "call 1 lastTransaction()")
		a.tell(": refused the connection is read-only", "commit 1 {oid'1': b'x'}")
	}
}

// serveZEO runs a server of ours until the test ends. It returns the path of
// its socket.
func serveZEO(t *testing.T, o zeo.ServerOptions) string {
	t.Helper()
	return serveZEOAt(t, o, live.Address{Scheme: "unix", Place: filepath.Join(t.TempDir(), "s")}, nil)
}

// serveZEOAt does so at an address, and returns where it is.
func serveZEOAt(t *testing.T, o zeo.ServerOptions, at live.Address, secure *tls.Config) string {
	t.Helper()
	l, at, err := at.Listen(secure)
	if err != nil {
		t.Fatal(err)
	}
	s := &live.Server{Protocol: wire.Protocol{}, Hub: zeo.NewServer(o), Limits: live.Limits{Grace: time.Second}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return at.Place
}

// A dialer makes the connections of a client.
type dialer func(context.Context) (io.ReadWriteCloser, error)

func dialing(network, place string) dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, place)
	}
}

// An endpoint is a client on a connection. What its own side gets to know is
// kept until it is waited for.
type endpoint struct {
	t       *testing.T
	name    string
	machine *zeo.Client
	live    *live.Client
	mu      sync.Mutex
	acts    []reactor.Action
	news    chan struct{}
}

// Handle implements [live.Handler].
func (e *endpoint) Handle(_ context.Context, _ int, a reactor.Action) ([]reactor.Event, bool) {
	e.mu.Lock()
	e.acts = append(e.acts, a)
	e.mu.Unlock()
	select {
	case e.news <- struct{}{}:
	default:
	}
	return nil, true
}

func connectClient(t *testing.T, name string, dial dialer, o zeo.ClientOptions) *endpoint {
	t.Helper()
	e := &endpoint{t: t, name: name, machine: zeo.NewClient(o), news: make(chan struct{}, 1)}
	e.live = &live.Client{
		Protocol: wire.Protocol{}, Machine: func() reactor.Machine { return e.machine }, Handler: e,
		Dial: dial, Codec: codec.Options{MaxFrame: 16 << 20},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.live.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return e
}

// say gives the machine a directive.
func (e *endpoint) say(format string, args ...any) {
	e.t.Helper()
	line := fmt.Sprintf(format, args...)
	name, rest, _ := strings.Cut(line, " ")
	ev, err := e.machine.Input(name, rest)
	if err != nil {
		e.t.Fatalf("%s: @%.300s: %v", e.name, line, err)
	}
	e.live.Input(ev)
}

// wait waits for an action whose text begins so and returns that.
func (e *endpoint) wait(begin string) string {
	e.t.Helper()
	late := time.After(patience)
	for {
		e.mu.Lock()
		for i, a := range e.acts {
			if text := a.String(); strings.HasPrefix(text, begin) {
				e.acts = append(e.acts[:i:i], e.acts[i+1:]...)
				e.mu.Unlock()
				return text
			}
		}
		known := fmt.Sprint(e.acts)
		e.mu.Unlock()
		select {
		case <-e.news:
		case <-late:
			e.t.Fatalf("%s: no %q among %.2000s", e.name, begin, known)
		}
	}
}

// tell is say and wait, for a call of the number 1.
func (e *endpoint) tell(want, format string, args ...any) string {
	e.t.Helper()
	e.say(format, args...)
	got := e.wait("outcome 1 ")
	if !strings.Contains(got, want) {
		e.t.Fatalf("%s: %.300s: %.1000s, want %q", e.name, fmt.Sprintf(format, args...), got, want)
	}
	return got
}

var tidIn = regexp.MustCompile(`tid'([0-9a-f]{16})'`)

func (e *endpoint) commit(format string, args ...any) string {
	e.t.Helper()
	return tidIn.FindStringSubmatch(e.tell(": committed tid'", "commit 1 "+format, args...))[1]
}

// shows says whether a text has a tid as a literal, in whatever form.
func shows(text, tid string) bool {
	raw, _ := hex.DecodeString(tid)
	return strings.Contains(text, tid) || strings.Contains(text, string(pylit.AppendBytes(nil, raw))[1:])
}

// recordOf is a data record: a mapping with one key.
func recordOf(key string) string {
	return fmt.Sprintf(`b"\x80\x02cpersistent.mapping\nPersistentMapping\nq\x01.\x80\x02}q\x02U\x04dataq\x03}q\x04U\x01%sK\x01ss."`, key)
}

// clientTalk has two clients do all that there is on a server.
func clientTalk(t *testing.T, id string, dial dialer) {
	modern := id == "Z5" || id == "M5"
	a := connectClient(t, "a", dial, zeo.ClientOptions{Protocol: id})
	b := connectClient(t, "b", dial, zeo.ClientOptions{Protocol: id})
	want := "connected " + id
	if id == "Z5" { // or M5, as the server offers it
		want = "connected "
	}
	if got := a.wait(want); !strings.Contains(got, "supportsUndo") {
		t.Errorf("connected: %s", got)
	}
	b.wait(want)

	oids := regexp.MustCompile(`x"([0-9a-f]{16})"`).FindAllStringSubmatch(a.tell(": reply ", "call 1 new_oids()"), -1)
	one, two, three := "oid'"+oids[0][1]+"'", "oid'"+oids[1][1]+"'", "oid'"+oids[2][1]+"'"
	bytesOf := strings.Repeat("0123456789", 15_000)
	first := a.commit(`{%s: %s, %s: {"data": b"\x80\x02cZODB.blob\nBlob\nq\x01.\x80\x02N.", "blob": b"%s"}, "user": "bob", "description": "first", "extension": {"k": [1, None]}}`,
		one, recordOf("a"), two, bytesOf)
	if got := b.tell(": reply (", "load 1 %s", one); !strings.Contains(got, "U\\x01a") || !shows(got, first) {
		t.Errorf("load: %s", got)
	}

	// A change is told to the other, and one that is based on what was is a
	// conflict.
	second := a.commit(`{%s: %s}`, one, recordOf("b"))
	if got := b.wait("push invalidateTransaction"); !shows(got, second) && modern && shows(got, first) {
		b.wait("push invalidateTransaction") // of the new objects, from Z5 on
	}
	b.tell(": conflict ZODB.POSException.ConflictError", `commit 1 {%s: {"data": %s, "serial": tid'%s'}}`, one, recordOf("c"), first)
	b.tell(": reply (", "load 1 %s", one)
	third := b.commit(`{%s: %s}`, one, recordOf("d"))
	if id != "Z309" && id != "Z310" {
		b.tell(": conflict ZODB.POSException.ReadConflictError", `commit 1 {%s: %s, "check": {%s: tid'%s'}}`, three, recordOf("x"), one, first)
	}
	a.tell(": error ZODB.POSException.POSKeyError", "call 1 getTid(oid'7f00000000000001')")
	a.tell(": reply ", "call 1 loadSerial(%s, tid'%s')", one, second)
	if got := a.tell(": reply (", "load 1 %s tid'%s'", one, third); !strings.Contains(got, "U\\x01b") || !shows(got, third) {
		t.Errorf("as it was: %s", got)
	}

	// A blob, and the way back.
	b.say("blob 1 %s tid'%s'", two, first)
	if got := b.wait("blob "); !strings.Contains(got, bytesOf) {
		t.Errorf("a blob of %d: %.200s", len(got), got)
	}
	b.wait("outcome 1 sendBlob: reply None")
	a.tell(": committed", "undo 1 tid'%s'", third)
	if got := a.tell(": reply (", "load 1 %s", one); !strings.Contains(got, "U\\x01b") {
		t.Errorf("undone: %s", got)
	}
	a.tell(": error ZODB.POSException.", "undo 1 tid'0000000000000000'")

	// A vote waits for the lock.
	begin := `tpc_begin(99, "", "", {}, None, " ")`
	if modern {
		begin = `tpc_begin(99, b"", b"", {}, None, " ")`
	}
	if id == "Z309" {
		a.tell(": reply", "call 1 %s", begin)
	} else {
		a.say("async %s", begin)
	}
	a.tell(": reply", "call 1 vote(99)")
	b.tell(": reply (", "load 1 %s", one)
	b.say("commit 2 {%s: %s}", one, recordOf("e"))
	b.tell(": reply", "call 1 lastTransaction()") // the vote was sent before
	if id == "Z309" {
		a.say("async tpc_abort(99)")
	} else {
		a.tell(": reply None", "call 1 tpc_abort(99)")
	}
	b.wait("outcome 2 commit: committed")

	// One that comes back learns what it missed. A server up to ZEO 4 that
	// began with an empty storage does not know of the first transaction, in
	// which nothing changed that was there.
	n, err := strconv.ParseUint(second, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	c := connectClient(t, "c", dial, zeo.ClientOptions{Protocol: id, LastTID: storage.TID(storage.OIDOf(n))})
	if got := c.wait("push invalidateTransaction"); !strings.Contains(got, oids[0][1]) {
		t.Errorf("missed: %s", got)
	}
	c.wait("connected ")
	c.say("disconnect")
}
