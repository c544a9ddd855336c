package synapse

import "github.com/wirectl/wirectl/pkg/codec"

// Pick implements [codec.Picker], for the parts of a line that are texts and
// numbers.
func (f *Frame) Pick(names []string) (v codec.Picked, ok bool) {
	l := f.layout()
	if l == nil || f.head > 0 || len(names) > 1 {
		return v, false
	}
	if len(names) == 0 {
		return f.pickCount(l)
	}
	for i, p := range l.parts {
		if p.kind == jsonList || p.kind == asJSON && f.cmd == cmdRData {
			return v, false // which have other names
		}
		if p.name != names[0] {
			continue
		}
		switch b := f.part(i); {
		case p.kind == text, p.kind == device && string(b) != "None":
			return codec.PickText(b)
		case p.kind == device:
			return v, true
		case p.kind == number || p.kind == rowToken && string(b) != "batch":
			n, _, ok := parseInt(b)
			if !ok || !n.fits {
				return v, false
			}
			return codec.PickInt(n.small)
		}
		return v, false
	}
	return v, f.cmd != cmdRData // one that no line of that layout has
}

// pickCount counts the members.
func (f *Frame) pickCount(l *layout) (v codec.Picked, ok bool) {
	n := len(l.parts)
	for _, p := range l.parts {
		switch {
		case p.kind == jsonList:
			return v, false
		case p.kind == asJSON && f.cmd == cmdRData && f.rowView().shape != nil:
			n++ // the row with names, and as it is
		}
	}
	if f.track.row > 0 {
		n++
	}
	return codec.PickInt(int64(n))
}
