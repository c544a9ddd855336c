package emqp

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// Checker implements [codec.Linter].
func (Protocol) Checker() codec.Checker { return &checker{} }

type checker struct {
	conns    codec.States[checked]
	findings []codec.Finding
}

// A checked is what the rules need to know of a connection of a worker or a
// scheduler with its router, or of any other.
type checked struct {
	whole, told bool
	informed    bool
	acked       bool
	ids         map[string]codec.Place // that the dealer sent
	jobs        map[string]bool        // ids of REQUESTs that the router gave out
	last        [2]time.Time           // of the dealer, of the router
}

const (
	maxIDs        = 1 << 14
	workerSilence = 5 * time.Second  // after which the router drops a peer
	routerSilence = 15 * time.Second // after which peers give the router up
)

// Open implements [codec.Checker].
func (c *checker) Open(conn int, _ string, whole bool) {
	if s := c.conns.Of(conn, 0); s != nil {
		*s = checked{whole: whole, ids: map[string]codec.Place{}, jobs: map[string]bool{}}
	}
}

// Lost implements [codec.Checker].
func (c *checker) Lost(conn int) {
	if s := c.conns.Of(conn, 0); s != nil {
		s.whole = false
	}
}

// End implements [codec.Checker].
func (c *checker) End(func(codec.Violation)) {}

// Check implements [codec.Checker].
func (c *checker) Check(r *codec.Record, report func(codec.Violation)) {
	f, ok := r.Frame.(*Frame)
	if !ok {
		return
	}
	c.findings = f.z.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "zmtp/", c.findings, report)
	if f.z.Kind() != zmtp.Message {
		return
	}
	below := len(c.findings)
	c.findings = f.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "emqp/", c.findings[below:], report)
	s := c.conns.Of(r.Conn, 0)
	if s == nil || s.ids == nil || r.Dir == 0 || !f.envelope || f.cmd == nil {
		return
	}
	w := checking{s, f, r, report}
	w.silence()
	if f.from == Router {
		w.routers()
	} else {
		w.dealers()
	}
}

// A checking is a message that is looked at.
type checking struct {
	s      *checked
	f      *Frame
	r      *codec.Record
	report func(codec.Violation)
}

func (w *checking) say(rule, format string, args ...any) {
	codec.Report(w.r, w.report, "emqp/"+rule, fmt.Sprintf(format, args...))
}

// silence looks at the time since the sender's last message, on connections
// with heartbeats.
func (w *checking) silence() {
	side, limit, who := 0, workerSilence, w.f.from
	if who == Router {
		side, limit = 1, routerSilence
	}
	before := w.s.last[side]
	w.s.last[side] = w.r.Time
	if !w.s.informed || before.IsZero() || w.r.Time.IsZero() {
		return
	}
	if gap := w.r.Time.Sub(before); gap > limit {
		w.say("silence", "the %s was silent for %.1f s: its peer gives up after %.0f s", who, gap.Seconds(), limit.Seconds())
	}
}

// routers takes what the router sends.
func (w *checking) routers() {
	switch w.f.cmd.name {
	case "ACK":
		w.s.acked = true
	case "REQUEST":
		if len(w.s.jobs) < maxIDs {
			w.s.jobs[string(w.f.MsgID())] = true
		}
	}
}

// dealers takes what the others send.
func (w *checking) dealers() {
	id, name := string(w.f.MsgID()), w.f.cmd.name
	if at, again := w.s.ids[id]; again {
		codec.Report(w.r, w.report, "emqp/id-reuse", fmt.Sprintf("the message id %s was used before", short(w.f.MsgID())), at)
	} else if len(w.s.ids) < maxIDs {
		w.s.ids[id] = codec.PlaceOf(w.r)
	}
	if name == "INFORM" {
		w.s.informed = true
		return
	}
	if w.f.from != JobManager && w.f.from != Scheduler {
		return
	}
	switch {
	case !w.s.informed && w.s.whole && !w.s.told:
		w.s.told = true
		w.say("not-informed", "the %s sends %s before INFORM", w.f.from, name)
	case name == "READY" && w.s.informed && !w.s.acked && w.s.whole:
		w.say("before-ack", "READY before the ACK of INFORM")
	case name == "REPLY" && w.f.shape != nil && w.f.shape.name == replyResult && w.s.whole && len(w.s.jobs) < maxIDs:
		if orig := w.f.body("orig_msgid"); !w.s.jobs[string(orig)] {
			w.say("reply-to-nothing", "no REQUEST %s was given to this worker", short(orig))
		}
	}
}
