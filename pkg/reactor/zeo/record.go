package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// A record reads a data record: a pickle of a class, and one of a state.
type record struct {
	tree value.Tree
	dec  pickle.Decoder
}

// class returns the class of a data record: alone, or in a tuple with what
// its __new__ is given.
func (r *record) class(data []byte) (value.ID, bool) {
	r.tree.Reset(data)
	id, _, err := r.dec.Decode(&r.tree, data)
	if err != nil {
		return 0, false
	}
	id = r.tree.Deref(id)
	if r.tree.Kind(id) == value.Tuple && r.tree.Count(id) > 0 {
		id = r.tree.Deref(r.tree.First(id))
	}
	return id, r.tree.Kind(id) == value.Global
}

// counter returns the number in the record of a BTrees.Length.Length, and
// the bytes before the pickle of the number.
func (r *record) counter(data []byte) (n int64, head []byte, ok bool) {
	id, ok := r.class(data)
	if !ok {
		return 0, nil, false
	}
	if module, name := r.tree.Global(id); string(module) != "BTrees.Length" || string(name) != "Length" {
		return 0, nil, false
	}
	_, size, err := r.dec.Decode(&r.tree, data)
	if err != nil {
		return 0, nil, false
	}
	state, rest, err := r.dec.DecodeNext(&r.tree, size)
	if err != nil || size+rest != len(data) || r.tree.Kind(state) != value.Int {
		return 0, nil, false
	}
	n, ok = r.tree.Small(state)
	return n, data[:size], ok
}

// resolve settles a conflict that needs no code of the application: of two
// changes to a BTrees.Length.Length both count, old being what both began
// with. Others it leaves.
func resolve(old, committed, fresh []byte) ([]byte, bool) {
	var r record
	a, _, ok1 := r.counter(old)
	b, _, ok2 := r.counter(committed)
	c, head, ok3 := r.counter(fresh)
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	p := pickle.P1 // of clients on Python 2, which read no other
	if r.dec.Protocol > 2 {
		p = pickle.P3
	}
	var t value.Tree
	t.Reset(nil)
	data, err := pickle.Append(append([]byte(nil), head...), &t, t.AddNum(value.Int, b+c-a, 0, 0), p)
	return data, err == nil
}
