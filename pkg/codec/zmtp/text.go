package zmtp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Names of deviations in the notation.
const (
	devLong        = "long"               // a length of 8 bytes where 1 is enough
	devFlags       = "flags"              // the whole flags byte
	devSigEnd      = "signature-end"      // the last byte of the signature
	devAsServer    = "as-server"          // neither 0 nor 1
	devFiller      = "filler"             // not zeros
	devBrokenError = "libzmq-plain-error" // ERROR as libzmq's PLAIN server writes it
)

// AppendText implements [codec.Frame]. The texts are
//
//	greeting 3.1 NULL [as-server] [padding=N]
//	greeting 2.0 DEALER [revision=N] [padding=N]
//	identity "…"
//	message "…" "…"
//	command READY Socket-Type=DEALER Identity="…"
//	command NAME "data"
//	ping ttl=N [context=…]
//	pong [context=…]
//	curve HELLO|WELCOME|INITIATE|READY|MESSAGE …
//	v1 identity "…"
//	v1 message "…" "…"
//
// with deviations before the text or, in messages, before the frame that they
// are about.
//
// A PLAIN HELLO of which the end is missing has a text only while secrets are
// hidden: no text makes its bytes.
func (f *Frame) AppendText(dst []byte, v codec.View) []byte {
	if f.cut && v.Secrets {
		return dst
	}
	switch f.kind {
	case Greeting:
		return f.appendGreeting(dst)
	case Command:
		return f.appendCommand(dst, v)
	case Identity:
		return f.appendParts(dst, "identity", len(f.parts))
	default:
		return f.appendParts(dst, "message", len(f.parts))
	}
}

// AppendJSONText implements [codec.JSONTexter] for messages.
func (f *Frame) AppendJSONText(dst []byte, _ codec.View) ([]byte, bool) {
	if f.kind != Message || lex.Braces(f.raw) >= 0 {
		return dst, false
	}
	if f.ver == V1 {
		dst = append(dst, "v1 "...)
	}
	dst = append(dst, "message"...)
	for i := range f.parts {
		dst = append(dst, ' ')
		p := &f.parts[i]
		if !f.usual {
			dst = appendPartDeviation(dst, f.ver, *p, i < len(f.parts)-1, false)
		}
		dst = lex.AppendQuotedJSON(dst, f.raw[p.body:p.end])
	}
	return dst, true
}

// Certain implements [codec.Certain]: all is escapes. A message begins with a
// word, ends in a quotation mark, and has nothing that is masked or looks so.
func (f *Frame) Certain() codec.Certainty {
	if f.kind == Message {
		return codec.Everything
	}
	return codec.Printable
}

func (f *Frame) appendGreeting(dst []byte) []byte {
	b := f.raw
	if b[offSigEnd] != 0x7f {
		dst = appendDevByte(dst, devSigEnd, b[offSigEnd])
	}
	if f.ver == V2 {
		dst = append(dst, "greeting 2.0 "...)
		if t := int(b[offMinor]); t < len(socketTypes) {
			dst = append(dst, socketTypes[t]...)
		} else {
			dst = strconv.AppendInt(dst, int64(t), 10)
		}
		if b[offMajor] != 1 {
			dst = append(dst, " revision="...)
			dst = strconv.AppendUint(dst, uint64(b[offMajor]), 10)
		}
		return appendPadding(dst, b)
	}
	if filler := bytes.TrimRight(b[offFiller:], "\x00"); len(filler) > 0 {
		dst = append(dst, "!filler="...)
		dst = append(hex.AppendEncode(dst, filler), ' ')
	}
	if b[offAsServer] > 1 {
		dst = appendDevByte(dst, devAsServer, b[offAsServer])
	}
	dst = append(dst, "greeting "...)
	dst = strconv.AppendUint(dst, uint64(b[offMajor]), 10)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, uint64(b[offMinor]), 10)
	dst = append(dst, ' ')
	dst = AppendWord(dst, mechanismName(b[offMechanism:offAsServer]))
	if b[offAsServer] == 1 {
		dst = append(dst, " as-server"...)
	}
	return appendPadding(dst, b)
}

