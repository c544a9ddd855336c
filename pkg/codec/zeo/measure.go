package zeo

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// Measure implements [codec.Measured]: calls count by method, errors by the
// class of their exception. Up to ZEO 4 the conflicts of a vote come in a push
// before its answer.
func (f *Frame) Measure(m *codec.Measure) {
	switch f.ready().kind {
	case KindCall, KindOneway:
		name := f.nameBytes()
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "method", Name: name})
		if string(name) == "serialnos" {
			m.Error = f.firstException()
		}
	case KindError:
		class, _, ok := f.errorParts()
		if !ok {
			class = []byte("an error in no known form")
		}
		m.Error = string(class)
	}
}

// firstException returns the class of the first exception among the serials
// that a server pushes before it answers a vote; "" when there is none.
func (f *Frame) firstException() string {
	t := &f.work.tree
	if t.Kind(f.args) != value.Tuple || t.Count(f.args) != 1 {
		return ""
	}
	list := t.Deref(t.First(f.args))
	if t.Kind(list) != value.List {
		return ""
	}
	for kid := t.First(list); kid != 0; kid = t.Next(kid) {
		pair := t.Deref(kid)
		if t.Kind(pair) != value.Tuple || t.Count(pair) != 2 {
			continue
		}
		if class := f.classOf(t.Deref(t.At(pair, 1))); class != "" {
			return class
		}
	}
	return ""
}

// classOf returns the class of the exception that a call makes, which is what
// is called, or the first argument of _recon.
func (f *Frame) classOf(id value.ID) string {
	t := &f.work.tree
	if t.Kind(id) != value.Call {
		return ""
	}
	callee := t.Deref(t.First(id))
	if t.Kind(callee) == value.Global && string(t.Bytes(callee)) == recon {
		args := t.Deref(t.Next(t.First(id)))
		if t.Kind(args) != value.Tuple || t.Count(args) == 0 {
			return ""
		}
		callee = t.Deref(t.First(args))
	}
	if t.Kind(callee) != value.Global {
		return ""
	}
	return string(bytes.Replace(t.Bytes(callee), []byte{'\n'}, []byte{'.'}, 1))
}
