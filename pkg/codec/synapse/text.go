package synapse

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// AppendText implements [codec.Frame]: the text of a line is the line itself
// without its LF, byte for byte. Some lines have the form "raw …" of the
// notation instead: one without a LF, one that begins with the mark of a
// deviation, one that looks as if a secret were masked in it, and what Redis
// carries beside lines. A line that Redis carries has !redis=VERB/CHANNEL
// before it.
//
// When v hides secrets, a line that holds an access token has
// [codec.Redacted] in its place, and other characters that no text may hold
// are escaped: that text is to be read only.
func (f *Frame) AppendText(dst []byte, v codec.View) []byte {
	body := f.body()
	if f.usual {
		return append(dst, body...)
	}
	secret := f.secret()
	switch {
	case !v.Secrets && secret.end > 0:
		if f.cmd == cmdUnknown || f.cmd == cmdRedis { // whatever it begins with
			dst = append(dst, "unknown "...)
		}
		if f.head > 0 {
			dst, _ = f.appendRedisMark(dst)
		}
		dst = appendMasked(dst, body, secret)
		if dst[len(dst)-1] == '\\' {
			dst = append(dst, ' ') // the next line is none of this text
		}
	case f.tail == 0, f.cmd == cmdRedis, secret.end > 0 && isMasked(body, secret), bytes.HasPrefix(body, []byte("!")):
		dst = append(dst, "raw "...)
		dst = lex.AppendEscaped(dst, f.unit)
	case f.head > 0:
		start := len(dst)
		dst, ok := f.appendRedisMark(dst)
		if !ok || bytes.IndexByte(body, '\n') >= 0 {
			return lex.AppendEscaped(append(dst[:start], "raw "...), f.unit)
		}
		return append(dst, body...)
	default:
		dst = append(dst, body...)
	}
	return dst
}

// Certain implements [codec.Certain]: a line that has a layout is UTF-8,
// and one of usualRow is its own text, without braces.
func (f *Frame) Certain() codec.Certainty {
	if f.usual {
		return codec.Everything
	}
	if f.lay >= 0 && f.head == 0 && f.oneLine {
		return codec.Printable
	}
	return 0
}

// appendMasked appends body with the mask at s.
func appendMasked(dst, body []byte, s span) []byte {
	dst = appendReadable(dst, body[:s.start])
	dst = append(dst, codec.Redacted...)
	return appendReadable(dst, body[s.end:])
}

// appendReadable appends b, escaped when it cannot stand in a text.
func appendReadable(dst, b []byte) []byte {
	if lex.Printable(b) {
		return append(dst, b...)
	}
	return lex.AppendEscaped(dst, b)
}

// isMasked says whether the mask stands where the secret at s does.
func isMasked(body []byte, s span) bool {
	return bytes.Contains(body[s.start:s.end], []byte(codec.Redacted))
}

// secret returns where the access token of a line stands: of a USER_IP
// command, well-formed or not, and of any line that quotes one, as ERROR does.
// The range is empty when there is none.
func (f *Frame) secret() span {
	body := f.body()
	if f.cmd == cmdUserIP {
		return tokenIn(body, f.rest)
	}
	if f.cmd == cmdError || f.cmd == cmdUnknown || f.cmd == cmdRedis {
		if i := bytes.Index(body, []byte("USER_IP")); i >= 0 {
			return nonEmpty(span{i + len("USER_IP"), len(body)})
		}
	}
	return span{}
}

// tokenIn returns where the access token is in the payload of a USER_IP line
// that begins at rest: the first element of the list, the second of six
// words, or, of anything else, all that follows the user.
func tokenIn(body []byte, rest int) span {
	i := bytes.IndexByte(body[rest:], ' ')
	if i < 0 {
		return span{}
	}
	at := rest + i + 1
	payload := body[at:]
	if jsonv.KindOf(payload) == jsonv.Array && jsonv.CheckWhole(payload, jsonv.Options{Allow: jsonv.Python}) == nil {
		first, ok := jsonv.Index(payload, 0)
		if !ok {
			return span{}
		}
		start := at + cap(payload) - cap(first) // first is a part of payload
		if jsonv.KindOf(first) == jsonv.String {
			return nonEmpty(span{start + 1, start + len(first) - 1})
		}
		return span{start, start + len(first)}
	}
	w := Frame{reading: reading{line: body, rest: rest}}
	var t trouble
	in := &commands[cmdUserIP].layouts[0]
	if got, token := w.fit(in, true, 0, &w.pieces, &t), &w.pieces.parts[1]; got != none && token.end > token.start {
		return *token
	}
	return nonEmpty(span{at, len(body)})
}

func nonEmpty(s span) span {
	if s.end <= s.start {
		return span{}
	}
	return s
}