func appendPadding(dst, greeting []byte) []byte {
	if n := padding(greeting); n != plainPadding {
		dst = append(dst, " padding="...)
		dst = strconv.AppendUint(dst, n, 10)
	}
	return dst
}

func appendDevByte(dst []byte, name string, b byte) []byte {
	dst = append(dst, '!')
	dst = append(dst, name...)
	return append(dst, '=', '0', 'x', hexDigits[b>>4], hexDigits[b&0xf], ' ')
}

const hexDigits = "0123456789abcdef"

// AppendMasked appends a message like AppendText, with frame from and those
// behind it masked.
func (f *Frame) AppendMasked(dst []byte, from int) []byte { return f.appendParts(dst, "message", from) }

// appendParts appends a message or an identity, of which the frames before
// masked are shown.
func (f *Frame) appendParts(dst []byte, verb string, masked int) []byte {
	if f.ver == V1 {
		dst = append(dst, "v1 "...)
	}
	dst = append(dst, verb...)
	braces := lex.Braces(f.raw) >= 0 // in one of the parts, or between two
	if f.usual && !braces && masked >= len(f.parts) {
		for i := range f.parts {
			p := &f.parts[i]
			dst = lex.AppendQuoted(append(dst, ' '), f.raw[p.body:p.end])
		}
		return dst
	}
	quote := lex.AppendQuoted
	if braces {
		quote = AppendQuoted
	}
	for i, p := range f.parts {
		dst = append(dst, ' ')
		more := f.kind == Message && i < len(f.parts)-1
		dst = appendPartDeviation(dst, f.ver, p, more, false)
		if i >= masked {
			dst = append(dst, codec.Redacted...)
			continue
		}
		dst = quote(dst, f.raw[p.body:p.end])
	}
	return dst
}

// appendPartDeviation says what a part's header has that a sender would not
// write.
func appendPartDeviation(dst []byte, v Version, p part, more, command bool) []byte {
	n := p.end - p.body
	plain := plainFlags(v, n, more, command)
	if v == V1 {
		if p.long() && !needsLong(v, n) {
			dst = append(dst, "!long "...)
		}
	} else if p.flags == plain|FlagLong && p.flags != plain {
		return append(dst, "!long "...)
	}
	if p.flags != plain {
		dst = appendDevByte(dst, devFlags, p.flags)
	}
	return dst
}

func (f *Frame) appendCommand(dst []byte, v codec.View) []byte {
	c := f.command()
	dst = appendPartDeviation(dst, V3, f.parts[0], false, c.form != formCurveMessage)
	switch c.form {
	case formPing:
		dst = append(dst, "ping ttl="...)
		dst = strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(c.data)), 10)
		return appendContext(dst, c.data[2:])
	case formPong:
		return appendContext(append(dst, "pong"...), c.data)
	case formBrokenError:
		dst = append(dst, "!"+devBrokenError+" "...)
	case formCurveHello, formCurveWelcome, formCurveInitiate, formCurveReady, formCurveMessage:
		return appendCurve(dst, c)
	}
	dst = append(dst, "command "...)
	if !isBareName(c.name) {
		return AppendQuoted(dst, f.Body(0))
	}
	dst = append(dst, c.name...)
	switch {
	case c.form == formMetadata && bareProperties(c.data):
		return appendProperties(dst, c.data)
	case c.form == formError || c.form == formBrokenError:
		return AppendWord(append(dst, " reason="...), c.data[1:])
	case c.form == formPlainHello:
		user, rest, _ := cutShort(c.data)
		dst = AppendWord(append(dst, " username="...), user)
		if dst = append(dst, " password="...); !v.Secrets {
			return append(dst, codec.Redacted...)
		}
		return AppendWord(dst, rest[1:])
	case f.hidesSecret(c) && !v.Secrets:
		return append(append(dst, ' '), codec.Redacted...)
	case len(c.data) > 0 || c.form == formTopic || c.bad != nil:
		return AppendQuoted(append(dst, ' '), c.data)
	}
	return dst
}

