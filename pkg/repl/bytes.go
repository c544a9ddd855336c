package repl

import (
	"encoding/hex"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// maxHexLine is how many bytes stand in a line beside a frame.
const maxHexLine = 32

// bytes shows a frame's bytes: how many, and as many of them as is wanted.
func (c *Console) bytes(lead string, dir codec.Direction, f codec.Frame, b []byte) {
	count := plural(len(b), "byte")
	text := lead + c.styled(c.o.Styles.Dim, count)
	if c.hexMode == "line" && !c.masked(f) {
		text += "  " + c.hexLine(f, b, c.width()-dump.Cells("  "+lead+count+"   …"))
	}
	c.say("  %s", text)
	if c.hexMode == "all" {
		c.dump(dir, f, b)
	}
}

// hides says whether an op has a frame with secrets.
func (c *Console) hides(o op) bool { return c.secretOf(o) != nil }

// secretOf returns the first frame with secrets of an op; nil when there is
// none.
func (c *Console) secretOf(o op) codec.Frame {
	var frames []codec.Frame
	switch o := o.(type) {
	case feed:
		for _, ev := range o.events {
			if from, ok := ev.(reactor.From); ok {
				ev = from.Event
			}
			if got, ok := ev.(reactor.Received); ok {
				frames = append(frames, got.Frame)
			}
		}
	case injection:
		frames = append(frames, o.p.frame)
	case meddling:
		frames = append(frames, o.frame)
	case overheard:
		frames = append(frames, o.frame)
	case expectation:
		frames = append(frames, o.frame)
	}
	for _, f := range frames {
		if f != nil && strings.Contains(string(f.AppendText(nil, codec.View{})), codec.Redacted) {
			return f
		}
	}
	return nil
}

// masked says whether a frame has secrets that are not to be shown.
func (c *Console) masked(f codec.Frame) bool {
	return f != nil && !c.o.Secrets && strings.Contains(string(f.AppendText(nil, codec.View{})), codec.Redacted)
}

// hexLine returns the first bytes in groups of four, as many as there is room
// for, in the colours of their fields.
func (c *Console) hexLine(f codec.Frame, b []byte, room int) string {
	n := min(len(b), maxHexLine, max(1, (room+1)/9)*4)
	var ends []int64 // of the fields
	if colours := c.o.Styles.Fields; len(colours) > 0 && f != nil {
		for _, fd := range f.AppendFields(nil, 0, codec.View{}) {
			if fd.Depth == 0 && fd.Span.Len() > 0 {
				ends = append(ends, fd.Span.End)
			}
		}
	}
	var out strings.Builder
	var on dump.Style
	field := 0
	for i := range n {
		s := dump.Style{}
		for field < len(ends)-1 && int64(i) >= ends[field] {
			field++
		}
		if len(ends) > 0 {
			s = c.o.Styles.Fields[field%len(c.o.Styles.Fields)]
		}
		if s != on || i%4 == 0 {
			out.WriteString(on.Off)
			if i%4 == 0 && i > 0 {
				out.WriteByte(' ')
			}
			on = s
			out.WriteString(on.On)
		}
		out.WriteString(hex.EncodeToString(b[i : i+1]))
	}
	out.WriteString(on.Off)
	if len(b) > n {
		out.WriteString(" …")
	}
	return out.String()
}

// dump shows the fields of a frame with their bytes, if that is wanted.
func (c *Console) dump(dir codec.Direction, f codec.Frame, b []byte) {
	if c.hexMode != "all" || f == nil {
		return
	}
	h := dump.NewHex(dump.Options{View: codec.View{Secrets: c.o.Secrets}, Width: c.width() - 4, Styles: c.o.Styles.Styles})
	r := codec.Record{Proto: c.o.Protocol.Info().Name, Dialect: c.o.Dialect, Conn: 1, Dir: dir, Frame: f, Bytes: b, Span: codec.Span{End: int64(len(b))}}
	for line := range strings.Lines(string(h.AppendRecord(nil, &r))) {
		c.out = append(append(c.out, "    "...), line...)
	}
}
