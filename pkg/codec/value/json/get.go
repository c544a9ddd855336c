package jsonv

import (
	"iter"

	"github.com/wirectl/wirectl/pkg/codec"
)

// step walks over the value at i, whatever reader it is for, and says
// whether there was one.
func (s *scanner) step(i int) (start, end int, ok bool) {
	start = s.oneSpace(i)
	if s.at(start, '"') {
		end, fault := s.str(start)
		return start, end, fault == nil
	}
	end, fault := s.value(start, 0)
	return start, end, fault == nil
}

// Value returns the value at the front of src without the blanks before it
// and what follows it, nil when there is none.
func Value(src []byte) []byte {
	s := scanner{src: src, allow: Lax, max: maxDepth}
	start, end, ok := s.step(0)
	if !ok {
		return nil
	}
	return src[start:end]
}

// Members goes through the members of the object at the front of src: raw
// keys, with their quotation marks, and raw values, both parts of src. A key
// that comes again is given again. There are none when src is no object.
func Members(src []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for key, value := range MemberSpans(src) {
			if !yield(src[key.Start:key.End], src[value.Start:value.End]) {
				return
			}
		}
	}
}

// MemberSpans is [Members] with the places of keys and values in src.
func MemberSpans(src []byte) iter.Seq2[codec.Span, codec.Span] {
	return func(yield func(key, value codec.Span) bool) {
		s := scanner{src: src, allow: Lax, max: maxDepth}
		i := s.space(0)
		if !s.at(i, '{') {
			return
		}
		i = s.space(i + 1)
		for s.at(i, '"') {
			keyEnd, fault := s.str(i)
			if fault != nil {
				return
			}
			colon := s.space(keyEnd)
			if !s.at(colon, ':') {
				return
			}
			start, end, ok := s.step(colon + 1)
			if !ok || !yield(codec.Span{Start: int64(i), End: int64(keyEnd)}, codec.Span{Start: int64(start), End: int64(end)}) {
				return
			}
			if i = s.space(end); !s.at(i, ',') {
				return
			}
			i = s.oneSpace(i + 1)
		}
	}
}

// Elements goes through the elements of the array at the front of src, raw.
// There are none when src is no array.
func Elements(src []byte) iter.Seq2[int, []byte] {
	return func(yield func(n int, value []byte) bool) {
		s := scanner{src: src, allow: Lax, max: maxDepth}
		i := s.space(0)
		if !s.at(i, '[') {
			return
		}
		i = s.space(i + 1)
		for n := 0; i < len(src) && src[i] != ']'; n++ {
			start, end, ok := s.step(i)
			if !ok || !yield(n, src[start:end]) {
				return
			}
			if i = s.space(end); !s.at(i, ',') {
				return
			}
			i = s.space(i + 1)
		}
	}
}

// Get returns the raw value of a key of the object at the front of src, of
// the last one when the key comes again. It does not allocate.
func Get(src []byte, key string) (value []byte, ok bool) {
	for k, v := range Members(src) {
		if EqualText(k, key) {
			value, ok = v, true
		}
	}
	return value, ok
}

// Index returns the raw n-th element of the array at the front of src. It
// does not allocate.
func Index(src []byte, n int) (value []byte, ok bool) {
	for i, v := range Elements(src) {
		if i == n {
			return v, true
		}
	}
	return nil, false
}

// Len returns the number of elements or members, repeated keys included, of
// the array or object at the front of src.
func Len(src []byte) int {
	n := 0
	if KindOf(src) == Object {
		for range Members(src) {
			n++
		}
		return n
	}
	for range Elements(src) {
		n++
	}
	return n
}

// IntValue returns the raw integer, one without point and exponent, when it
// fits.
func IntValue(raw []byte) (int64, bool) {
	if len(raw) <= 18 && len(raw) > 0 && allDigits(raw) {
		var v int64
		for _, c := range raw {
			v = v*10 + int64(c-'0')
		}
		return v, true
	}
	n := parseNumber(raw)
	if !n.ok {
		return 0, false
	}
	return n.int64()
}

// StringValue returns the characters of a raw string; see [AppendText].
func StringValue(raw []byte) (string, bool) {
	if KindOf(raw) != String {
		return "", false
	}
	text := inside(raw)
	if skipPlain(text, 0) == len(text) {
		return string(text), true
	}
	return string(AppendText(nil, raw)), true
}

// Truthy says whether Python takes the raw value for true.
func Truthy(raw []byte) bool {
	if string(raw) == "true" || string(raw) == "false" {
		return len(raw) == len("true")
	}
	switch KindOf(raw) {
	case Bool:
		return raw[0]|0x20 == 't'
	case Number:
		n := parseNumber(raw)
		return !n.ok || n.value() != 0
	case String:
		return len(inside(raw)) > 0
	case Array, Object:
		return Len(raw) > 0
	}
	return false
}
