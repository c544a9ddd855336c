package jsonv

import "github.com/wirectl/wirectl/internal/vector"

// A Finder is memory of [Finder.Array].
type Finder struct{ marks vector.ArrayMarks }

// Array returns where the array ends that src begins with, and puts in a where its
// elements are, if it is as most are: [CheckArray] takes it with a depth of 2 and says
// that it is compact, it is UTF-8, no opening braces are in it, and a line feed stands
// behind it. It goes over the bytes once, where others look for the line's end first.
// It returns 0 if it is not so, or if it cannot tell.
func (f *Finder) Array(src []byte, a *Columns) (end int) {
	if len(src) == 0 || src[0] != '[' {
		return 0
	}
	end = vector.Array(src, &f.marks)
	if end == 0 || end == len(src) || src[end] != '\n' {
		return 0
	}
	line, marks := src[:end], f.marks.At()
	a.Compact, a.Outer.N, a.Inner.N = true, 0, 0
	e, before, from := &a.Outer, byte('['), 1
	for _, mark := range marks[1:] {
		i := int(mark)
		if i >= len(line) {
			return 0
		}
		c := line[i]
		switch {
		case c == '[':
			if e == &a.Inner || from != i || before == ']' {
				return 0
			}
			e = &a.Inner
			e.N = 0
			before, from = c, i+1
			continue
		case from == i:
			if before != ']' && (before == ',' || c == ',') {
				return 0
			}
		case before == ']' || line[from] != '"' && !usualWord(line[from:i]):
			return 0
		default:
			e.end(i)
		}
		before, from = c, i+1
		if c == ']' {
			if e == &a.Outer {
				if from != end {
					return 0
				}
				return end
			}
			e = &a.Outer
			e.end(from)
		}
	}
	return 0
}

// usualWord says whether b is null, true, false, or an integer that each reader keeps.
func usualWord(b []byte) bool {
	switch string(b) {
	case "null", "true", "false":
		return true
	}
	return usualNumber(b, 0) == len(b)
}
