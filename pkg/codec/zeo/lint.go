package zeo

import (
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// Checker implements [codec.Linter].
func (Protocol) Checker() codec.Checker { return &checker{} }

type checker struct {
	conns    codec.States[checked]
	findings []codec.Finding
}

// A checked is what the rules need to know of a connection.
type checked struct {
	whole      bool
	server     string // its protocol id; "" before that
	client     string
	registered bool
	asked      bool // register has no answer yet
	told       bool // that a call came before register
	calls      map[codec.LinkKey]waiting
	txn        *transaction
	blob       bool // storeBlobStart came
}

// A waiting is a call without its answer.
type waiting struct {
	method string
	place  codec.Place
}

// A transaction is what tpc_begin began.
type transaction struct {
	id           string
	began        codec.Place
	vote         codec.Place
	asked, voted bool
}

// maxCalls is how many calls of a connection may wait.
const maxCalls = 1 << 14

// Open implements [codec.Checker].
func (c *checker) Open(conn int, _ string, whole bool) {
	if s := c.conns.Of(conn, 0); s != nil {
		*s = checked{whole: whole, calls: map[codec.LinkKey]waiting{}}
	}
}

// Lost implements [codec.Checker].
func (c *checker) Lost(conn int) {
	if s := c.conns.Of(conn, 0); s != nil {
		s.whole, s.txn, s.registered = false, nil, true
	}
}

// End implements [codec.Checker].
func (c *checker) End(report func(codec.Violation)) {
	c.conns.All(func(_, _ int, s *checked) {
		switch t := s.txn; {
		case t == nil || !s.whole:
		case t.voted:
			report(codec.Violation{Rule: "zeo/vote-open", Message: "the vote of transaction " + t.id + " was granted, and never finished", Place: t.vote, Related: []codec.Place{t.began}})
		default:
			report(codec.Violation{Rule: "zeo/transaction-open", Message: "transaction " + t.id + " was begun, and never finished", Place: t.began})
		}
	})
}

// Check implements [codec.Checker].
func (c *checker) Check(r *codec.Record, report func(codec.Violation)) {
	f, ok := r.Frame.(*Frame)
	if !ok {
		return
	}
	c.findings = f.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "zeo/", c.findings, report)
	s := c.conns.Of(r.Conn, 0)
	if s == nil || s.calls == nil || r.Dir == 0 {
		return
	}
	w := checking{s, f, r, report}
	toClient := r.Dir == codec.ToClient
	switch f.Kind() {
	case KindHello:
		w.hello(toClient)
	case KindHeartbeat:
		if toClient {
			w.say("wrong-direction", "the server sends a heartbeat, which is the client's")
		}
	case KindCall, KindOneway:
		w.call(toClient)
	case KindReply, KindError:
		w.reply(toClient)
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
	codec.Report(w.r, w.report, "zeo/"+rule, fmt.Sprintf(format, args...))
}

// about is say for what has to do with an earlier record.
func (w *checking) about(at codec.Place, rule, format string, args ...any) {
	codec.Report(w.r, w.report, "zeo/"+rule, fmt.Sprintf(format, args...), at)
}

func (w *checking) hello(toClient bool) {
	id := string(clip(w.f.body()))
	if toClient {
		w.s.server = id
		return
	}
	w.s.client = id
	if w.s.server == "" {
		if w.s.whole {
			w.say("client-first", "the client's protocol id comes before the server's")
		}
		return
	}
	switch server := w.s.server; {
	case lookup(w.f.body()) == nil: // a finding tells
	case !takes(server, id):
		w.say("version", "the client answers %q, which a server of %s does not take", id, server)
	case id[0] != server[0]:
		w.say("letter", "the server announced %s, and the client chose %s", server, id)
	}
}

// takes says whether a server that announced an id takes a client's.
func takes(server, client string) bool {
	if lookup([]byte(server)) == nil {
		return true
	}
	if server[1:] == "5" {
		return client[1:] == "5"
	}
	return client[0] == 'Z' && client <= server // as text: Z309 is below Z4
}

// early are the methods that may be called before register.
var early = []string{"register", "getAuthProtocol", "auth_get_challenge", "auth_response"}

func (w *checking) call(toClient bool) {
	name := string(w.f.nameBytes())
	m := methodOf(name)
	if m != nil && m.push != toClient {
		who := "client calls"
		if toClient {
			who = "server pushes"
		}
		w.say("wrong-direction", "the %s %s", who, name)
		return
	}
	if toClient {
		return
	}
	if !w.s.registered && !w.s.asked && w.s.whole && !w.s.told && !slices.Contains(early, name) && m != nil {
		w.s.told = true
		w.say("before-register", "%s before register", name)
	}
	if name == "register" && w.f.Kind() == KindCall {
		if (w.s.registered || w.s.asked) && w.s.whole {
			w.say("register-again", "the connection is registered already")
		}
		w.s.asked = true
	}
	w.waits(name)
	w.transaction(name, m)
	w.blob(name)
}

// waits takes a call that wants an answer.
func (w *checking) waits(name string) {
	if w.f.Kind() != KindCall {
		return
	}
	id := w.f.Link().Key
	before, again := w.s.calls[id]
	t := &w.f.work.tree
	if again && t.Kind(w.f.id) != value.Tuple && t.Kind(w.f.id) != value.List { // those of loadBefore are its arguments
		w.about(before.place, "id-reuse", "the id %s is that of %s, which still waits", id, before.method)
	}
	if len(w.s.calls) < maxCalls || again {
		w.s.calls[id] = waiting{name, codec.PlaceOf(w.r)}
	}
}

func (w *checking) reply(toClient bool) {
	id := w.f.Link().Key
	if !toClient {
		if w.s.whole {
			w.say("reply-to-nothing", "a client answers, and servers do not ask")
		}
		return
	}
	call, known := w.s.calls[id]
	if !known {
		if w.s.whole && len(w.s.calls) < maxCalls {
			w.say("reply-to-nothing", "no call waits with the id %s", id)
		}
		return
	}
	delete(w.s.calls, id)
	done := w.f.Kind() == KindReply
	switch t := w.s.txn; call.method {
	case "register":
		w.s.registered, w.s.asked = w.s.registered || done, false
	case "tpc_begin":
		if t != nil && t.began.Seq == call.place.Seq && !done {
			w.s.txn = nil
		}
	case "vote":
		if t != nil && t.asked && t.vote.Seq == call.place.Seq {
			t.asked, t.voted = done, done
		}
	}
}

// transaction follows tpc_begin to tpc_finish.
func (w *checking) transaction(name string, m *method) {
	id, has := w.txnid(m)
	t := w.s.txn
	switch {
	case name == "tpc_begin":
		if t != nil {
			w.about(t.began, "begin-again", "transaction %s is open", t.id)
			return // the server keeps the first
		}
		w.s.txn = &transaction{id: id, began: codec.PlaceOf(w.r)}
		return
	case !has || !w.s.whole:
		return
	case t == nil:
		if name != "tpc_abort" { // which is sent to be sure
			w.say("no-transaction", "%s before tpc_begin", name)
		}
		return
	case id != t.id:
		w.about(t.began, "wrong-transaction", "%s of transaction %s; %s is open", name, id, t.id)
		return
	}
	switch name {
	case "vote":
		if t.asked || t.voted {
			w.about(t.vote, "vote-again", "transaction %s has voted", id)
			return
		}
		t.asked, t.vote = true, codec.PlaceOf(w.r)
	case "tpc_finish":
		if !t.voted {
			w.about(t.began, "finish-before-vote", "transaction %s has no answer to vote", id)
		}
		w.s.txn = nil
	case "tpc_abort":
		w.s.txn = nil
	}
}

// txnid returns the number of the transaction that a call is part of.
func (w *checking) txnid(m *method) (string, bool) {
	t := &w.f.work.tree
	if k := t.Kind(w.f.args); m == nil || k != value.Tuple && k != value.List {
		return "", false
	}
	for i, p := range paramsOf([]byte(m.name), t.Count(w.f.args)) {
		if p.kind == txn {
			return string(clip(appendValue(nil, w.f, t.Deref(t.At(w.f.args, i))))), true
		}
	}
	return "", false
}

func (w *checking) blob(name string) {
	switch name {
	case "storeBlobStart":
		if w.s.blob && w.s.whole {
			w.say("blob-order", "storeBlobStart before the end of the blob before it")
		}
		w.s.blob = true
	case "storeBlobChunk", "storeBlobEnd":
		if !w.s.blob && w.s.whole {
			w.say("blob-order", "%s without storeBlobStart", name)
		}
		w.s.blob = w.s.blob && name == "storeBlobChunk"
	}
}
