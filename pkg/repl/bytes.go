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
	text := lead + c.styled(c.o.Styles.Dim, plural(len(b), "byte"))
	if c.hexMode == "line" && !c.masked(f) {
		text += "  " + hexLine(b)
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

// hexLine returns the first bytes in groups of four.
func hexLine(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b) && i < maxHexLine; i += 4 {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(hex.EncodeToString(b[i:min(i+4, len(b), maxHexLine)]))
	}
	if len(b) > maxHexLine {
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
