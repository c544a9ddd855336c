package emqp

import (
	"bytes"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// pythonJSON is what Python's json module takes.
var pythonJSON = jsonv.Options{Allow: jsonv.Python}

// AppendText implements [codec.Frame]. A message that is as EventMQ's
// programs send it is
//
//	COMMAND id=… name=… headers=[a,b] JSON
//
// with the JSON part, where there is one, verbatim at the end. Anything else
// is as in package zmtp. What DISCONNECT has as its body is a secret.
func (f *Frame) AppendText(dst []byte, v codec.View) []byte {
	hides := f.hidesSecret() && !v.Secrets
	if !f.isCanonical() {
		if hides {
			return f.z.AppendMasked(dst, frameBody)
		}
		return f.z.AppendText(dst, v)
	}
	dst = append(dst, f.cmd.name...)
	dst = append(dst, " id="...)
	dst = zmtp.AppendWord(dst, f.MsgID())
	last := f.shape.last()
	for i, p := range f.shape.parts {
		b := f.z.Body(frameBody + i)
		if i == last || p.opt && len(b) == 0 {
			continue
		}
		dst = append(dst, ' ')
		dst = append(dst, p.name...)
		dst = append(dst, '=')
		if hides {
			dst = append(dst, codec.Redacted...)
			continue
		}
		if p.kind == headersPart && plainHeaders(b) {
			dst = append(append(append(dst, '['), b...), ']')
			continue
		}
		dst = zmtp.AppendWord(dst, b)
	}
	if last >= 0 {
		if b := f.z.Body(frameBody + last); len(b) > 0 {
			dst = append(append(dst, ' '), b...)
		}
	}
	return dst
}

// hidesSecret says whether f has a body that is a secret, or may be.
func (f *Frame) hidesSecret() bool {
	return f.cmd != nil && f.cmd.name == "DISCONNECT" && f.z.Len() > frameBody
}

// isCanonical says whether the parts of f tell all of it, and its JSON can
// stand in a line.
func (f *Frame) isCanonical() bool {
	if f.shape == nil || !f.z.IsPlain() || len(f.z.Body(frameDelimiter)) > 0 || string(f.z.Body(frameVersion)) != Version {
		return false
	}
	last := f.shape.last()
	if last < 0 {
		return true
	}
	b := f.z.Body(frameBody + last)
	if len(b) == 0 {
		return f.shape.parts[last].kind == queuesPart
	}
	return isLineJSON(b)
}

// isLineJSON says whether b is JSON that can end a line as it is.
func isLineJSON(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return b[0] != ' ' && b[len(b)-1] != ' ' && utf8.Valid(b) && !bytes.Contains(b, []byte("{{")) &&
		jsonv.CheckWhole(b, pythonJSON) == nil
}

// plainHeaders says whether b can stand between brackets.
func plainHeaders(b []byte) bool { return len(b) == 0 || zmtp.IsBare(b) }
