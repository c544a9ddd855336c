package zeo

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// Where a transaction stands.
type txnState uint8

const (
	spooling txnState = iota // stores are kept
	waiting                  // the vote waits for the lock
	locked                   // the vote has been answered, and the lock is held
)

func (s txnState) String() string { return [...]string{"writing", "waiting", "locked"}[s] }

// A transaction is what a client is about to commit.
type transaction struct {
	id    []byte // the text of the client's txnid
	txnid copied
	head  storage.Transaction // without records
	ops   []op
	size  int64
	state txnState

	voteID  copied // of a vote that waits
	mute    bool   // nobody waits for the answer
	records []storage.Record
	told    []storage.OID // whose change is told to others
	serials list          // for the push of that name up to Z4
	failed  bool          // up to Z4 the lock is kept all the same
}

// An op is one thing to be done at the vote.
type op struct {
	kind   opKind
	oid    storage.OID
	serial storage.TID
	data   []byte
	blob   []byte
	undo   storage.TID
	badID  bool // undo of what is no transaction's id
	known  bool // a serial was given, if only None: the object is none that is new
}

type opKind uint8

const (
	opStore opKind = iota
	opRestore
	opDelete
	opCheck
	opUndo
)

func (t *transaction) clone() *transaction {
	if t == nil {
		return nil
	}
	c := *t
	c.ops, c.records = slices.Clip(t.ops), slices.Clip(t.records)
	c.told, c.serials = slices.Clip(t.told), slices.Clip(t.serials)
	return &c
}

// tpcBegin begins a transaction.
func (c *session) tpcBegin(a *args) (any, error) {
	id, err := a.key(0)
	if err != nil {
		return nil, err
	}
	if equalID(c.txn, id) {
		return nil, nil // it has begun
	}
	if c.txn != nil {
		return nil, transactionError("Multiple simultaneous tpc_begin requests from one client.")
	}
	t := &transaction{id: id, txnid: own(copied{a.t, a.list[0]})}
	if t.head.User, err = a.bytes(1); err != nil {
		return nil, err
	}
	if t.head.Description, err = a.bytes(2); err != nil {
		return nil, err
	}
	if t.head.Extension, err = a.extension(3); err != nil {
		return nil, err
	}
	if a.has(4) {
		if t.head.TID, err = a.tid(4); err != nil {
			return nil, err
		}
	}
	if a.has(5) {
		if status, _ := a.bytes(5); len(status) == 1 {
			t.head.Status = status[0]
		}
	}
	c.txn = t
	return nil, nil
}

// extension returns the pickle of a transaction's extension, as a storage
// keeps it: nothing for an empty one.
func (a *args) extension(i int) ([]byte, error) {
	if b, ok := strOf(a.t, a.list[i]); ok {
		return append([]byte{}, b...), nil
	}
	if a.t.Kind(a.list[i]) != value.Dict {
		return nil, typeError("the extension is no dict")
	}
	if a.t.Count(a.list[i]) == 0 {
		return nil, nil
	}
	v := own(copied{a.t, a.list[i]})
	b, err := pickle.Append(nil, v.t, v.id, pickle.P3)
	if err != nil { // str of Python 2
		b, err = pickle.Append(nil, v.t, v.id, pickle.P1)
	}
	if err != nil {
		return nil, typeError("the extension: %s", err)
	}
	return b, nil
}

// spool keeps something to be done at the vote; the txnid is argument i.
func (c *session) spool(a *args, i int, o op) error {
	id, err := a.key(i)
	if err != nil {
		return err
	}
	if !equalID(c.txn, id) {
		return transactionError(c.current(), copied{a.t, a.list[i]})
	}
	if c.txn.state != spooling {
		return transactionError("the transaction has voted")
	}
	size := int64(len(o.data)+len(o.blob)) + opSize
	switch {
	case c.txn.size+size > c.s.o.MaxTransaction:
		c.offend("a transaction of over %d bytes", c.s.o.MaxTransaction)
		return errLater
	case c.s.spooled+size > c.s.o.MaxSpooled:
		c.offend("all transactions together are over %d bytes", c.s.o.MaxSpooled)
		return errLater
	}
	c.txn.size += size
	c.s.spooled += size
	c.txn.ops = append(c.txn.ops, o)
	return nil
}

// opSize is what an op counts for, beside its data.
const opSize = 64

// current returns the id of the transaction that is open, None when there is
// none.
func (c *session) current() any {
	if c.txn == nil {
		return nil
	}
	return c.txn.txnid
}

func (c *session) storea(a *args) (any, error) {
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	data, err := a.bytes(2)
	if err != nil {
		return nil, err
	}
	return nil, c.spool(a, 3, op{kind: opStore, oid: oid, serial: serial, data: data, known: !a.has(1)})
}

func (c *session) restorea(a *args) (any, error) {
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	o := op{kind: opRestore, oid: oid, serial: serial}
	if a.has(2) {
		if o.data, err = a.bytes(2); err != nil {
			return nil, err
		}
	}
	return nil, c.spool(a, 4, o)
}

func (c *session) deleteObject(a *args) (any, error) {
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	return nil, c.spool(a, 2, op{kind: opDelete, oid: oid, serial: serial})
}

func (c *session) checkCurrent(a *args) (any, error) {
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	return nil, c.spool(a, 2, op{kind: opCheck, oid: oid, serial: serial})
}

func (c *session) undoa(a *args) (any, error) {
	b, err := a.bytes(0)
	if err != nil {
		return nil, err
	}
	tid, ok := undoID(b)
	return nil, c.spool(a, 1, op{kind: opUndo, undo: tid, badID: !ok})
}

// forget drops the transaction of a connection, and the lock with it.
func (c *session) forget() {
	s := c.s
	if c.txn != nil {
		s.spooled -= c.txn.size
	}
	c.txn, c.blob = nil, nil
	s.waiting = slices.DeleteFunc(s.waiting, func(conn int) bool { return conn == c.conn })
	if s.holder == c.conn {
		s.holder = 0
		if s.o.Timeout > 0 && c.open() {
			c.do(reactor.SetTimer{Timer: timerTransaction})
		}
	}
}
