package repl

import (
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// An expectation is what a capture says that the machine should have said.
type expectation struct {
	conn  int
	text  string      // with its secrets
	frame codec.Frame // nil for bytes that are none
	tape  int
}

func (x expectation) do(w *world, _ time.Time, dst []reactor.Action) []reactor.Action {
	w.tape = x.tape
	list := make([]codec.Frame, len(w.said))
	for i, s := range w.said {
		if s.conn == 0 || s.conn == x.conn {
			list[i] = s.frame
		}
	}
	i := best(list, x.frame, x.text)
	if i < 0 {
		w.awaited = append(w.awaited, x)
		return append(dst, verdict{name: "awaited", want: x})
	}
	got := w.said[i].frame
	w.said = slices.Delete(w.said, i, i+1)
	return append(dst, x.verdict(got, false))
}

// compare looks whether what a machine says has been waited for.
func (w *world) compare(s said, dst []reactor.Action) []reactor.Action {
	list := make([]codec.Frame, len(w.awaited))
	for i, x := range w.awaited {
		if s.conn == 0 || s.conn == x.conn {
			list[i] = x.frame
		}
	}
	i := best(list, s.frame, textOf(s.frame))
	if i < 0 {
		w.said = append(w.said, s)
		return dst
	}
	x := w.awaited[i]
	w.awaited = slices.Delete(w.awaited, i, i+1)
	return append(dst, x.verdict(s.frame, true))
}

// best returns which of some frames is to be compared with one: the first that
// is equal, or else the first of the same type that answers the same; -1 when
// there is none.
func best(list []codec.Frame, f codec.Frame, text string) int {
	i := slices.IndexFunc(list, func(o codec.Frame) bool { return o != nil && textOf(o) == text })
	if i >= 0 || f == nil {
		return i
	}
	return slices.IndexFunc(list, func(o codec.Frame) bool {
		return o != nil && o.Type() == f.Type() && keyOf(o) == keyOf(f)
	})
}

// keyOf returns what ties a frame to others.
func keyOf(f codec.Frame) codec.LinkKey {
	if l, ok := f.(codec.Linked); ok {
		return l.Link().Key
	}
	return codec.LinkKey{}
}

// textOf returns all of a frame.
func textOf(f codec.Frame) string { return string(f.AppendText(nil, codec.View{Secrets: true})) }

func (x expectation) verdict(got codec.Frame, late bool) verdict {
	v := verdict{name: "same", want: x, got: got, late: late}
	if textOf(got) != x.text {
		v.name = "differs"
	}
	return v
}

// A verdict is what came of an expectation: same, differs, or awaited when
// nothing of the kind has been said so far.
type verdict struct {
	name string
	want expectation
	got  codec.Frame
	late bool // it was awaited
}

// Name implements [reactor.Action].
func (v verdict) Name() string { return v.name }

// AppendJSON implements [reactor.Action].
func (v verdict) AppendJSON(dst []byte) []byte { return dst }

func (v verdict) String() string { return v.name }
