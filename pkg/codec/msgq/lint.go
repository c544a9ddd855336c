package msgq

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Checker implements [codec.Linter].
func (Protocol) Checker() codec.Checker { return &checker{} }

type checker struct {
	conns    codec.States[checked]
	findings []codec.Finding
}

// A checked is what the rules need to know of a client's connection.
type checked struct {
	whole   bool
	lname   string
	told    bool // of the missing lname
	seqs    map[string]codec.Place
	came    map[string]bool // by sender and seq
	groups  map[string]bool // with the instance
	stopped *codec.Place
}

// maxKept is how many sequence numbers, messages and groups of a connection
// are kept.
const maxKept = 1 << 14

// Open implements [codec.Checker].
func (c *checker) Open(conn int, _ string, whole bool) {
	if s := c.conns.Of(conn, 0); s != nil {
		*s = checked{whole: whole, seqs: map[string]codec.Place{}, came: map[string]bool{}, groups: map[string]bool{}}
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
	c.findings = f.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "msgq/", c.findings, report)
	s := c.conns.Of(r.Conn, 0)
	if s == nil || s.seqs == nil || r.Dir == 0 || f.Skan || f.head().kind == nil {
		return
	}
	w := checking{s, f.head(), r, report}
	if r.Dir == codec.ToClient {
		w.arrives(f)
		return
	}
	if s.stopped != nil {
		w.say("after-stop", *s.stopped, "a %s after stop", f.Type())
		s.stopped = nil // told once
	}
	switch f.head().kind.name {
	case "send":
		w.send()
	case "subscribe", "unsubscribe":
		w.subscribes(f.head().kind.name == "subscribe")
	case "pong":
		codec.Report(r, report, "msgq/wrong-direction", "a client sends pong, which the daemon ignores")
	case "stop":
		at := codec.PlaceOf(r)
		s.stopped = &at
	}
}

// A checking is a frame that is looked at.
type checking struct {
	s      *checked
	h      *header
	r      *codec.Record
	report func(codec.Violation)
}

func (w *checking) say(rule string, at codec.Place, format string, args ...any) {
	codec.Report(w.r, w.report, "msgq/"+rule, fmt.Sprintf(format, args...), at)
}

// arrives takes what the daemon sends.
func (w *checking) arrives(f *Frame) {
	switch name := w.h.kind.name; name {
	case "getlname":
		if raw, ok := jsonv.Get(f.bodyJSON(), "lname"); ok {
			w.s.lname, _ = jsonv.StringValue(raw)
		}
	case "send":
		if len(w.s.came) < maxKept {
			w.s.came[w.h.linkKey(keyFrom, keySeq)] = true
		}
	case "pong":
	default:
		codec.Report(w.r, w.report, "msgq/wrong-direction", fmt.Sprintf("the daemon sends %s", name))
	}
}

func (w *checking) send() {
	from := w.h.text(keyFrom)
	switch {
	case w.s.lname == "" && w.s.whole && !w.s.told:
		w.s.told = true
		codec.Report(w.r, w.report, "msgq/no-lname", "a send before the client's lname is known")
	case w.s.lname != "" && w.h.has(keyFrom) && from != w.s.lname && from != DaemonName: // which a finding tells
		codec.Report(w.r, w.report, "msgq/forged-from", fmt.Sprintf("from is %q, and the sender is %q", from, w.s.lname))
	}
	if w.h.has(keyReply) && w.s.whole && len(w.s.came) < maxKept && !w.s.came[w.h.linkKey(keyTo, keyReply)] {
		codec.Report(w.r, w.report, "msgq/reply-to-nothing", fmt.Sprintf("no message of %q with the seq %s has come", w.h.text(keyTo), jsonv.Show(w.h.raw(keyReply))))
	}
	if !w.h.has(keySeq) {
		return
	}
	seq := string(jsonv.AppendTyped(nil, w.h.raw(keySeq)))
	if at, again := w.s.seqs[seq]; again {
		w.say("seq-reuse", at, "the seq %s was used before", jsonv.Show(w.h.raw(keySeq)))
	} else if len(w.s.seqs) < maxKept {
		w.s.seqs[seq] = codec.PlaceOf(w.r)
	}
}

func (w *checking) subscribes(joins bool) {
	if jsonv.KindOf(w.h.raw(keyGroup)) != jsonv.String || jsonv.KindOf(w.h.raw(keyInstance)) != jsonv.String {
		return // a finding tells
	}
	pair := w.h.text(keyGroup) + "\x00" + w.h.text(keyInstance)
	switch {
	case joins && w.s.groups[pair]:
		codec.Report(w.r, w.report, "msgq/subscribed-again", fmt.Sprintf("%s is subscribed already", w.h.address()))
	case joins && len(w.s.groups) < maxKept:
		w.s.groups[pair] = true
	case !joins && !w.s.groups[pair] && w.s.whole && len(w.s.groups) < maxKept:
		codec.Report(w.r, w.report, "msgq/not-subscribed", fmt.Sprintf("%s is not subscribed", w.h.address()))
	case !joins:
		delete(w.s.groups, pair)
	}
}
