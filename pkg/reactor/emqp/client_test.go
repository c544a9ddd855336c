package emqp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A peer drives a client's machine with what a broker says.
type peer struct {
	t       *testing.T
	m       reactor.Machine
	now     time.Time
	sent    []string
	told    []string
	runs    []reactor.Run
	timers  map[string]time.Time
	ended   string
	connect int
}

func newPeer(t *testing.T, m reactor.Machine) *peer {
	return &peer{t: t, m: m, now: time.Unix(1795211120, 0), timers: map[string]time.Time{}}
}

func (p *peer) step(ev reactor.Event) {
	p.t.Helper()
	for _, a := range p.m.Step(p.now, ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				p.sent = append(p.sent, string(f.AppendText(nil, codec.View{})))
			}
			p.step(reactor.Sent{ID: a.ID})
		case reactor.SetTimer:
			delete(p.timers, a.Timer)
			if !a.At.IsZero() {
				p.timers[a.Timer] = a.At
			}
		case reactor.Deliver:
			p.told = append(p.told, a.Kind+" "+string(a.Body))
		case reactor.Run:
			p.runs = append(p.runs, a)
		case reactor.Close:
			p.ended = "close " + a.Why
		case reactor.Drop:
			p.ended = "drop " + a.Why
		case reactor.Connect:
			p.connect++
		case reactor.Reject, reactor.Fail:
			p.told = append(p.told, a.(fmt.Stringer).String())
		}
	}
}

// pass lets time pass, with what is due meanwhile.
func (p *peer) pass(d time.Duration) {
	p.t.Helper()
	for end := p.now.Add(d); ; {
		name, at := "", end
		for n, t := range p.timers {
			if !t.After(at) && (name == "" || t.Before(at) || n < name) {
				name, at = n, t
			}
		}
		if at.After(p.now) {
			p.now = at
		}
		if name == "" {
			return
		}
		delete(p.timers, name)
		p.step(reactor.Expired{Timer: name})
	}
}

// open makes a connection to a ROUTER.
func (p *peer) open() {
	p.t.Helper()
	p.ended = ""
	p.step(reactor.Opened{})
	p.hear("greeting 3.1 NULL", "command READY Socket-Type=ROUTER Identity=r")
}

// hear gives the machine what the broker says.
func (p *peer) hear(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		s := conversation(p.t, codec.ToClient)
		if !strings.HasPrefix(line, "greeting") {
			s.Feed(encode(p.t, "greeting 3.1 NULL"))
			s.Next()
		}
		s.Feed(encode(p.t, line))
		rec, ok := s.Next()
		if !ok || rec.Frame == nil {
			p.t.Fatalf("no frame: %s", line)
		}
		p.step(reactor.Received{Frame: rec.Frame})
	}
}

// said returns what was sent since it was asked last, without ids and
// heartbeats.
func (p *peer) said() []string {
	var list []string
	for _, text := range p.sent {
		command, rest, _ := strings.Cut(text, " ")
		if strings.HasPrefix(rest, "id=") && command != "HEARTBEAT" {
			_, rest, _ = strings.Cut(rest, " ")
			list = append(list, strings.TrimSpace(command+" "+rest))
		}
	}
	p.sent = nil
	return list
}

func (p *peer) do(name, args string) {
	p.t.Helper()
	ev, err := p.m.(reactor.Inputs).Input(name, args)
	if err != nil {
		p.t.Fatalf("@%s %s: %v", name, args, err)
	}
	p.step(ev)
}

