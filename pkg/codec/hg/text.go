package hg

import (
	"bytes"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Prefixes of payloads that are not the bytes themselves. A payload whose
// bytes begin like one of those that its type may have is printed with the
// first byte escaped.
const (
	prefixArgument = "arg:"
	prefixAtoms    = "text:"
	prefixSettings = "settings:"
	prefixHex      = "hex:"
	prefixFile     = "@"
)

// prefixOf maps the form of a payload to its own prefix.
var prefixOf = [...]string{
	formArgument: prefixArgument,
	formAtoms:    prefixAtoms,
	formSettings: prefixSettings,
	formMessage:  "",
}

// AppendText implements [codec.Frame]:
//
//	<request-id> <stream-id> <stream-flags> <type> <flags> <payload>
func (f *Frame) AppendText(dst []byte, _ codec.View) []byte { return f.appendText(dst, &escapes) }

// AppendJSONText implements [codec.JSONTexter], but for payloads with a form
// that has quotation marks.
func (f *Frame) AppendJSONText(dst []byte, _ codec.View) ([]byte, bool) {
	switch f.info().form {
	case formAtoms, formSettings, formCBOR:
		return dst, false
	}
	return f.appendText(dst, &jsonEscapes), true
}

// Certain implements [codec.Certain]: all is escapes, but for CBOR. What looks
// masked does so in the payload as well.
func (f *Frame) Certain() codec.Certainty {
	switch info := f.info(); {
	case info.form == formCBOR:
		return 0
	case f.Lies || info.name == "":
		return codec.Printable
	case bytes.IndexByte(f.Payload, '{') >= 0 && lex.Braces(f.Payload) >= 0:
		return codec.Printable | codec.Own
	}
	return codec.Everything
}

// appendText appends the text, with the bytes of opaque payload as e appends
// them.
func (f *Frame) appendText(dst []byte, e *escaper) []byte {
	d := f.Dialect()
	head := d.head(f.TypeID, f.Flags)
	if head == "" || f.Lies || int(f.StreamFlags) >= len(streamFlagTexts) {
		return f.appendPayload(f.appendHeader(dst), e)
	}
	dst = append(jsonenc.AppendUint(dst, uint64(f.RequestID)), ' ')
	dst = jsonenc.AppendUint(dst, uint64(f.StreamID))
	dst = append(dst, streamFlagTexts[f.StreamFlags]...)
	dst = append(dst, head...)
	return f.appendPayload(dst, e)
}

// appendHeader appends what the header says, and a blank.
func (f *Frame) appendHeader(dst []byte) []byte {
	info := f.info()
	if f.Lies {
		dst = append(dst, "!length="...)
		dst = strconv.AppendUint(dst, uint64(f.Length), 10)
		dst = append(dst, ' ')
	}
	if info.name == "" {
		dst = append(dst, "!type "...)
	}
	dst = jsonenc.AppendUint(dst, uint64(f.RequestID))
	dst = append(dst, ' ')
	dst = jsonenc.AppendUint(dst, uint64(f.StreamID))
	dst = append(dst, ' ')
	dst = appendFlags(dst, f.StreamFlags, streamFlagNames)
	dst = append(dst, ' ')
	if info.name == "" {
		dst = strconv.AppendUint(dst, uint64(f.TypeID), 10)
	} else {
		dst = append(dst, info.name...)
	}
	dst = append(dst, ' ')
	dst = appendFlags(dst, f.Flags, info.flags)
	return append(dst, ' ')
}

// An escaper is how bytes stand in a text.
type escaper struct {
	append    func(dst, b []byte) []byte
	backslash string
}

var (
	escapes     = escaper{lex.AppendEscaped, `\`}
	jsonEscapes = escaper{lex.AppendEscapedJSON, `\\`}
)

// appendPayload appends the payload in its own form where it has one, and
// else as bytes with escapes.
func (f *Frame) appendPayload(dst []byte, e *escaper) []byte {
	switch form := f.info().form; {
	case f.Rest || form == formBytes || form == formName || form == formMessage:
	case form == formArgument:
		if a, err := ParseArgument(f.Payload); err == nil && len(a.Value) == a.Length && !bytes.Contains(a.Name, []byte("=")) {
			return appendArgument(dst, a, e)
		}
	case form == formAtoms:
		if checkAtoms(f.Payload) == nil {
			return appendAtoms(dst, f.Payload)
		}
	case form == formSettings:
		if s, err := ParseSettings(f.Payload); err == nil {
			return appendSettings(dst, s)
		}
	case form == formCBOR:
		if out, ok := f.appendLiteral(dst); ok {
			return out
		}
	}
	if p := f.Payload; f.looksPrefixed() {
		const hexDigits = "0123456789abcdef"
		dst = append(append(dst, e.backslash...), 'x', hexDigits[p[0]>>4], hexDigits[p[0]&0xf])
		return e.append(dst, p[1:])
	}
	return e.append(dst, f.Payload)
}

// looksPrefixed says whether the payload's own bytes would be taken for a
// prefix.
func (f *Frame) looksPrefixed() bool {
	return len(f.Payload) > 0 && beginsPrefix(f.Payload[0]) && f.hasPrefix()
}

// beginsPrefix says whether some prefix begins with c.
func beginsPrefix(c byte) bool {
	const at = uint64(1) // the lowest bit is of '@'
	const letters = at | 1<<('a'-'@') | 1<<('c'-'@') | 1<<('e'-'@') | 1<<('h'-'@') | 1<<('s'-'@') | 1<<('t'-'@')
	return letters>>(c-'@')&1 != 0
}

func (f *Frame) hasPrefix() bool {
	p := f.Payload
	if p[0] == prefixFile[0] || bytes.HasPrefix(p, []byte(prefixHex)) {
		return true
	}
	if f.Dialect() == final && f.StreamFlags&StreamEncoded != 0 && bytes.HasPrefix(p, []byte(prefixEncode)) {
		return true
	}
	own := f.prefix()
	return own != "" && len(p) >= len(own) && string(p[:len(own)]) == own
}

// prefix returns the prefix that the frame's type has for its payload, or "".
func (f *Frame) prefix() string {
	if f.Dialect() == final {
		return prefixCBOR
	}
	if form := f.info().form; int(form) < len(prefixOf) {
		return prefixOf[form]
	}
	return ""
}

// appendArgument appends arg:name=value.
func appendArgument(dst []byte, a Argument, e *escaper) []byte {
	dst = append(dst, prefixArgument...)
	dst = e.append(dst, a.Name)
	dst = append(dst, '=')
	return e.append(dst, a.Value)
}

// appendAtoms appends text:"format"("argument",…)["label",…] for each atom of
// p, which is whole.
func appendAtoms(dst, p []byte) []byte {
	dst = append(dst, prefixAtoms...)
	for first := true; len(p) > 0; first = false {
		v, n, _ := parseAtom(p)
		p = p[n:]
		if !first {
			dst = append(dst, ' ')
		}
		dst = lex.AppendQuoted(dst, v.format)
		body := v.body
		labels := body
		for _, l := range v.labelLens {
			body = body[l:]
		}
		if len(v.argLens) > 0 {
			dst = append(dst, '(')
			for i := range len(v.argLens) / 2 {
				dst = comma(dst, i)
				dst = lex.AppendQuoted(dst, body[:v.argLen(i)])
				body = body[v.argLen(i):]
			}
			dst = append(dst, ')')
		}
		if len(v.labelLens) > 0 {
			dst = append(dst, '[')
			for i, l := range v.labelLens {
				dst = comma(dst, i)
				dst = lex.AppendQuoted(dst, labels[:l])
				labels = labels[l:]
			}
			dst = append(dst, ']')
		}
	}
	return dst
}

// comma separates the items of a list.
func comma(dst []byte, i int) []byte {
	if i == 0 {
		return dst
	}
	return append(dst, ',')
}

// appendSettings appends settings:"profile", and "data" behind it if there is
// some.
func appendSettings(dst []byte, s Settings) []byte {
	dst = append(dst, prefixSettings...)
	dst = lex.AppendQuoted(dst, s.Profile)
	if len(s.Data) > 0 {
		dst = append(dst, ' ')
		dst = lex.AppendQuoted(dst, s.Data)
	}
	return dst
}
