package zeo

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
)

// WrongID returns an answer as one to the next message: it is for plans of
// faults. Frames that are no answer have no ID that could be wrong; those
// with a MAC stay as they are, since only their sender can make another.
func WrongID(f codec.Frame) (codec.Frame, bool) {
	own, ok := f.(*zeo.Frame)
	if !ok || own.MAC() != nil {
		return nil, false
	}
	parts, ok := own.Parts()
	if k := own.Kind(); !ok || k != zeo.KindReply && k != zeo.KindError {
		return nil, false
	}
	id, ok := nextID(parts.Tree, parts.ID)
	if !ok {
		return nil, false
	}
	var t value.Tree
	t.Reset(nil)
	b := builder{t: &t, old: own.Encoding() == zeo.P1}
	var nodes [4]value.ID
	for i, v := range []any{id, copied{parts.Tree, parts.Flag}, copied{parts.Tree, parts.Name}, copied{parts.Tree, parts.Args}} {
		nodes[i] = b.add(v)
	}
	other, err := zeo.Create("", own.Encoding(), nil, &t, nodes[0], nodes[1], nodes[2], nodes[3])
	return other, err == nil && b.err == nil
}

// nextID returns the id after one. That of a loadBefore is the tuple of its
// arguments from Z5 on: then it is that for the next object.
func nextID(t *value.Tree, id value.ID) (any, bool) {
	switch id = t.Deref(id); t.Kind(id) {
	case value.Int:
		n, small := t.Small(id)
		return n + 1, small
	case value.Long:
		n, small := t.Small(id)
		return long(n + 1), small
	case value.Bytes, value.Str:
		if b := bytes.Clone(t.Bytes(id)); len(b) > 0 {
			b[len(b)-1]++
			return b, true
		}
	case value.Tuple:
		var next tuple
		for kid := t.First(id); kid != 0; kid = t.Next(kid) {
			next = append(next, copied{t, kid})
		}
		if len(next) > 0 {
			first, ok := nextID(t, t.First(id))
			next[0] = first
			return next, ok
		}
	}
	return nil, false
}
