package synapse_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// talks are the recordings of a worker and a main process.
var talks = []struct{ name, dialect string }{
	{"seed-normal", "seed"}, {"v0.21-normal", "v0.21"}, {"v1.0-normal", "v1.0"}, {"v1.66-full-workers", "v1.66"},
	{"v1.66-main-restart", "v1.66"}, {"v0.21-stopped-client", "v0.21"}, {"v0.21-long", "v0.21"}, {"seed-shutdown", "seed"},
}

// tokens follows the tokens of a server's lines in the plainest way.
func tokens(lines []string) (want []string, rows int) {
	at := map[string]int{}
	ready := map[string]bool{}
	var order []string
	for _, line := range lines {
		words := strings.Split(line, " ")
		recent := len(words) > 3 && words[0] == "POSITION" || words[0] == "RDATA" && !strings.ContainsAny(words[2], "0123456789") && words[2] != "batch"
		var key, token string
		switch {
		case words[0] == "POSITION":
			key, token = words[1], words[len(words)-1]
			if recent {
				key += " " + words[2]
			}
		case words[0] != "RDATA":
			continue
		case recent:
			key, token = words[1]+" "+words[2], words[3]
		default:
			key, token = words[1], words[2]
		}
		if recent && !ready[key] && words[0] == "RDATA" {
			continue
		}
		ready[key] = true
		if words[0] == "RDATA" {
			rows++
		}
		if token == "batch" {
			continue
		}
		n, _ := strconv.Atoi(token)
		if _, known := at[key]; !known {
			order = append(order, key)
		}
		if words[0] == "POSITION" || n > at[key] {
			at[key] = n
		}
	}
	for _, key := range order {
		want = append(want, key+" "+strconv.Itoa(at[key]))
	}
	return want, rows
}

// The worker, fed with what the real servers sent, knows where each stream
// is, and hands over every row.
func TestWorkerTokens(t *testing.T) {
	for _, c := range append(slices.Clone(talks), struct{ name, dialect string }{"v0.21-slow-fail", "v0.21"}) {
		byConn := map[int][]string{}
		conns := 0
		for _, s := range recording(t, c.name) {
			if conns = max(conns, s.conn+1); !s.toServer && s.line != "" {
				byConn[s.conn] = append(byConn[s.conn], s.line)
			}
		}
		for conn := range conns {
			if len(byConn[conn]) == 0 {
				continue // nobody listened
			}
			w := machine.NewWorker(reactor.Options{Dialect: c.dialect})
			w.Step(time.Time{}, reactor.Opened{}, nil)
			rows := 0
			for _, line := range byConn[conn] {
				actions := w.Step(time.Time{}, received(t, c.dialect, codec.ToClient, line), nil)
				for i := 0; i < len(actions); i++ {
					switch a := actions[i].(type) {
					case machine.Rows:
						rows += len(a.Rows)
					case reactor.Run: // it is behind; elsewhere there is nothing
						actions = w.Step(time.Time{}, input(t, w, fmt.Sprintf("fetched %d", a.Request)), actions)
					case reactor.Close, reactor.Drop, reactor.Reject:
						t.Errorf("%s %d: %q: %s", c.name, conn, line, a)
					}
				}
			}
			want, all := tokens(byConn[conn])
			if got := w.State().Get("streams"); !reflect.DeepEqual(got, want) || len(want) == 0 {
				t.Errorf("%s %d: streams %q, want %q", c.name, conn, got, want)
			}
			if rows != all {
				t.Errorf("%s %d: %d rows handed over, want %d", c.name, conn, rows, all)
			}
		}
	}
}

