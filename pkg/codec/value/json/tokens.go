package jsonv

import (
	"math/bits"

	"github.com/wirectl/wirectl/internal/vector"
)

// tokens is value for an object or array with nothing odd in it, as nearly all are. It
// gets the tokens from vector instructions, which have checked what stands beside
// what, and walks over those that depend on the containers that are open: brackets, and
// the colons and commas of objects.
func (p *pass) tokens() int {
	src := p.src
	if len(src) == 0 || src[0] != '{' && src[0] != '[' {
		return -1
	}
	var text vector.Tokens
	var marks [16]vector.Marks
	open, limit := uint64(bottom), uint64(bottom)<<min(p.max, maxPass)
	key := uint(0) // where the key is whose colon comes next, 0 for none
	for at := uint(0); at < uint(len(src)); at += uint(len(marks)) * vector.Marked {
		n, ok := text.Next(marks[:], src[at:])
		if !ok {
			return -1
		}
		for b := range marks[:n] {
			m, from := &marks[b], at+uint(b)*vector.Marked
			left := m.Structure | m.Commas&-(open&1)
			for left != 0 {
				k := uint(bits.TrailingZeros64(left))
				i := from + k
				if i >= uint(len(src)) {
					return -1
				}
				left &= left - 1
				switch c := src[i]; c {
				case '[':
					if key != 0 || open >= limit {
						return -1
					}
					if left != 0 && open != bottom { // mostly there are only scalars in it
						end := from + uint(bits.TrailingZeros64(left))
						if end < uint(len(src)) && src[end] == ']' && src[end-1] != ',' && src[end-1] != ' ' {
							left &= left - 1
							continue
						}
					}
					if open&1 != 0 {
						left = m.Structure & (^uint64(1) << k)
					}
					open <<= 1
				case '{':
					if key != 0 || open >= limit {
						return -1
					}
					if key = keyFrom(src, i+1); key == 0 && src[firstFrom(src, i+1)] != '}' {
						return -1
					}
					open = open<<1 | 1
					p.before[bits.Len64(open)&63] = byte(p.keys)
					left = (m.Structure | m.Commas) & (^uint64(1) << k)
				case ']', '}':
					last := lastBefore(src, i)
					if c != ']'+byte(open&1)<<5 || key != 0 || src[last] == ',' || src[last] == ':' {
						return -1
					}
					if c == '}' {
						if open == outerObj && p.notes != nil && src[last] != '{' {
							p.notes.end(last + 1)
						}
						p.keys = int(p.before[bits.Len64(open)&63])
					}
					if open >>= 1; open == bottom {
						return int(i) + 1
					}
					if open&1 != uint64(c>>5&1) {
						left = (m.Structure | m.Commas&-(open&1)) & (^uint64(1) << k)
					}
				case ':':
					if key == 0 {
						return -1
					}
					end := lastBefore(src, i)
					p.seeKey(p.keyNumber(key+1, end), open)
					if open == outerObj && p.notes != nil {
						p.notes.key(key, end+1)
						p.notes.value(firstFrom(src, i+1))
					}
					key = 0
				case ',':
					if key != 0 {
						return -1
					}
					if open == outerObj && p.notes != nil {
						p.notes.end(lastBefore(src, i) + 1)
					}
					if key = keyFrom(src, i+1); key == 0 {
						return -1
					}
				default:
					if !p.odd(i) {
						return -1
					}
				}
			}
		}
	}
	return -1
}

// keyFrom returns where a key begins from i on, behind nothing but blanks, else 0.
func keyFrom(src []byte, i uint) uint {
	if i = firstFrom(src, i); i < uint(len(src)) && src[i] == '"' {
		return i
	}
	return 0
}

// firstFrom returns where the first byte from i on is that is no blank, the last byte if
// there is none.
func firstFrom(src []byte, i uint) uint {
	for i+1 < uint(len(src)) && src[i] == ' ' {
		i++
	}
	return min(i, uint(len(src))-1)
}

// lastBefore returns where the last byte before i is that is no blank.
func lastBefore(src []byte, i uint) uint {
	for i--; i < uint(len(src)) && src[i] == ' '; i-- {
	}
	return i
}

// odd says whether the scalar that i is in is a value. Before i it has nothing but
// characters of numbers.
func (p *pass) odd(i uint) bool {
	src := p.src
	for inNumber[src[i-1]] {
		i--
	}
	switch rest := src[i:]; {
	case isDigit(rest[0]) || rest[0] == '-':
		if i = p.oddNumber(i); i == 0 {
			return false
		}
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		i += 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		i += 5
	default:
		return false
	}
	if i >= uint(len(src)) {
		return true
	}
	c := src[i]
	return c == ',' || c == ' ' || c == ']' || c == '}'
}
