package hg

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// payload appends the bytes that text stands for.
func (p *parser) payload(dst, text []byte) ([]byte, error) {
	if len(text) == 0 || !beginsPrefix(text[0]) {
		return lex.Unescape(dst, text)
	}
	if p.f.StreamFlags&StreamEncoded != 0 && p.dialect == final && hasPrefix(text, prefixEncode) {
		return p.encode(dst, text[len(prefixEncode):])
	}
	return p.plain(dst, text)
}

// plain is payload without the stream's encoding.
func (p *parser) plain(dst, text []byte) ([]byte, error) {
	own := p.f.prefix()
	switch {
	case own != "" && hasPrefix(text, own):
		dst, err := p.structured(own, dst, text[len(own):])
		return dst, lex.Shift(err, len(own))
	case hasPrefix(text, prefixHex):
		dst, err := lex.Hex(dst, text[len(prefixHex):])
		return dst, lex.Shift(err, len(prefixHex))
	case p.readFile != nil && hasPrefix(text, prefixFile):
		b, err := p.readFile(string(text[len(prefixFile):]))
		if err != nil {
			return dst, &codec.TextError{End: len(text), Message: err.Error(), Hint: `\x40 is a plain @`}
		}
		return append(dst, b...), nil
	}
	return lex.Unescape(dst, text)
}

// hasPrefix is [strings.HasPrefix] of bytes.
func hasPrefix(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && string(text[:len(prefix)]) == prefix
}

// structured reads what stands behind a prefix.
func (p *parser) structured(prefix string, dst, text []byte) ([]byte, error) {
	switch prefix {
	case prefixArgument:
		return parseArgument(dst, text)
	case prefixAtoms:
		return parseAtoms(dst, text)
	case prefixSettings:
		return parseSettings(dst, text)
	default:
		return p.literal(dst, text)
	}
}

// parseArgument reads name=value.
func parseArgument(dst, text []byte) ([]byte, error) {
	i := bytes.IndexByte(text, '=')
	if i < 0 {
		return dst, &codec.TextError{Start: len(text), End: len(text), Message: "an argument is name=value", Hint: `a "=" is missing`}
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0) // the two lengths
	dst, err := lex.Unescape(dst, text[:i])
	if err != nil {
		return dst, err
	}
	name := len(dst) - at - 4
	if dst, err = lex.Unescape(dst, text[i+1:]); err != nil {
		return dst, lex.Shift(err, i+1)
	}
	value := len(dst) - at - 4 - name
	if name > 0xffff || value > 0xffff {
		return dst, &codec.TextError{End: len(text), Message: "name and value hold 65535 bytes at the most"}
	}
	binary.LittleEndian.PutUint16(dst[at:], uint16(name))
	binary.LittleEndian.PutUint16(dst[at+2:], uint16(value))
	return dst, nil
}

// parseAtoms reads "format"("argument",…)["label",…] …
func parseAtoms(dst, text []byte) ([]byte, error) {
	for at := 0; ; at++ {
		var a Atom
		n, err := parseAtomText(&a, text[at:])
		if err != nil {
			return dst, lex.Shift(err, at)
		}
		if err := a.check(); err != nil {
			return dst, &codec.TextError{Start: at, End: at + n, Message: err.Error()}
		}
		dst = a.appendTo(dst)
		at += n
		if at == len(text) {
			return dst, nil
		}
		if text[at] != ' ' {
			return dst, &codec.TextError{Start: at, End: at + 1, Message: fmt.Sprintf("%q after an atom", text[at]), Hint: `an atom is "format"("argument",…)["label",…]; one blank stands between atoms`}
		}
	}
}

func parseAtomText(a *Atom, text []byte) (int, error) {
	format, at, err := lex.Quoted(nil, text)
	if err != nil {
		return 0, err
	}
	a.Format = format
	for _, list := range []struct {
		open, end byte
		into      *[][]byte
	}{{'(', ')', &a.Args}, {'[', ']', &a.Labels}} {
		if at == len(text) || text[at] != list.open {
			continue
		}
		for text[at] != list.end {
			at++
			b, n, err := lex.Quoted(nil, text[at:])
			if err != nil {
				return 0, lex.Shift(err, at)
			}
			*list.into = append(*list.into, b)
			at += n
			if at == len(text) || text[at] != ',' && text[at] != list.end {
				return 0, &codec.TextError{Start: at, End: min(at+1, len(text)), Message: fmt.Sprintf("a list goes on with %q or ends with %q", ',', list.end)}
			}
		}
		at++
	}
	return at, nil
}

// parseSettings reads "profile" and, if there is some, "data".
func parseSettings(dst, text []byte) ([]byte, error) {
	profile, n, err := lex.Quoted(nil, text)
	if err != nil {
		return dst, err
	}
	if len(profile) > 0xff {
		return dst, &codec.TextError{End: n, Message: "a profile's name holds 255 bytes at the most"}
	}
	dst = append(append(dst, byte(len(profile))), profile...)
	if n == len(text) {
		return dst, nil
	}
	if text[n] != ' ' {
		return dst, &codec.TextError{Start: n, End: n + 1, Message: fmt.Sprintf("%q after the profile's name", text[n]), Hint: `settings:"profile" "data"`}
	}
	data, m, err := lex.Quoted(nil, text[n+1:])
	if err != nil {
		return dst, lex.Shift(err, n+1)
	}
	if at := n + 1 + m; at != len(text) {
		return dst, &codec.TextError{Start: at, End: at + 1, Message: fmt.Sprintf("%q after the profile's data", text[at])}
	}
	return append(dst, data...), nil
}
