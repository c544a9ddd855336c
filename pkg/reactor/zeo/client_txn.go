package zeo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A clientTxn is the transaction that is under way. A connection has one at a
// time.
//
//	tpc_begin ─▶ stores ─▶ vote ─▶ tpc_finish ─▶ Committed
//	                        └────▶ tpc_abort ──▶ Conflict, Failed
//
// ZODB 3.9 waits for the answer to tpc_begin, and to undo, and does not to
// that of tpc_abort; all others do it the other way round.
type clientTxn struct {
	Commit
	txnid    int64
	step     clientStep
	undone   int // of Undo, those that are sent
	resolved map[storage.OID]bool
	outcome  *Outcome // why it is aborted
}

type clientStep string

const (
	txnBeginning clientStep = "beginning"
	txnUndoing   clientStep = "undoing"
	txnVoting    clientStep = "voting"
	txnFinishing clientStep = "finishing"
	txnAborting  clientStep = "aborting"
)

// commit begins a transaction, or lets it wait for the one under way.
func (c *Client) commit(v Commit) {
	if c.txn != nil {
		c.commits = append(c.commits, v)
		return
	}
	ext, err := extensionOf(v.Extension)
	switch {
	case err != nil:
		c.refuse(v.ID, v.method(), "extension: "+err.Error())
		return
	case c.readOnly:
		c.refuse(v.ID, v.method(), "the connection is read-only")
		return
	case !c.era.modern && c.version != "Z4" && c.version != "Z3101" && slices.ContainsFunc(v.Objects, func(o Object) bool { return o.Check }):
		// The real clients leave such checks out.
		c.refuse(v.ID, v.method(), "servers check objects from Z3101 on, and this one speaks "+c.version)
		return
	}
	c.txnID++
	c.txn = &clientTxn{Commit: v, txnid: c.txnID, step: txnBeginning, resolved: map[storage.OID]bool{}}
	begin := tuple{c.txnid(), c.words(v.User), c.words(v.Description), ext, nil, " "}
	if c.era.first {
		if !c.request(clientCall{purpose: forTxn, name: "tpc_begin"}, begin) {
			c.unsendable()
		}
		return
	}
	if !c.oneway("tpc_begin", begin) {
		c.unsendable()
		return
	}
	c.stores()
}

// unsendable ends a transaction of which nothing was sent.
func (c *Client) unsendable() {
	v := c.txn
	c.txn = nil
	c.refuse(v.ID, v.method(), "the encoding has no form for a value")
	c.nextCommit()
}

func (c *Client) txnid() any { return c.txn.txnid }

// txnReply takes the answer to a call of the transaction.
func (c *Client) txnReply(k *clientCall, f *zeo.Frame, parts zeo.Parts, failed bool) {
	x := c.txn
	switch {
	case x == nil: // it is over on our side
	case k.name == "tpc_abort":
		c.txnDone(*x.outcome)
	case failed:
		class, payload := c.failure(f, parts)
		c.txnFailed(k.name, class, payload)
	case k.name == "tpc_begin":
		c.stores()
	case k.name == "undo":
		if i, ok := c.invalidation(parts.Tree, parts.Args); ok {
			c.undoneObjects(i.oids)
		}
		c.stores()
	case k.name == "vote":
		c.voted(parts)
	case k.name == "tpc_finish":
		c.finished(parts)
	}
}

func (c *Client) undoneObjects(oids []storage.OID) {
	for _, oid := range oids {
		c.txn.resolved[oid] = true
	}
}

// serialnos takes what the server up to ZEO 4 says of the stores, before the
// answer to the vote: serials, "rs" for a conflict that it resolved, or
// exceptions.
func (c *Client) serialnos(t *value.Tree, list value.ID) {
	x := c.txn
	for one := t.First(t.Deref(list)); one != 0; one = t.Next(one) {
		pair := t.Deref(one)
		oid, ok := strOf(t, t.First(pair))
		if t.Kind(pair) != value.Tuple || t.Count(pair) != 2 || !ok || len(oid) != 8 {
			continue
		}
		what := t.Deref(t.At(pair, 1))
		serial, ok := strOf(t, what)
		switch {
		case ok && string(serial) == "rs":
			x.resolved[storage.OID(oid)] = true
		case !ok && x.outcome == nil:
			class, payload := exceptionParts(t, what)
			x.outcome = c.txnOutcome("vote", class, c.literal(t, payload))
		}
	}
}

