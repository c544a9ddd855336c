package repl

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
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
