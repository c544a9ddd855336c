package synapse_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// talk steps a main process: "1 LINE" is a line of connection 1, "1@open",
// "1@eof" and "1@broken" are what happens to it, "@row …" and the like its own
// side. It returns all actions but pings, timers and greetings.
func talk(t *testing.T, dialect string, m *machine.Main, events ...string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		var ev reactor.Event
		conn := int(e[0] - '0')
		switch rest := e[1:]; {
		case e[0] == '@':
			ev = input(t, m, rest)
		case rest == "@open":
			m.Step(time.Time{}, reactor.From{Conn: conn, Event: reactor.Opened{}}, nil)
			continue
		case rest == "@eof":
			ev = reactor.From{Conn: conn, Event: reactor.EOF{}}
		case rest == "@broken":
			ev = reactor.From{Conn: conn, Event: reactor.Broken{Err: errors.New("lost")}}
		default:
			ev = reactor.From{Conn: conn, Event: received(t, dialect, codec.ToServer, rest[1:])}
		}
		for _, a := range m.Step(time.Time{}, ev, nil) {
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(strings.ReplaceAll(a.String(), "\n  ", " | "))
		}
	}
	return b.String()
}

func newMain(dialect string, o reactor.Options) *machine.Main {
	o.Dialect = dialect
	return machine.NewMain(o)
}

