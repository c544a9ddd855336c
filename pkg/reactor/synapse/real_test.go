package synapse_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// started waits until the server has said where its streams are.
func (r *realWorker) started() {
	r.t.Helper()
	from := len(r.lines)
	const last = "POSITION user_signature master " // in the server's order
	r.until("a POSITION of each stream", func() bool { return has(r.lines[from:], last) })
}

// has says whether a text with all of these parts is among others.
func has(list []string, parts ...string) bool {
	for _, text := range list {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(text, part)
		}
		if all {
			return true
		}
	}
	return false
}

// newUser makes the name of a user that the peer has not heard of yet.
func newUser(r *realWorker) string {
	server := strings.TrimPrefix(r.lines[0], "SERVER ")
	return fmt.Sprintf("@wirectl%d:%s", time.Now().UnixNano(), server)
}

// TestRealRows has one worker tell that a user syncs, and two hear of it: as
// a row that the server makes of it.
func TestRealRows(t *testing.T) {
	a := newRealWorker(t, "wirectl-a")
	a.started()
	b := newRealWorker(t, "wirectl-b")
	b.started()
	user := newUser(a)
	a.step(input(t, a.w, "user-sync "+user+" start"))
	for _, r := range []*realWorker{a, b} {
		r.until("the row", func() bool { return has(r.acts, "deliver rows presence master ", user, `"online"`) })
	}
	if a.lines[0] != b.lines[0] || !strings.HasPrefix(a.lines[0], "SERVER ") || !strings.HasPrefix(a.lines[1], "PING ") {
		t.Errorf("greetings: %q, %q", a.lines[:2], b.lines[:2])
	}
	a.step(input(t, a.w, "remote-server-up other.example"))
	b.until("what the other has told", func() bool { return has(b.acts, "REMOTE_SERVER_UP other.example") })
	a.step(input(t, a.w, "federation-ack 1"))
	a.step(input(t, a.w, "user-ip "+user+` ["token","192.0.2.1","wirectl",null,1500000000000]`))
	a.step(input(t, a.w, "clear-user-sync"))
	pings := count(a.lines, "PING ")
	a.until("PINGs, and so the end of what it takes for wrong", func() bool { return count(a.lines, "PING ") > pings })
	if has(a.lines, "ERROR") || has(a.acts, "close") {
		t.Errorf("it is not content with the worker: %q", a.acts)
	}
	a.step(input(t, a.w, "close"))
	if has(a.acts, "REMOTE_SERVER_UP") {
		t.Error("a worker is told what it has told")
	}
}

func count(list []string, start string) (n int) {
	for _, text := range list {
		if strings.HasPrefix(text, start) {
			n++
		}
	}
	return n
}

// TestRealError sends lines that are wrong, each on a connection of its own:
// the server says why and closes, the worker connects again.
func TestRealError(t *testing.T) {
	r := newRealWorker(t, "wirectl-wrong")
	r.started()
	for _, c := range []struct{ line, want string }{
		{"BOGUS x", "ERROR failed to parse line: KeyError('BOGUS') ('BOGUS x'):"},
		{"FEDERATION_ACK wirectl x", `ERROR failed to parse line: ValueError("invalid literal for int() with base 10: 'x'") ('FEDERATION_ACK wirectl x'):`},
		{"SERVER x", "ERROR invalid command: SERVER"},
	} {
		from, number := len(r.acts), r.number
		r.step(input(t, r.w, "send "+c.line))
		r.until("another connection", func() bool { return r.number > number })
		r.started()
		// POSITIONs of streams that went on meanwhile are of no interest.
		if got := r.acts[from:]; !has(got, "deliver "+c.want) || !has(got, "close the server has closed") {
			t.Errorf("%s: %q, want %q and the end", c.line, got, c.want)
		}
	}
}

// TestRealMissed cuts a worker off, makes a row, and lets it connect again:
// it is to ask for what it has missed, and to hand it over once.
func TestRealMissed(t *testing.T) {
	place := realPlace(t, "WIRECTL_PEER_SYNAPSE_HTTP", "http://")
	a := newRealWorker(t, "wirectl-cut")
	a.http = place
	a.started()
	b := newRealWorker(t, "wirectl-other")
	b.http = place
	b.started()

	_ = a.conn.Close()
	a.number++ // nothing of that connection is read any more
	user := newUser(a)
	b.step(input(t, b.w, "user-sync "+user+" start"))
	b.until("the row", func() bool { return has(b.acts, user, `"online"`) })
	if has(a.lines, user) {
		t.Fatal("the worker was to be cut off")
	}

	a.handle(realEvent{conn: a.number, err: io.EOF})
	a.started()
	a.until("the row", func() bool { return has(a.acts, "deliver rows presence master ", user, `"online"`) })
	if !has(a.acts, "run-command", "fetch stream=presence instance=master") || has(a.lines, "RDATA", user) {
		t.Errorf("the row was not fetched: %q, %q", a.acts, a.lines)
	}
}
