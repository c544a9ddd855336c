package emqp

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendJSON implements [codec.Frame]. Texts are strings; what is no UTF-8 is
// in the byte form, {"hex":…}; JSON parts are typed values.
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	if !f.envelope {
		return f.z.AppendJSON(dst, v)
	}
	dst = append(dst, `{"msgid":`...)
	if f.z.Len() > frameMsgID {
		dst = appendString(dst, f.MsgID())
	} else {
		dst = append(dst, "null"...)
	}
	if b := f.z.Body(frameVersion); string(b) != Version {
		dst = appendMember(dst, "version", b)
	}
	if f.cmd == nil {
		dst = appendMember(dst, "command", f.z.Body(frameCommand))
	}
	if f.peer != "" {
		dst = append(dst, `,"peer":`...)
		dst = appendString(dst, []byte(f.peer))
	}
	dst = appendRole(dst, "from", f.from)
	dst = appendRole(dst, "to", f.to)
	hides := f.hidesSecret() && !v.Secrets
	if f.shape == nil {
		return f.appendBody(dst, hides)
	}
	if f.shape.name != "" {
		dst = appendMember(dst, "reply_kind", []byte(f.shape.name))
	}
	for i, p := range f.shape.parts {
		if !v.Wants(p.name, "subcommand") { // which is a part of job
			continue
		}
		if hides {
			dst = append(appendKey(dst, p.name), `"`+codec.Redacted+`"`...)
			continue
		}
		dst = appendPart(dst, p, f.z.Body(frameBody+i))
	}
	return append(dst, '}')
}

// appendBody appends the body of a message whose parts have no names.
func (f *Frame) appendBody(dst []byte, hides bool) []byte {
	dst = append(dst, `,"body":[`...)
	for i := frameBody; i < f.z.Len(); i++ {
		if i > frameBody {
			dst = append(dst, ',')
		}
		if hides {
			dst = append(dst, `"`+codec.Redacted+`"`...)
			continue
		}
		dst = appendString(dst, f.z.Body(i))
	}
	return append(dst, ']', '}')
}

func appendRole(dst []byte, name string, r Role) []byte {
	if r == "" {
		return dst
	}
	dst = append(append(append(dst, ',', '"'), name...), '"', ':')
	return jsonenc.AppendString(dst, r)
}

// appendString appends a text that should be UTF-8.
func appendString(dst, b []byte) []byte {
	if !utf8.Valid(b) {
		return jsonenc.AppendBytes(dst, b)
	}
	return jsonenc.AppendString(dst, b)
}

func appendKey(dst []byte, name string) []byte {
	return append(append(append(dst, ',', '"'), name...), '"', ':')
}

func appendMember(dst []byte, name string, b []byte) []byte {
	return appendString(appendKey(dst, name), b)
}

func appendPart(dst []byte, p part, b []byte) []byte {
	switch p.kind {
	case numberPart:
		if n, ok := integer(b); ok {
			return jsonenc.AppendInt(appendKey(dst, p.name), n)
		}
	case headersPart:
		dst = append(appendKey(dst, p.name), '[')
		for more := len(b) > 0; more; {
			var h []byte
			h, b, more = bytes.Cut(b, []byte(","))
			dst = appendString(dst, h)
			if more {
				dst = append(dst, ',')
			}
		}
		return append(dst, ']')
	case queuesPart:
		if len(b) == 0 {
			return append(appendKey(dst, p.name), '[', ']')
		}
		return appendTyped(dst, p.name, b)
	case jsonPart:
		if p.name == "job" {
			return appendJob(dst, b)
		}
		return appendTyped(dst, p.name, b)
	}
	return appendMember(dst, p.name, b)
}

// integer reads a decimal integer as it is sent.
func integer(b []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// headers splits the frame of headers; an empty one has none.
func headers(b []byte) [][]byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Split(b, []byte(","))
}

// appendTyped appends JSON text as a value, or as a string when it is none.
func appendTyped(dst []byte, name string, b []byte) []byte {
	if jsonv.CheckWhole(b, pythonJSON) != nil {
		return appendMember(dst, name, b)
	}
	return jsonv.AppendTyped(appendKey(dst, name), b)
}

// appendJob appends ["run", {…}] as "subcommand" and "job".
func appendJob(dst, b []byte) []byte {
	if jsonv.CheckWhole(b, pythonJSON) != nil {
		return appendMember(dst, "job", b)
	}
	var pair [2][]byte
	n := 0
	for i, v := range jsonv.Elements(b) {
		if i < len(pair) {
			pair[i] = v
		}
		n++
	}
	if n != len(pair) {
		return jsonv.AppendTyped(appendKey(dst, "job"), b)
	}
	dst = jsonv.AppendTyped(appendKey(dst, "subcommand"), pair[0])
	return jsonv.AppendTyped(appendKey(dst, "job"), pair[1])
}
