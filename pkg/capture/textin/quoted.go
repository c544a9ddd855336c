package textin

import "unicode/utf8"

// A dialect is a way to write strings with escapes.
type dialect uint8

const (
	cString      dialect = iota // C, strace, redis-cli: \xHH has two digits, \ooo up to three
	pythonString                // Python's bytes: an unknown escape keeps its backslash
	pythonText                  // Python's str: escapes are characters, here as UTF-8
)

// unescape appends what the string that begins with the quote s[0] stands
// for. It returns the length of the literal with both quotes, or -1 when it
// has no end. Bytes that are not escaped stand for themselves.
func unescape(dst, s []byte, d dialect) ([]byte, int) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == quote {
			return dst, i + 1
		}
		if c != '\\' || i+1 == len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			dst = append(dst, "\a\bc\x00e\fghijklm\nopq\rs\tu\v"[c-'a'])
		case '\\', '\'', '"':
			dst = append(dst, c)
		case 'x':
			if i+2 < len(s) && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0 {
				b := byte(hexValue(s[i+1])<<4 | hexValue(s[i+2]))
				if d == pythonText {
					dst = utf8.AppendRune(dst, rune(b))
				} else {
					dst = append(dst, b)
				}
				i += 2
				break
			}
			dst = append(dst, '\\', 'x')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v := 0
			n := 0
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				v = v<<3 | int(s[i+n]-'0')
				n++
			}
			dst = append(dst, byte(v))
			i += n - 1
		case 'u', 'U': // of texts, in Python 3 and JSON
			n := 4
			if c == 'U' {
				n = 8
			}
			r, ok := rune(0), i+n < len(s) && d != pythonString
			for k := 1; ok && k <= n; k++ {
				v := hexValue(s[i+k])
				ok = v >= 0
				r = r<<4 | rune(v)
			}
			if ok {
				dst = utf8.AppendRune(dst, r)
				i += n
				break
			}
			dst = append(dst, '\\', c)
		default:
			if d != cString {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
	}
	return dst, -1
}

// Python reads Python bytes literals, b'…' and b"…", wherever they stand in a
// line. A line that begins with a quote is taken as repr printed it in
// Python 2. Lines without a literal are passed over.
type Python struct{ buf []byte }

// Parse implements [Parser].
func (p *Python) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	p.buf = p.buf[:0]
	bare := true
	for i := 0; i < len(line); {
		if line[i] != '\'' && line[i] != '"' {
			if line[i] != ' ' && line[i] != '\t' {
				bare = false
			}
			i++
			continue
		}
		prefix := bytesPrefix(line[:i])
		if prefix == "" && !bare {
			// A text, or an apostrophe: what is in it is not looked at if it
			// is closed.
			if _, n := unescape(nil, line[i:], pythonString); n > 0 {
				i += n
			} else {
				i++
			}
			continue
		}
		from := len(p.buf)
		var n int
		p.buf, n = unescape(p.buf, line[i:], pythonString)
		if n < 0 {
			return p.chunk(dst), errorf(i, "the literal has no closing quote")
		}
		if len(prefix) > 1 { // raw: as it stands
			p.buf = append(p.buf[:from], line[i+1:i+n-1]...)
		}
		i += n
		bare = false
	}
	return p.chunk(dst), nil
}

func (p *Python) chunk(dst []Chunk) []Chunk {
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf})
	}
	return dst
}

// bytesPrefix returns the prefix of a bytes literal that s ends with: "b" or
// "rb", or "".
func bytesPrefix(s []byte) string {
	n := len(s)
	letter := func(i int) byte {
		if i < 0 {
			return ' '
		}
		return s[i] | 0x20
	}
	word := func(i int) bool { c := letter(i); return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == 0x7f }
	switch {
	case letter(n-1) == 'b' && !word(n-2):
		return "b"
	case (letter(n-1) == 'b' && letter(n-2) == 'r' || letter(n-1) == 'r' && letter(n-2) == 'b') && !word(n-3):
		return "rb"
	}
	return ""
}

// End implements [Parser].
func (p *Python) End(dst []Chunk) ([]Chunk, error) { return dst, nil }
