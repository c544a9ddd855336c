package jsonv

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// words are the values that are words, and what must be allowed for them.
var words = [...]struct {
	text  string
	needs Allow
}{{"true", 0}, {"false", 0}, {"null", 0}, {"NaN", Constants}, {"Infinity", Constants}, {"-Infinity", Constants}}

// word walks over a value that is a word.
func (s *scanner) word(i int) (int, *codec.SyntaxError) {
	rest := s.src[i:]
	switch { // what every reader takes
	case len(rest) >= 4 && (string(rest[:4]) == "null" || string(rest[:4]) == "true"):
		return i + 4, nil
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return i + 5, nil
	}
	for k := range words {
		w := &words[k]
		n := min(len(rest), len(w.text))
		if s.allow&w.needs != w.needs || !s.spells(rest[:n], w.text[:n], w.needs) {
			continue
		}
		if n < len(w.text) {
			return 0, s.truncated("the text ends inside %s", w.text)
		}
		return i + n, nil
	}
	return 0, s.expected(i, "a value")
}

// spells says whether b is a word that stands for text.
func (s *scanner) spells(b []byte, text string, needs Allow) bool {
	return string(b) == text || needs == 0 && s.may(anyCase) && strings.EqualFold(string(b), text)
}

// fault is a fault at offset i.
func (s *scanner) fault(i int, format string, args ...any) *codec.SyntaxError {
	return codec.Faultf(codec.CodeSyntax, i, "", format, args...)
}

// truncated is a fault at the end of the text.
func (s *scanner) truncated(format string, args ...any) *codec.SyntaxError {
	return codec.Faultf(codec.CodeTruncated, len(s.src), "", format, args...)
}

// expected says that what does not stand at i.
func (s *scanner) expected(i int, what string) *codec.SyntaxError {
	if i >= len(s.src) {
		return s.truncated("%s expected, the text ends", what)
	}
	return s.fault(i, "%s expected, not %s", what, s.here(i))
}

// here quotes the character at i.
func (s *scanner) here(i int) string {
	_, n := utf8.DecodeRune(s.src[i:])
	return s.quote(i, i+n)
}

// quote quotes src[i:end], cut to a readable length.
func (s *scanner) quote(i, end int) string {
	return strconv.Quote(string(s.src[i:min(end, i+32)]))
}

// inMember puts a key, raw, in front of the path of a fault.
func inMember(f *codec.SyntaxError, key []byte) *codec.SyntaxError {
	const enough = 64
	k := string(appendString(nil, key, styleTyped))
	k = k[1 : len(k)-1]
	if len(k) > enough {
		k = string(bytes.ToValidUTF8([]byte(k[:enough]), nil)) + "…"
	}
	f.Path = "/" + k + f.Path
	return f
}