func TestWorkerRunsItsJobs(t *testing.T) {
	p := newPeer(t, NewWorker(Options{Jobs: 2, Queues: []Queue{{"20", "fast"}, {"10", "default"}}}))
	p.open()
	same(t, "the start", p.said(), []string{`INFORM type=worker [[20, "fast"], [10, "default"]]`})
	p.hear("ACK id=a acked=x")
	same(t, "slots", p.said(), []string{"READY", "READY"})
	if !p.m.(reactor.Readier).Ready() {
		t.Error("not ready")
	}
	for _, c := range []struct{ request, want string }{
		{asking("1", "q", "reply-requested", "echo", `["grüß"]`), `REPLY orig_msgid=1 {"value": "gr\u00fc\u00df"}`},
		{asking("2", "q", "reply-requested", "echo", `[1, {"a": 2.50}]`), `REPLY orig_msgid=2 {"value": [1, {"a": 2.5}]}`},
		{asking("3", "q", "", "echo", `[1]`), ""},
		{asking("4", "q", "x-reply-requested-not", "fail", `["on purpose"]`), `REPLY orig_msgid=4 {"value": "on purpose"}`},
		{asking("5", "q", "reply-requested", "system", `["rm -rf /"]`), `REPLY orig_msgid=5 {"value": "module 'emqjobs' has no attribute 'system'"}`},
		{`REQUEST id=6 queue=q headers=[reply-requested] ["walk", {"callable": "echo"}]`, `REPLY orig_msgid=6 {"value": "'path'"}`},
		{`message "" "eMQP/1.0" "REQUEST" "7" "q" "reply-requested" "{"`, `REPLY orig_msgid=7 {"value": "job: an object is not finished"}`},
		{`message "" "eMQP/1.0" "request" "8" "q" "reply-requested"`, `REPLY orig_msgid=8 {"value": "job: nothing"}`},
		{asking("9", "q", "reply-requested,timeout:abc", "echo", `[1]`), `REPLY orig_msgid=9 {"value": "strconv"}`},
	} {
		p.hear(c.request)
		got := p.said()
		if len(got) == 0 || got[len(got)-1] != "READY" {
			t.Errorf("%s: the slot is not free again: %q", c.request, got)
			continue
		}
		got = got[:len(got)-1]
		switch {
		case c.want == "" && len(got) == 0:
		case len(got) != 1 || !strings.HasPrefix(got[0], c.want[:strings.Index(c.want, ":")]):
			t.Errorf("%s: %q, want %s", c.request, got, c.want)
		case c.request[0] == 'R' && !strings.Contains(c.request, "abc") && got[0] != c.want:
			t.Errorf("%s: %s, want %s", c.request, got[0], c.want)
		}
	}
}

func TestWorkerTimes(t *testing.T) {
	p := newPeer(t, NewWorker(Options{Jobs: 2, Exec: true}))
	p.open()
	p.hear("ACK id=a acked=x")
	p.said()
	p.hear(asking("nap", "q", "reply-requested", "sleep", "[2]"), asking("long", "q", "reply-requested,timeout:1", "sleep", "[60]"))
	p.pass(1500 * time.Millisecond)
	same(t, "after a second", p.said(), []string{`REPLY orig_msgid=long {"value": "TimeoutError"}`, "READY"})
	p.pass(time.Second)
	same(t, "after two", p.said(), []string{`REPLY orig_msgid=nap {"value": null}`, "READY"})

	p.hear(asking("out", "q", "reply-requested", "add", "[1, 2]"))
	if len(p.runs) != 1 || p.runs[0].Command != "emqjobs.add" || !strings.Contains(string(p.runs[0].Data), `"args": [1, 2]`) {
		t.Fatalf("runs: %v", p.runs)
	}
	p.do("response", fmt.Sprintf("%d 3", p.runs[0].Request))
	same(t, "run outside", p.said(), []string{`REPLY orig_msgid=out {"value": 3}`, "READY"})
	p.do("response", fmt.Sprintf("%d 3", p.runs[0].Request))
	p.hear(asking("bad", "q", "reply-requested", "add", "[1, 2]"))
	p.do("error", fmt.Sprintf("%d it broke", p.runs[1].Request))
	same(t, "failed outside", p.said(), []string{`REPLY orig_msgid=bad {"value": "it broke"}`, "READY"})

	p.hear(asking("last", "q", "reply-requested", "sleep", "[2]"), "HEARTBEAT id=h timestamp=1.0")
	p.do("leave", "")
	same(t, "leaving", p.said(), []string{"KBYE"})
	if p.ended != "" {
		t.Errorf("%s before the job is done", p.ended)
	}
	p.pass(3 * time.Second)
	same(t, "the last", p.said(), []string{`REPLY orig_msgid=last {"value": null}`})
	if p.ended != "close " || p.connect > 0 {
		t.Errorf("%s, %d connections asked for", p.ended, p.connect)
	}
}

// A broker that is silent for 15 s is left, for another connection with
// another identity, which begins with INFORM; so is one that has gone.
func TestWorkerComesBack(t *testing.T) {
	p := newPeer(t, NewWorker(Options{Jobs: 2}))
	p.open()
	first := slices.Clone(p.sent)
	p.hear("ACK id=a acked=x", asking("1", "q", "", "sleep", "[100]"))
	p.sent = nil
	p.pass(14 * time.Second)
	beats := len(p.sent)
	if p.ended != "" || beats != 4 {
		t.Errorf("after 14 s: %q, %d heartbeats", p.ended, beats)
	}
	p.pass(time.Second)
	if p.ended != "drop the broker has been silent for 15s" {
		t.Errorf("after 15 s: %q", p.ended)
	}
	p.pass(time.Second)
	if p.connect != 1 {
		t.Fatalf("%d connections asked for", p.connect)
	}
	p.sent = nil
	p.open()
	if slices.Equal(first, p.sent) {
		t.Errorf("the same again: %q", p.sent)
	}
	p.sent = nil
	p.hear("ACK id=b acked=y")
	same(t, "one slot is free", p.said(), []string{"READY"})

	p.step(reactor.EOF{})
	p.pass(time.Second)
	p.step(reactor.Broken{Err: fmt.Errorf("refused")})
	p.pass(time.Second)
	if p.connect != 3 {
		t.Errorf("%d connections asked for", p.connect)
	}
}

