package filter

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A pick takes some of the members of an object that a codec has written as
// JSON, and steps over the others. What it is given is well-formed, as our own
// encoder made it; of anything else it makes something, and does not fail.
type pick struct {
	src []byte
	at  int
}

// members puts the members of src that want names into dst; with nil, all.
func members(dst map[string]any, src []byte, want map[string]bool) {
	p := pick{src: src}
	if p.next() != '{' {
		return
	}
	p.at++
	for p.next() == '"' {
		key, plain := p.quoted()
		p.next()
		p.at++ // the colon
		if !plain {
			key = unescape(key)
		}
		if want == nil || want[string(key)] {
			dst[string(key)] = p.value(0)
		} else {
			p.skip()
		}
		if p.next() != ',' {
			return
		}
		p.at++
	}
}

// next steps over blanks and returns the byte there, or 0 at the end.
func (p *pick) next() byte {
	for ; p.at < len(p.src); p.at++ {
		switch c := p.src[p.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// quoted steps over a string and returns its inside, and whether that stands
// for itself.
func (p *pick) quoted() (inside []byte, plain bool) {
	inside = p.passQuoted()
	if len(inside) > fewBytes {
		return inside, bytes.IndexByte(inside, '\\') < 0
	}
	for _, c := range inside {
		if c == '\\' {
			return inside, false
		}
	}
	return inside, true
}

// fewBytes are looked at one by one; with more it pays to ask for a function
// that looks at many at a time.
const fewBytes = 24

// passQuoted steps over a string and returns its inside.
func (p *pick) passQuoted() (inside []byte) {
	start := p.at + 1
	for end := start; end < len(p.src); end++ {
		switch p.src[end] {
		case '"':
			p.at = end + 1
			return p.src[start:end]
		case '\\':
			end++
		default:
			if end-start < fewBytes {
				continue
			}
			if end = p.quote(start, end); end == len(p.src) {
				break
			}
			p.at = end + 1
			return p.src[start:end]
		}
	}
	p.at = len(p.src)
	return p.src[min(start, len(p.src)):]
}

// quote returns where the string ends that begins at start, as nothing before
// end does it.
func (p *pick) quote(start, end int) int {
	for {
		n := bytes.IndexByte(p.src[end:], '"')
		if n < 0 {
			return len(p.src)
		}
		end += n
		slashes := 0
		for end-slashes > start && p.src[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		end++
	}
}

// skip steps over a value.
func (p *pick) skip() {
	switch p.next() {
	case 0:
		return
	case '"':
		p.passQuoted()
		return
	case '{', '[':
	case '}', ']', ',', ':':
		p.at++ // what ought not to be there
		return
	default:
		p.word()
		return
	}
	depth := 0
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case '"':
			p.passQuoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				p.at++
				return
			}
		}
		p.at++
	}
}

// word steps over a number, true, false or null.
func (p *pick) word() []byte {
	p.at = min(p.at, len(p.src)) // what ought to be there was passed over
	start := p.at
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ',', ':', '}', ']', '{', '[', '"', ' ', '\t', '\r', '\n':
			if p.at == start {
				p.at++
			}
			return p.src[start:p.at]
		}
		p.at++
	}
	return p.src[start:]
}

// maxDepth is how deep values are taken; codecs nest less.
const maxDepth = 1000

// value takes a value.
func (p *pick) value(depth int) any {
	switch c := p.next(); {
	case depth > maxDepth:
		p.skip()
		return nil
	case c == '"':
		inside, plain := p.quoted()
		if plain {
			return string(inside)
		}
		return string(unescape(inside))
	case c == '{':
		p.at++
		m := map[string]any{}
		for p.next() == '"' {
			key, plain := p.quoted()
			if !plain {
				key = unescape(key)
			}
			p.next()
			p.at++ // the colon
			m[string(key)] = p.value(depth + 1)
			if p.next() == ',' {
				p.at++
			}
		}
		p.at++
		return m
	case c == '[':
		p.at++
		list := []any{}
		for c := p.next(); c != ']' && c != 0; c = p.next() {
			list = append(list, p.value(depth+1))
			if p.next() == ',' {
				p.at++
			}
		}
		p.at++
		return list
	}
	return scalar(p.word())
}

// scalar returns what a word stands for.
func scalar(word []byte) any {
	switch string(word) {
	case "true":
		return true
	case "false":
		return false
	case "null", "":
		return nil
	}
	if n, err := strconv.Atoi(string(word)); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(string(word), 64); err == nil {
		return f
	}
	return string(word)
}

var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape returns what the inside of a string stands for. A lone surrogate
// half becomes U+FFFD, as in encoding/json.
func unescape(s []byte) []byte { return appendUnescaped(make([]byte, 0, len(s)), s) }

func appendUnescaped(out, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		c := s[i]
		if b, ok := escapes[c]; ok {
			c = b
		}
		if c != 'u' {
			out = append(out, c)
			continue
		}
		r := hexRune(s[i+1:])
		i = min(i+4, len(s)-1)
		if utf16.IsSurrogate(r) && i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
			if both := utf16.DecodeRune(r, hexRune(s[i+3:])); both != utf8.RuneError {
				r = both
				i = min(i+6, len(s)-1)
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// hexRune reads four hexadecimal digits.
func hexRune(s []byte) rune {
	n, err := strconv.ParseUint(string(s[:min(4, len(s))]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// enter goes from the object at p to its member of a name: the last one, or if
// it is known that there is but one, the first.
func (p *pick) enter(name string, unique bool) bool {
	at := -1
	for p.at++; p.next() == '"'; p.at++ {
		key, plain := p.quoted()
		if !plain {
			key = unescape(key)
		}
		p.next()
		p.at++ // the colon
		if string(key) == name {
			p.next()
			if at = p.at; unique {
				return true
			}
		}
		p.skip()
		if p.next() != ',' {
			break
		}
	}
	p.at = max(at, 0)
	return at >= 0
}

// element goes from the list at p to its element n.
func (p *pick) element(n int) bool {
	p.at++
	for c := p.next(); c != ']' && c != 0; c = p.next() {
		if n == 0 {
			return true
		}
		n--
		p.skip()
		if p.next() == ',' {
			p.at++
		}
	}
	return false
}

// count returns how many elements the list at p has, or members the object,
// those of the same name as often as they are there.
func (p *pick) count() int {
	n := 0
	open := p.next()
	p.at++
	for c := p.next(); c != ']' && c != '}' && c != 0; c = p.next() {
		n++
		if p.skip(); open == '{' {
			p.next()
			p.at++ // the colon
			p.skip()
		}
		if p.next() == ',' {
			p.at++
		}
	}
	return n
}

// hasText says whether the list at p has a text.
func (p *pick) hasText(text string) bool {
	p.at++
	for c := p.next(); c != ']' && c != 0; c = p.next() {
		if c == '"' {
			inside, plain := p.quoted()
			if plain && string(inside) == text || !plain && string(unescape(inside)) == text {
				return true
			}
		} else {
			p.skip()
		}
		if p.next() == ',' {
			p.at++
		}
	}
	return false
}
