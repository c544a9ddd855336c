package storage

import "time"

// Sizes of the parts of a FileStorage file.
const (
	fileHeader   = 4
	txnHeader    = 23 // and its length again behind it, in 8 bytes
	txnTrailer   = 8
	recordHeader = 42
	backPointer  = 8
)

// Size returns the bytes that a FileStorage takes for a transaction.
func (t *Transaction) Size() int64 { return t.length() + txnTrailer }

// length is what stands in the header of a transaction as its length.
func (t *Transaction) length() int64 {
	n := int64(txnHeader + len(t.User) + len(t.Description) + len(t.Extension))
	for i := range t.Records {
		n += t.Records[i].size()
	}
	return n
}

func (r *Record) size() int64 {
	if r.Data == nil || !r.From.IsZero() {
		return recordHeader + backPointer
	}
	return recordHeader + int64(len(r.Data))
}

// Length returns the length that undoLog tells of a transaction.
func (t *Transaction) Length() int64 { return t.length() }

// CheckStore returns a [*ConflictError] when a store of an object that was
// read at serial would undo what another has committed since. An object that
// is not there can always be stored.
func (s *Storage) CheckStore(oid OID, serial TID, data []byte) error {
	r, ok := s.current(oid)
	if ok && r.Txn.TID != serial {
		return &ConflictError{OID: oid, Committed: r.Txn.TID, Read: serial, Data: data}
	}
	return nil
}

// CheckDelete returns a [*KeyError] or a [*ConflictError] when an object that
// was read at serial cannot be deleted.
func (s *Storage) CheckDelete(oid OID, serial TID) error {
	r, ok := s.current(oid)
	if !ok {
		return &KeyError{OID: oid}
	}
	if r.Txn.TID != serial {
		return &ConflictError{OID: oid, Committed: r.Txn.TID, Read: serial}
	}
	return nil
}

// CheckCurrent returns an error when serial is not an object's last revision.
func (s *Storage) CheckCurrent(oid OID, serial TID) error {
	committed, err := s.TIDOf(oid)
	if err == nil && committed != serial {
		err = &ConflictError{OID: oid, Committed: committed, Read: serial, Check: true}
	}
	return err
}

// NextTID returns the TID that a transaction committed now gets.
func (s *Storage) NextTID(now time.Time) TID {
	tid := TIDAt(now)
	if !s.last.Before(tid) {
		tid = s.last.Next()
	}
	return tid
}

// Commit appends a transaction, which is the storage's from then on. If t.TID
// is zero it gets that of now. Of several records of one object the last
// counts. An error is a [*LimitError], or about a TID that is not a new one.
func (s *Storage) Commit(now time.Time, t *Transaction) error {
	if t.TID.IsZero() {
		t.TID = s.NextTID(now)
	}
	if !s.last.Before(t.TID) {
		return &UndoError{Reason: "a transaction has to be newer than all others"}
	}
	if t.Status == 0 {
		t.Status = ' '
	}
	t.Records = lastOfEach(t.Records)
	if err := s.room(t); err != nil {
		return err
	}
	s.own()
	s.txns = append(s.txns, t)
	s.last = t.TID
	s.size += t.Size()
	for i := range t.Records {
		r := &t.Records[i]
		revs := s.index[r.OID]
		if revs == nil {
			s.sorted = nil
		}
		s.index[r.OID] = append(revs, Revision{r, t})
		s.oid = max(s.oid, r.OID.Num())
	}
	return nil
}

// lastOfEach drops the records that another of the same object follows.
func lastOfEach(list []Record) []Record {
	seen := make(map[OID]int, len(list))
	out := list[:0:0]
	for _, r := range list {
		if i, ok := seen[r.OID]; ok {
			out[i] = r
			continue
		}
		seen[r.OID] = len(out)
		out = append(out, r)
	}
	return out
}

// room says whether a transaction may be added.
func (s *Storage) room(t *Transaction) error {
	fresh := 0
	for i := range t.Records {
		if _, ok := s.index[t.Records[i].OID]; !ok {
			fresh++
		}
	}
	blobs := int64(0)
	for i := range t.Records {
		blobs += int64(len(t.Records[i].Blob))
	}
	switch {
	case len(s.index)+fresh > s.o.MaxObjects:
		return &LimitError{"objects", int64(s.o.MaxObjects)}
	case s.size+t.Size()+blobs > s.o.MaxBytes:
		return &LimitError{"bytes", s.o.MaxBytes}
	}
	return nil
}

// Undo returns the records that take a transaction back. An error is an
// [*UndoError] or [UndoErrors].
func (s *Storage) Undo(tid TID) ([]Record, error) {
	t := s.Transaction(tid)
	switch {
	case t == nil:
		return nil, &UndoError{Reason: "Invalid transaction id"}
	case t.Status != ' ':
		return nil, &UndoError{Reason: "non-undoable transaction"}
	}
	var list []Record
	var faults UndoErrors
	for i := range t.Records {
		r, err := s.undo(t, &t.Records[i])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list = append(list, r)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return list, nil
}

// undo returns the record that takes a record back: that of before, if what
// is there now is still what the record wrote.
func (s *Storage) undo(t *Transaction, r *Record) (Record, *UndoError) {
	now, ok := s.current(r.OID)
	if !ok {
		return Record{}, &UndoError{Reason: "no such object", OID: r.OID, OfOID: true}
	}
	if now.Txn != t && (now.Data == nil) != (r.Data == nil) || string(now.Data) != string(r.Data) {
		return Record{}, &UndoError{Reason: "Some data were modified by a later transaction", OID: r.OID, OfOID: true}
	}
	before := Record{OID: r.OID}
	for _, rev := range s.index[r.OID] {
		if !rev.Txn.TID.Before(t.TID) {
			break
		}
		before.Data, before.Blob, before.From = rev.Data, rev.Blob, rev.written()
	}
	return before, nil
}

// written returns the transaction that wrote the data of a revision first.
func (r Revision) written() TID {
	if !r.From.IsZero() {
		return r.From
	}
	return r.Txn.TID
}
