// Package storage is an object storage with history, in memory: what a ZEO
// server serves. It behaves as ZODB's FileStorage does, without a file.
//
//	Storage ─ transactions, in the order of their TIDs
//	            └ records: object, data, blob
//	        └ for each object its revisions, each a record
//
// What has been committed is never changed, but for packing: so a copy of a
// Storage shares it, and costs no more than the list of objects.
package storage

import (
	"bytes"
	"maps"
	"slices"
)

// Options are the settings of a Storage. The zero value is usable.
type Options struct {
	Name string // what get_info and the file call it; "1" by default

	// MaxObjects and MaxBytes bound what it holds: objects, and bytes as
	// Size counts them. 0 means the default.
	MaxObjects int
	MaxBytes   int64
}

// Defaults of [Options].
const (
	DefaultName       = "1"
	DefaultMaxObjects = 1 << 20
	DefaultMaxBytes   = 1 << 30
)

// A Record is what a transaction did to an object. The bytes are not to be
// changed.
type Record struct {
	OID  OID
	Data []byte // nil when the object is not there any more

	// From is the transaction that wrote Data first, when this one only
	// brought it back; zero otherwise.
	From TID

	Blob []byte // nil for none: an empty blob is not nil
}

// A Transaction is what was committed at once. It is not to be changed.
type Transaction struct {
	TID               TID
	Status            byte // ASCII: ' ', or 'p' when some of it was packed away
	User, Description []byte
	Extension         []byte // as the client sent it: a pickle, or nothing
	Records           []Record
}

// A Revision is one state of an object.
type Revision struct {
	*Record
	Txn *Transaction
}

// A Storage holds objects and their history.
type Storage struct {
	o     Options
	txns  []*Transaction
	index map[OID][]Revision // oldest first
	lent  bool               // index is shared with a copy

	sorted []OID // of index; nil when it has to be made

	last TID
	oid  uint64 // the highest that was given out or stored
	size int64
}

// New returns a Storage without a transaction.
func New(o Options) *Storage {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if o.MaxObjects <= 0 {
		o.MaxObjects = DefaultMaxObjects
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	return &Storage{o: o, index: map[OID][]Revision{}, size: fileHeader}
}

// Clone returns a copy that goes its own way.
func (s *Storage) Clone() *Storage {
	s.lent = true
	c := *s
	c.txns = slices.Clip(s.txns)
	return &c
}

// own makes the index the storage's own, before it is changed.
func (s *Storage) own() {
	if !s.lent {
		return
	}
	s.index, s.lent = maps.Clone(s.index), false
	for oid, revs := range s.index {
		s.index[oid] = slices.Clip(revs) // what is appended goes elsewhere
	}
}

// Name returns the name of the storage.
func (s *Storage) Name() string { return s.o.Name }

// LastTID returns the TID of the last transaction, zero when there is none.
func (s *Storage) LastTID() TID { return s.last }

// Len returns the number of objects.
func (s *Storage) Len() int { return len(s.index) }

// Size returns the bytes that a FileStorage of the same content takes.
func (s *Storage) Size() int64 { return s.size }

// current returns the last revision of an object.
func (s *Storage) current(oid OID) (Revision, bool) {
	revs := s.index[oid]
	if len(revs) == 0 {
		return Revision{}, false
	}
	return revs[len(revs)-1], true
}

// Load returns the last revision of an object.
func (s *Storage) Load(oid OID) (Revision, error) {
	r, ok := s.current(oid)
	if !ok || r.Data == nil {
		return Revision{}, &KeyError{OID: oid}
	}
	return r, nil
}

// LoadBefore returns the revision of an object that was the last before a
// transaction, and the TID of the one that replaced it, zero if none did. It
// says false when the object was not there yet.
func (s *Storage) LoadBefore(oid OID, tid TID) (r Revision, end TID, ok bool, err error) {
	revs := s.index[oid]
	if len(revs) == 0 {
		return Revision{}, TID{}, false, &KeyError{OID: oid}
	}
	i, _ := slices.BinarySearchFunc(revs, tid, func(r Revision, tid TID) int {
		if r.Txn.TID.Before(tid) {
			return -1
		}
		return 1
	})
	if i == 0 {
		return Revision{}, TID{}, false, nil
	}
	if i < len(revs) {
		end = revs[i].Txn.TID
	}
	if r = revs[i-1]; r.Data == nil {
		return Revision{}, TID{}, false, &KeyError{OID: oid}
	}
	return r, end, true, nil
}

// LoadSerial returns the revision that a transaction wrote.
func (s *Storage) LoadSerial(oid OID, serial TID) (Revision, error) {
	for _, r := range s.index[oid] {
		if r.Txn.TID == serial && r.Data != nil {
			return r, nil
		}
	}
	return Revision{}, &KeyError{OID: oid, Serial: serial}
}

// TIDOf returns the TID of an object's last revision.
func (s *Storage) TIDOf(oid OID) (TID, error) {
	r, err := s.Load(oid)
	if err != nil {
		return TID{}, err
	}
	return r.Txn.TID, nil
}

// History returns up to n revisions of an object, the last first.
func (s *Storage) History(oid OID, n int) ([]Revision, error) {
	revs := s.index[oid]
	if len(revs) == 0 {
		return nil, &KeyError{OID: oid}
	}
	list := slices.Clone(revs[max(0, len(revs)-max(n, 0)):])
	slices.Reverse(list)
	return list, nil
}

// NewOIDs gives out n OIDs that no object has.
func (s *Storage) NewOIDs(n int) []OID {
	list := make([]OID, 0, n)
	for range n {
		s.oid++
		list = append(list, OIDOf(s.oid))
	}
	return list
}

// Transactions returns the transactions from start to stop, both included;
// zero means from the first, or to the last. The slice is not to be changed.
func (s *Storage) Transactions(start, stop TID) []*Transaction {
	from, _ := slices.BinarySearchFunc(s.txns, start, compareTID)
	to := len(s.txns)
	if !stop.IsZero() {
		to, _ = slices.BinarySearchFunc(s.txns, stop.Next(), compareTID)
	}
	return slices.Clip(s.txns[from:max(from, to)])
}

// Transaction returns a transaction, nil when there is none.
func (s *Storage) Transaction(tid TID) *Transaction {
	if i, ok := slices.BinarySearchFunc(s.txns, tid, compareTID); ok {
		return s.txns[i]
	}
	return nil
}

func compareTID(t *Transaction, tid TID) int {
	switch {
	case t.TID.Before(tid):
		return -1
	case t.TID == tid:
		return 0
	}
	return 1
}

// Next returns the first object with an OID of at least oid.
func (s *Storage) Next(oid OID) (Revision, bool) {
	if s.sorted == nil {
		s.sorted = slices.SortedFunc(maps.Keys(s.index), compareOID)
	}
	i, _ := slices.BinarySearchFunc(s.sorted, oid, compareOID)
	if i == len(s.sorted) {
		return Revision{}, false
	}
	return s.current(s.sorted[i])
}

func compareOID(a, b OID) int { return bytes.Compare(a[:], b[:]) }
