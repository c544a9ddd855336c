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
	start := p.at + 1
	end := start
	for {
		n := bytes.IndexByte(p.src[min(end, len(p.src)):], '"')
		if n < 0 {
			p.at = len(p.src)
			return p.src[min(start, len(p.src)):], false
		}
		end += n
		slashes := 0
		for end-slashes > start && p.src[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			break
		}
		end++
	}
	p.at = end + 1
	inside = p.src[start:end]
	return inside, bytes.IndexByte(inside, '\\') < 0
}

// skip steps over a value.
func (p *pick) skip() {
	depth := 0
	for p.next() != 0 {
		switch p.src[p.at] {
		case '"':
			p.quoted()
		case '{', '[':
			depth++
			p.at++
		case '}', ']':
			depth--
			p.at++
		case ',', ':':
			p.at++
		default:
			p.word()
		}
		if depth <= 0 {
			return
		}
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
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
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

// enter goes from the object at p to its member of a name, the last one if
// there are several.
func (p *pick) enter(name string) bool {
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
			at = p.at
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