// The worker says what the real ones said, given what their own side wanted.
func TestWorkerLines(t *testing.T) {
	for _, c := range talks {
		w := machine.NewWorker(reactor.Options{Dialect: c.dialect})
		conn := -1
		n := 0
		var got []string
		do := func(at time.Time, ev reactor.Event) {
			sent, _ := lines(w.Step(at, ev, nil), 0)
			for _, line := range sent {
				if verb(line) != "PING" { // their times are the clock's
					got = append(got, line)
				}
			}
		}
		list := recording(t, c.name)
		for i, s := range list {
			if conn < 0 && s.toServer && s.line != "" && verb(s.line) == "NAME" {
				conn = s.conn
				for _, later := range list[i:] { // what its own side had set up
					word := strings.Split(later.line, " ")
					switch {
					case later.conn != conn || !later.toServer:
					case word[0] == "NAME":
						w.Step(s.at, input(t, w, "name "+strings.Join(word[1:], " ")), nil)
					case word[0] == "REPLICATE" && word[1] != "":
						w.Step(s.at, input(t, w, "known "+word[1]+" "+word[2]), nil)
					}
				}
				do(s.at, reactor.Opened{})
			}
			if s.conn != conn || !s.toServer || s.line == "" {
				continue
			}
			word := strings.Split(s.line, " ")
			switch word[0] {
			case "PING":
				continue
			case "USER_SYNC":
				user, state := word[1], word[2]
				if c.dialect == "v1.66" {
					user, state = word[2], word[3]
					s.line = strings.Replace(s.line, word[1], "generic_worker1", 1) // an instance has an ID of its own
				}
				do(s.at, input(t, w, "user-sync "+user+" "+state))
				if n < len(got) && c.dialect != "seed" { // the time is the clock's
					got[n], s.line = cutLast(got[n]), cutLast(s.line)
				}
			case "FEDERATION_ACK":
				do(s.at, input(t, w, "federation-ack "+word[len(word)-1]))
				if c.dialect == "v1.66" {
					s.line = strings.Replace(s.line, word[1], nameOf(list, conn), 1)
				}
			case "REMOVE_PUSHER", "INVALIDATE_CACHE", "USER_IP":
				name := strings.ReplaceAll(strings.ToLower(word[0]), "_", "-")
				do(s.at, input(t, w, name+" "+strings.Join(word[1:], " ")))
			case "ERROR":
				continue // a time-out: the clock's
			}
			if n >= len(got) || got[n] != s.line {
				t.Fatalf("%s: line %d: %q, the worker %q", c.name, n, got[n:], s.line)
			}
			n++
		}
		if n < 2 || n != len(got) {
			t.Errorf("%s: %d lines, said %d", c.name, n, len(got))
		}
	}
}

// cutLast returns a line without its last word.
func cutLast(line string) string { return line[:strings.LastIndexByte(line, ' ')] }

// nameOf returns the name that the worker of a connection gave.
func nameOf(list []said, conn int) string {
	for _, s := range list {
		if s.conn == conn && verb(s.line) == "NAME" {
			return strings.TrimPrefix(s.line, "NAME ")
		}
	}
	return ""
}

// script steps a worker with lines of the server and inputs, and returns all
// actions but pings and timers.
func script(t *testing.T, dialect string, w *machine.Worker, events ...string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		var ev reactor.Event
		switch name, rest, _ := strings.Cut(e, " "); name {
		case "<":
			ev = received(t, dialect, codec.ToClient, rest)
		case "@timer":
			ev = reactor.Expired{Timer: rest}
		case "@eof":
			ev = reactor.EOF{}
		case "@broken":
			ev = reactor.Broken{Err: errors.New("refused")}
		default:
			ev = input(t, w, e[1:])
		}
		for _, a := range w.Step(time.Time{}, ev, nil) {
			if s, ok := a.(reactor.SetTimer); ok && s.Timer == "ping" {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(strings.ReplaceAll(a.String(), "\n  ", " | "))
		}
	}
	return b.String()
}

func newWorker(dialect string, o reactor.Options) *machine.Worker {
	o.Dialect = dialect
	return machine.NewWorker(o)
}