// The program's worker takes jobs from its first HEARTBEAT on.
func TestWorkerAsTheProgram(t *testing.T) {
	p := newPeer(t, NewWorker(Options{Jobs: 1, Compat: true}))
	p.open()
	p.hear("ACK id=a acked=x")
	same(t, "the start", p.said(), []string{`INFORM type=worker [[10, "default"]]`})
	p.hear("HEARTBEAT id=h timestamp=1.0")
	same(t, "then", p.said(), []string{"READY"})
}

const tick = `["run", {"callable": "tick", "path": "jobs", "args": [], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`

func TestScheduler(t *testing.T) {
	for _, c := range []struct {
		name, schedule string
		compat         bool
		pass           time.Duration
		runs           int
		queue          string
	}{
		{"at once and every 2 s", `SCHEDULE id=1 queue=q headers=[guarantee] interval=2 ` + tick, false, 7 * time.Second, 4, "q"},
		{"no haste", `SCHEDULE id=1 queue=q headers=[nohaste] interval=2 ` + tick, false, 7 * time.Second, 3, "q"},
		{"three times", `SCHEDULE id=1 queue=q headers=[run_count:3] interval=1 ` + tick, false, 9 * time.Second, 3, "q"},
		{"three times later", `SCHEDULE id=1 queue=q headers=[nohaste,run_count:3] interval=1 ` + tick, false, 9 * time.Second, 3, "q"},
		{"never", `SCHEDULE id=1 queue=q headers=[run_count:0] interval=1 ` + tick, false, 9 * time.Second, 0, ""},
		{"by cron", `SCHEDULE id=1 queue=q headers=[] interval=-1 cron="* * * * * */3" ` + tick, false, 9 * time.Second, 4, "q"},
		{"by cron, as the program", `SCHEDULE id=1 queue=q headers=[nohaste] interval=-1 cron="* * * * * */3" ` + tick, true, 9 * time.Second, 3, "default"},
		{"by cron, twice", `SCHEDULE id=1 queue=q headers=[run_count:2] interval=-1 cron="* * * * * */3" ` + tick, false, 9 * time.Second, 2, "q"},
		{"as documented, which is no time", `message "" "eMQP/1.0" "SCHEDULE" "1" "q" "" "[\"run\", {\"callable\": \"tick\", \"path\": \"jobs\"}]"`, false, 9 * time.Second, 0, ""},
		{"bad interval", `message "" "eMQP/1.0" "SCHEDULE" "1" "q" "" "x" "[\"run\", {\"callable\": \"tick\", \"path\": \"jobs\"}]" ""`, false, 9 * time.Second, 0, ""},
		{"bad cron", `SCHEDULE id=1 queue=q headers=[] interval=-1 cron="61 * * * *" ` + tick, false, 9 * time.Second, 0, ""},
		{"a day that never comes", `SCHEDULE id=1 queue=q headers=[] interval=-1 cron="0 0 30 2 *" ` + tick, false, 9 * time.Second, 0, ""},
		{"bad run_count", `SCHEDULE id=1 queue=q headers=[run_count:x] interval=1 ` + tick, false, 9 * time.Second, 0, ""},
		{"no job", `SCHEDULE id=1 queue=q headers=[] interval=1 ["run"]`, false, 9 * time.Second, 0, ""},
		{"all the time", `SCHEDULE id=1 queue=q headers=[] interval=0 ` + tick, false, 5 * time.Second, 6, "q"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, NewScheduler(Options{Compat: c.compat}))
			p.open()
			p.hear("ACK id=a acked=x")
			same(t, "the start", p.said(), []string{"INFORM type=scheduler"})
			p.hear(c.schedule)
			for end := p.now.Add(c.pass); p.now.Before(end); {
				p.pass(500 * time.Millisecond)
				p.hear("HEARTBEAT id=h timestamp=1.0")
			}
			got := p.said()
			if len(got) != c.runs {
				t.Errorf("%d runs, expected %d: %q", len(got), c.runs, got)
			}
			for _, one := range got[min(1, len(got)):] {
				if one != "REQUEST queue="+c.queue+" headers=[reply-requested] "+tick {
					t.Errorf("%s", one)
				}
			}
			if c.runs == 0 && !strings.Contains(c.name, "never") && len(p.told) < 2 {
				t.Errorf("nothing was said of it: %q", p.told)
			}
		})
	}
}

