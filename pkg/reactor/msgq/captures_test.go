package msgq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A moment is one line of a capture's timeline.
type moment struct {
	Ev, Conn, Dir string
	Offset, Len   int
}

func (m moment) conn() int {
	var n int
	if _, err := fmt.Sscanf(m.Conn, "c%d", &n); err != nil {
		panic(err)
	}
	return n
}

type streamKey struct {
	conn int
	dir  codec.Direction
}

// A recording is a capture: its bytes, and in what order they came.
type recording struct {
	streams  map[streamKey][]byte
	timeline []moment
	own      int // the connection of the real daemon's own session, 0 without
}

func recordingOf(t *testing.T, name string) recording {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name+".pcap")), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := recording{streams: map[streamKey][]byte{}}
	for e, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == capture.KindData {
			key := streamKey{e.Conn.ID, e.Dir}
			r.streams[key] = append(r.streams[key], e.Data...)
		}
	}
	for line := range bytes.Lines(testdata.Read(t, name+".timeline.ndjson")) {
		var m moment
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		r.timeline = append(r.timeline, m)
	}
	for key, b := range r.streams {
		if key.dir == codec.ToServer && bytes.Contains(b, []byte(`{"type": "subscribe", "group": "Msgq"`)) {
			r.own = key.conn
		}
	}
	return r
}

// lname is the name that the real daemon gave to a client, in its parts.
func (r *recording) lname(t *testing.T, conn int) (name string, when time.Time, host string) {
	t.Helper()
	_, rest, found := bytes.Cut(r.streams[streamKey{conn, codec.ToClient}], []byte(`{"lname": "`))
	name, _, _ = strings.Cut(string(rest), `"`)
	var seconds, n int64
	if _, err := fmt.Sscanf(strings.NewReplacer("_", " ", "@", " ").Replace(name), "%x %x %s", &seconds, &n, &host); !found || err != nil {
		return "", time.Time{}, ""
	}
	return name, time.Unix(seconds, 0), host
}

// options learns the host's name from the first lname.
func (r *recording) options(t *testing.T) DaemonOptions {
	t.Helper()
	_, _, host := r.lname(t, 1)
	if host == "" {
		t.Fatal("the first client did not ask its lname")
	}
	return DaemonOptions{Hostname: host, Membership: MembershipConfigManager}
}

// play gives the daemon what the clients sent, in the order of the timeline.
// The real daemon's own session is left out: our daemon has its own, which
// connects when that one subscribed. What it notifies tells which clients the
// daemon had seen leave by then.
func (r *recording) play(f *feeder) {
	f.t.Helper()
	for _, m := range r.timeline {
		conn := m.conn()
		switch {
		case conn == r.own && m.Ev == "data" && m.Dir == "c2s":
			said := string(r.streams[streamKey{conn, codec.ToServer}][m.Offset : m.Offset+m.Len])
			if strings.Contains(said, `{"type": "subscribe", "group": "Msgq"`) {
				_, f.now, _ = r.lname(f.t, conn)
				f.step(reactor.Expired{Timer: timerSession})
			}
			for _, part := range strings.Split(said, `["disconnected", {"client": "`)[1:] {
				name, _, _ := strings.Cut(part, `"`)
				if gone, here := f.d.names[name]; here {
					f.eof(gone)
				}
			}
		case conn == r.own:
		case m.Ev == "open":
			if _, when, host := r.lname(f.t, conn); host != "" {
				f.now = when
			}
			f.open(conn)
		case m.Ev == "data" && m.Dir == "c2s":
			f.bytes(conn, r.streams[streamKey{conn, codec.ToServer}][m.Offset:m.Offset+m.Len])
		case m.Ev == "eof" && m.Dir == "c2s" && f.closed[conn] == "" && f.closed[0] == "":
			f.eof(conn)
		}
	}
}

// What the daemon sends to each client is, octet by octet, what the real one
// sent. Only the order of messages of one sender is defined.
func TestCaptures(t *testing.T) {
	for _, file := range testdata.Glob(t, "msgq/captures/*.pcap") {
		name := strings.TrimSuffix(file, ".pcap")
		if strings.HasSuffix(name, "s15_slow_reader") {
			continue // see TestSlowReader
		}
		t.Run(name[len("msgq/captures/"):], func(t *testing.T) {
			r := recordingOf(t, name)
			f := newFeeder(t, r.options(t))
			r.play(f)
			compared := 0
			for key, b := range r.streams {
				if key.dir != codec.ToClient || key.conn == r.own {
					continue
				}
				want := framesOf(t, b)
				compared += len(want)
				got := f.sent[key.conn]
				for len(got) > len(want) && len(got) > f.heard[key.conn] {
					got = got[:len(got)-1] // the client was about to leave
				}
				checkSenders(t, key.conn, bySender(got), bySender(want))
			}
			if compared == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

// framesOf cuts what a client got into frames.
func framesOf(t *testing.T, b []byte) []*msgq.Frame {
	t.Helper()
	s := newDecoding(t, codec.ToClient)
	s.Feed(b)
	var frames []*msgq.Frame
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		frames = append(frames, r.Frame.Clone().(*msgq.Frame))
	}
	return frames
}

// bySender sorts frames by who they are from; the daemon's own answers are
// from "". Members, and what a client that left was subscribed to, come in the
// order of the names: the real daemon has them in sets.
func bySender(frames []*msgq.Frame) map[string][]string {
	out := map[string][]string{}
	var bodies []string // of notifications that follow each other in any order
	for _, f := range frames {
		h, err := parseHeader(f)
		if err != nil {
			panic(err)
		}
		from, body := string(h.from), string(f.Body)
		if names, ok := strings.CutPrefix(body, `{"result": [0, ["`); ok {
			sorted := strings.Split(strings.TrimSuffix(names, `"]]}`), `", "`)
			slices.Sort(sorted)
			body = `{"result": [0, ["` + strings.Join(sorted, `", "`) + `"]]}`
		}
		if strings.HasPrefix(body, `{"notification": ["unsubscribed"`) {
			bodies = append(bodies, body)
			slices.Sort(bodies)
			n := len(out[from]) - len(bodies) + 1
			for i, b := range bodies[:len(bodies)-1] {
				head, _, _ := strings.Cut(out[from][n+i], "}{")
				out[from][n+i] = head + "}" + b
			}
			body = bodies[len(bodies)-1]
		} else {
			bodies = nil
		}
		out[from] = append(out[from], string(f.Header)+body)
	}
	return out
}

func checkSenders(t *testing.T, conn int, got, want map[string][]string) {
	t.Helper()
	for from, frames := range want {
		for i, w := range frames {
			g := "nothing"
			if i < len(got[from]) {
				g = got[from][i]
			}
			if g != w {
				t.Errorf("connection %d, from %s, frame %d:\n got %.400s\nwant %.400s", conn, from, i, g, w)
				break
			}
		}
	}
	for from, frames := range got {
		if extra := len(frames) - len(want[from]); extra > 0 {
			t.Errorf("connection %d: %d more frames from %s: %.300s", conn, extra, from, frames[len(want[from])])
		}
	}
}
