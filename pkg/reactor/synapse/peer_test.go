package synapse_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// The tests of real_test.go run the worker on a real main process of v1.66.0,
// one that nobody needs: they write to it.
//
//	WIRECTL_PEER_SYNAPSE       tcp://HOST:PORT   its listener of type replication
//	WIRECTL_PEER_SYNAPSE_HTTP  http://HOST:PORT  its HTTP for workers, that has
//	                                             the rows which a worker missed
const realDialect = "v1.66"

// realPatience bounds the waiting for what has to come.
const realPatience = 30 * time.Second

// realPlace returns what a variable says, or skips the test.
func realPlace(t *testing.T, variable, scheme string) string {
	t.Helper()
	place := os.Getenv(variable)
	if place == "" {
		t.Skipf("SKIPPED: not tested against Synapse: %s=%sHOST:PORT is to name a peer", variable, scheme)
	}
	if !strings.HasPrefix(place, scheme) {
		t.Fatalf("%s is %q, not %sHOST:PORT", variable, place, scheme)
	}
	return place
}

// A realWorker is the machine on a socket. All but reading is done by the
// goroutine of the test.
type realWorker struct {
	t     *testing.T
	place string
	http  string // "" when there is none
	w     *machine.Worker

	conn   net.Conn
	number int // of conn, from 1
	in     *codec.Stream
	events chan realEvent
	done   chan struct{}
	timers map[string]*time.Timer

	lines []string // from the server, of all connections
	acts  []string // what the machine hands over, fetches and ends
}

// A realEvent is of a connection, or of a timer.
type realEvent struct {
	conn  int
	bytes []byte
	err   error
	timer string
}

func newRealWorker(t *testing.T, name string) *realWorker {
	t.Helper()
	r := &realWorker{
		t: t, place: strings.TrimPrefix(realPlace(t, "WIRECTL_PEER_SYNAPSE", "tcp://"), "tcp://"),
		w:      machine.NewWorker(reactor.Options{Dialect: realDialect, Extra: map[string]string{"name": name}}),
		events: make(chan realEvent), done: make(chan struct{}), timers: map[string]*time.Timer{},
	}
	t.Cleanup(func() {
		close(r.done)
		for _, timer := range r.timers {
			timer.Stop()
		}
		if r.conn != nil {
			_ = r.conn.Close()
		}
	})
	r.connect()
	return r
}

func (r *realWorker) connect() {
	r.t.Helper()
	conv, err := synapse.Protocol{}.Open(codec.Options{Dialect: realDialect, MaxFrame: machine.MaxFrame})
	if err != nil {
		r.t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", r.place, realPatience)
	if err != nil {
		r.t.Fatal(err)
	}
	r.number++
	r.conn, r.in = conn, codec.NewStream(conv.Decoder(codec.ToClient), codec.ToClient)
	go r.read(conn, r.number)
	r.step(reactor.Opened{})
}

func (r *realWorker) read(conn net.Conn, number int) {
	for {
		buf := make([]byte, 4<<10)
		n, err := conn.Read(buf)
		if !r.post(realEvent{conn: number, bytes: buf[:n], err: err}) || err != nil {
			return
		}
	}
}

// post gives the test an event, unless it is over.
func (r *realWorker) post(e realEvent) bool {
	select {
	case r.events <- e:
		return true
	case <-r.done:
		return false
	}
}

// until runs the worker until something is so.
func (r *realWorker) until(what string, so func() bool) {
	r.t.Helper()
	late := time.After(realPatience)
	for !so() {
		select {
		case e := <-r.events:
			r.handle(e)
		case <-late:
			r.t.Fatalf("%s: it did not come\nstate %v\nlines %q\nactions %q", what, r.w.State(), r.lines, r.acts)
		}
	}
}

func (r *realWorker) handle(e realEvent) {
	switch {
	case e.timer != "":
		r.step(reactor.Expired{Timer: e.timer})
		return
	case e.conn != r.number || r.conn == nil:
		return // what a connection says that has been given up
	}
	r.in.Feed(e.bytes)
	if e.err != nil {
		r.in.End()
	}
	for {
		rec, ok := r.in.Next()
		if !ok || r.conn == nil {
			break
		}
		if rec.Err != nil {
			r.t.Fatalf("no line of %s: %q: %v", realDialect, rec.Bytes, rec.Err)
		}
		r.lines = append(r.lines, strings.TrimSuffix(string(rec.Bytes), "\n"))
		r.step(reactor.Received{Frame: rec.Frame})
	}
	if e.err != nil && r.conn != nil {
		r.step(reactor.EOF{})
	}
}

// step gives the machine an event and does what it says.
func (r *realWorker) step(ev reactor.Event) {
	r.t.Helper()
	for _, a := range r.w.Step(time.Now(), ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			r.send(a)
		case reactor.SetTimer:
			r.setTimer(a)
		case reactor.Close, reactor.Drop:
			r.acts = append(r.acts, a.String())
			_ = r.conn.Close() // its end may have come already
			r.conn = nil
		case reactor.Run:
			r.acts = append(r.acts, a.String())
			r.fetch(a)
		case reactor.Connect:
			r.acts = append(r.acts, a.String())
			r.connect()
		case reactor.Reject:
			r.t.Fatal(a)
		case machine.Rows, machine.Position, machine.Heard:
			r.acts = append(r.acts, a.String())
		}
	}
}

func (r *realWorker) send(a reactor.Send) {
	r.t.Helper()
	var buf []byte
	for _, f := range a.Frames {
		buf, _ = f.AppendBinary(buf) // a line cannot fail
	}
	if _, err := r.conn.Write(buf); err != nil {
		r.t.Fatalf("%q: %v", buf, err)
	}
	r.step(reactor.Sent{ID: a.ID})
}

func (r *realWorker) setTimer(a reactor.SetTimer) {
	if old := r.timers[a.Timer]; old != nil {
		old.Stop()
	}
	if !a.At.IsZero() {
		r.timers[a.Timer] = time.AfterFunc(time.Until(a.At), func() { r.post(realEvent{timer: a.Timer}) })
	}
}

// fetch gets rows that are missing, as the program does: by HTTP.
func (r *realWorker) fetch(a reactor.Run) {
	r.t.Helper()
	if r.http == "" { // rows of earlier tests, which the server had still to make
		r.step(input(r.t, r.w, fmt.Sprintf("fetched %d []", a.Request)))
		return
	}
	args := map[string]string{}
	for _, arg := range a.Args {
		args[arg.Name] = string(arg.Value)
	}
	// The server keeps answers by the number at the end: it is to be a new one.
	where := fmt.Sprintf("%s/_synapse/replication/get_repl_stream_updates/%s/%d?%s", r.http, args["stream"], time.Now().UnixNano(),
		url.Values{"from_token": {args["from"]}, "upto_token": {args["to"]}}.Encode())
	resp, err := http.Get(where)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	var answer struct{ Updates json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %v", where, resp.Status, err)
	}
	r.step(input(r.t, r.w, fmt.Sprintf("fetched %d %s", a.Request, answer.Updates)))
}
