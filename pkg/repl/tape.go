package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A taped is one thing of what was loaded: a record of a capture, or a line.
type taped struct {
	line   *humanframe.Line // nil for a record
	record *codec.Record
}

// noteMark begins a comment of a saved session that holds an event.
const noteMark = "#! "

// loadCommand is load FILE [CONN[/EXCHANGE]].
func (c *Console) loadCommand(args string) error {
	name, which, _ := strings.Cut(args, " ")
	switch {
	case name == "":
		return &codec.TextError{Message: "which file?", Hint: "load FILE, a capture or a .wire"}
	case c.live():
		return &codec.TextError{End: len(args), Message: "there is a live peer", Hint: "mode server, or mode client"}
	case c.world().two():
		return &codec.TextError{End: len(args), Message: "a capture is for one machine", Hint: "mode server, or mode client"}
	}
	list, err := c.readTape(name)
	if err != nil {
		return err
	}
	if list, err = c.choose(list, which); err != nil {
		var t *codec.TextError
		if errors.As(err, &t) {
			t.Start, t.End = len(args)-len(which), len(args)
		}
		return err
	}
	if err := c.fresh("load", func() {}); err != nil {
		return err
	}
	c.tape, c.tapeOf = list, name
	c.world().compares = true // before the first step
	c.say("  %s: %s; step gives the next, continue all", name, plural(len(list), "record"))
	return nil
}

// readTape reads a file: a document by its name, or else a capture.
func (c *Console) readTape(name string) ([]taped, error) {
	if b, ok, err := tourFile(name); ok {
		if err != nil {
			return nil, err
		}
		return tapeOf(name, b)
	}
	if strings.HasSuffix(name, ".wire") && c.o.ReadFile != nil {
		b, err := c.o.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return tapeOf(name, b)
	}
	if c.o.Capture == nil {
		return nil, errors.New("captures cannot be read here")
	}
	records, err := c.o.Capture(name)
	if err != nil {
		return nil, err
	}
	var list []taped
	for _, r := range records {
		list = append(list, taped{record: r})
	}
	return list, nil
}

// tapeOf reads the lines of a document. A comment that a saved session has in
// the place of an event is that event.
func tapeOf(name string, b []byte) ([]taped, error) {
	var list []taped
	s := humanframe.NewScanner(name, bytes.NewReader(b))
	s.Keep()
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		number, text := l.Number, l.Text()
		event, isEvent := strings.CutPrefix(text, noteMark)
		switch {
		case l.Blank, l.Comment && !isEvent:
			continue
		case isEvent:
			text = event
		}
		own, err := humanframe.ParseLine(name, number, text)
		if err != nil {
			return nil, err
		}
		list = append(list, taped{line: own})
	}
}

// choose takes the records that one machine can have heard: of one
// connection, and of one exchange where HTTP carries them. A machine with
// many connections takes all.
func (c *Console) choose(list []taped, which string) ([]taped, error) {
	hub := c.world().ends[0].hub
	conn, exchange := 0, 0
	if which != "" {
		first, second, has := strings.Cut(strings.TrimPrefix(which, "#"), "/")
		var err error
		if conn, err = strconv.Atoi(first); err == nil && has {
			exchange, err = strconv.Atoi(second)
		}
		if err != nil {
			return nil, &codec.TextError{Message: "no connection", Hint: "such as 2, or 1/3 for the third exchange of HTTP"}
		}
	}
	var out []taped
	for _, t := range list {
		r := t.record
		switch {
		case r == nil:
			out = append(out, t)
			continue
		case r.Proto != c.o.Protocol.Info().Name || r.IsGap():
			continue
		case conn == 0 && !hub:
			conn = r.Conn
		}
		if exchange == 0 && r.Exchange > 0 {
			exchange = r.Exchange
		}
		if (conn == 0 || r.Conn == conn) && (exchange == 0 || r.Exchange == exchange) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, &codec.TextError{Message: "there is nothing of " + c.o.Protocol.Info().Name + " in it"}
	}
	return out, nil
}

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

// stepCommand is step [N]: forth where the past has been gone back over, or
// else the next frame on the way, or else the next record.
func (c *Console) stepCommand(args string) error {
	n, err := numberOr(args, 1)
	if err != nil {
		return err
	}
	for range n {
		more, err := c.forward()
		switch {
		case err != nil:
			return err
		case c.live():
		case !more:
			return &codec.TextError{End: len(args), Message: "there is nothing to come", Hint: "type a frame, or load a capture"}
		case c.stop || c.stopped():
			return nil
		}
	}
	return nil
}

// forward makes one step. It says false when there is none to make.
func (c *Console) forward() (bool, error) {
	w := c.world()
	switch at := c.step.At(); {
	case at < len(c.step.Steps()):
		c.say("%s", c.clipped(c.stepText(&c.step.Steps()[at]), 0))
		if err := c.step.Goto(at + 1); err != nil {
			return false, err
		}
		c.learnt = nil
		c.show(at)
	case len(w.way) > 0:
		return true, c.deliver(w.way[0].id)
	case c.live():
		return false, c.awaitCommand("")
	case w.wants && w.two():
		c.do(connecting{}, "connect", w.now)
	case w.tape < len(c.tape):
		return true, c.next()
	default:
		return false, nil
	}
	return true, nil
}

// continueCommand goes on to a breakpoint, or to the end.
func (c *Console) continueCommand(string) error {
	made := 0
	if c.live() {
		return c.goOn()
	}
	for !c.stop && !c.stopped() {
		more, err := c.forward()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		made++
	}
	switch {
	case c.stop:
	case made == 0:
		return &codec.TextError{Message: "there is nothing to come", Hint: "type a frame, or load a capture"}
	case len(c.tape) > 0:
		c.summary()
	}
	return nil
}

// summary says how the machine did what a capture shows.
func (c *Console) summary() {
	n := map[string]int{}
	for _, s := range c.step.Steps()[:c.step.At()] {
		for _, a := range s.Actions {
			if v, ok := a.(verdict); ok {
				n[v.name]++
			}
		}
	}
	w := c.world()
	c.say("%s", c.styled(c.o.Styles.Prompt, fmt.Sprintf("of what the %s said: %d the same, %d different, %d not said here; %d said here alone",
		c.o.Mode, n["same"], n["differs"], len(w.awaited), len(w.said))))
}
