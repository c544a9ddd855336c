package jsonv

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/wirectl/wirectl/internal/vector"
)

// A pass walks over a value of the kind that nearly all are, and finds out on
// its way what [Notes] tell. It is one loop with its state at hand, where the
// scanner calls itself, as most values are a few bytes long. What it does not
// take is the scanner's.
type pass struct {
	scanner
	usual, line bool // see Notes

	keys   int // of the objects that are open
	seen   [24]uint64
	some   uint64   // a bit for each of seen, if not for it alone
	before [64]byte // keys of the objects around the one at this depth
}

// maxPass is the deepest nesting of what a pass takes.
const maxPass = 32

// The containers that are open are bits, the inner lower: 1 for an object. Above
// them is a 1.
const (
	bottom   = 0b10        // none is open
	outerObj = 0b10<<1 | 1 // one is, an object
)

// any returns where the value at the front ends, or -1.
func (p *pass) any() (end int) {
	p.usual, p.line = true, true
	if end = p.tokens(); end >= 0 {
		return end
	}
	p.usual, p.line, p.keys, p.some = true, true, 0, 0
	if p.notes != nil {
		p.notes.n = 0
	}
	return p.value()
}

// value is any for one of the kind that nearly all are.
func (p *pass) value() (end int) {
	src, i := p.src, uint(0)
	open, limit := uint64(bottom), uint64(bottom)<<min(p.max, maxPass)
	named := false // the value's key is read
	for {
		if i < uint(len(src)) && src[i] <= ' ' { // mostly there is one blank
			if i++; src[i-1] != ' ' || i < uint(len(src)) && src[i] <= ' ' {
				i = p.skip(i - 1)
			}
		}
		if open&1 != 0 && !named {
			key, number := i, uint64(0)
			if i+ahead <= uint(len(src)) {
				b := (*[ahead]byte)(src[i:])
				w := binary.LittleEndian.Uint64(b[1:])
				if m := special(w); m != 0 && b[0] == '"' {
					if k := bits.TrailingZeros64(m) >> 3 & 7; b[k+1] == '"' {
						i += uint(k) + 2
						number = w & (m&-m>>7 - 1)
					}
				}
			}
			if i == key {
				if i, number = p.longKey(i); i == 0 {
					return -1
				}
			}
			p.seeKey(number, open)
			if open == outerObj && p.notes != nil {
				p.notes.key(key, i)
			}
			if i < uint(len(src)) && src[i] <= ' ' {
				i = p.skip(i)
			}
			if i >= uint(len(src)) || src[i] != ':' {
				return -1
			}
			i++
			named = true
			continue
		}
		if named = false; open == outerObj && p.notes != nil {
			p.notes.value(i)
		}
		if i >= uint(len(src)) {
			return -1
		}
		switch c := src[i]; {
		case c == '"':
			if i+9 <= uint(len(src)) {
				if m := special(binary.LittleEndian.Uint64(src[i+1:])); m != 0 {
					if end := i + 1 + uint(bits.TrailingZeros64(m)>>3); end < uint(len(src)) && src[end] == '"' {
						i = end + 1
						break
					}
				}
			}
			if i = p.text(i); i == 0 {
				return -1
			}
		case isDigit(c) || c == '-':
			if i = p.number(i); i == 0 {
				return -1
			}
		case c == '{' || c == '[':
			if open >= limit {
				return -1
			}
			if i++; i < uint(len(src)) && src[i] <= ' ' {
				i = p.skip(i)
			}
			if i < uint(len(src)) && src[i] == c+2 { // its other bracket
				i++
				break
			}
			open = open<<1 | uint64(c>>5&1)
			p.before[bits.Len64(open)&63] = byte(p.keys)
			continue
		case c == 't' && i+4 <= uint(len(src)) && string(src[i:i+4]) == "true", c == 'n' && i+4 <= uint(len(src)) && string(src[i:i+4]) == "null":
			i += 4
		case c == 'f' && i+5 <= uint(len(src)) && string(src[i:i+5]) == "false":
			i += 5
		default:
			return -1
		}
		for {
			if open <= outerObj {
				if open == bottom {
					return int(i)
				}
				if open == outerObj && p.notes != nil {
					p.notes.end(i)
				}
			}
			if i < uint(len(src)) && src[i] <= ' ' {
				i = p.skip(i)
			}
			if i >= uint(len(src)) {
				return -1
			}
			c := src[i]
			if i++; c == ',' {
				break
			}
			if c != ']'+byte(open&1)<<5 {
				return -1
			}
			p.keys = int(p.before[bits.Len64(open)&63])
			open >>= 1
		}
	}
}

// ahead is how much of the text is looked at at a time, for a short key.
const ahead = 10

