package replay_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// listen serves each connection with what a function does of it.
func listen(t testing.TB, serve func(c *net.TCPConn, n int)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				serve(c.(*net.TCPConn), n)
				_ = c.Close()
			}()
		}
	}()
	return "tcp://" + l.Addr().String()
}

// answering answers each line with those of a table, until there is none.
func answering(table map[string]string) func(*net.TCPConn, int) {
	return func(c *net.TCPConn, _ int) {
		in := bufio.NewScanner(c)
		for in.Scan() {
			answer, ok := table[in.Text()]
			if !ok {
				return
			}
			_, _ = c.Write([]byte(answer))
		}
	}
}

func parse(t testing.TB, text string) *session.Document {
	t.Helper()
	doc, err := session.Parse("doc.wire", []byte(text), session.Options{Lookup: registry.Lookup, Vars: map[string]string{"lname": ""}})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func options(to string) replay.Options {
	return replay.Options{
		To: map[int]string{0: to}, Dial: new(replay.Dialer).Dial, Lookup: registry.Lookup,
		Timeout: 20 * time.Second, Drain: time.Millisecond,
	}
}

// verdicts tells a report in a line.
func verdicts(r *replay.Report) string {
	var out []string
	for _, v := range r.Verdicts {
		s := fmt.Sprintf("%d %s", v.Line, v.Status)
		if v.Cause != "" {
			s += " " + string(v.Cause)
		}
		out = append(out, s)
	}
	if r.Stopped != nil {
		out = append(out, r.Stopped.Error())
	}
	return strings.Join(out, ", ")
}

const proto = "@proto synapse dialect=v1.66\n"

func TestRun(t *testing.T) {
	talk := map[string]string{
		"NAME a": "SERVER one\n", "NAME b": "PING 1\nSERVER two\n", "NAME c": "SERVER 1\nSERVER 2\nSERVER 3\n",
		"NAME quiet": "", "NAME half": "SERVER ha", "NAME bad": "NONSENSE\n",
	}
	for _, tt := range []struct {
		name, doc, want string
		set             func(*replay.Options)
	}{
		{"pass", "> NAME a\n< SERVER one\n", "3 pass", nil},
		{"captured and used", "> NAME a\n< SERVER {{x}}\n> NAME a\n< SERVER $x\n", "3 pass, 5 pass", nil},
		{"another value", "> NAME a\n< SERVER two\n> NAME a\n< SERVER one\n", "3 fail mismatch, 5 skip", nil},
		{"another value, going on", "> NAME a\n< SERVER two\n> NAME a\n< SERVER one\n", "3 fail mismatch, 5 pass", keepGoing},
		{"missing, going on", "> NAME a\n< ERROR no\n< SERVER one\n", "3 fail mismatch, 4 pass", keepGoing},
		{"assertion", "> NAME a\n< SERVER *\n@assert type == \"ERROR\"\n", "3 fail mismatch", nil},
		{"no frame", "> NAME bad\n< SERVER *\n", "3 fail mismatch", nil},
		{"signs of life", "> NAME b\n< SERVER two\n", "3 pass", nil},
		{"signs of life, literally", "> NAME b\n< SERVER two\n", "3 fail mismatch", func(o *replay.Options) { o.Literal = true }},
		{"signs of life that are expected", "> NAME b\n< PING *\n< SERVER two\n", "3 pass, 4 pass", nil},
		{"end", "> NAME a\n< SERVER one\n> nothing\n< SERVER two\n", "3 pass, 5 fail ended", nil},
		{"awaited end", "> NAME a\n< SERVER one\n> @eof\n< @eof\n", "3 pass, 5 pass", nil},
		{"a frame for the end", "> NAME a\n< @eof\n", "3 fail mismatch", nil},
		{"time-out", "> NAME quiet\n< SERVER one\n", "3 fail timeout", func(o *replay.Options) { o.Timeout = 300 * time.Millisecond }},
		{"time-out of the document", "> NAME half\n@timeout 1ms\n< SERVER half\n", "4 fail timeout", nil},
		{"in all", "> NAME quiet\n< SERVER one\n", "3 fail timeout", func(o *replay.Options) { o.Total = 100 * time.Millisecond }},
		{"optional that comes", "> NAME c\n@optional\n< SERVER 1\n< SERVER 2\n< SERVER 3\n", "4 pass, 5 pass, 6 pass", nil},
		{"optional that does not", "> NAME a\n@optional\n< SERVER 1\n< SERVER one\n", "5 pass, 4 skip", nil},
		{"optional at the end", "> NAME a\n< SERVER one\n@optional\n< SERVER two\n", "3 pass, 5 skip", nil},
		{"any order", "> NAME c\n@any-order\n< SERVER 3\n< SERVER 2\n< SERVER 1\n@end\n", "6 pass, 5 pass, 4 pass", nil},
		{"any order, one wrong", "> NAME c\n@any-order\n< SERVER 3\n< SERVER 2\n< SERVER 4\n@end\n", "4 fail mismatch", nil},
		{"any order, ended", "> NAME a\n> x\n@any-order\n< SERVER one\n< SERVER 2\n@end\n> NAME a\n< SERVER one\n", "5 pass, 6 fail ended, 9 skip", nil},
		{"repeated", "@repeat 2 i\n> NAME a\n< SERVER *\n@end\n", "4 pass, 4 pass", nil},
		{"what is missing", "> NAME c\n< @gap 9\n< SERVER 3\n", "4 pass", nil},
		{"lines", "> NAME a\n< SERVER two\n> NAME a\n< SERVER one\n", "5 pass", func(o *replay.Options) { o.From, o.Until = 4, 5 }},
		{"no value", "> NAME a\n< SERVER {{x}}\n> NAME $x\n", "4 fail unsendable", func(o *replay.Options) { o.From = 4 }},
		{"unawaited", "> NAME c\n< SERVER 1\n> @eof\n< SERVER 2\n", "3 pass, 5 pass, 5 fail unawaited", func(o *replay.Options) { o.Strict = true; o.Drain = 20 * time.Second }},
		{"ended at the end", "> NAME a\n< SERVER one\n> nothing\n", "3 pass, 4 fail ended", func(o *replay.Options) { o.Strict = true; o.Drain = 20 * time.Second }},
		{"side effect", "> NAME a\n> [+1.5] USER_SYNC @a:b start 5 1\n", "3 fail refused", nil},
		{"side effect that is written", "> NAME a\n< SERVER one\n> USER_SYNC x @a:b start 5\n", "3 pass", nil},
		{"server of ours", "@serve synapse\n> NAME a\n", "2 fail refused", func(o *replay.Options) { o.To = nil }},
		{"nowhere", "> NAME a\n< SERVER one\n", "2 fail refused, 3 skip", func(o *replay.Options) { o.To = nil }},
		{"program", "@connect exec:true\n> NAME a\n", "2 fail refused", func(o *replay.Options) { o.To = nil }},
		{"refused", "> NAME a\n< SERVER one\n", "2 fail lost, 3 skip", func(o *replay.Options) { o.To = map[int]string{0: "unix:nothing"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(listen(t, answering(talk)))
			if tt.set != nil {
				tt.set(&o)
			}
			r := replay.Run(t.Context(), parse(t, proto+tt.doc), o)
			if got := verdicts(r); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
				for _, v := range r.Verdicts {
					t.Log(v.Line, v.Why)
				}
			}
		})
	}
}

func keepGoing(o *replay.Options) { o.KeepGoing = true }

// TestRetry has the server answer the third connection alone.
func TestRetry(t *testing.T) {
	to := listen(t, func(c *net.TCPConn, n int) {
		if n > 2 {
			answering(map[string]string{"NAME a": "SERVER one\n"})(c, n)
		}
	})
	doc := parse(t, proto+"@retry 3 every 1ms\n> NAME a\n< SERVER one\n@end\n")
	if got := verdicts(replay.Run(t.Context(), doc, options(to))); got != "4 pass" {
		t.Error(got)
	}
	doc = parse(t, proto+"@retry 2 every 1ms\n> NAME a\n< SERVER two\n@end\n> NAME a\n< SERVER one\n")
	if got := verdicts(replay.Run(t.Context(), doc, options(to))); got != "4 fail mismatch, 7 skip" {
		t.Error(got)
	}
}

// TestInterrupted ends a run while something is awaited.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	to := listen(t, func(c *net.TCPConn, _ int) {
		_, _ = c.Read(make([]byte, 10))
		cancel(errors.New("enough"))
		_, _ = c.Read(make([]byte, 10))
	})
	doc := parse(t, proto+"> NAME a\n< SERVER one\n< SERVER two\n")
	if got := verdicts(replay.Run(ctx, doc, options(to))); got != "3 skip, 4 skip, enough" {
		t.Error(got)
	}
}

