package repl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A passed is a frame that went over a connection.
type passed struct {
	said
	step int // from 1
	n    int // bytes
}

// passedFrames returns the frames so far, in order.
func (c *Console) passedFrames() []passed {
	var list []passed
	add := func(i int, dir codec.Direction, conn int, f codec.Frame) {
		if f == nil {
			return
		}
		b, _ := f.AppendBinary(nil) // it was received or made
		list = append(list, passed{said{dir, max(1, conn), f}, i + 1, len(b)})
	}
	two := c.world().two()
	for i, s := range c.step.Steps()[:c.step.At()] {
		in, _ := s.Event.(reactor.Input)
		switch o := in.Value.(type) {
		case feed:
			for _, ev := range o.events {
				conn := 0
				if from, ok := ev.(reactor.From); ok {
					conn, ev = from.Conn, from.Event
				}
				if got, ok := ev.(reactor.Received); ok {
					add(i, c.peerOf(o.end), conn, got.Frame)
				}
			}
		case delivery:
			if two {
				add(i, o.p.dir, 1, o.p.frame)
			}
		case overheard:
			add(i, c.peerOf(0), o.conn, o.frame)
		case injection:
			if !two {
				add(i, o.p.dir, o.p.conn, o.p.frame)
			}
		}
		for _, a := range s.Actions {
			_, conn, inside := unwrap(a)
			if send, ok := inside.(reactor.Send); ok && !two {
				for _, f := range send.Frames {
					add(i, c.ours(), conn, f)
				}
			}
		}
	}
	return list
}

// requestsCommand lists requests and what became of them.
func (c *Console) requestsCommand(string) error {
	type request struct {
		passed
		key     string
		answers int
		ended   int // the step of the last answer
	}
	var list []*request
	for _, p := range c.passedFrames() {
		l, ok := p.frame.(codec.Linked)
		if !ok {
			continue
		}
		link := l.Link()
		key := fmt.Sprint(p.conn, " ", link.Key)
		if link.Wide {
			key = link.Key.String()
		}
		i := len(list) - 1
		for i >= 0 && (list[i].key != key || list[i].dir == p.dir && link.Role != codec.LinkGoesOn) {
			i--
		}
		switch {
		case link.Role == codec.LinkAsks:
			list = append(list, &request{passed: p, key: key})
		case i >= 0 && (link.Role == codec.LinkAnswers || link.Role == codec.LinkEnds):
			list[i].answers++
			if link.Role == codec.LinkEnds {
				list[i].ended = p.step
			}
		}
	}
	for _, r := range list {
		state := "open"
		switch {
		case r.ended > 0:
			state = fmt.Sprintf("step %d → %d", r.step, r.ended)
		case r.answers > 0:
			state = plural(r.answers, "answer") + ", open"
		}
		lead := fmt.Sprintf("  %-14s %s ", state, r.dir)
		if c.world().ends[len(c.world().ends)-1].hub {
			lead += fmt.Sprintf("[#%d] ", r.conn)
		}
		text := c.textOf(r.frame)
		if room := c.width() - dump.Cells(lead); dump.Cells(text) > room {
			text = cutCells(text, room-2) + " …"
		}
		c.say("%s%s", lead, c.arrow(r.dir, text))
	}
	if len(list) == 0 {
		c.say("  no requests")
	}
	return nil
}

// cutCells cuts a text to a number of cells.
func cutCells(text string, room int) string {
	cells := 0
	for i, r := range text {
		if cells += dump.Cells(string(r)); cells > room {
			return text[:i]
		}
	}
	return text
}

// streamsCommand counts what went over each connection and direction, and
// over each stream in it, where the protocol has some.
func (c *Console) streamsCommand(string) error {
	type stream struct {
		conn          int
		dir           codec.Direction
		id            string
		frames, bytes int
		last          int
		begun, ended  bool
	}
	var list []*stream
	for _, p := range c.passedFrames() {
		r := codec.Record{Proto: c.o.Protocol.Info().Name, Dialect: c.o.Dialect, Conn: p.conn, Dir: p.dir, Frame: p.frame}
		fields := filter.New(&r).Fields
		id := ""
		if v, ok := fields["stream_id"]; ok {
			id = fmt.Sprint(v)
		}
		i := slices.IndexFunc(list, func(s *stream) bool { return s.conn == p.conn && s.dir == p.dir && s.id == id })
		if i < 0 {
			list, i = append(list, &stream{conn: p.conn, dir: p.dir, id: id}), len(list)
		}
		s := list[i]
		s.frames, s.bytes, s.last = s.frames+1, s.bytes+p.n, p.step
		flags := fmt.Sprint(fields["stream_flags"])
		s.begun = s.begun || strings.Contains(flags, "stream-begin")
		s.ended = s.ended || strings.Contains(flags, "stream-end")
	}
	slices.SortStableFunc(list, func(a, b *stream) int { return a.conn - b.conn })
	for _, s := range list {
		text := fmt.Sprintf("connection %d %s", s.conn, s.dir)
		if s.id != "" {
			text += " stream " + s.id
		}
		text = fmt.Sprintf("  %-28s %s, %s, last at step %d", text, plural(s.frames, "frame"), plural(s.bytes, "byte"), s.last)
		switch {
		case s.ended:
			text += ", ended"
		case s.id != "" && !s.begun:
			text += ", not begun"
		}
		c.say("%s", text)
	}
	if len(list) == 0 {
		c.say("  nothing has been said")
	}
	return nil
}
