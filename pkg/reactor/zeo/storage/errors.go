package storage

import "fmt"

// A KeyError says that there is no such object, or no such revision of it.
// ZODB calls it POSKeyError.
type KeyError struct {
	OID    OID
	Serial TID // zero when it is not about one revision
}

func (e *KeyError) Error() string {
	if e.Serial.IsZero() {
		return fmt.Sprintf("there is no object %s", e.OID)
	}
	return fmt.Sprintf("there is no revision %s of object %s", e.Serial, e.OID)
}

// A ConflictError says that an object has been changed since a client read
// it.
type ConflictError struct {
	OID             OID
	Committed, Read TID
	Data            []byte // what was to be stored; nil for a check
	Check           bool   // it was only to be checked: ZODB's ReadConflictError
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("object %s was read at %s and changed at %s", e.OID, e.Read, e.Committed)
}

// An UndoError says that a transaction cannot be undone.
type UndoError struct {
	Reason string
	OID    OID
	OfOID  bool // it is about one object
}

func (e *UndoError) Error() string {
	if e.OfOID {
		return fmt.Sprintf("%s: object %s", e.Reason, e.OID)
	}
	return e.Reason
}

// An UndoErrors says why several objects cannot be undone.
type UndoErrors []*UndoError

func (e UndoErrors) Error() string {
	return fmt.Sprintf("%d objects cannot be undone: %s", len(e), e[0].Error())
}

// A LimitError says that a storage is full.
type LimitError struct {
	What  string
	Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the storage is full: %s over %d", e.What, e.Limit)
}
