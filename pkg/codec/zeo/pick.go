package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// messageMembers is how many members of AppendJSON's object a message has
// without a MAC: id, flag, name, args and encoding.
const messageMembers = 5

// Pick implements [codec.Picker], for the parts of messages.
func (f *Frame) Pick(names []string) (v codec.Picked, ok bool) {
	if f.ready(); !f.message() || len(names) > 1 {
		return v, false
	}
	if len(names) == 0 {
		n := messageMembers
		if len(f.mac()) > 0 {
			n++
		}
		return codec.PickInt(int64(n))
	}
	switch names[0] {
	case "id":
		return f.pick(f.id)
	case "flag":
		return f.pick(f.flag)
	case "name":
		if name := f.nameBytes(); name != nil {
			return codec.PickText(name)
		}
	case "args":
		return f.pick(f.args)
	}
	return v, false
}

// pick picks a value.
func (f *Frame) pick(id value.ID) (v codec.Picked, ok bool) {
	t := &f.work.tree
	switch t.Kind(id) {
	case value.None:
		return v, true
	case value.Bool:
		return codec.Picked{Kind: codec.PickedBool, N: int(t.Num(id))}, true
	case value.Int:
		if n, ok := t.Small(id); ok {
			return codec.PickInt(n)
		}
	case value.Text:
		return codec.PickText(t.Bytes(id))
	case value.Tuple:
		return codec.Picked{Kind: codec.PickedObject}, true // {"$t":[…]}
	}
	return v, false
}
