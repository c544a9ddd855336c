package hg

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// AppendJSON implements [codec.Frame].
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	if v.Only == nil && f.Dialect() == seed { // mostly
		dst = append(f.appendHeaderJSON(append(dst, '{')), `,"payload":`...)
		dst = f.appendStructureJSON(jsonenc.AppendBytes(dst, f.Payload))
		return append(dst, '}')
	}
	content := v.Wants(contentNames...)
	if dst = append(dst, '{'); content || v.Wants("request_id", "stream_id", "stream_flags", "type", "flags") {
		dst = f.appendHeaderJSON(dst)
	}
	dst, value := v.Member(dst, "payload")
	if value {
		dst = jsonenc.AppendBytes(dst, f.Payload)
	}
	switch {
	case !content:
	case f.Dialect() == final:
		dst = f.appendContentJSON(dst)
	default:
		dst = f.appendStructureJSON(dst)
	}
	return append(dst, '}')
}

// appendHeaderJSON appends what the header says.
func (f *Frame) appendHeaderJSON(dst []byte) []byte {
	dst = append(dst, `"request_id":`...)
	dst = jsonenc.AppendUint(dst, uint64(f.RequestID))
	dst = append(dst, `,"stream_id":`...)
	dst = jsonenc.AppendUint(dst, uint64(f.StreamID))
	if m := f.Dialect().member(f.TypeID, f.Flags); m != "" && int(f.StreamFlags) < len(streamFlagMembers) {
		return append(append(dst, streamFlagMembers[f.StreamFlags]...), m...)
	}
	return f.appendMembers(dst)
}

// appendMembers appends the members of flags and type, whatever these are.
func (f *Frame) appendMembers(dst []byte) []byte {
	info := f.info()
	dst = append(dst, `,"stream_flags":`...)
	dst = appendFlagsJSON(dst, f.StreamFlags, streamFlagNames)
	dst = append(dst, `,"type":`...)
	if info.name == "" {
		dst = strconv.AppendUint(dst, uint64(f.TypeID), 10)
	} else {
		dst = append(append(append(dst, '"'), info.name...), '"')
	}
	dst = append(dst, `,"flags":`...)
	return appendFlagsJSON(dst, f.Flags, info.flags)
}

// contentNames are the members that say what a payload holds.
var contentNames = []string{
	"command", "message", "argument", "atoms", "settings", "encoding", "decoded", "decode_error", "items", "more_items", "continues",
	"args", "redirect", "status", "location", "error_type", "text", "content_encodings", "stream_encoding", "data",
}

// appendFlagsJSON appends an array of names, with the bits that have no name
// as a number at the end.
func appendFlagsJSON(dst []byte, bits uint8, names []string) []byte {
	if bits == 0 {
		return append(dst, "[]"...)
	}
	dst = append(dst, '[')
	n := 0
	for i, name := range names {
		if bits&(1<<i) != 0 {
			dst = comma(dst, n)
			dst = append(append(append(dst, '"'), name...), '"') // none has to be escaped
			bits &^= 1 << i
			n++
		}
	}
	if bits != 0 {
		dst = comma(dst, n)
		dst = strconv.AppendUint(dst, uint64(bits), 10)
	}
	return append(dst, ']')
}

// appendStructureJSON appends what the payload holds, under its own name,
// when it is well formed.
func (f *Frame) appendStructureJSON(dst []byte) []byte {
	switch f.info().form {
	case formName:
		dst = append(dst, `,"command":`...)
		return jsonenc.AppendBytes(dst, f.Payload)
	case formMessage:
		dst = append(dst, `,"message":`...)
		return jsonenc.AppendBytes(dst, f.Payload)
	case formArgument:
		return f.appendArgumentJSON(dst)
	case formAtoms:
		if checkAtoms(f.Payload) == nil {
			return appendAtomsJSON(dst, f.Payload)
		}
	case formSettings:
		if s, err := ParseSettings(f.Payload); err == nil {
			dst = append(dst, `,"settings":{"profile":`...)
			dst = jsonenc.AppendBytes(dst, s.Profile)
			dst = append(dst, `,"data":`...)
			dst = jsonenc.AppendBytes(dst, s.Data)
			return append(dst, '}')
		}
	}
	return dst
}

func (f *Frame) appendArgumentJSON(dst []byte) []byte {
	if f.Rest {
		dst = append(dst, `,"argument":{"rest":true,"value":`...)
		dst = jsonenc.AppendBytes(dst, f.Payload)
		return append(dst, '}')
	}
	a, err := ParseArgument(f.Payload)
	if err != nil {
		return dst
	}
	dst = append(dst, `,"argument":{"name":`...)
	dst = jsonenc.AppendBytes(dst, a.Name)
	dst = append(dst, `,"value":`...)
	dst = jsonenc.AppendBytes(dst, a.Value)
	if len(a.Value) < a.Length {
		dst = append(dst, `,"value_length":`...)
		dst = strconv.AppendInt(dst, int64(a.Length), 10)
	}
	return append(dst, '}')
}

func appendAtomsJSON(dst, p []byte) []byte {
	dst = append(dst, `,"atoms":[`...)
	for i := 0; len(p) > 0; i++ {
		v, n, _ := parseAtom(p)
		p = p[n:]
		dst = comma(dst, i)
		dst = append(dst, `{"format":`...)
		dst = jsonenc.AppendString(dst, v.format)
		body := v.body
		dst = append(dst, `,"labels":[`...)
		for i, l := range v.labelLens {
			dst = comma(dst, i)
			dst = jsonenc.AppendString(dst, body[:l])
			body = body[l:]
		}
		dst = append(dst, `],"args":[`...)
		for i := range len(v.argLens) / 2 {
			dst = comma(dst, i)
			dst = jsonenc.AppendString(dst, body[:v.argLen(i)])
			body = body[v.argLen(i):]
		}
		dst = append(dst, `]}`...)
	}
	return append(dst, ']')
}