func TestUnschedule(t *testing.T) {
	for _, c := range []struct {
		when   string
		compat bool
		left   int
	}{{"interval=1", false, 0}, {`interval=-1 cron="* * * * * *"`, false, 0}, {`interval=-1 cron="* * * * * *"`, true, 1}} {
		p := newPeer(t, NewScheduler(Options{Compat: c.compat}))
		p.open()
		p.hear("ACK id=a acked=x", "SCHEDULE id=1 queue=q headers=[nohaste] "+c.when+" "+tick, "UNSCHEDULE id=2 queue=q headers=[] interval=-1 "+tick)
		if got := p.m.State().Get("schedules").([]string); len(got) != c.left {
			t.Errorf("%s: %q", c.when, got)
		}
	}
}

// The key of a schedule is what the program stores it under.
func TestScheduleKey(t *testing.T) {
	for text, want := range map[string]string{
		`["run", {"callable": "add", "path": "emqjobs", "args": [1, 2], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`:                                        "e037b3207577f260ad3c1dd8f4dd7db1acfb562f",
		`["run", {"path": "emqjobs", "callable": "note", "kwargs": {"b": 1, "a": {"d": "ü", "c": [1.50, null]}}, "args": [], "class_kwargs": {}, "class_args": []}]`: "9dc7599bd67e59d721d76c2bdea87b738eebf703",
	} {
		if got, err := scheduleKey([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestClientSays(t *testing.T) {
	p := newPeer(t, NewClient(Options{Role: RoleAdmin}))
	p.do("status", "")
	p.open()
	if len(p.sent) < 3 || !strings.HasPrefix(p.sent[2], "HELLO id=admin:") {
		t.Fatalf("the start: %q", p.sent)
	}
	p.said()
	for _, c := range []struct{ name, args, want string }{
		{"request", "default - emqjobs.add [1, 2]", `REQUEST queue=default headers=[] ["run", {"callable": "add", "path": "emqjobs", "args": [1, 2], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`},
		{"request", `"" reply-requested,timeout:3 pkg.mod:Class.method`, `REQUEST queue="" headers=[reply-requested,timeout:3] ["run", {"callable": "method", "path": "pkg.mod:Class", "args": [], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`},
		{"schedule", "q guarantee 5 jobs.tick", `SCHEDULE queue=q headers=[guarantee] interval=5 ` + tick},
		{"schedule", `q - "*/5 * * * *" jobs.tick []`, `SCHEDULE queue=q headers=[] interval=-1 cron="*/5 * * * *" ` + tick},
		{"unschedule", "q - 5 jobs.tick", `UNSCHEDULE queue=q headers=[] interval=5 ` + tick},
		{"publish", `news {"a": 1}`, `PUBLISH topic=news {"a": 1}`},
		{"status", "", "STATUS"},
		{"show_workers", "", "ROUTER_SHOW_WORKERS"},
		{"show_schedulers", "", "ROUTER_SHOW_SCHEDULERS"},
		{"disconnect", "", "DISCONNECT"},
		{"send", "READY id=x", "READY"},
	} {
		p.do(c.name, c.args)
		same(t, c.name+" "+c.args, p.said(), []string{c.want})
	}
	p.told = nil
	p.hear("REPLY id=1 orig_msgid=2", `REPLY id=1 {"connected_schedulers": {}}`, "ACK id=1 acked=3", "KBYE id=4")
	same(t, "what is delivered", p.told, []string{"handed-over 2", `report {"connected_schedulers": {}}`, "acked 3", "KBYE "})
	for _, c := range []struct{ name, args string }{
		{"request", ""}, {"request", "q"}, {"request", "q -"}, {"request", "q - add"}, {"request", "q - a.b {}"}, {"request", "q - a.b [1"},
		{"schedule", "q - soon a.b"}, {"schedule", `q - "1 2" a.b`}, {"publish", "t"}, {"publish", "t {"}, {"status", "x"}, {"send", "NOTHING"},
		{"send", "greeting 3.1 NULL"}, {"nonsense", ""}, {"disconnect", "a b"}, {"request", `"q`},
	} {
		if ev, err := p.m.(reactor.Inputs).Input(c.name, c.args); err == nil {
			t.Errorf("@%s %s: %v", c.name, c.args, ev)
		}
	}
}
