package emqp

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendFields implements [codec.Frame]: those of package zmtp, with the
// frames of a message named by what they are, and JSON opened.
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	start := len(dst)
	dst = f.z.AppendFields(dst, base, v)
	if !f.envelope {
		return dst
	}
	lower := append([]codec.Field(nil), dst[start:]...)
	dst = dst[:start]
	hides := f.hidesSecret() && !v.Secrets
	frame := -1
	for _, fd := range lower {
		if fd.Depth == 0 {
			frame++
			fd.Name, fd.Note = f.frameName(frame), f.frameNote(frame)
			fd.Value = ""
			dst = append(dst, fd)
			continue
		}
		if hides && frame >= frameBody && fd.Name == "body" {
			fd.Value = codec.Redacted
		}
		dst = append(dst, fd)
		if fd.Name == "body" && v.Depth > 0 && f.isJSON(frame) {
			dst = jsonv.AppendFields(dst, f.z.Body(frame), fd.Span.Start, fd.Depth+1, v.Depth, v.Texts)
		}
	}
	return dst
}

// frameName names frame i of a message.
func (f *Frame) frameName(i int) string {
	switch i {
	case frameDelimiter:
		return "delimiter"
	case frameVersion:
		return "version"
	case frameCommand:
		return "command"
	case frameMsgID:
		return "msgid"
	}
	if f.shape != nil {
		return f.shape.parts[i-frameBody].name
	}
	return "body[" + strconv.Itoa(i-frameBody) + "]"
}

// frameNote says what frame i means, where that is not plain.
func (f *Frame) frameNote(i int) string {
	if i == frameCommand && f.cmd != nil {
		if f.shape != nil && f.shape.name != "" {
			return f.shape.name
		}
		return f.cmd.title
	}
	return ""
}

// isJSON says whether frame i is JSON to be opened.
func (f *Frame) isJSON(i int) bool {
	if f.shape == nil || i < frameBody || !isRest(f.shape.parts[i-frameBody]) {
		return false
	}
	b := f.z.Body(i)
	return len(b) > 0 && jsonv.CheckWhole(b, pythonJSON) == nil
}
