package cbor

import "math/bits"

// number reads a number without its sign.
func (r *reader) number(neg bool) (Value, error) {
	start := r.pos
	base, digits := r.digits()
	end := r.pos
	if base == 10 && r.floats() {
		return Value{}, r.refuse(start, r.pos, "a number that is no integer")
	}
	if end == r.pos && r.pos < len(r.src) && (letter(r.src[r.pos]) || isDigit(r.src[r.pos])) || len(digits) == 0 || digits[len(digits)-1] == '_' {
		for r.pos < len(r.src) && (letter(r.src[r.pos]) || isDigit(r.src[r.pos])) {
			r.pos++
		}
		return Value{}, r.errorf(start, r.pos, "%q is no number", r.src[start:r.pos])
	}
	if base == 10 && digits[0] == '0' {
		for _, c := range digits {
			if c != '0' && c != '_' {
				return Value{}, r.errorf(start, r.pos, "%q has leading zeros", digits)
			}
		}
	}
	return r.integer(start, base, digits, neg)
}

// digits passes an integer, as far as it is one, and returns its digits.
func (r *reader) digits() (base uint64, digits []byte) {
	base = 10
	if r.peek() == '0' && r.pos+1 < len(r.src) {
		switch r.src[r.pos+1] | 0x20 {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
	}
	start := r.pos
	if base != 10 {
		r.pos += 2
		start = r.pos
		if r.peek() == '_' {
			r.pos++
		}
	}
	r.run(base)
	return base, r.src[start:r.pos]
}

// run passes digits with single underscores between them.
func (r *reader) run(base uint64) bool {
	start := r.pos
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		if c == '_' && r.pos > start && r.pos+1 < len(r.src) {
			c = r.src[r.pos+1]
			if digit(c) >= base {
				break
			}
			r.pos++
		}
		if digit(c) >= base {
			break
		}
		r.pos++
	}
	return r.pos > start
}

func digit(c byte) uint64 {
	switch {
	case isDigit(c):
		return uint64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10
	}
	return 99
}

// floats passes what makes a float or an imaginary number of an integer, and
// says whether there is any.
func (r *reader) floats() bool {
	start := r.pos
	if r.peek() == '.' {
		r.pos++
		r.run(10)
	}
	if r.peek()|0x20 == 'e' {
		at := r.pos
		r.pos++
		if r.peek() == '+' || r.peek() == '-' {
			r.pos++
		}
		if !r.run(10) {
			r.pos = at
		}
	}
	if r.peek()|0x20 == 'j' {
		r.pos++
	}
	return r.pos > start
}

// integer makes the value of digits.
func (r *reader) integer(start int, base uint64, digits []byte, neg bool) (Value, error) {
	var n uint64
	over := false // n is 2^64 more than it says
	for _, c := range digits {
		if c == '_' {
			continue
		}
		hi, lo := bits.Mul64(n, base)
		sum, carry := bits.Add64(lo, digit(c), 0)
		if over || hi+carry > 1 || hi+carry == 1 && sum != 0 {
			return Value{}, r.outOfRange(start)
		}
		over, n = hi+carry == 1, sum
	}
	switch {
	case over && !neg:
		return Value{}, r.outOfRange(start)
	case neg && (over || n != 0):
		return Value{kind: intValue, neg: true, num: n - 1}, nil
	}
	return Value{kind: intValue, num: n}, nil
}

func (r *reader) outOfRange(start int) error {
	return r.errorf(start, r.pos, "big integers not supported: -18446744073709551616 to 18446744073709551615")
}
