package pylit

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/value"
)

// maxDigits bounds the integers that are read: turning digits into a number
// takes more than linear time.
const maxDigits = 20000

// number reads a number with at most one sign.
func (r *Reader) number() (value.ID, error) {
	start := r.pos
	if n, ok := r.plainInt(); ok {
		return r.t.AddNum(value.Int, n, start, r.pos), nil
	}
	neg := r.src[r.pos] == '-'
	if neg || r.src[r.pos] == '+' {
		r.pos++
		r.Skip()
	}
	if neg && r.inert("inf") {
		return r.t.AddNum(value.Float, int64(math.Float64bits(math.Inf(-1))), start, r.pos), nil
	}
	begin := r.pos
	if r.pos >= len(r.src) || !isDigit(r.src[r.pos]) && r.src[r.pos] != '.' {
		return 0, r.errorHere("%s where a number was expected", r.seen())
	}
	hex := r.src[r.pos] == '0' && r.pos+1 < len(r.src) && r.src[r.pos+1]|0x20 == 'x'
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		exponent := !hex && (c == '-' || c == '+') && r.pos > begin && r.src[r.pos-1]|0x20 == 'e'
		if !isDigit(c) && !isLetter(c) && c != '.' && !exponent {
			break
		}
		r.pos++
	}
	word := r.src[begin:r.pos]
	kind := value.Int
	if r.opts.Inert && word[len(word)-1] == 'L' {
		kind, word = value.Long, word[:len(word)-1]
	}
	if !hex && kind == value.Int && bytes.ContainsAny(word, ".eEjJ") {
		return r.float(word, start, begin, neg)
	}
	return r.integer(kind, word, start, begin, neg)
}

// plainInt reads an integer that is nothing but digits, and not too many: most
// of all numbers.
func (r *Reader) plainInt() (n int64, ok bool) {
	i := r.pos
	for i < len(r.src) && isDigit(r.src[i]) && i-r.pos < 18 {
		n = n*10 + int64(r.src[i]-'0')
		i++
	}
	if i == r.pos || r.src[r.pos] == '0' && i > r.pos+1 {
		return 0, false
	}
	if i < len(r.src) && (isDigit(r.src[i]) || isLetter(r.src[i]) || r.src[i] == '.') {
		return 0, false
	}
	r.pos = i
	return n, true
}

func (r *Reader) float(word []byte, start, begin int, neg bool) (value.ID, error) {
	if !underscoresFit(word, isDigit) || bytes.ContainsAny(word, "xXpPiInN") {
		return 0, r.fail(begin, r.pos, "%q is no number", word)
	}
	if c := word[len(word)-1]; c == 'j' || c == 'J' {
		return 0, r.fail(begin, r.pos, "%q is a complex number, which no protocol here has", word)
	}
	f, err := strconv.ParseFloat(string(bytes.ReplaceAll(word, []byte("_"), nil)), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range is infinity, as in Python
		return 0, r.fail(begin, r.pos, "%q is no number", word)
	}
	if neg {
		f = -f
	}
	return r.t.AddNum(value.Float, int64(math.Float64bits(f)), start, r.pos), nil
}

func (r *Reader) integer(kind value.Kind, word []byte, start, begin int, neg bool) (value.ID, error) {
	base, digits := 10, word
	if len(word) > 1 && word[0] == '0' {
		switch word[1] | 0x20 {
		case 'x':
			base, digits = 16, word[2:]
		case 'o':
			base, digits = 8, word[2:]
		case 'b':
			base, digits = 2, word[2:]
		}
	}
	if base != 10 && bytes.HasPrefix(digits, []byte("_")) {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, r.fail(begin, r.pos, "%q is no number: it has no digits", word)
	}
	if !underscoresFit(digits, func(c byte) bool { return isDigit(c) || isLetter(c) && c != '_' }) {
		return 0, r.fail(begin, r.pos, "%q is no number: underscores stand between digits", word)
	}
	if bytes.IndexByte(digits, '_') >= 0 {
		digits = bytes.ReplaceAll(digits, []byte("_"), nil)
	}
	if base == 10 && len(digits) > 1 && digits[0] == '0' && len(bytes.TrimLeft(digits, "0")) > 0 {
		return 0, r.fail(begin, r.pos, "%q has a leading zero: write 0o for an octal number", word)
	}
	if n, err := strconv.ParseInt(string(digits), base, 64); err == nil {
		if neg {
			n = -n
		}
		return r.t.AddNum(kind, n, start, r.pos), nil
	}
	if len(digits) > maxDigits {
		return 0, r.fail(begin, r.pos, "an integer of %d digits; at most %d are read", len(digits), maxDigits)
	}
	n, ok := new(big.Int).SetString(string(digits), base)
	if !ok {
		return 0, r.fail(begin, r.pos, "%q is no number", word)
	}
	if neg {
		n.Neg(n)
	}
	return r.t.AddInt(kind, n, start, r.pos), nil
}

// underscoresFit says whether every underscore has a digit at both sides.
func underscoresFit(s []byte, digit func(c byte) bool) bool {
	for i, c := range s {
		if c == '_' && (i == 0 || i == len(s)-1 || !digit(s[i-1]) || !digit(s[i+1])) {
			return false
		}
	}
	return true
}
