package jsonv

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// unit reads one character of the inside of a string, raw: a character or an
// escape. A pair of \u escapes is one character; a surrogate half alone is
// returned as it is. What no reader takes is U+FFFD, one byte long.
func unit(raw []byte) (r rune, n int) {
	c := raw[0]
	if c >= utf8.RuneSelf {
		return utf8.DecodeRune(raw)
	}
	if c != '\\' {
		return rune(c), 1
	}
	if len(raw) < 2 {
		return utf8.RuneError, 1
	}
	switch raw[1] {
	case '"', '\\', '/':
		return rune(raw[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r, ok := unicodeEscape(raw)
	if !ok {
		return utf8.RuneError, 1
	}
	if low, ok := unicodeEscape(raw[6:]); ok && utf16.IsSurrogate(r) {
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, 12
		}
	}
	return r, 6
}

// unicodeEscape reads the \uxxxx at the front of raw.
func unicodeEscape(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range raw[2:6] {
		v := unhex(c)
		if v < 0 {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

// appendString appends a raw string, quotation marks included, as style
// spells it. All spellings of one string give the same bytes.
func appendString(dst, raw []byte, style style) []byte {
	raw = inside(raw)
	dst = append(dst, '"')
	for i := 0; i < len(raw); {
		j := skipPlain(raw, i)
		dst = append(dst, raw[i:j]...)
		if i = j; i < len(raw) {
			r, n := unit(raw[i:])
			dst = appendRune(dst, r, style)
			i += n
		}
	}
	return append(dst, '"')
}

// spelled says whether the inside of a string, checked, is what styleTyped makes
// of it: it has the escapes that are usual and no control characters.
func spelled(raw []byte) bool {
	for i := skipPlain(raw, 0); i < len(raw); i = skipPlain(raw, i) {
		switch c := raw[i]; {
		case c >= utf8.RuneSelf:
			i++
		case c != '\\' || i+1 == len(raw):
			return false
		default:
			switch raw[i+1] {
			case '"', '\\', 'n', 'r', 't':
				i += 2
			default:
				return false
			}
		}
	}
	return true
}

// inside returns a raw string without its quotation marks.
func inside(raw []byte) []byte {
	if len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		return raw[1 : len(raw)-1]
	}
	return raw
}

func appendRune(dst []byte, r rune, style style) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	switch {
	case r == '\b' && style != styleTyped:
		return append(dst, '\\', 'b')
	case r == '\f' && style != styleTyped:
		return append(dst, '\\', 'f')
	case r < ' ' || r == 0x7f:
		if style == styleCpp {
			return append(dst, byte(r))
		}
		return appendU(dst, r)
	case utf16.IsSurrogate(r):
		return appendU(dst, r)
	case r < utf8.RuneSelf || style != stylePython:
		return utf8.AppendRune(dst, r)
	case r >= 0x10000:
		high, low := utf16.EncodeRune(r)
		return appendU(appendU(dst, high), low)
	}
	return appendU(dst, r)
}

func appendU(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

// AppendText appends the characters of the string raw, quotation marks
// included in raw and left out of the text, as UTF-8. A surrogate half alone
// becomes the three bytes that Python calls surrogatepass, which
// jsonenc.AppendString understands.
func AppendText(dst, raw []byte) []byte {
	raw = inside(raw)
	for i := 0; i < len(raw); {
		j := skipPlain(raw, i)
		dst = append(dst, raw[i:j]...)
		if i = j; i == len(raw) {
			break
		}
		r, n := unit(raw[i:])
		if utf16.IsSurrogate(r) {
			dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		i += n
	}
	return dst
}

// EqualText says whether the string raw has the characters of text. It does
// not allocate.
func EqualText(raw []byte, text string) bool {
	raw = inside(raw)
	// Every escape is longer than what it stands for.
	if len(raw) <= len(text) || bytes.IndexByte(raw, '\\') < 0 {
		return string(raw) == text && bytes.IndexByte(raw, '\\') < 0
	}
	i := 0
	for i < len(raw) && len(text) > 0 {
		r, n := unit(raw[i:])
		want, m := utf8.DecodeRuneInString(text)
		if r != want || r == utf8.RuneError && m <= 1 {
			return false
		}
		i, text = i+n, text[m:]
	}
	return i == len(raw) && text == ""
}

// spelledLen returns the length of the character at the front of src, which
// belongs to a string and is not its end, 0 when it is to be written in another
// way.
func spelledLen(src []byte) int {
	switch b := src[0]; {
	case b >= utf8.RuneSelf:
		if r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1 {
			return n
		}
		return 0
	case b < ' ' || b == 0x7f:
		return 0
	case b != '\\':
		return 1
	case len(src) < 2:
		return 0
	}
	switch src[1] {
	case '"', '\\', 'n', 'r', 't':
		return 2
	}
	return 0
}