// hidesSecret says whether the data is that of a PLAIN HELLO which breaks the
// rules, so that it is not known where in it the password is.
func (f *Frame) hidesSecret(c command) bool {
	return c.bad != nil && string(c.name) == nameHello && f.mech != MechCurve && f.mech != MechNull
}

func appendContext(dst, context []byte) []byte {
	if len(context) == 0 {
		return dst
	}
	return AppendWord(append(dst, " context="...), context)
}

func appendProperties(dst, data []byte) []byte {
	for len(data) > 0 {
		name, value, rest, _ := cutProperty(data)
		dst = append(append(dst, ' '), name...)
		dst = AppendWord(append(dst, '='), value)
		data = rest
	}
	return dst
}

// bareProperties says whether the names of all properties may stand bare.
func bareProperties(data []byte) bool {
	for len(data) > 0 {
		name, _, rest, _ := cutProperty(data)
		if !isBareName(name) {
			return false
		}
		data = rest
	}
	return true
}

// appendCurve appends a command of CURVE: names and sizes in the clear,
// everything else sealed.
func appendCurve(dst []byte, c command) []byte {
	dst = append(append(dst, "curve "...), c.name...)
	d := c.data
	switch c.form {
	case formCurveHello:
		dst = append(dst, " version="...)
		dst = strconv.AppendUint(dst, uint64(d[0]), 10)
		dst = append(dst, '.')
		dst = strconv.AppendUint(dst, uint64(d[1]), 10)
		dst = append(dst, " key="...)
		dst = hex.AppendEncode(dst, d[74:106])
		d = d[106:]
	case formCurveWelcome:
		dst = append(dst, " nonce="...)
		dst = hex.AppendEncode(dst, d[:curveLongNonceLen])
		return appendBox(dst, d[curveLongNonceLen:])
	case formCurveInitiate:
		dst = append(dst, " cookie="...)
		dst = hex.AppendEncode(dst, d[:96])
		d = d[96:]
	}
	dst = append(dst, " nonce="...)
	dst = strconv.AppendUint(dst, binary.BigEndian.Uint64(d), 10)
	return appendBox(dst, d[curveNonceLen:])
}

func appendBox(dst, box []byte) []byte { return hex.AppendEncode(append(dst, " box="...), box) }

// bare tells which bytes may stand in a word without quotation marks.
var bare = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true, 'M': true,
	'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true, 'm': true,
	'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
	'-': true, '_': true, '.': true, ':': true, '/': true, '+': true, '@': true, '~': true, '*': true, '%': true, ',': true, ';': true,
}

// IsBare says whether b may stand in a text as a word without quotation
// marks.
func IsBare(b []byte) bool {
	for _, c := range b {
		if !bare[c] {
			return false
		}
	}
	return len(b) > 0
}

// AppendWord appends b as a word: bare where it may be, else quoted.
func AppendWord(dst, b []byte) []byte {
	if IsBare(b) {
		return append(dst, b...)
	}
	return AppendQuoted(dst, b)
}

// quoted tells whether a byte stands for itself between quotation marks. An
// opening brace does only where no other stands before it: two mark a variable
// in the notation.
func quoted(c byte) bool { return c >= ' ' && c <= '~' && c != '\\' && c != '"' && c != '{' }

// AppendQuoted appends b between quotation marks, from which lex.Quoted reads
// it back.
func AppendQuoted(dst, b []byte) []byte {
	if lex.Braces(b) < 0 {
		return lex.AppendQuoted(dst, b)
	}
	dst = append(dst, '"')
	start := 0
	for i, c := range b {
		if quoted(c) || c == '{' && (i == 0 || b[i-1] != '{') {
			continue
		}
		dst = append(dst, b[start:i]...)
		start = i + 1
		switch c {
		case '\\', '"':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	dst = append(dst, b[start:]...)
	return append(dst, '"')
}

// isBareName says whether a command or a property of that name may stand
// bare.
func isBareName(b []byte) bool {
	for i, c := range b {
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != '+') {
			return false
		}
	}
	return len(b) > 0
}
