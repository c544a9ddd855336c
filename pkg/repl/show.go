package repl

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Limits of what a step shows by itself.
const (
	maxHexLine = 32  // bytes in a line beside a frame
	maxChange  = 160 // bytes of the change of one thing of a state
)

func (c *Console) say(format string, args ...any) {
	c.out = fmt.Appendf(c.out, format, args...)
	c.out = append(c.out, '\n')
}

func (c *Console) styled(s dump.Style, text string) string {
	if text == "" {
		return ""
	}
	return s.On + text + s.Off
}

func (c *Console) width() int {
	if c.o.Width > 0 {
		return max(c.o.Width, dump.MinWidth)
	}
	return dump.DefaultWidth
}

// show shows a step.
func (c *Console) show(i int) {
	s := &c.step.Steps()[i]
	in, _ := s.Event.(reactor.Input)
	switch o := in.Value.(type) {
	case feed:
		for _, ev := range o.events {
			c.event(o.end, ev)
		}
	case injection:
		c.passing(packetNow(c.world(), o.p), "on its way")
	case delivery:
		c.passing(o.p, "arrives")
		for _, ev := range o.events {
			if b, ok := ev.(reactor.Broken); ok && !o.p.broken {
				c.say("    %s", c.styled(c.o.Styles.Error, b.Err.Error()))
			}
		}
	case meddling:
		if j := c.world().find(o.id); j >= 0 && o.to == 0 {
			c.passing(c.world().way[j], "in its place")
		}
	case connecting:
		c.say("  %s", c.styled(c.o.Styles.Dim, fmt.Sprintf("connection %d", c.world().conn)))
	case waiting:
		c.say("  %s", c.styled(c.o.Styles.Dim, "time goes on"))
	}
	for _, a := range s.Actions {
		c.action(a)
	}
	c.changed(reactor.Diff(s.Before, s.After))
	c.watch(s)
	c.meet(s)
}

// packetNow returns an injected packet with the number that it got.
func packetNow(w *world, p packet) packet {
	p.id = w.next
	return p
}

// event shows what a machine gets.
func (c *Console) event(n int, ev reactor.Event) {
	conn := ""
	if from, ok := ev.(reactor.From); ok {
		conn, ev = fmt.Sprintf("[#%d] ", from.Conn), from.Event
	}
	r, err := c.reader(n)
	if err != nil {
		return
	}
	switch ev := ev.(type) {
	case reactor.Received:
		b, err := ev.Frame.AppendBinary(nil)
		if err != nil {
			return
		}
		c.bytes("← "+conn, r.peer, ev.Frame, b)
	case reactor.Broken:
		c.say("  ← %s%s", conn, c.styled(c.o.Styles.Error, ev.Err.Error()))
	case reactor.Opened:
		c.say("  ← %s%s", conn, c.styled(c.o.Styles.Dim, strings.TrimSpace("a connection "+ev.Listener)))
	case reactor.EOF:
		c.say("  ← %s%s", conn, c.styled(c.o.Styles.Dim, "the end of what the peer says"))
	}
}

// passing shows a frame between two machines.
func (c *Console) passing(p packet, what string) {
	lead := fmt.Sprintf("#%d %s ", p.id, p.dir)
	switch {
	case p.broken:
		c.say("  %s%s", c.arrow(p.dir, lead), c.styled(c.o.Styles.Dim, "the connection is lost"))
	case p.eof:
		c.say("  %s%s", c.arrow(p.dir, lead), c.styled(c.o.Styles.Dim, "the end of what it says"))
	default:
		c.say("  %s%s %s", c.arrow(p.dir, lead), c.textOf(p), c.styled(c.o.Styles.Dim, what))
		c.dump(p.dir, p.frame, p.bytes)
	}
}

func (c *Console) arrow(d codec.Direction, text string) string {
	if d == codec.ToClient {
		return c.styled(c.o.Styles.ToClient, text)
	}
	return c.styled(c.o.Styles.ToServer, text)
}

func (c *Console) textOf(p packet) string {
	if p.frame == nil {
		return "raw " + string(lex.AppendEscaped(nil, p.bytes))
	}
	return string(p.frame.AppendText(nil, codec.View{Secrets: c.o.Secrets}))
}

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
func (c *Console) hides(o op) bool {
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
	}
	for _, f := range frames {
		if f != nil && strings.Contains(string(f.AppendText(nil, codec.View{})), codec.Redacted) {
			return true
		}
	}
	return false
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

// action shows what a machine wants.
func (c *Console) action(a reactor.Action) {
	role, conn, inside := unwrap(a)
	style := c.o.Styles.Name
	lead := "→ "
	if role != "" {
		lead = "→ " + string(role) + " "
	}
	if conn > 0 {
		lead += fmt.Sprintf("[#%d] ", conn)
	}
	text := inside.String()
	switch a := inside.(type) {
	case reactor.Fail, reactor.Reject:
		style = c.o.Styles.Error
	case reactor.SetTimer:
		if !a.At.IsZero() {
			text = fmt.Sprintf("set-timer %s in %v", a.Timer, a.At.Sub(c.world().now))
		}
	case reactor.Send:
		c.sendShown(lead, role, a)
		return
	case verdict:
		style = c.o.Styles.Error
		if a.name == "same" {
			style = c.o.Styles.Good
		}
		lead = "= "
		if a.name != "same" {
			lead = "≠ "
		}
	}
	first, rest, _ := strings.Cut(text, "\n")
	c.say("  %s%s", lead, c.styled(style, first))
	if rest != "" {
		for line := range strings.SplitSeq(rest, "\n") {
			c.say("    %s", line)
		}
	}
}

// sendShown shows frames that a machine sends.
func (c *Console) sendShown(lead string, role reactor.Role, a reactor.Send) {
	c.say("  %s%s", lead, c.styled(c.o.Styles.Name, fmt.Sprintf("send-frames %d", a.ID)))
	dir := codec.ToServer
	if role == reactor.Server || role == "" && c.o.Mode == ServerMode {
		dir = codec.ToClient
	}
	for _, f := range a.Frames {
		c.say("      %s", c.arrow(dir, string(f.AppendText(nil, codec.View{Secrets: c.o.Secrets}))))
		if b, err := f.AppendBinary(nil); err == nil && c.hexMode == "all" && !c.world().two() {
			c.dump(dir, f, b)
		}
	}
}

// changes shows what is different from a state.
func (c *Console) changes(before reactor.State) {
	c.changed(reactor.Diff(before, c.world().State()))
}

func (c *Console) changed(list []string) {
	line, cells := "", 0
	for _, change := range list {
		if len(change) > maxChange {
			change = strings.ToValidUTF8(change[:maxChange], "") + "…"
		}
		n := dump.Cells(change)
		if line != "" && cells+3+n > c.width()-4 {
			c.say("    %s", c.styled(c.o.Styles.Dim, line))
			line, cells = "", 0
		}
		if line != "" {
			line, cells = line+"   ", cells+3
		}
		line, cells = line+change, cells+n
	}
	if line != "" {
		c.say("    %s", c.styled(c.o.Styles.Dim, line))
	}
}
