package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// maxDepth is how deep source may stand within source.
const maxDepth = 10

// saveCommand is save FILE.wire, save lines FILE.
func (c *Console) saveCommand(args string) error {
	if c.o.WriteFile == nil {
		return errors.New("files cannot be written here")
	}
	name, lines := strings.CutPrefix(args, "lines ")
	if name == "" || strings.Contains(name, " ") {
		return &codec.TextError{End: len(args), Message: "one file is wanted", Hint: "save FILE.wire, or save lines FILE"}
	}
	b := c.document()
	if lines {
		b = c.typed()
	}
	n := bytes.Count(b, []byte("\n"))
	if err := c.o.WriteFile(name, b); err != nil {
		return err
	}
	c.say("  %s: %s", name, plural(n, "line"))
	if bytes.Contains(b, []byte(codec.Redacted)) {
		c.say("  passwords and the like are left out of it, so that it cannot be run: --show-secrets keeps them")
	}
	return nil
}

// typed returns the lines that led here, for source.
func (c *Console) typed() []byte {
	var b []byte
	w := c.world()
	if w.two() {
		b = append(b, "mode both\nhold on\n"...)
	}
	for _, s := range c.step.Steps()[:c.step.At()] {
		if s.Text != "connect" && s.Text != "answer" && !(c.live() && heard(&s)) {
			b = append(append(b, c.stepText(&s)...), '\n')
		}
	}
	return b
}

// heard says whether a step came from a live peer.
func heard(s *reactor.Step) bool {
	in, _ := s.Event.(reactor.Input)
	switch o := in.Value.(type) {
	case feed:
		return o.line == ""
	case opening, waiting, overheard:
		return true
	}
	return false
}

// document returns the session as a document: what was said in both
// directions, and as comments what else happened to the machine.
func (c *Console) document() []byte {
	p := humanframe.NewPrinter(c.o.Lookup, codec.View{Secrets: c.o.Secrets})
	p.Marks = true
	var b []byte
	frame := func(dir codec.Direction, conn int, f codec.Frame, raw []byte) {
		r := codec.Record{Proto: c.o.Protocol.Info().Name, Dialect: c.o.Dialect, Conn: max(1, conn), Dir: dir, Frame: f, Bytes: raw}
		if f != nil && raw == nil {
			r.Bytes, _ = f.AppendBinary(nil) // it was received or made
		}
		b = p.AppendRecord(b, &r)
	}
	for _, s := range c.step.Steps()[:c.step.At()] {
		in, _ := s.Event.(reactor.Input)
		switch o := in.Value.(type) {
		case feed:
			c.saveFeed(&b, o, frame)
		case overheard:
			if o.frame != nil {
				frame(c.peerOf(0), o.conn, o.frame, nil)
			}
		case opening:
			line := noteMark + "@open"
			if c.world().ends[0].hub {
				line += fmt.Sprintf(" %d", o.conn)
			}
			b = append(b, line+"\n"...)
		case delivery:
			if !o.p.eof && !o.p.broken && c.world().two() {
				frame(o.p.dir, 1, o.p.frame, o.p.bytes)
			}
		}
		if o, ok := in.Value.(injection); ok && c.live() {
			frame(o.p.dir, o.p.conn, o.p.frame, o.p.bytes)
		}
		if c.world().two() {
			continue // what is sent is saved when it arrives
		}
		for _, a := range s.Actions {
			_, conn, inside := unwrap(a)
			if send, ok := inside.(reactor.Send); ok {
				for _, f := range send.Frames {
					frame(c.peerOf(0).Reverse(), conn, f, nil)
				}
			}
		}
	}
	return b
}

// saveFeed saves what was given to a machine: frames as they are, and else
// the line as a comment.
func (c *Console) saveFeed(b *[]byte, f feed, frame func(codec.Direction, int, codec.Frame, []byte)) {
	plain := false
	for _, ev := range f.events {
		conn := 0
		if from, ok := ev.(reactor.From); ok {
			conn, ev = from.Conn, from.Event
		}
		switch ev := ev.(type) {
		case reactor.Received:
			frame(c.peerOf(f.end), conn, ev.Frame, nil)
		case reactor.Opened:
			plain = plain || f.line != "" && conn == 0
		default:
			plain = true
		}
	}
	if plain && f.line != "" {
		lead := ""
		if c.world().two() {
			lead = string(c.world().ends[f.end].role) + " "
		}
		*b = append(*b, noteMark+lead+f.line+"\n"...)
	}
}

// sourceCommand is source FILE: its lines are done as if they were typed.
func (c *Console) sourceCommand(args string) error {
	if c.o.ReadFile == nil {
		return errors.New("files cannot be read here")
	}
	if args == "" {
		return &codec.TextError{Message: "which file?", Hint: "source FILE"}
	}
	if c.depth >= maxDepth {
		return &codec.TextError{End: len(args), Message: fmt.Sprintf("source stands within source %d deep", maxDepth)}
	}
	b, err := c.o.ReadFile(args)
	if err != nil {
		return err
	}
	c.depth++
	defer func() { c.depth-- }()
	lines := NewLines(args, bytes.NewReader(b))
	for {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if text := strings.TrimSpace(l.Text); text != "" && text[0] != '#' {
			c.say("  %s", c.styled(c.o.Styles.Prompt, c.Prompt())+l.Text)
		}
		if err := c.run(l.File, l.Number, l.Text); err != nil {
			return err
		}
		if c.stop || c.quit || c.stopped() {
			return nil
		}
	}
}