// TestConnections has each connection go where it is to.
func TestConnections(t *testing.T) {
	one := listen(t, answering(map[string]string{"NAME a": "SERVER one\n"}))
	two := listen(t, answering(map[string]string{"NAME a": "SERVER two\n"}))
	o := options(one)
	o.To[2] = two
	doc := parse(t, proto+"> [#1] NAME a\n> [#2] NAME a\n@any-order\n< [#2] SERVER two\n< [#1] SERVER one\n@end\n> [#3] NAME a\n< [#3] SERVER one\n")
	got := verdicts(replay.Run(t.Context(), doc, o))
	if got != "5 pass, 6 pass, 9 pass" && got != "6 pass, 5 pass, 9 pass" {
		t.Error(got)
	}
	o.To = nil
	doc = parse(t, "@connect "+one+"\n@connect #2 "+two+"\n"+proto+"> [#2] NAME a\n< [#2] SERVER two\n> NAME a\n< SERVER one\n")
	if got := verdicts(replay.Run(t.Context(), doc, o)); got != "5 pass, 7 pass" {
		t.Error(got)
	}
}

// TestSpeed has frames go out when they were recorded.
func TestSpeed(t *testing.T) {
	var slept atomic.Int64
	o := options(listen(t, answering(map[string]string{"NAME a": ""})))
	now := time.Unix(1000, 0)
	o.Now = func() time.Time { return now }
	o.Speed, o.Drain = 2, 0
	o.Sleep = func(_ context.Context, d time.Duration) error {
		slept.Add(int64(d))
		return nil
	}
	doc := parse(t, proto+"> [+5] NAME a\n> [+6] NAME a\n@sleep 3s\n> [+7] NAME a\n")
	replay.Run(t.Context(), doc, o)
	if got, want := time.Duration(slept.Load()), 500*time.Millisecond+3*time.Second+time.Second; got != want {
		t.Errorf("slept %s; want %s", got, want)
	}
}

