package pylit

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A prefix says what kind of string the letters before a quotation mark make.
type prefix struct {
	kind  value.Kind
	raw   bool // no escapes
	hex   bool // hexadecimal digits
	size  int  // how many bytes they make, from the left filled up; 0 for any
	inert bool // not Python's own
}

// prefixOf returns the meaning of the letters before a quotation mark.
func prefixOf(word []byte) (prefix, bool) {
	if len(word) == 1 && word[0] == 'x' {
		return prefix{kind: value.Bytes, hex: true, inert: true}, true
	}
	if len(word) > 3 {
		return prefix{}, false
	}
	var lower [3]byte
	for i, c := range word {
		lower[i] = c | 0x20
	}
	switch string(lower[:len(word)]) {
	case "", "u":
		return prefix{kind: value.Text}, true
	case "r":
		return prefix{kind: value.Text, raw: true}, true
	case "b":
		return prefix{kind: value.Bytes}, true
	case "br", "rb":
		return prefix{kind: value.Bytes, raw: true}, true
	case "s":
		return prefix{kind: value.Str, inert: true}, true
	case "x":
		return prefix{kind: value.Bytes, hex: true, inert: true}, true
	case "oid", "tid":
		return prefix{kind: value.Bytes, hex: true, size: 8, inert: true}, true
	}
	return prefix{}, false
}

// atString says whether a string comes next: letters and a quotation mark.
func (r *Reader) atString() bool {
	p, _, ok := r.prefix()
	return ok && (!p.inert || r.opts.Inert)
}

// prefix looks at the prefix of the string that comes next and returns its
// length.
func (r *Reader) prefix() (p prefix, n int, ok bool) {
	rest := r.src[r.pos:]
	for n < len(rest) && n < 4 && isLetter(rest[n]) {
		n++
	}
	if n == len(rest) || rest[n] != '"' && rest[n] != '\'' {
		return p, n, false
	}
	p, ok = prefixOf(rest[:n])
	return p, n, ok
}

// strings reads a string and those of the same kind that stand right behind
// it, which continue it. The first one has the prefix p of n letters.
func (r *Reader) strings(p prefix, n int) (value.ID, error) {
	start := r.pos
	from, to, own, err := r.str(p, n)
	if err != nil {
		return 0, err
	}
	if !r.moreStrings() {
		if own {
			return r.t.AddOwn(p.kind, r.buf, start, r.pos), nil
		}
		return r.t.AddRange(p.kind, from, to, start, r.pos), nil
	}
	all := append([]byte(nil), r.src[from:to]...)
	if own {
		all = append(all[:0], r.buf...)
	}
	end := r.pos
	for r.moreStrings() {
		at := r.pos
		q, n, _ := r.prefix()
		from, to, own, err := r.str(q, n)
		if err != nil {
			return 0, err
		}
		if q.kind != p.kind {
			return 0, r.fail(at, r.pos, "a %s string right behind a %s string", q.kind, p.kind)
		}
		if own {
			all = append(all, r.buf...)
		} else {
			all = append(all, r.src[from:to]...)
		}
		end = r.pos
	}
	r.pos = end
	return r.t.AddOwn(p.kind, all, start, end), nil
}

// moreStrings says whether a string comes next.
func (r *Reader) moreStrings() bool {
	c := r.Peek()
	return c == '"' || c == '\'' || isLetter(c) && r.atString()
}

// str reads one string, whose prefix is p of n letters. Its bytes are
// src[from:to], or buf if own.
func (r *Reader) str(p prefix, n int) (from, to int, own bool, err error) {
	start := r.pos
	r.pos += n
	if p.hex && r.plainHex(p) {
		return 0, 0, true, nil
	}
	quote := r.src[r.pos : r.pos+1]
	long := bytes.HasPrefix(r.src[r.pos:], []byte{quote[0], quote[0], quote[0]})
	if long {
		quote = r.src[r.pos : r.pos+3]
	} else if quote[0] == '"' && p == (prefix{kind: value.Bytes}) {
		if inside, ok := r.plainBytes(); ok {
			return r.pos - 1 - inside, r.pos - 1, len(r.buf) < inside, nil
		}
	}
	r.pos += len(quote)
	from = r.pos
	escapes := false
	for {
		r.pos = skipInside(r.src, r.pos, quote[0])
		if r.pos >= len(r.src) || r.src[r.pos] == '\n' && !long {
			return 0, 0, false, r.fail(start, r.pos, "the string has no end: %s is missing", quote)
		}
		if r.src[r.pos] == '\\' {
			escapes = true
			r.pos = min(r.pos+2, len(r.src))
			continue
		}
		if r.src[r.pos] == quote[0] && bytes.HasPrefix(r.src[r.pos:], quote) {
			break
		}
		r.pos++
	}
	to = r.pos
	r.pos += len(quote)
	own, err = r.content(p, from, to, escapes)
	return from, to, own, err
}

// plainHex reads a string of digits in pairs, from its quotation mark on: its
// bytes are buf. It says false, and reads nothing, when there is more to it.
func (r *Reader) plainHex(p prefix) bool {
	inside := r.src[r.pos+1:]
	b, n := lex.HexRun(r.buf[:0], inside)
	r.buf = b
	if n == 0 || n == len(inside) || inside[n] != r.src[r.pos] || p.size > 0 && len(b) != p.size {
		return false
	}
	r.pos += n + 2
	return true
}

