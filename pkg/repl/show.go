package repl

import (
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
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
		if c.live() && !c.world().holds {
			c.bytes("⇒ ", o.p.dir, o.p.frame, o.p.bytes)
			break
		}
		c.passing(packetNow(c.world(), o.p), "on its way")
	case delivery:
		what := "arrives"
		if c.live() {
			what = "goes out"
		}
		c.passing(o.p, what)
		for _, ev := range o.events {
			if b, ok := ev.(reactor.Broken); ok && !o.p.broken {
				c.say("    %s", c.styled(c.o.Styles.Error, b.Err.Error()))
			}
		}
	case overheard:
		switch {
		case o.frame != nil:
			if b, err := o.frame.AppendBinary(nil); err == nil {
				c.bytes("← ", c.peerOf(0), o.frame, b)
			}
		case o.what == "":
			c.say("  %s", c.styled(c.o.Styles.Dim, fmt.Sprintf("connection %d", o.conn)))
		default:
			c.say("  ← %s", c.styled(c.o.Styles.Dim, o.what))
		}
	case opening:
		c.say("  %s", c.styled(c.o.Styles.Dim, fmt.Sprintf("connection %d", o.conn)))
	case holding:
		c.say("  %s", c.styled(c.o.Styles.Dim, map[bool]string{true: "what the machine says is held: deliver, drop, reorder or edit it", false: "what the machine says goes out at once"}[o.on]))
	case meddling:
		if j := c.world().find(o.id); j >= 0 && o.to == 0 {
			c.passing(c.world().way[j], "in its place")
		}
	case connecting:
		c.say("  %s", c.styled(c.o.Styles.Dim, fmt.Sprintf("connection %d", c.world().conn)))
	case waiting:
		c.say("  %s", c.styled(c.o.Styles.Dim, "time goes on"))
	}
	at := s.Time
	for _, a := range s.Actions {
		if _, _, inside := unwrap(a); isMoment(inside) {
			at = s.Time.Add(inside.(moment).after)
		}
		c.action(at, a)
	}
	c.changed(s.Before, s.After)
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
	if p.conn > 0 && !c.world().two() && c.world().ends[0].hub {
		lead += fmt.Sprintf("[#%d] ", p.conn)
	}
	switch {
	case p.broken:
		c.say("  %s%s", c.arrow(p.dir, lead), c.styled(c.o.Styles.Dim, "the connection is lost"))
	case p.eof:
		c.say("  %s%s", c.arrow(p.dir, lead), c.styled(c.o.Styles.Dim, "the end of what it says"))
	default:
		c.say("  %s%s %s", c.arrow(p.dir, lead), c.clipped(c.packetText(p), 3+dump.Cells(lead+what)), c.styled(c.o.Styles.Dim, what))
		c.dump(p.dir, p.frame, p.bytes)
	}
}

func (c *Console) arrow(d codec.Direction, text string) string {
	if d == codec.ToClient {
		return c.styled(c.o.Styles.ToClient, text)
	}
	return c.styled(c.o.Styles.ToServer, text)
}

func (c *Console) packetText(p packet) string {
	if p.frame == nil {
		return "raw " + string(lex.AppendEscaped(nil, p.bytes))
	}
	return c.textOf(p.frame)
}

// textOf returns a frame as it may be shown.
func (c *Console) textOf(f codec.Frame) string {
	return string(f.AppendText(nil, codec.View{Secrets: c.o.Secrets}))
}

// action shows what a machine wants at a time.
func (c *Console) action(at time.Time, a reactor.Action) {
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
			text = fmt.Sprintf("set-timer %s in %v", a.Timer, a.At.Sub(at))
		}
	case reactor.Send:
		c.sendShown(lead, role, a)
		return
	case moment:
		lead, style = "· "+strings.TrimPrefix(lead, "→ "), c.o.Styles.Dim
	case verdict:
		c.verdict(a)
		return
	}
	c.say("  %s%s", lead, c.styled(style, c.clipped(text, 2+dump.Cells(lead))))
}

// sendShown shows frames that a machine sends.
func (c *Console) sendShown(lead string, role reactor.Role, a reactor.Send) {
	c.say("  %s%s", lead, c.styled(c.o.Styles.Name, fmt.Sprintf("send-frames %d", a.ID)))
	dir := codec.ToServer
	if role == reactor.Server || role == "" && c.o.Mode == ServerMode {
		dir = codec.ToClient
	}
	for _, f := range a.Frames {
		c.say("      %s", c.arrow(dir, c.clipped(c.textOf(f), 6)))
		if b, err := f.AppendBinary(nil); err == nil && c.hexMode == "all" && !c.world().two() {
			c.dump(dir, f, b)
		}
	}
}
