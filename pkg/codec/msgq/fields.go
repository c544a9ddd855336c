package msgq

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendFields implements [codec.Frame]. The header is always opened, to one
// level at least; the body to v.Depth levels.
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	at := base
	add := func(name string, n int, value, note string) codec.Span {
		span := codec.Span{Start: at, End: at + int64(n)}
		dst = append(dst, codec.Field{Name: name, Span: span, Value: value, Note: note})
		at = span.End
		return span
	}
	total, header := f.lengths()
	add("total length", lengthSize, v.Texts.Close(strconv.AppendInt(v.Texts.Open(), total, 10)), wrongNote(total, 2+len(f.Header)+len(f.Body)))
	add("header length", prefixSize-lengthSize, v.Texts.Close(strconv.AppendInt(v.Texts.Open(), header, 10)), wrongNote(header, len(f.Header)))
	if len(f.Header) > 0 {
		span := add("header", len(f.Header), f.Type(), f.headerNote(v.Texts))
		if f.Skan {
			dst = appendSkanFields(dst, f.Header, span.Start, 1, max(1, v.Depth), f.nesting)
		} else {
			first := len(dst)
			dst = jsonv.AppendFields(dst, f.Header, span.Start, 1, max(1, v.Depth), v.Texts)
			f.addNotes(dst[first:])
		}
	}
	if len(f.Body) > 0 {
		body := f.bodyJSON()
		span := add("body", len(f.Body), showPart(body, f.Body, v.Texts), f.bodyNote(body))
		switch {
		case body == nil:
		case f.Skan:
			dst = appendSkanFields(dst, f.Body, span.Start, 1, v.Depth, f.nesting)
		default:
			dst = jsonv.AppendFields(dst, f.Body, span.Start, 1, v.Depth, v.Texts)
		}
	}
	return dst
}

func wrongNote(got int64, want int) string {
	if got == int64(want) {
		return ""
	}
	return "wrong: it is " + strconv.Itoa(want)
}

// showPart returns JSON for people, or the octets when there is none.
func showPart(json, part []byte, t *codec.Texts) string {
	if json != nil {
		return jsonv.ShowIn(t, json)
	}
	const most = 80
	if len(part) > most {
		return strconv.QuoteToASCII(string(part[:most])) + "…"
	}
	return strconv.QuoteToASCII(string(part))
}

// headerNote says who the frame is from and for.
func (f *Frame) headerNote(t *codec.Texts) string {
	h := f.head()
	switch {
	case h.isType("subscribe") || h.isType("unsubscribe"):
		return "group " + h.address()
	case !h.isType("send"):
		return ""
	}
	note := t.Open()
	if from := h.text(keyFrom); from != "" {
		note = append(append(append(note, "from "...), from...), ' ')
	}
	if h.is(keyTo, ToGroup) {
		note = append(append(note, "to group "...), h.address()...)
	} else {
		note = append(append(note, "to "...), h.text(keyTo)...)
	}
	switch {
	case h.has(keyReply):
		note = append(append(note, ", answers "...), jsonv.Show(h.raw(keyReply))...)
	case h.wants():
		note = append(append(note, ", wants an answer to "...), jsonv.Show(h.raw(keySeq))...)
	}
	return t.Close(note)
}

func (f *Frame) bodyNote(body []byte) string {
	switch f.bodyKind() {
	case bodyBytes:
		return "no JSON"
	case bodyPython:
		return "JSON for Python only"
	case bodyCpp:
		return "JSON for the C++ library only"
	}
	return meaning(body)
}

// addNotes adds notes to the fields of a header.
func (f *Frame) addNotes(fields []codec.Field) {
	for i := range fields {
		if d := &fields[i]; d.Depth == 1 && d.Note == "" {
			d.Note = f.keyNote(d.Name)
		}
	}
}

// keyNote explains a header key in a few words.
func (f *Frame) keyNote(name string) string {
	h := f.head()
	switch name {
	case "from":
		if h.is(keyFrom, DaemonName) {
			return "the daemon; no lname"
		}
		return "lname of the sender, not checked"
	case "to":
		if h.is(keyTo, ToGroup) {
			return "the group's subscribers"
		}
		return "an lname; the group does not count"
	case "instance":
		switch {
		case !h.is(keyInstance, AnyInstance):
			return ""
		case h.isType("send"):
			return "reaches subscribers of * only"
		}
		return "all instances"
	case "seq":
		return "of the sender"
	case "reply":
		return "seq of what this answers"
	}
	return ""
}