// exceptionParts returns the class of an inert exception and its arguments or
// attributes; of anything else no class and the value.
func exceptionParts(t *value.Tree, id value.ID) (class string, payload value.ID) {
	callee := t.Deref(t.First(id))
	if t.Kind(id) != value.Call || t.Kind(callee) != value.Global {
		return "", id
	}
	module, name := t.Global(callee)
	payload = t.Deref(t.At(id, 1))
	if string(name) == "_recon" && t.Kind(payload) == value.Tuple && t.Count(payload) == 2 {
		if class := t.Deref(t.First(payload)); t.Kind(class) == value.Global {
			module, name = t.Global(class)
			payload = t.Deref(t.At(payload, 1))
		}
	}
	return string(module) + "." + string(name), payload
}

// voted finishes the transaction if the server takes it. From ZEO 5 on it
// answers with the objects whose conflicts it resolved, or with those that a
// client is to resolve, which this one does not.
func (c *Client) voted(parts zeo.Parts) {
	x := c.txn
	t := parts.Tree
	for kid := t.First(parts.Args); kid != 0 && c.era.modern; kid = t.Next(kid) {
		one := t.Deref(kid)
		if oid, ok := strOf(t, one); ok && len(oid) == 8 {
			x.resolved[storage.OID(oid)] = true
		} else if x.outcome == nil {
			x.outcome = c.txnOutcome("vote", posError+".ConflictError", c.literal(t, parts.Args))
			x.outcome.Text = "the conflicts are left to the client"
		}
	}
	if x.outcome != nil {
		c.abort()
		return
	}
	x.step = txnFinishing
	c.request(clientCall{purpose: forTxn, name: "tpc_finish"}, tuple{c.txnid()})
}

// finished takes the tid that the transaction got.
func (c *Client) finished(parts zeo.Parts) {
	x := c.txn
	b, ok := strOf(parts.Tree, parts.Args)
	if !ok || len(b) != 8 {
		o := c.txnOutcome("tpc_finish", "", c.literal(parts.Tree, parts.Args))
		o.Text = "the server knows no such transaction"
		c.txnDone(*o)
		return
	}
	tid := storage.TID(b)
	for oid := range x.resolved { // what it is now is known to the server alone
		delete(c.serials, oid)
	}
	for i := range x.Objects {
		switch o := &x.Objects[i]; {
		case x.resolved[o.OID] || o.Check:
		case o.Delete:
			delete(c.serials, o.OID)
		default:
			c.remember(o.OID, tid)
		}
	}
	if c.lastTID.Before(tid) {
		c.lastTID = tid
	}
	c.txnDone(Outcome{Call: x.ID, Method: x.method(), Kind: Committed, TID: tid})
}

// txnOutcome says how a transaction failed.
func (c *Client) txnOutcome(method, class string, payload []byte) *Outcome {
	o := &Outcome{Call: c.txn.ID, Method: c.txn.method(), Kind: Failed, Class: class, Value: payload, Text: "in " + method}
	if strings.HasSuffix(class, "ConflictError") {
		o.Kind = Conflict
	}
	return o
}

// txnFailed ends a transaction that the server did not take.
func (c *Client) txnFailed(method, class string, payload []byte) {
	o := c.txnOutcome(method, class, payload)
	switch {
	case method == "tpc_begin":
		c.txnDone(*o) // there is nothing to abort
	case method == "tpc_finish":
		// What the server has done is not known; the real clients begin anew.
		o.Kind = Unknown
		c.txn.outcome = o
		c.offend("%s failed: %s %.500s", method, class, payload)
	default:
		c.txn.outcome = o
		c.abort()
	}
}

// abort takes the transaction back.
func (c *Client) abort() {
	x := c.txn
	x.step = txnAborting
	if c.era.first {
		c.oneway("tpc_abort", tuple{c.txnid()})
		c.txnDone(*x.outcome)
		return
	}
	c.request(clientCall{purpose: forTxn, name: "tpc_abort"}, tuple{c.txnid()})
}

// txnDone ends the transaction and begins the next one.
func (c *Client) txnDone(o Outcome) {
	c.txn = nil
	c.do(o)
	c.nextCommit()
}

func (c *Client) nextCommit() {
	for c.txn == nil && len(c.commits) > 0 && c.state == clientReady {
		v := c.commits[0]
		c.commits = c.commits[1:]
		c.commit(v)
	}
}

// txnLost says what became of transactions when the connection ends.
func (c *Client) txnLost(why string) {
	if x := c.txn; x != nil {
		o := Outcome{Call: x.ID, Method: x.method(), Kind: Closed, Text: fmt.Sprintf("in %s: %s", x.step, why)}
		switch {
		case x.outcome != nil:
			o = *x.outcome
		case x.step == txnFinishing:
			o.Kind = Unknown
		}
		c.txn = nil
		c.do(o)
	}
	for _, v := range c.commits {
		c.do(Outcome{Call: v.ID, Method: v.method(), Kind: Closed, Text: why})
	}
	c.commits = nil
}