func TestMainProcess(t *testing.T) {
	for _, c := range []struct {
		name, dialect string
		compat        bool
		events        []string
		want          string
	}{
		{"rows go to who subscribed, in batches", "v1.0", false, []string{"@stream caches 3", "1@open", "2@open", "1 REPLICATE caches NOW", "@row caches [1] [2]", "@row typing [3]"},
			"[#1] send-frames 2 | POSITION caches 3; [#1] send-frames 3 | RDATA caches batch [1] | RDATA caches 4 [2]"},
		{"what was missed comes one by one", "v1.0", false, []string{"@row caches [1]", "@row caches [2] [3]", "@row typing [4]", "1@open", "1 REPLICATE caches 1"},
			"[#1] send-frames 2 | RDATA caches 2 [2] | RDATA caches 2 [3] | POSITION caches 2"},
		{"federation rows that were acknowledged are gone", "v1.0", false, []string{"@row federation [1]", "@row federation [2]", "1@open", "1 FEDERATION_ACK 1", "1 REPLICATE federation 1", "1 REPLICATE federation 0"},
			"[#1] deliver FEDERATION_ACK 1; [#1] send-frames 2 | RDATA federation 2 [2] | POSITION federation 2; " +
				"[#1] send-frames 3 | ERROR failed to handle replicate: Exception('stream federation has fallen behined'); [#1] close failed to handle replicate: Exception('stream federation has fallen behined')"},
		{"an unknown stream", "v1.12", false, []string{"1@open", "1 REPLICATE it's NOW", "1 PING 1"},
			`[#1] send-frames 2 | ERROR failed to handle replicate: Exception('unknown stream %s', "it's"); [#1] close failed to handle replicate: Exception('unknown stream %s', "it's")`},
		{"rows go to all", "v1.66", false, []string{"1@open", "2@open", "@row caches 9 [1] [2]"},
			"[#1] send-frames 2 | RDATA caches master batch [1] | RDATA caches master 9 [2]; [#2] send-frames 2 | RDATA caches master batch [1] | RDATA caches master 9 [2]"},
		{"a stream moves without rows", "v1.66", false, []string{"1@open", "@position events 9"}, "[#1] send-frames 2 | POSITION events master 0 9"},
		{"before v1.22 that is not told", "v1.18", false, []string{"1@open", "@position events 9"}, ""},
		{"a server is up: for the others", "v1.12", false, []string{"1@open", "2@open", "1 REMOTE_SERVER_UP x"}, "[#1] deliver REMOTE_SERVER_UP x; [#2] send-frames 2 | REMOTE_SERVER_UP x"},
		{"a server is up: for all, as it was", "v1.12", true, []string{"1@open", "2@open", "1 REMOTE_SERVER_UP x"}, "[#1] deliver REMOTE_SERVER_UP x; [#1] send-frames 2 | REMOTE_SERVER_UP x; [#2] send-frames 2 | REMOTE_SERVER_UP x"},
		{"shutdown says why", "v0.21", false, []string{"1@open", "@shutdown"}, "[#1] send-frames 2 | ERROR server shutting down; [#1] close server shutting down"},
		{"shutdown as it was", "v0.21", true, []string{"1@open", "@shutdown"}, "[#1] close shut down"},
		{"a percent sign", "v1.66", false, []string{"1@open", "1 X%d"}, "[#1] send-frames 2 | ERROR failed to parse line: KeyError('X%d') ('X%d'):; [#1] close failed to parse line: KeyError('X%d') ('X%d'):"},
		{"a percent sign as it was", "v1.66", true, []string{"1@open", "1 X%d"}, "[#1] close the text of the error cannot be formatted"},
		{"a doubled one as it was", "v1.66", true, []string{"1@open", "1 X%%d"}, "[#1] send-frames 2 | ERROR failed to parse line: KeyError('X%d') ('X%d'):; [#1] close failed to parse line: KeyError('X%d') ('X%d'):"},
		{"a blank line", "v1.66", false, []string{"1@open", "1 "}, ""},
		{"a blank line as it was", "v1.66", true, []string{"1@open", "1 "}, "[#1] send-frames 2 | ERROR failed to parse line: KeyError('') (''):; [#1] close failed to parse line: KeyError('') (''):"},
		{"access tokens are not shown", "v1.66", false, []string{"1@open", `1 USER_IP @a:x ["secret","ip","ua",null,5]`}, `[#1] deliver USER_IP @a:x ["{{redacted}}","ip","ua",null,5]`},
		{"not even in errors", "v1.66", false, []string{"1@open", `1 USER_IP @a:x ["secret"`}, `[#1] send-frames 2 | ERROR failed to parse line: JSONDecodeError("Expecting ',' delimiter: line 1 column 10 (char 9)") ('USER_IP{{redacted}}; [#1] close failed to parse line: JSONDecodeError("Expecting ',' delimiter: line 1 column 10 (char 9)") ('USER_IP{{redacted}}`},
		{"the ends", "v1.66", false, []string{"1@open", "2@open", "1@eof", "2@broken", "1 PING 1"}, "[#1] close; [#2] close lost"},
		{"a line that is too long", "v1.66", false, []string{"1@open", "1 NAME " + strings.Repeat("x", 16380)}, "[#1] send-frames 2 | ERROR Line length exceeded; [#1] close Line length exceeded"},
		{"a row that is too long", "v1.66", false, []string{"1@open", `@row caches ["` + strings.Repeat("x", 16380) + `"]`}, "noop the row is not sent: its line is too long"},
		{"one connection more", "v1.66", false, []string{"1@open", "2@open", "3@open", "3 PING 1", "@send PING 2"}, "[#1] send-frames 2 | PING 2; [#2] send-frames 2 | PING 2"},
	} {
		if got := talk(t, c.dialect, newMain(c.dialect, reactor.Options{Compat: c.compat, MaxRequests: 2}), c.events...); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Of 10000 missing rows a worker is told that it has fallen behind, but not
// of streams without that limit.
func TestMainBehind(t *testing.T) {
	for _, c := range []struct {
		dialect, stream string
		rows            int
		behind          bool
	}{
		{"v0.21", "caches", 9999, false}, {"v0.21", "caches", 10000, true}, {"v0.21", "presence", 12000, false}, {"v1.12", "caches", 10000, false},
	} {
		m := newMain(c.dialect, reactor.Options{})
		for range c.rows {
			m.Step(time.Time{}, input(t, m, "row "+c.stream+" [1]"), nil)
		}
		got := talk(t, c.dialect, m, "1@open", "1 REPLICATE "+c.stream+" 0")
		if strings.Contains(got, "fallen behined") != c.behind {
			t.Errorf("%s, %d rows of %s: %.200s", c.dialect, c.rows, c.stream, got)
		}
	}
}

// While a worker is slow its lines wait, in order; the others do not. One for
// which more than 10000 wait is given up, with an ERROR behind what was
// under way.
func TestMainSlow(t *testing.T) {
	for _, rows := range []int{6000, 12500} {
		m := newMain("v1.66", reactor.Options{})
		var got [3][]string
		under := map[int]reactor.Send{} // of connection 1, which is slow
		closed := false
		var take func(actions []reactor.Action)
		take = func(actions []reactor.Action) {
			for _, a := range actions {
				conn, a := reactor.Unwrap(a)
				switch a := a.(type) {
				case reactor.Close:
					closed = closed || conn == 1
				case reactor.Send:
					sent, _ := lines([]reactor.Action{a}, 0)
					got[conn] = append(got[conn], sent...)
					if under[conn] = a; conn == 2 {
						take(m.Step(time.Time{}, reactor.From{Conn: 2, Event: reactor.Sent{ID: a.ID}}, nil))
					}
				}
			}
		}
		take(m.Step(time.Time{}, reactor.From{Conn: 1, Event: reactor.Opened{}}, nil))
		take(m.Step(time.Time{}, reactor.From{Conn: 2, Event: reactor.Opened{}}, nil))
		for i := range rows {
			take(m.Step(time.Time{}, input(t, m, fmt.Sprintf(`row presence %d ["@user:lab.example","online",5,1795212325135,1795212336290,null,0]`, i+1)), nil))
		}
		for id := 1; !closed && id < 2*rows; id++ { // it takes all after all
			take(m.Step(time.Time{}, reactor.From{Conn: 1, Event: reactor.Sent{ID: id}}, nil))
		}
		if closed != (rows > 10000) || len(got[2]) != rows+2 {
			t.Fatalf("%d rows: closed %v, %d lines went to the other", rows, closed, len(got[2]))
		}
		last := got[1][len(got[1])-1]
		if closed {
			if last != "ERROR Failed to keep up" || len(got[1]) > 1000 || !reflect.DeepEqual(m.Conns(), []int{2}) {
				t.Errorf("%d rows: %d lines, the last %q; connections %v", rows, len(got[1]), last, m.Conns())
			}
			got[1] = got[1][:len(got[1])-1]
		}
		if want := got[2][:len(got[1])]; !reflect.DeepEqual(got[1], want) {
			t.Errorf("%d rows: the slow one's lines are not those of the other", rows)
		}
		if !closed && len(got[1]) != rows+2 {
			t.Errorf("%d rows: %d lines reached the slow one", rows, len(got[1]))
		}
	}
}
