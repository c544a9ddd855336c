package zeo

import (
	"bytes"
	"slices"

	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

func orNone(tid storage.TID) any {
	if tid.IsZero() {
		return nil
	}
	return tid[:]
}

func (c *session) lastTransaction(*args) (any, error) {
	last := c.s.store.LastTID()
	return last[:], nil
}

func (c *session) ping(*args) (any, error) { return nil, nil }

// loadEx is the load of clients before Z4: data and serial, and for Z308 the
// version, which is none.
func (c *session) loadEx(a *args) (any, error) {
	c.s.counts.loads++
	oid, err := a.oid(0)
	if err != nil {
		return nil, err
	}
	r, err := c.s.store.Load(oid)
	if err != nil {
		return nil, err
	}
	answer := tuple{r.Data, r.Txn.TID[:]}
	if a.name == "loadEx" && len(a.list) > 1 {
		answer = append(answer, "")
	}
	return answer, nil
}

// zeoLoad is the load of Z200, with the place for a version.
func (c *session) zeoLoad(a *args) (any, error) {
	oid, err := a.oid(0)
	if err != nil {
		return nil, err
	}
	r, err := c.s.store.Load(oid)
	if err != nil {
		return nil, err
	}
	return tuple{r.Data, r.Txn.TID[:], "", nil, nil}, nil
}

func (c *session) loadBefore(a *args) (any, error) {
	c.s.counts.loads++
	oid, tid, err := a.both(0)
	if err != nil {
		return nil, err
	}
	r, end, ok, err := c.s.store.LoadBefore(oid, tid)
	if err != nil || !ok {
		return nil, err
	}
	return tuple{r.Data, r.Txn.TID[:], orNone(end)}, nil
}

func (c *session) loadSerial(a *args) (any, error) {
	oid, tid, err := a.both(0)
	if err != nil {
		return nil, err
	}
	r, err := c.s.store.LoadSerial(oid, tid)
	if err != nil {
		return nil, err
	}
	return r.Data, nil
}

func (c *session) getTid(a *args) (any, error) {
	oid, err := a.oid(0)
	if err != nil {
		return nil, err
	}
	tid, err := c.s.store.TIDOf(oid)
	return tid[:], err
}

// recordIternext returns an object and the oid to go on with.
func (c *session) recordIternext(a *args) (any, error) {
	var oid storage.OID
	var err error
	if a.has(0) {
		if oid, err = a.oid(0); err != nil {
			return nil, err
		}
	}
	r, ok := c.s.store.Next(oid)
	for ok && r.Data == nil {
		r, ok = c.s.store.Next(storage.OIDOf(r.OID.Num() + 1))
	}
	if !ok {
		return nil, builtin("ValueError", "empty storage")
	}
	next := any(nil)
	if n, more := c.s.store.Next(storage.OIDOf(r.OID.Num() + 1)); more && r.OID.Num() != 1<<64-1 {
		next = n.OID[:]
	}
	return tuple{r.OID[:], r.Txn.TID[:], r.Data, next}, nil
}

// maxNewOIDs is how many oids a client gets at once.
const maxNewOIDs = 100

func (c *session) newOIDs(a *args) (any, error) {
	n, err := a.int(0, maxNewOIDs)
	if err != nil {
		return nil, err
	}
	if n <= 0 {
		n = 1
	}
	oids := list{}
	for _, oid := range c.s.store.NewOIDs(min(n, maxNewOIDs)) {
		oids = append(oids, oid[:])
	}
	return oids, nil
}

// newOID is allowed from Z5 on, and was not there.
func (c *session) newOID(*args) (any, error) {
	if !c.modern {
		c.offend("no method %q", "new_oid")
		return nil, errLater
	}
	return nil, builtin("AttributeError", "'ZEOStorage' object has no attribute 'new_oid'")
}

// getInvalidations tells what changed after a transaction, if that is still
// known.
func (c *session) getInvalidations(a *args) (any, error) {
	tid, err := a.tid(0)
	if err != nil {
		return nil, err
	}
	all := c.s.changes
	if len(all) == 0 || tid.Before(all[0].tid) {
		return nil, nil
	}
	var changed []storage.OID
	for _, one := range all {
		if tid.Before(one.tid) {
			changed = append(changed, one.oids...)
		}
	}
	slices.SortFunc(changed, func(a, b storage.OID) int { return bytes.Compare(a[:], b[:]) })
	oids := list{}
	for _, oid := range slices.Compact(changed) {
		oids = append(oids, c.invalidOID(oid))
	}
	last := all[len(all)-1].tid
	return tuple{last[:], oids}, nil
}

// invalidOID returns an oid as invalidations have it: before Z309 with a
// version.
func (c *session) invalidOID(oid storage.OID) any {
	if versioned(c.protocol) {
		return tuple{oid[:], ""}
	}
	return oid[:]
}

// versioned says whether a protocol has versions of objects.
func versioned(protocol string) bool {
	switch protocol {
	case "Z200", "Z201", "Z303", "Z308":
		return true
	}
	return false
}

// verify is how clients before Z5 check one object of their cache.
func (c *session) verify(a *args) (any, error) {
	oid, err := a.oid(0)
	if err != nil {
		return nil, err
	}
	serial, err := a.tid(1)
	if err != nil {
		return nil, err
	}
	if current, err := c.s.store.TIDOf(oid); err != nil || current != serial {
		what := any(oid[:])
		if a.name == "zeoVerify" {
			what = tuple{oid[:], ""}
		}
		c.push("invalidateVerify", what)
	}
	return nil, nil
}

func (c *session) endVerify(*args) (any, error) {
	c.push("endVerify")
	return nil, nil
}
