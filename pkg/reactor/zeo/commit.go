package zeo

import (
	"errors"
	"slices"

	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// timerTransaction is set while a connection holds the lock.
const timerTransaction = "transaction"

// vote asks whether a transaction can be committed. The answer waits for the
// lock.
func (c *session) vote(a *args) (any, error) {
	id, err := a.key(0)
	if err != nil {
		return nil, err
	}
	switch {
	case !equalID(c.txn, id):
		return nil, transactionError(c.current(), copied{a.t, a.list[0]})
	case c.txn.state == locked:
		return nil, transactionError("Already voting (locked)")
	case c.txn.state == waiting:
		return nil, transactionError("Already voting (waiting)")
	}
	c.txn.voteID, c.txn.mute = own(a.id), a.oneway
	if c.s.holder != 0 {
		c.txn.state = waiting
		c.s.waiting = append(c.s.waiting, c.conn)
		return nil, errLater
	}
	c.lock()
	return nil, errLater
}

// next gives the lock, if it is free, to the connections that wait for it, in
// turn, until one keeps it.
func (s *Server) next() {
	for s.holder == 0 && len(s.waiting) > 0 {
		c := s.sessions[s.waiting[0]]
		s.waiting = slices.Delete(s.waiting, 0, 1)
		c.lock()
	}
}

// lock takes the lock, does what was spooled, and answers the vote. From Z5 on
// a vote that fails gives the lock back; before that the client has to abort.
func (c *session) lock() {
	t := c.txn
	t.state = locked
	c.s.holder = c.conn
	c.s.counts.lockedAt = c.s.now
	if t.head.TID.IsZero() {
		t.head.TID = c.s.store.NextTID(c.s.now)
	}
	err := c.perform()
	if err != nil {
		var conflict *storage.ConflictError
		if errors.As(err, &conflict) {
			c.s.counts.conflicts++
		}
	}
	id := t.voteID
	switch {
	case c.modern && err != nil:
		c.forget()
		if !t.mute {
			c.fail(id, err)
		}
		c.s.next()
		return
	case t.mute:
	case c.modern:
		c.reply(id, c.settled())
	default:
		t.failed = err != nil
		c.push("serialnos", t.serials)
		c.reply(id, nil)
	}
	if c.s.o.Timeout > 0 && c.open() {
		c.do(reactor.SetTimer{Timer: timerTransaction, At: c.s.now.Add(c.s.o.Timeout)})
	}
}

// settled returns the objects whose data are others than the client sent:
// conflicts that were resolved, and what was undone.
func (c *session) settled() list {
	return append(list{}, c.txn.serials...)
}

// perform does what was spooled, up to the first error.
func (c *session) perform() error {
	for i := range c.txn.ops {
		o := &c.txn.ops[i]
		if err := c.performOne(o); err != nil {
			if !c.modern {
				c.serial(o.oid, asPyError(err).instance(c.s.o.Python2 || c.protocol != "Z4")[1])
			}
			return err
		}
	}
	return nil
}

func (c *session) performOne(o *op) error {
	t, store := c.txn, c.s.store
	put := func(data []byte, from storage.TID) {
		t.records = append(t.records, storage.Record{OID: o.oid, Data: data, Blob: o.blob, From: from})
	}
	switch o.kind {
	case opStore:
		c.s.counts.stores++
		data, err := c.checked(o)
		if err != nil {
			return err
		}
		put(data, storage.TID{})
		if !o.serial.IsZero() || o.known || c.modern {
			t.told = append(t.told, o.oid) // before Z5 new objects were not told
		}
	case opRestore:
		put(o.data, storage.TID{})
	case opDelete:
		if err := store.CheckDelete(o.oid, o.serial); err != nil {
			return err
		}
		put(nil, storage.TID{})
		if c.s.o.Protocol == "Z309" {
			t.told = append(t.told, o.oid)
		}
	case opCheck:
		return store.CheckCurrent(o.oid, o.serial)
	case opUndo:
		return c.performUndo(o)
	}
	return nil
}

// checked returns the data to store: those of the client, or what a conflict
// was resolved to.
func (c *session) checked(o *op) ([]byte, error) {
	err := c.s.store.CheckStore(o.oid, o.serial, o.data)
	var conflict *storage.ConflictError
	if errors.As(err, &conflict) && !c.s.o.NoResolve {
		if data, ok := c.s.resolve(conflict); ok {
			c.s.counts.resolved++
			if c.modern {
				c.txn.serials = append(c.txn.serials, o.oid[:])
			} else {
				c.serial(o.oid, []byte("rs"))
			}
			return data, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if !c.modern {
		c.serial(o.oid, c.txn.head.TID[:])
	}
	return o.data, nil
}

// serial notes what the push serialnos says of an object.
func (c *session) serial(oid storage.OID, what any) {
	c.txn.serials = append(c.txn.serials, tuple{oid[:], what})
}

// resolve settles a conflict of which the storage has both other states.
func (s *Server) resolve(e *storage.ConflictError) ([]byte, bool) {
	old, err1 := s.store.LoadSerial(e.OID, e.Read)
	committed, err2 := s.store.Load(e.OID)
	if err1 != nil || err2 != nil {
		return nil, false
	}
	return resolve(old.Data, committed.Data, e.Data)
}

// performUndo takes a transaction back.
func (c *session) performUndo(o *op) error {
	if o.badID {
		return &storage.UndoError{Reason: "Invalid undo transaction id"}
	}
	records, err := c.s.store.Undo(o.undo)
	if err != nil {
		return err
	}
	for _, r := range records {
		c.txn.records = append(c.txn.records, r)
		c.txn.told = append(c.txn.told, r.OID)
		switch {
		case c.modern:
			c.txn.serials = append(c.txn.serials, r.OID[:])
		case c.undoesLater():
			c.serial(r.OID, []byte("rs"))
		}
	}
	return nil
}

// undoesLater says whether a client learns of what is undone by its vote.
func (c *session) undoesLater() bool { return c.protocol == "Z4" || c.protocol >= "Z310" }

// undo is the undo of servers before Z310, which tell at once what it changes.
func (c *session) undo(a *args) (any, error) {
	if c.s.o.Protocol != "Z309" {
		return nil, &pyError{module: builtins, class: "NotImplementedError"}
	}
	if _, err := c.undoa(a); err != nil {
		return nil, err
	}
	o := c.txn.ops[len(c.txn.ops)-1]
	records, err := c.s.store.Undo(o.undo)
	if err != nil {
		return nil, err
	}
	oids := list{}
	for _, r := range records {
		oids = append(oids, r.OID[:])
	}
	tid := c.s.store.NextTID(c.s.now)
	return tuple{tid[:], oids}, nil
}

// tpcFinish commits. The committer is told first, then the others.
func (c *session) tpcFinish(a *args) (any, error) {
	id, err := a.key(0)
	if err != nil {
		return nil, err
	}
	t := c.txn
	switch {
	case !equalID(t, id):
		return nil, nil
	case t.state != locked || t.failed:
		return nil, builtin("AssertionError", "finished called wo lock")
	}
	txn := t.head
	txn.Records = t.records
	if c.modern || len(txn.Records) > 0 { // the storages before ZODB 5 wrote no empty transaction
		if err := c.s.store.Commit(c.s.now, &txn); err != nil {
			return nil, err
		}
		c.s.committed(txn.TID, t.told)
	}
	c.s.counts.commits++
	c.forget()
	tell := c.modern || len(t.told) > 0
	if tell {
		c.push("info", c.s.sizes())
	}
	last := c.s.store.LastTID()
	a.answer(last[:])
	if tell {
		for _, other := range c.s.others(c.conn) {
			other.invalidate(txn.TID, t.told)
		}
	}
	c.s.next()
	return nil, errLater
}

// committed remembers what a transaction changed.
func (s *Server) committed(tid storage.TID, oids []storage.OID) {
	s.edition++
	s.changes = append(s.changes, invalidation{tid, oids})
	if over := len(s.changes) - s.o.Invalidations; over > 0 {
		s.changes = slices.Delete(s.changes, 0, over)
	}
}

// invalidate tells a client what another changed.
func (c *session) invalidate(tid storage.TID, oids []storage.OID) {
	told := list{}
	for _, oid := range oids {
		told = append(told, c.invalidOID(oid))
	}
	c.push("invalidateTransaction", tid[:], told)
}

// sizes is what the push info tells.
func (s *Server) sizes() dict { return dict{{"length", s.store.Len()}, {"size", long(s.store.Size())}} }

func (c *session) tpcAbort(a *args) (any, error) {
	id, err := a.key(0)
	if err != nil {
		return nil, err
	}
	if !equalID(c.txn, id) {
		return nil, nil
	}
	c.s.counts.aborts++
	c.forget()
	a.answer(nil)
	c.s.next()
	return nil, errLater
}

// expired ends a connection that has held the lock for too long.
func (c *session) expired(timer string) {
	if timer == timerTransaction && c.s.holder == c.conn {
		c.offend("the transaction held the lock for over %s", c.s.o.Timeout)
	}
}