func TestWorker(t *testing.T) {
	for _, c := range []struct {
		name, dialect string
		events        []string
		want          string
	}{
		{"a batch is handed over whole", "v0.21", []string{"@known caches 3", "@open", "< RDATA caches batch [1]", "< RDATA caches batch [2]", "< RDATA caches 4 [3]"},
			"noop; send-frames 1 | NAME wirectl | PING 0 | REPLICATE caches 3; noop; noop; deliver rows caches 4 [1] [2] [3]"},
		{"the name of the server", "v0.21", []string{"@server a.example", "@open", "< SERVER b.example"},
			"noop; send-frames 1 | NAME wirectl | PING 0 | REPLICATE ALL NOW; send-frames 2 | ERROR Wrong remote; close Wrong remote; set-timer reconnect 0001-01-01T00:00:02.718Z"},
		{"the name of the server, at first", "seed", []string{"@server a.example", "@open", "< SERVER b.example"},
			"noop; send-frames 1 | NAME wirectl | PING 0 | REPLICATE ALL NOW; drop Wrong remote; set-timer reconnect 0001-01-01T00:00:02.718Z"},
		{"it connects again where it was, and a half batch is gone", "v1.0",
			[]string{"@known caches 3", "@open", "< RDATA caches 7 [1]", "< RDATA caches batch [2]", "@eof", "@user-sync @a:x start", "@timer reconnect", "@broken", "@timer reconnect", "@open", "< RDATA caches 8 [3]"},
			"noop; send-frames 1 | NAME wirectl | PING 0 | REPLICATE caches 3; deliver rows caches 7 [1]; noop; close the server has closed; set-timer reconnect 0001-01-01T00:00:02.718Z; " +
				"noop the line waits for a connection; connect; set-timer reconnect 0001-01-01T00:00:10.106Z; connect; " +
				"send-frames 2 | NAME wirectl | PING 10106 | REPLICATE caches 7 | USER_SYNC @a:x start 10106 | USER_SYNC @a:x start 0; deliver rows caches 8 [3]"},
		{"rows that are missing are fetched", "v1.66",
			[]string{"@known caches master 3", "@open", "< RDATA caches master 4 [0]", "< POSITION caches master 5 5", "< RDATA caches master 6 [6]", "@fetched 1 [[4,[4]],[5,[5]],[5,[55]]]", "< RDATA caches master 6 [66]"},
			"noop; send-frames 1 | NAME wirectl | PING 0 | REPLICATE ; noop no POSITION of caches yet: a row is passed over; run-command 1 fetch stream=caches instance=master from=3 to=5; noop; " +
				"deliver rows caches master 4 [4]; deliver rows caches master 5 [5] [55]; deliver position caches master 5; deliver rows caches master 6 [6]; noop caches master is at 6: older rows are passed over"},
		{"a POSITION drops a batch", "v1.13", []string{"@open", "< POSITION caches master 5", "< RDATA caches master batch [1]", "< POSITION caches master 5", "< RDATA caches master 6 [2]"},
			"send-frames 1 | NAME wirectl | PING 0 | REPLICATE ; deliver position caches master 5; noop; deliver position caches master 5; deliver rows caches master 6 [2]"},
		{"a line with nobody to hear it", "v1.66", []string{"@federation-ack 7"}, "reject there is no connection: the line is dropped"},
		{"users are taken back", "v1.66", []string{"@open", "@close", "@eof"}, "send-frames 1 | NAME wirectl | PING 0 | REPLICATE ; send-frames 2 | CLEAR_USER_SYNC wirectl; close; noop"},
		{"a stream of another version", "v1.66", []string{"@open", "< RDATA typo master 1 []"}, `send-frames 1 | NAME wirectl | PING 0 | REPLICATE ; noop v1.66 has no stream "typo"`},
		{"its own rows", "v1.66", []string{"@open", "< RDATA events wirectl 1 []"}, "send-frames 1 | NAME wirectl | PING 0 | REPLICATE ; noop an echo of our own"},
	} {
		if got := script(t, c.dialect, newWorker(c.dialect, reactor.Options{}), c.events...); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// A server that says that it is there and then nothing is given up after the
// time-out, 15 s at first and 25 s later.
func TestWorkerTimeout(t *testing.T) {
	for dialect, ticks := range map[string]int{"seed": 4, "v0.21": 6, "v1.66": 6} {
		w := newWorker(dialect, reactor.Options{})
		script(t, dialect, w, "@open", "< PING 1")
		n := 0
		for w.State().Get("state") == "established" && n < 20 {
			n++
			got := script(t, dialect, w, "@timer ping")
			if n == ticks && !strings.Contains(got, "ERROR ping timeout; close") {
				t.Errorf("%s: %s", dialect, got)
			}
		}
		if n != ticks {
			t.Errorf("%s: %d ticks, want %d", dialect, n, ticks)
		}
	}
}

// However the server's bytes are cut, the worker does the same.
func TestWorkerChunks(t *testing.T) {
	var whole []byte
	for _, s := range testdata.Segments(t, testdata.Read(t, "synapse/captures/v1.0-normal.pcap")) {
		if !s.ToServer {
			whole = append(whole, s.Data...)
		}
	}
	trace := func(chunk int) string {
		conv, err := synapse.Protocol{}.Open(codec.Options{Dialect: "v1.0"})
		if err != nil {
			t.Fatal(err)
		}
		s := codec.NewStream(conv.Decoder(codec.ToClient), codec.ToClient)
		w := newWorker("v1.0", reactor.Options{})
		var b strings.Builder
		for _, a := range w.Step(time.Time{}, reactor.Opened{}, nil) {
			fmt.Fprintln(&b, a)
		}
		for i := 0; i < len(whole); i += chunk {
			s.Feed(whole[i:min(i+chunk, len(whole))])
			for {
				r, ok := s.Next()
				if !ok {
					break
				}
				for _, a := range w.Step(time.Time{}, reactor.Received{Frame: r.Frame}, nil) {
					fmt.Fprintln(&b, a)
				}
			}
		}
		return b.String() + w.State().String()
	}
	want := trace(len(whole))
	if len(want) < 10000 {
		t.Fatalf("only %d bytes of trace", len(want))
	}
	for _, chunk := range []int{1, 7, 1000} {
		if trace(chunk) != want {
			t.Errorf("chunks of %d bytes give other actions", chunk)
		}
	}
}

// What waits for a token is bounded.
func TestWorkerLimit(t *testing.T) {
	w := newWorker("v0.21", reactor.Options{MaxBuffered: 1000})
	script(t, "v0.21", w, "@open")
	for range 4 {
		script(t, "v0.21", w, `< RDATA caches batch ["`+strings.Repeat("x", 245)+`"]`)
	}
	if got := script(t, "v0.21", w, `< RDATA caches batch ["x"]`); !strings.HasPrefix(got, "close rows that wait are over the limit of 1000 bytes") {
		t.Error(got)
	}
}