// plainBytes reads a string of bytes that is printable ASCII, from its quotation
// mark on: what it stands for is buf. It returns how many characters are inside,
// or says false, and reads nothing, when there is more to it.
func (r *Reader) plainBytes() (inside int, ok bool) {
	b, n, err := lex.Quoted(r.buf[:0], r.src[r.pos:])
	r.buf = b
	if err != nil || !lex.ASCII(r.src[r.pos:r.pos+n]) {
		return 0, false
	}
	r.pos += n
	return n - 2, true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// skipInside passes over bytes of a string, eight at a time, up to one that
// may mean something, or nearly so.
func skipInside(src []byte, pos int, quote byte) int {
	for ; len(src)-pos >= 8; pos += 8 {
		x := binary.LittleEndian.Uint64(src[pos:])
		end, slash, feed := x^ones*uint64(quote), x^ones*'\\', x^ones*'\n'
		if found := ((end-ones)&^end | (slash-ones)&^slash | (feed-ones)&^feed) & highs; found != 0 {
			return pos + bits.TrailingZeros64(found)>>3
		}
	}
	return pos
}

// content checks src[from:to], the inside of a string, and puts what it
// stands for in buf when that is something else.
func (r *Reader) content(p prefix, from, to int, escapes bool) (own bool, err error) {
	s := r.src[from:to]
	r.buf = r.buf[:0]
	switch {
	case p.hex:
		r.buf, err = lex.Hex(r.buf, s)
		if err != nil && p.size > 0 && len(s)%2 == 1 && bytes.IndexByte(s, ' ') < 0 { // oid'1'
			r.buf, err = lex.Hex(r.buf[:0], append([]byte{'0'}, s...))
			from--
		}
		if err == nil && p.size > 0 {
			if len(r.buf) > p.size {
				return false, r.fail(from, to, "%d bytes, but an id has %d", len(r.buf), p.size)
			}
			var id [8]byte
			copy(id[p.size-len(r.buf):], r.buf)
			r.buf = append(r.buf[:0], id[:]...)
		}
		return true, lex.Shift(err, from)
	case p.kind == value.Text:
		if i := invalid(s); i >= 0 {
			return false, r.fail(from+i, from+i+1, "byte 0x%02x is not UTF-8", s[i])
		}
		if !escapes || p.raw {
			return false, nil
		}
		return true, r.textEscapes(from, to)
	}
	first := 0
	for ; len(s)-first >= 8 && binary.LittleEndian.Uint64(s[first:])&highs == 0; first += 8 {
	}
	for i := first; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			_, n := utf8.DecodeRune(s[i:])
			return false, r.fail(from+i, from+i+n, "%q in a bytes string: write it as \\x…", s[i:i+n])
		}
	}
	if !escapes || p.raw {
		return false, nil
	}
	r.buf, err = lex.Unescape(r.buf, s)
	return true, lex.Shift(err, from)
}

// invalid returns the offset of the first byte that is not UTF-8, or -1.
func invalid(s []byte) int {
	if lex.Valid(s) {
		return -1
	}
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// textEscapes puts the text that src[from:to] stands for in buf.
func (r *Reader) textEscapes(from, to int) error {
	for i := from; i < to; {
		c := r.src[i]
		if c != '\\' {
			r.buf = append(r.buf, c)
			i++
			continue
		}
		n, err := r.textEscape(i, to)
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// textEscape handles the escape at offset i and returns its length.
func (r *Reader) textEscape(i, to int) (int, error) {
	digits := 0
	switch c := r.src[i+1]; c {
	case 'N':
		return 0, r.fail(i, i+2, `\N{…} is not understood here: write \u and four hexadecimal digits`)
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n, v := 1, rune(0)
		for n < 4 && i+n < to && r.src[i+n] >= '0' && r.src[i+n] <= '7' {
			v = v<<3 | rune(r.src[i+n]-'0')
			n++
		}
		r.buf = AppendRune(r.buf, v)
		return n, nil
	default:
		var err error
		if c >= utf8.RuneSelf { // both characters stay
			r.buf = append(r.buf, '\\')
			return 1, nil
		}
		r.buf, err = lex.Unescape(r.buf, r.src[i:i+2])
		return 2, lex.Shift(err, i)
	}
	var b [4]byte
	hexEnd := i + 2 + digits
	if hexEnd > to {
		return 0, r.fail(i, to, "%s needs %d hexadecimal digits", r.src[i:i+2], digits)
	}
	if _, err := hex.Decode(b[4-digits/2:], r.src[i+2:hexEnd]); err != nil {
		return 0, r.fail(i, hexEnd, "%s needs %d hexadecimal digits", r.src[i:i+2], digits)
	}
	v := binary.BigEndian.Uint32(b[:])
	if v > utf8.MaxRune {
		return 0, r.fail(i, hexEnd, "%s is beyond the last character, \\U0010ffff", r.src[i:hexEnd])
	}
	r.buf = AppendRune(r.buf, rune(v))
	return 2 + digits, nil
}

// AppendRune appends c as UTF-8; a surrogate half in three bytes, as Python's
// surrogatepass does.
func AppendRune(dst []byte, c rune) []byte {
	if c >= 0xd800 && c < 0xe000 {
		return append(dst, 0xe0|byte(c>>12), 0x80|byte(c>>6)&0x3f, 0x80|byte(c)&0x3f)
	}
	return utf8.AppendRune(dst, c)
}
