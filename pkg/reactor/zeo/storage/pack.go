package storage

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// Pack drops what was not current at a time any more: of each object the last
// revision before it stays, with all after it. With gc, objects that nothing
// refers to go too: what the root object leads to stays, at that time and in
// all revisions after it. Transactions of which nothing is left go; those of
// which something went get the status 'p' and cannot be undone. It says
// whether anything went.
//
// References are looked for in the data, pickles that are read and not obeyed.
// If any of them cannot be read, no object is taken for garbage.
func (s *Storage) Pack(t time.Time, gc bool) bool {
	stop := TIDAt(t).Next()
	keep := s.keptBefore(stop)
	if gc {
		if found, ok := s.reachable(stop, keep); ok {
			for oid := range keep {
				if !found[oid] {
					delete(keep, oid)
				}
			}
		}
	}
	return s.rebuild(stop, keep)
}

// keptBefore returns for each object its last revision before a transaction.
// One that was gone by then has none.
func (s *Storage) keptBefore(stop TID) map[OID]Revision {
	keep := make(map[OID]Revision, len(s.index))
	for oid, revs := range s.index {
		var last Revision
		for _, r := range revs {
			if !r.Txn.TID.Before(stop) {
				break
			}
			last = r
		}
		if last.Record != nil && last.Data != nil {
			keep[oid] = last
		}
	}
	return keep
}

// reachable returns the objects that the root object leads to, in the
// revisions of keep and in those from stop on. It says false when that cannot
// be told.
func (s *Storage) reachable(stop TID, keep map[OID]Revision) (found map[OID]bool, ok bool) {
	root := OID{}
	found = map[OID]bool{root: true}
	todo := []OID{root}
	var refs references
	visit := func(data []byte) bool {
		list, ok := refs.of(data)
		for _, oid := range list {
			if !found[oid] {
				found[oid] = true
				todo = append(todo, oid)
			}
		}
		return ok
	}
	for _, t := range s.txns {
		if t.TID.Before(stop) {
			continue
		}
		for i := range t.Records {
			if r := &t.Records[i]; !visit(r.Data) {
				return nil, false
			}
		}
	}
	for len(todo) > 0 {
		oid := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if r, ok := keep[oid]; ok && !visit(r.Data) {
			return nil, false
		}
	}
	return found, true
}

// rebuild makes the storage one of the revisions in keep, and of all from
// stop on.
func (s *Storage) rebuild(stop TID, keep map[OID]Revision) bool {
	fresh := &Storage{o: s.o, index: make(map[OID][]Revision, len(s.index)), last: s.last, oid: s.oid, size: fileHeader}
	changed := false
	for _, t := range s.txns {
		if t.TID.Before(stop) {
			left := t.left(keep)
			changed = changed || left != t
			t = left
		}
		if t == nil {
			continue
		}
		fresh.txns = append(fresh.txns, t)
		fresh.size += t.Size()
		for i := range t.Records {
			r := &t.Records[i]
			fresh.index[r.OID] = append(fresh.index[r.OID], Revision{r, t})
		}
	}
	if changed {
		*s = *fresh
	}
	return changed
}

// left returns what is left of a transaction: itself, another, or nil.
func (t *Transaction) left(keep map[OID]Revision) *Transaction {
	var records []Record
	for i := range t.Records {
		r := &t.Records[i]
		if k, ok := keep[r.OID]; ok && k.Txn == t {
			c := *r
			c.From = TID{} // what it points to may be gone: the data is here now
			records = append(records, c)
		}
	}
	if len(records) == len(t.Records) && len(records) > 0 {
		return t
	}
	if len(records) == 0 {
		return nil
	}
	c := *t
	c.Status, c.Records = 'p', records
	return &c
}

// references finds the objects that data refers to.
type references struct {
	tree value.Tree
	d    pickle.Decoder
	list []OID
}

// of returns the objects that a data record refers to: two pickles, of a class
// and of a state. It says false when they cannot be read.
func (x *references) of(data []byte) ([]OID, bool) {
	x.list = x.list[:0]
	if len(data) == 0 {
		return nil, true
	}
	_, n, err := x.d.Decode(&x.tree, data)
	if err == nil && n < len(data) {
		_, _, err = x.d.DecodeNext(&x.tree, n)
	}
	if err != nil {
		return nil, false
	}
	for id := value.ID(1); int(id) <= x.tree.Len(); id++ {
		if x.tree.Kind(id) == value.Persist {
			x.reference(x.tree.Deref(x.tree.First(id)))
		}
	}
	return x.list, true
}

// reference takes a persistent id: an OID, an OID with a class, or a list of
// the kind of reference and what it is made of. References into another
// database, ['m', …], and weak ones, ['w', …] and [OID], do not keep an object.
func (x *references) reference(id value.ID) {
	t := &x.tree
	switch t.Kind(id) {
	case value.Tuple:
		id = t.Deref(t.First(id))
	case value.List:
		return
	}
	if b := t.Bytes(id); len(b) == len(OID{}) {
		x.list = append(x.list, OID(b))
	}
}
