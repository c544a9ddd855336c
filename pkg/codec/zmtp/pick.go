package zmtp

import "github.com/wirectl/wirectl/pkg/codec"

// Pick implements [codec.Picker], for messages and for the names of commands.
func (f *Frame) Pick(names []string) (v codec.Picked, ok bool) {
	if len(names) > 1 {
		return v, false
	}
	switch {
	case f.kind == Message && len(names) == 0:
		if _, _, ok := f.Subscription(); ok {
			return codec.PickInt(3) // with what it is, and of what topic
		}
		return codec.PickInt(1)
	case f.kind == Message && names[0] == "frames":
		return codec.Picked{Kind: codec.PickedList, N: len(f.parts)}, true
	case f.kind == Command && len(names) == 1 && names[0] == "name":
		return codec.PickText(f.command().name)
	}
	return v, false
}
