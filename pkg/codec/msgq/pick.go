package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Pick implements [codec.Picker], for what a header says that was checked, and
// for whether there is a body.
func (f *Frame) Pick(names []string) (v codec.Picked, ok bool) {
	if f.Skan || !f.checked {
		return v, false
	}
	switch {
	case len(names) == 0 && len(f.Body) == 0:
		return codec.PickInt(1)
	case len(names) == 0:
		return codec.PickInt(2)
	case names[0] == "header" && len(names) == 1:
		return codec.Picked{Kind: codec.PickedObject}, true
	case names[0] == "header" && len(names) == 2:
		for k, name := range keyNames {
			if name == names[1] {
				return pickJSON(f.head().raw(headerKey(k)))
			}
		}
	case names[0] == "body" && len(names) == 1:
		if len(f.Body) == 0 {
			return v, true
		}
	}
	return v, false
}

// pickJSON picks a raw value; nil is one that is not there.
func pickJSON(raw []byte) (v codec.Picked, ok bool) {
	if raw == nil {
		return v, true
	}
	if text, ok := jsonv.PlainText(raw); ok {
		return codec.PickText(text)
	}
	switch jsonv.KindOf(raw) {
	case jsonv.Null:
		return v, true
	case jsonv.Number:
		if n, ok := jsonv.IntValue(raw); ok {
			return codec.PickInt(n)
		}
	case jsonv.Array:
		return codec.Picked{Kind: codec.PickedList, N: jsonv.Len(raw)}, true
	case jsonv.Object:
		return codec.Picked{Kind: codec.PickedObject}, true
	}
	return v, false
}
