package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// A record is a data record of ZODB: two pickles back to back, of an object's
// class and of its state. It is opaque to ZEO.
type record struct {
	tree         value.Tree
	class, state value.ID
	split, size  int // bytes of the class's pickle, and of both
}

// openRecord opens the data record that a node's bytes are, if they are one.
func (f *Frame) openRecord(id value.ID) (*record, bool) {
	t := &f.work.tree
	if k := t.Kind(id); k != value.Bytes && k != value.Str {
		return nil, false
	}
	b := t.Bytes(id)
	if len(b) < 4 || b[len(b)-1] != '.' {
		return nil, false
	}
	d := pickle.Decoder{Limits: f.work.pickle.Limits}
	r := &record{size: len(b)}
	var err error
	if r.class, r.split, err = d.Decode(&r.tree, b); err != nil || r.split == len(b) {
		return nil, false
	}
	var n int
	if r.state, n, err = d.DecodeNext(&r.tree, r.split); err != nil || r.split+n != len(b) {
		return nil, false
	}
	return r, true
}