// AppendFields implements [codec.Frame].
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	w := fieldWriter{dst, base, v.Texts}
	info := f.info()
	n := len(f.Payload)
	if f.Lies {
		n = int(f.Length)
	}
	side := "client's"
	if f.StreamID%2 == 0 {
		side = "server's"
	}
	w.put(0, "length", 3, w.texts.Int(n), "")
	w.put(0, "request-id", 2, w.texts.Int(int(f.RequestID)), "")
	w.put(0, "stream-id", 1, w.texts.Int(int(f.StreamID)), side)
	note := ""
	if f.StreamFlags != 0 {
		note = w.texts.Close(appendFlags(w.texts.Open(), f.StreamFlags, streamFlagNames))
	}
	w.put(0, "stream-flags", 1, w.texts.Close(appendHexByte(w.texts.Open(), f.StreamFlags)), note)
	note = f.Type()
	if f.Flags != 0 {
		note = w.texts.Close(appendFlags(append(append(w.texts.Open(), note...), ", "...), f.Flags, info.flags))
	}
	value := appendHexByte(append(appendHexByte(w.texts.Open(), f.TypeID), ' '), f.Flags)
	w.put(0, "type, flags", 1, w.texts.Close(value), note)
	if len(f.Payload) == 0 {
		return w.dst
	}
	name, start := "payload", len(w.dst)
	switch info.form {
	case formName:
		name = "command"
	case formMessage:
		name = "message"
	}
	w.put(0, name, int64(len(f.Payload)), quote(w.texts, f.Payload), "")
	w.at = base + HeaderLen
	if f.structure(&w) {
		w.dst[start].Value = ""
	}
	return w.dst
}

// structure appends what the payload consists of, and says whether that is
// anything.
func (f *Frame) structure(w *fieldWriter) bool {
	if f.Dialect() == final {
		return f.finalStructure(w)
	}
	switch f.info().form {
	case formArgument:
		a, err := ParseArgument(f.Payload)
		if f.Rest || err != nil {
			return false
		}
		w.put(1, "name-length", 2, w.texts.Int(len(a.Name)), "")
		w.put(1, "value-length", 2, w.texts.Int(a.Length), "")
		w.bytes(1, "name", a.Name)
		w.bytes(1, "value", a.Value)
		return true
	case formAtoms:
		if checkAtoms(f.Payload) != nil {
			return false
		}
		for p := f.Payload; len(p) > 0; {
			v, n, _ := parseAtom(p)
			w.atom(&v, n)
			p = p[n:]
		}
		return true
	case formSettings:
		s, err := ParseSettings(f.Payload)
		if err != nil {
			return false
		}
		w.put(1, "profile-length", 1, w.texts.Int(len(s.Profile)), "")
		w.bytes(1, "profile", s.Profile)
		w.bytes(1, "data", s.Data)
		return true
	}
	return false
}

// A fieldWriter appends fields one behind the other.
type fieldWriter struct {
	dst   []codec.Field
	at    int64
	texts *codec.Texts
}

func (w *fieldWriter) put(depth int, name string, n int64, value, note string) {
	w.dst = append(w.dst, codec.Field{Name: name, Span: codec.Span{Start: w.at, End: w.at + n}, Value: value, Note: note, Depth: depth})
	w.at += n
}

// bytes puts a byte string, unless it is empty.
func (w *fieldWriter) bytes(depth int, name string, b []byte) {
	if len(b) > 0 {
		w.put(depth, name, int64(len(b)), quote(w.texts, b), "")
	}
}

// atom puts an atom of n octets and its parts.
func (w *fieldWriter) atom(v *atomView, n int) {
	start := w.at
	w.put(1, "atom", int64(n), "", "")
	w.at = start
	w.put(2, "format-length", 2, w.texts.Int(len(v.format)), "")
	w.put(2, "labels", 1, w.texts.Int(len(v.labelLens)), "")
	w.put(2, "args", 1, w.texts.Int(len(v.argLens)/2), "")
	for _, l := range v.labelLens {
		w.put(2, "label-length", 1, w.texts.Int(int(l)), "")
	}
	for i := range len(v.argLens) / 2 {
		w.put(2, "arg-length", 2, w.texts.Int(v.argLen(i)), "")
	}
	w.bytes(2, "format", v.format)
	body := v.body
	for _, l := range v.labelLens {
		w.bytes(2, "label", body[:l])
		body = body[l:]
	}
	for i := range len(v.argLens) / 2 {
		w.bytes(2, "arg", body[:v.argLen(i)])
		body = body[v.argLen(i):]
	}
}

// shown is how much of a byte string a field's value shows. A dump has the
// bytes beside it.
const shown = 200

func quote(t *codec.Texts, b []byte) string {
	if len(b) > shown {
		return t.Close(append(lex.AppendQuoted(t.Open(), b[:shown]), "…"...))
	}
	return t.Close(lex.AppendQuoted(t.Open(), b))
}

func appendHexByte(dst []byte, b uint8) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '0', 'x')
	if b > 0xf {
		dst = append(dst, hexDigits[b>>4])
	}
	return append(dst, hexDigits[b&0xf])
}
