package codec

import "slices"

// Members are the members of the object of AppendJSON that somebody looks at.
type Members struct {
	Whole []string // with their values
	Long  []string // only how long they are: elements of a list may be anything
	There []string // only whether they are there, and not null
	Count bool     // how many there are, at all
}

// Wants says whether any of these members is looked at.
func (v View) Wants(names ...string) bool {
	o := v.Only
	if o == nil || o.Count {
		return true
	}
	for _, name := range o.Whole {
		if slices.Contains(names, name) {
			return true
		}
	}
	for _, name := range o.Long {
		if slices.Contains(names, name) {
			return true
		}
	}
	for _, name := range o.There {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// Member begins a member of an object that is open at the end of dst, and that
// is never null: the name, and a comma before it if need be. It says false
// when no value is to follow, as none is wanted or true stands in its place.
func (v View) Member(dst []byte, name string) (longer []byte, value bool) {
	there := false
	if o := v.Only; o != nil && !slices.Contains(o.Whole, name) && !slices.Contains(o.Long, name) {
		if there = o.Count || slices.Contains(o.There, name); !there {
			return dst, false
		}
	}
	if len(dst) > 0 && dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	if there {
		return append(dst, "true"...), false
	}
	return dst, true
}

// LengthOnly says whether of a list nothing but its length is looked at.
func (v View) LengthOnly(name string) bool {
	return v.Only != nil && slices.Contains(v.Only.Long, name) && !slices.Contains(v.Only.Whole, name)
}
