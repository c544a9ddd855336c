package repl

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// next gives what is next of what was loaded.
func (c *Console) next() error {
	w := c.world()
	t := c.tape[w.tape]
	if t.line != nil {
		return c.nextLine(t.line)
	}
	return c.nextRecord(t.record)
}

// nextLine gives a line of a document: what the peer says, events, or what
// our own side is to say.
func (c *Console) nextLine(l *humanframe.Line) error {
	w := c.world()
	r, err := c.reader(0)
	if err != nil {
		return err
	}
	if l.Marked && l.Dir != r.peer && l.Directive == "" {
		return c.own(l)
	}
	events, err := r.Read(w.ends[0].m, l)
	if err != nil {
		return err
	}
	if events == nil { // a directive of the document
		c.do(feed{line: l.Text(), tape: w.tape + 1}, l.Text(), w.now)
		return nil
	}
	now := c.upTo(r.time(l, w.now))
	if c.stop {
		return nil
	}
	if l.Directive == "" && !c.world().ends[0].hub {
		c.open(max(1, l.Conn), now)
	}
	c.withHeadline(feed{events: events, line: l.Text(), tape: c.world().tape + 1}, l.Text(), now)
	return c.settle()
}

// upTo lets the time go by before something that was recorded happens: timers
// that would have gone off before do. It returns the time.
func (c *Console) upTo(now time.Time) time.Time {
	w := c.world()
	if now.Before(w.now) {
		return w.now
	}
	if w.tape > 0 && w.due(now) {
		c.withHeadline(waiting{now.Add(-time.Nanosecond)}, "wait", w.now)
	}
	return now
}

// open opens a connection of which a capture shows first what our own side
// said on it.
func (c *Console) open(conn int, now time.Time) {
	w := c.world()
	rd, err := c.reader(0)
	if err != nil || w.ends[0].hub && rd.opened[conn] || !w.ends[0].hub && (c.o.Mode == ServerMode || c.hasOpened()) {
		return
	}
	line, ev := "@open", reactor.Event(reactor.Opened{})
	if w.ends[0].hub {
		line, ev = fmt.Sprintf("@open %d", conn), reactor.From{Conn: conn, Event: ev}
	}
	c.withHeadline(feed{events: []reactor.Event{ev}, tape: w.tape}, line, now)
}

// hasOpened says whether a machine with one connection has been told of it.
func (c *Console) hasOpened() bool {
	for _, s := range c.step.Steps()[:c.step.At()] {
		in, _ := s.Event.(reactor.Input)
		f, _ := in.Value.(feed)
		for _, ev := range f.events {
			if _, ok := ev.(reactor.Opened); ok {
				return true
			}
		}
	}
	return false
}

// own compares what our own side is to say with what it did say.
func (c *Console) own(l *humanframe.Line) error {
	w := c.world()
	at := w.tape
	if at < len(c.tape) && c.tape[at].line == l {
		at++
	}
	r, err := c.reader(0)
	if err != nil {
		return err
	}
	text := l.Text()[l.Lead():]
	var frame codec.Frame
	if l.Raw == nil {
		f, err := r.encoder.Parse(l)
		if err != nil {
			return err
		}
		frame = f.Clone()
		text = textOf(f)
	}
	if !w.compares {
		return nil
	}
	now := c.upTo(r.time(l, w.now))
	if c.stop {
		return nil
	}
	c.open(max(1, l.Conn), now)
	c.withHeadline(expectation{max(1, l.Conn), text, frame, at}, l.Text(), now)
	return c.settle()
}

// nextRecord gives a record of a capture.
func (c *Console) nextRecord(r *codec.Record) error {
	w := c.world()
	now := w.now
	if !r.Time.IsZero() {
		if now = c.upTo(r.Time); c.stop {
			return nil
		}
		w = c.world()
	}
	lead := fmt.Sprintf("%s [#%d] ", r.Dir, r.Conn)
	if r.Dir != c.peerOf(0) {
		text := recordText(r)
		c.open(r.Conn, now)
		c.withHeadline(expectation{r.Conn, text, r.Frame, w.tape + 1}, lead+text, now)
		return c.settle()
	}
	f := feed{tape: w.tape + 1}
	var ev reactor.Event = reactor.Broken{Err: errLost}
	switch {
	case r.Frame != nil:
		ev = reactor.Received{Frame: r.Frame}
		f.frames = []said{{r.Dir, r.Conn, r.Frame}}
	case r.Err != nil:
		ev = reactor.Broken{Err: r.Err}
	}
	if w.ends[0].hub {
		rd, err := c.reader(0)
		if err != nil {
			return err
		}
		if !rd.opened[r.Conn] {
			f.events = append(f.events, reactor.From{Conn: r.Conn, Event: reactor.Opened{}})
		}
		ev = reactor.From{Conn: r.Conn, Event: ev}
	} else {
		c.open(r.Conn, now)
	}
	f.events = append(f.events, ev)
	text := lead + recordText(r)
	c.withHeadline(f, text, now)
	return c.settle()
}

// withHeadline makes a step after showing of what it is made.
func (c *Console) withHeadline(o op, text string, now time.Time) {
	s := reactor.Step{Event: reactor.Input{Value: o}, Text: text}
	c.say("%s", c.clipped(c.stepText(&s), 0))
	c.do(o, text, now)
}

// stepText returns what a step was made of, as it may be shown.
func (c *Console) stepText(s *reactor.Step) string {
	in, _ := s.Event.(reactor.Input)
	o, _ := in.Value.(op)
	frame := c.secretOf(o)
	if frame == nil || c.o.Secrets {
		return s.Text
	}
	lead := ""
	if l, err := humanframe.ParseLine("", 0, s.Text); err == nil {
		lead = s.Text[:l.Lead()]
	}
	return lead + c.textOf(frame)
}

// recordText returns a record's text, with what secrets it has.
func recordText(r *codec.Record) string {
	if r.Frame == nil {
		return "raw " + plural(len(r.Bytes), "byte")
	}
	return textOf(r.Frame)
}