// special marks, in the highest bit of each, bytes of a word that have a meaning in a string, or that
// AppendTyped might spell in another way: quotation marks, backslashes, control
// characters, 7f and above. A borrow or carry can spoil only the bytes above the first
// that is marked.
func special(w uint64) uint64 {
	// With 2 turned over, a quotation mark comes just after the control characters.
	return (w | (w + ones) | (w ^ ones*2 - ones*0x21) | (w ^ ones*'\\' - ones)) & highs
}

// skip passes over the blanks from i on.
func (p *pass) skip(i uint) (end uint) {
	for ; i < uint(len(p.src)); i++ {
		switch p.src[i] {
		case '\t', '\n', '\r':
			p.line = false
		case ' ':
		default:
			return i
		}
	}
	return i
}

// seeKey takes note of the number of a key of the object that is open.
func (p *pass) seeKey(number, open uint64) {
	bit := uint64(1) << (number * odd >> 58)
	if uint(p.keys) >= uint(len(p.seen)) || p.some&bit != 0 && p.again(number, open) {
		p.usual = false
		return
	}
	p.some |= bit
	p.seen[p.keys] = number
	p.keys++
}

// again says whether the number of a key is one of those of the object that is open. It
// is made of the key's characters, so that another one seldom has it.
func (p *pass) again(number, open uint64) bool {
	return slices.Contains(p.seen[p.before[bits.Len64(open)&63]:p.keys], number)
}

// odd spreads what distinguishes numbers to their highest bits.
const odd = 0x9e3779b97f4a7c15

// longKey walks over the key at i, 0 if there is none, and makes its number. The
// characters of a short key are its number, as in value.
func (p *pass) longKey(i uint) (end uint, number uint64) {
	if i >= uint(len(p.src)) || p.src[i] != '"' {
		return 0, 0
	}
	if end = p.text(i); end == 0 {
		return 0, 0
	}
	return end, p.keyNumber(i+1, end-1)
}

// keyNumber makes the number of the key src[start:end].
func (p *pass) keyNumber(start, end uint) (number uint64) {
	key := p.src[start:end]
	switch n := len(key); {
	case n >= 8:
		return binary.LittleEndian.Uint64(key) + odd*binary.LittleEndian.Uint64(key[n-8:])
	case start+8 <= uint(len(p.src)):
		return binary.LittleEndian.Uint64(p.src[start:]) & (1<<(8*n) - 1)
	}
	for k, c := range key {
		number |= uint64(c) << (8 * k)
	}
	return number
}

// text walks over the string at i, 0 if it is none.
func (p *pass) text(start uint) uint {
	const enough = 4 // words: a longer string is worth a vector function's beginning
	src, i := p.src, start+1
	for range enough {
		if i+8 > uint(len(src)) {
			break
		}
		if m := special(binary.LittleEndian.Uint64(src[i:])); m != 0 {
			if i += uint(bits.TrailingZeros64(m) >> 3); i < uint(len(src)) && src[i] == '"' {
				return i + 1
			}
			break
		}
		i += 8
	}
	return p.oddText(start, i)
}

// oddText is text from i on.
func (p *pass) oddText(start, i uint) uint {
	src := p.src
	for i < uint(len(src)) {
		if n := vector.Spelled(src[i:], false); n > 0 {
			i += uint(n)
			continue
		}
		if src[i] == '"' {
			return i + 1
		}
		n := spelledLen(src[i:])
		if n == 0 {
			break
		}
		i = uint(skipPlain(src, int(i)+n))
	}
	p.usual, p.line = false, false
	end, fault := p.str(int(start))
	if fault != nil {
		return 0
	}
	return uint(end)
}

// number walks over the number at i, 0 if it is none.
func (p *pass) number(i uint) uint {
	src := p.src
	if i+8 <= uint(len(src)) {
		x := binary.LittleEndian.Uint64(src[i:]) ^ ones*'0'
		if m := (x + ones*(0x80-10) | x) & highs; m != 0 { // as in digits
			if k := uint(bits.TrailingZeros64(m) >> 3); k > 0 && (src[i] != '0' || k == 1) && !inNumber[src[i+k]] {
				return i + k // by far the most, and the same for each reader
			}
		}
	}
	return p.oddNumber(i)
}

// oddNumber is number for those that are long or no integers.
func (p *pass) oddNumber(i uint) uint {
	if p.src[i] == '-' && (i+1 >= uint(len(p.src)) || !isDigit(p.src[i+1])) {
		return 0 // -Infinity, or no number
	}
	end, fault := p.anyNumber(int(i))
	if fault != nil {
		return 0
	}
	if !asItIs(p.src[i:end]) {
		p.usual = false
	}
	return uint(end)
}

// asItIs says whether AppendTyped leaves a number as it is.
func asItIs(text []byte) bool {
	n := parseNumber(text)
	if n.float || !n.ok {
		return n.ok && n.strict && !n.long
	}
	v, small := n.int64()
	return n.strict && small && v > -1<<53 && v < 1<<53
}