// TestAhead has frames go out before the answers to those before them, unless
// they need a value of theirs: the server answers nothing until so many lines
// have come.
func TestAhead(t *testing.T) {
	for _, tt := range []struct {
		doc, want string
		lines     int // that the server wants before it says anything
	}{
		{"> NAME a\n< SERVER a\n> NAME b\n< SERVER b\n", "3 pass, 5 pass", 2},
		{"> NAME a\n< SERVER {{x}}\n> NAME b\n< SERVER b\n> NAME $x\n< SERVER a\n", "3 pass, 5 pass, 7 pass", 2},
		{"> NAME a\n@any-order\n< SERVER b\n< SERVER {{x}}\n@end\n> NAME b\n> NAME $x\n< SERVER a\n", "5 pass, 4 pass, 9 pass", 2},
		{"@repeat 2 i\n> NAME $i\n> NAME b\n< SERVER $i\n< SERVER b\n@end\n", "5 pass, 6 pass, 5 pass, 6 pass", 2},
		{"> NAME a\n< SERVER a\n@sleep 1ms\n> NAME b\n< SERVER c\n< SERVER d\n", "3 pass, 6 fail mismatch, 7 skip", 2},
		{"> NAME a\n@timeout 10ms\n< SERVER a\n@set x=1\n> NAME b\n< SERVER b\n", "4 fail timeout, 7 skip", 2},
	} {
		o := options(listen(t, func(c *net.TCPConn, _ int) {
			in := bufio.NewScanner(c)
			var said []string
			for n := 1; in.Scan(); n++ {
				said = append(said, strings.Replace(in.Text(), "NAME", "SERVER", 1)+"\n")
				if n >= tt.lines {
					_, _ = c.Write([]byte(strings.Join(said, "")))
					said = nil
				}
			}
		}))
		o.Ahead = true
		if got := verdicts(replay.Run(t.Context(), parse(t, proto+tt.doc), o)); got != tt.want {
			t.Errorf("%s\ngot %s\nwant %s", tt.doc, got, tt.want)
		}
	}
}

// TestExec has the standard input and output of a program be the connection.
func TestExec(t *testing.T) {
	o := options("exec:read x; echo SERVER $x; read y; sleep 0")
	doc := parse(t, proto+"> NAME a\n< SERVER NAME a\n> @eof\n< @eof\n")
	if got := verdicts(replay.Run(t.Context(), doc, o)); got != "3 pass, 5 pass" {
		t.Error(got)
	}
	r := replay.Run(t.Context(), doc, options("exec:read x; exit 3"))
	if got := verdicts(r); got != "3 fail ended" || !strings.HasPrefix(r.Verdicts[0].Why, "the program ended (exit status 3), ") {
		t.Error(got, r.Verdicts[0].Why)
	}
}
