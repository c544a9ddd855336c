package textin

import "bytes"

// Hex reads hex digits, two for each byte, with blanks, colons, commas,
// hyphens, 0x and \x between them. A line that begins with # is a comment.
type Hex struct{ buf []byte }

// Parse implements [Parser].
func (p *Hex) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	var err error
	p.buf, err = AppendHex(p.buf[:0], line)
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf})
	}
	return dst, err
}

// End implements [Parser].
func (p *Hex) End(dst []Chunk) ([]Chunk, error) { return dst, nil }

// AppendHex appends the bytes that a line of hex digits stands for. An error
// is an [*Error]; the bytes before it are appended.
func AppendHex(dst, line []byte) ([]byte, error) {
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
		return dst, nil
	}
	for i := 0; i < len(line); {
		c := line[i]
		switch c {
		case ' ', '\t', '\r', '\n', '\v', '\f', ':', ',', '-':
			i++
			continue
		case '0', '\\':
			if i+1 < len(line) && (line[i+1] == 'x' || line[i+1] == 'X') {
				i += 2
				continue
			}
		}
		hi := hexValue(c)
		if hi < 0 {
			return dst, errorf(i, "%q is no hex digit", c)
		}
		if i+1 == len(line) {
			return dst, errorf(i, "the hex digit %q has no second one", c)
		}
		lo := hexValue(line[i+1])
		if lo < 0 {
			return dst, errorf(i+1, "a second hex digit is wanted, not %q", line[i+1])
		}
		dst = append(dst, byte(hi<<4|lo))
		i += 2
	}
	return dst, nil
}

// Base64 reads base64 of the standard and of the URL alphabet, with or
// without padding. Lines may break anywhere; padding ends one text and the
// next begins.
type Base64 struct {
	buf  []byte
	bits uint32
	n    int  // sextets in bits
	pad  bool // padding was seen: only more of it, or a new text, may follow
}

// Parse implements [Parser].
func (p *Base64) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	p.buf = p.buf[:0]
	var err error
	for i, c := range line {
		var v uint32
		switch {
		case 'A' <= c && c <= 'Z':
			v = uint32(c - 'A')
		case 'a' <= c && c <= 'z':
			v = uint32(c-'a') + 26
		case '0' <= c && c <= '9':
			v = uint32(c-'0') + 52
		case c == '+' || c == '-':
			v = 62
		case c == '/' || c == '_':
			v = 63
		case c == '=':
			if err = p.flush(); err == nil {
				p.pad = true
				continue
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		default:
			err = errorf(i, "%q is no base64", c)
		}
		if err != nil {
			break
		}
		p.pad = false
		p.bits = p.bits<<6 | v
		if p.n++; p.n == 4 {
			p.buf = append(p.buf, byte(p.bits>>16), byte(p.bits>>8), byte(p.bits))
			p.bits, p.n = 0, 0
		}
	}
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf})
	}
	return dst, err
}

// flush ends a text.
func (p *Base64) flush() error {
	switch p.n {
	case 0:
		if !p.pad {
			return nil
		}
	case 1:
		p.bits, p.n = 0, 0
		return errorf(0, "base64 ends with a single digit")
	case 2:
		p.buf = append(p.buf, byte(p.bits>>4))
	case 3:
		p.buf = append(p.buf, byte(p.bits>>10), byte(p.bits>>2))
	}
	p.bits, p.n = 0, 0
	return nil
}

// End implements [Parser].
func (p *Base64) End(dst []Chunk) ([]Chunk, error) {
	p.buf = p.buf[:0]
	err := p.flush()
	if len(p.buf) > 0 {
		dst = append(dst, Chunk{Data: p.buf})
	}
	return dst, err
}
