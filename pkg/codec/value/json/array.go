package jsonv

import (
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Columns are what [CheckArray] finds out about an array. They are offsets.
type Columns struct {
	// Compact says that AppendTyped leaves the array as it is. It may not say so.
	Compact bool

	Outer Places
	Inner Places // of the last array among the elements of Outer
}

// Places are those of the elements of an array: how many they are, and where the
// first of them end.
type Places struct {
	N    int
	Ends [12]int
}

func (e *Places) end(i int) {
	if e.N < len(e.Ends) {
		e.Ends[e.N] = i
	}
	e.N++
}

// CheckArray says whether src is an array that [CheckWhole] takes, and puts in a where
// its elements are. It is made for strings that AppendTyped leaves as they are, short
// integers, words, and arrays of them, without blanks: the rest is the scanner's.
func CheckArray(src []byte, o Options, a *Columns) bool {
	s := newScanner(src, o)
	i := s.space(0)
	if !s.at(i, '[') {
		return false
	}
	a.Compact, a.Outer.N, a.Inner.N = i == 0, 0, 0
	e, depth := &a.Outer, 1
	for i++; ; i++ {
		if i >= len(src) || src[i] <= ' ' {
			i, a.Compact = s.blanks(i), false
		}
		if i >= len(src) {
			return false
		}
		end := 0
		switch c := src[i]; {
		case c == '"':
			end = usualString(src, i+1, s.utf8)
		case isDigit(c):
			end = usualNumber(src, i)
		case c == 'n' && i+4 <= len(src) && string(src[i:i+4]) == "null", c == 't' && i+4 <= len(src) && string(src[i:i+4]) == "true":
			end = i + 4
		case c == 'f' && i+5 <= len(src) && string(src[i:i+5]) == "false":
			end = i + 5
		case c == '[' && depth == 1 && s.max > 1:
			e, depth = &a.Inner, 2
			e.N = 0
			continue
		case c == '[':
			return false // deeper ones are no columns, and may be deep
		}
		switch {
		case end > 0:
			i = end
			e.end(i)
		case src[i] != ']' || e.N > 0:
			var fault *codec.SyntaxError
			if i, fault = s.value(i, depth); fault != nil {
				return false
			}
			a.Compact = false
			e.end(i)
		}
		for { // to the comma, or out of arrays
			if i >= len(src) || src[i] <= ' ' {
				i, a.Compact = s.blanks(i), false
			}
			if i >= len(src) {
				return false
			}
			if src[i] == ',' && e.N > 0 {
				break
			}
			if src[i] != ']' {
				return false
			}
			i++
			if depth == 1 {
				a.Compact = a.Compact && i == len(src)
				return s.space(i) == len(src)
			}
			e, depth = &a.Outer, 1
			e.end(i)
		}
	}
}

// usualString returns where the string ends whose inside is at i, if AppendTyped leaves
// it as it is, else 0. It may be known that src is UTF-8.
func usualString(src []byte, i int, isUTF8 bool) int {
	for i = skipPlain(src, i); i < len(src) && src[i] != '"'; i = skipPlain(src, i) {
		n := vector.Spelled(src[i:], isUTF8)
		if n == 0 && isUTF8 && src[i] >= utf8.RuneSelf {
			n = 1 // of a character, perhaps not the first byte
		} else if n == 0 {
			n = spelledLen(src[i:])
		}
		if n == 0 {
			return 0
		}
		i += n
	}
	if i >= len(src) {
		return 0
	}
	return i + 1
}

// usualNumber returns where the number at i ends, if it is an integer that each reader
// keeps, else 0.
func usualNumber(src []byte, i int) int {
	end := digits(src, i)
	if end-i > 15 || src[i] == '0' && end-i > 1 || end < len(src) && inNumber[src[end]] {
		return 0
	}
	return end
}
