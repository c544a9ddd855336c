package jsonv

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// anyNumber walks over a number of the kind that may be there.
func (s *scanner) anyNumber(i int) (int, *codec.SyntaxError) {
	if j := digits(s.src, i); j > i && (s.src[i] != '0' || j == i+1) && (j == len(s.src) || !inNumber[s.src[j]]) && !s.may(int64Only) {
		return j, nil // by far the most are integers
	}
	switch {
	case s.may(looseNumbers):
		return s.looseNumber(i)
	case s.may(bareNumbers):
		return s.bareNumber(i)
	}
	return s.number(i)
}

// bareNumber walks over a number as ujson takes it: zeros may lead, and
// digits may be missing on one side of the point, or all of them behind a
// minus that stands alone.
func (s *scanner) bareNumber(i int) (int, *codec.SyntaxError) {
	if s.src[i] == '-' {
		i++
	}
	j := digits(s.src, i)
	some := j > i
	point := s.at(j, '.')
	if point {
		i = j + 1
		j = digits(s.src, i)
		some = some || j > i
	}
	power := s.at(j, 'e') || s.at(j, 'E')
	if !some && (point || power) {
		return 0, s.expected(j, "a digit")
	}
	if power {
		i = j + 1
		if s.at(i, '+') || s.at(i, '-') {
			i++
		}
		if j = digits(s.src, i); j == i {
			return 0, s.expected(i, "a digit")
		}
	}
	return j, nil
}

// number walks over a number of RFC 8259.
func (s *scanner) number(i int) (int, *codec.SyntaxError) {
	if s.src[i] == '-' {
		i++
	}
	j := digits(s.src, i)
	if j == i {
		return 0, s.expected(i, "a digit")
	}
	if s.src[i] == '0' {
		j = i + 1 // the number ends here; what follows is not part of it
	}
	if s.at(j, '.') {
		i = j + 1
		if j = digits(s.src, i); j == i {
			return 0, s.expected(i, "a digit")
		}
	}
	if s.at(j, 'e') || s.at(j, 'E') {
		i = j + 1
		if s.at(i, '+') || s.at(i, '-') {
			i++
		}
		if j = digits(s.src, i); j == i {
			return 0, s.expected(i, "a digit")
		}
	}
	return j, nil
}

// digits returns where the digits from i on end. It looks at eight bytes at a
// time, since nobody foresees how many digits a number has.
func digits(src []byte, i int) int {
	for ; i+8 <= len(src); i += 8 {
		x := binary.LittleEndian.Uint64(src[i:]) ^ ones*'0'
		if m := (x + ones*(0x80-10) | x) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(src) && isDigit(src[i]) {
		i++
	}
	return i
}

// looseNumber walks over a number as the C++ library takes it: it first
// gathers every character that any number may have.
func (s *scanner) looseNumber(i int) (int, *codec.SyntaxError) {
	end := i
	for end < len(s.src) && inNumber[s.src[end]] {
		end++
	}
	if s.may(bareNumbers) && string(s.src[i:end]) == "-" {
		return end, nil
	}
	n := parseNumber(s.src[i:end])
	if !n.ok && end == len(s.src) {
		return 0, s.truncated("the text ends inside the number %s", s.quote(i, end))
	}
	if !n.ok {
		return 0, s.fault(i, "%s is no number", s.quote(i, end))
	}
	if s.may(int64Only) && n.overflows() {
		return 0, s.fault(i, "the number %s is too large for this reader", s.quote(i, end))
	}
	return end, nil
}

// inNumber are the characters that numbers may have.
var inNumber = [256]bool{'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'+': true, '-': true, '.': true, 'e': true, 'E': true}

// A numeral is the text of a number, taken apart.
type numeral struct {
	ok     bool
	strict bool   // spelled as RFC 8259 has it
	text   []byte // all of it
	neg    bool
	whole  []byte // the digits before the point, without leading zeros; may be empty
	float  bool   // it has a point or an exponent
	long   bool   // it has an exponent or so many digits that it might overflow
}

// parseNumber takes text apart: [+-] digits [. digits] [e [+-] digits] with a
// digit on one side of the point at least.
func parseNumber(text []byte) numeral {
	s := scanner{src: text}
	n := numeral{text: text, strict: true}
	i := 0
	if s.at(0, '-') || s.at(0, '+') {
		n.neg, n.strict = text[0] == '-', text[0] == '-'
		i++
	}
	j := digits(s.src, i)
	n.whole = text[i:j]
	some := j > i
	if !some || j-i > 1 && text[i] == '0' {
		n.strict = false
	}
	for len(n.whole) > 0 && n.whole[0] == '0' {
		n.whole = n.whole[1:]
	}
	n.long = len(n.whole) > 300
	if s.at(j, '.') {
		n.float = true
		i = j + 1
		j = digits(s.src, i)
		some = some || j > i
		n.strict = n.strict && j > i
	}
	if some && (s.at(j, 'e') || s.at(j, 'E')) {
		n.float, n.long = true, true
		i = j + 1
		if s.at(i, '+') || s.at(i, '-') {
			i++
		}
		if j = digits(s.src, i); j == i {
			return n
		}
	}
	n.ok = some && j == len(text)
	return n
}

// overflows says whether the C++ library has no room for n.
func (n *numeral) overflows() bool {
	if n.float {
		return n.long && math.IsInf(n.value(), 0)
	}
	_, ok := n.int64()
	return !ok
}

// value returns n as a float64, infinite when it is too large.
func (n *numeral) value() float64 {
	f, _ := strconv.ParseFloat(string(n.text), 64)
	return f
}

// int64 returns the value of an integer.
func (n *numeral) int64() (int64, bool) {
	if n.float || len(n.whole) > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range n.whole {
		u = u*10 + uint64(c-'0')
	}
	switch {
	case n.neg && u <= 1<<63:
		return -int64(u), true
	case !n.neg && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}
