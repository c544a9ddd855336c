package textin

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Go reads what Go's fmt prints of bytes: %q ("…" and `…`), %x (hex digits),
// %v ([104 105]) and %#v ([]byte{0x68, 0x69}). A quoted string may stand
// anywhere in a line; the other forms stand alone, the last also behind an
// assignment.
type Go struct{ buf []byte }

// Parse implements [Parser].
func (p *Go) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	p.buf = p.buf[:0]
	text := bytes.TrimSpace(line)
	var err error
	switch at := bytes.IndexByte(line, '{'); {
	case bytes.ContainsAny(line, "\"`"):
		err = p.quoted(line)
	case at >= 0 && (bytes.Contains(line[:at], []byte("[]byte")) || bytes.Contains(line[:at], []byte("[]uint8"))):
		var n numbers
		p.buf, err = n.parse(p.buf, line[at:], at)
	case len(text) > 0 && text[0] == '[':
		n := numbers{open: true}
		p.buf, err = n.parse(p.buf, bytes.Trim(text, "[]"), 1)
	case len(text) > 0:
		p.buf, err = AppendHex(p.buf, line)
	}
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf})
	}
	return dst, err
}

func (p *Go) quoted(line []byte) error {
	for i := 0; i < len(line); i++ {
		if line[i] != '"' && line[i] != '`' {
			continue
		}
		lit, err := strconv.QuotedPrefix(string(line[i:]))
		if err != nil {
			return errorf(i, "the literal is not closed or has an escape that Go does not know")
		}
		s, err := strconv.Unquote(lit)
		if err != nil {
			return errorf(i, "%v", err)
		}
		p.buf = append(p.buf, s...)
		i += len(lit) - 1
	}
	return nil
}

// End implements [Parser].
func (p *Go) End(dst []Chunk) ([]Chunk, error) { return dst, nil }

// CArray reads C: initialisers of arrays, with numbers of any base and
// characters, and strings. Only what stands in braces counts when there are
// braces. Wireshark's export names its arrays peer0_N and peer1_N, which
// tells the direction.
type CArray struct {
	n   numbers
	dir codec.Direction
	buf []byte
}

// Parse implements [Parser].
func (p *CArray) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	if !p.n.open {
		switch {
		case bytes.Contains(line, []byte("peer0_")):
			p.dir = codec.ToServer
		case bytes.Contains(line, []byte("peer1_")):
			p.dir = codec.ToClient
		case bytes.IndexByte(line, '{') >= 0:
			p.dir = 0
		}
	}
	var err error
	p.buf, err = p.n.parse(p.buf[:0], line, 0)
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf, Dir: p.dir})
	}
	return dst, err
}

// End implements [Parser].
func (p *CArray) End(dst []Chunk) ([]Chunk, error) { return dst, nil }

// numbers reads the values of initialisers, line by line.
type numbers struct {
	open    bool // within braces
	braces  bool // there were braces
	comment bool // within /* */
}

func (n *numbers) parse(dst, line []byte, col int) ([]byte, error) {
	for i := 0; i < len(line); {
		rest := line[i:]
		switch c := line[i]; {
		case n.comment:
			end := bytes.Index(rest, []byte("*/"))
			if end < 0 {
				return dst, nil
			}
			n.comment = false
			i += end + 2
		case bytes.HasPrefix(rest, []byte("/*")):
			n.comment = true
			i += 2
		case bytes.HasPrefix(rest, []byte("//")), c == '#':
			return dst, nil
		case c == '{':
			n.open, n.braces = true, true
			i++
		case c == '}':
			n.open = false
			i++
		case c == '"':
			var size int
			if dst, size = unescape(dst, rest, cString); size < 0 {
				return dst, errorf(col+i, "the string has no closing quote")
			}
			i += size
		case c == '\'':
			b, size := unescape(nil, rest, cString)
			if size < 0 || len(b) != 1 {
				return dst, errorf(col+i, "a character of one byte is wanted")
			}
			dst = append(dst, b[0])
			i += size
		case wordByte(c):
			end := i
			for end < len(line) && wordByte(line[end]) {
				end++
			}
			word := string(line[i:end])
			if !n.open && (n.braces || c < '0' || c > '9' || bytes.ContainsAny(line, "[=({;")) {
				i = end // a declaration
				break
			}
			v, err := strconv.ParseUint(trimSuffixes(word), 0, 8)
			if err != nil {
				return dst, errorf(col+i, "%q is no number of one byte", word)
			}
			dst = append(dst, byte(v))
			i = end
		default:
			i++
		}
	}
	return dst, nil
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= utf8.RuneSelf
}

// trimSuffixes takes off C's u and l.
func trimSuffixes(s string) string {
	for len(s) > 1 && (s[len(s)-1]|0x20 == 'u' || s[len(s)-1]|0x20 == 'l') {
		s = s[:len(s)-1]
	}
	return s
}
