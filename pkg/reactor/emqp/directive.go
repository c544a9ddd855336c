package emqp

import (
	"bytes"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A directive of a client is a line of text that makes an input.
type directive struct {
	name, args string // as usage has them
	read       func(*cursor) (reactor.Event, error)
}

// directives are those of a client. Headers are a list with commas, or - for
// none; a time is a number of seconds or a cron in quotation marks; ARGS is a
// JSON array; MESSAGE of send is a message in the notation.
var directives = []directive{
	{"open", "", func(*cursor) (reactor.Event, error) { return reactor.Opened{}, nil }},
	{"request", " QUEUE HEADERS CALLABLE [ARGS]", readRequest},
	{"schedule", " QUEUE HEADERS TIME CALLABLE [ARGS]", func(c *cursor) (reactor.Event, error) { return readSchedule(c, "SCHEDULE") }},
	{"unschedule", " QUEUE HEADERS TIME CALLABLE [ARGS]", func(c *cursor) (reactor.Event, error) { return readSchedule(c, "UNSCHEDULE") }},
	{"publish", " TOPIC MESSAGE", readPublish},
	{"status", "", func(*cursor) (reactor.Event, error) { return say("STATUS"), nil }},
	{"show_workers", "", func(*cursor) (reactor.Event, error) { return say("ROUTER_SHOW_WORKERS"), nil }},
	{"show_schedulers", "", func(*cursor) (reactor.Event, error) { return say("ROUTER_SHOW_SCHEDULERS"), nil }},
	{"disconnect", " [SECRET]", readDisconnect},
	{"send", " MESSAGE", readFrames},
	{"leave", "", func(*cursor) (reactor.Event, error) { return reactor.Input{Value: Leave{}}, nil }},
}

// InputNames implements [reactor.Inputs].
func (c *Client) InputNames() []string {
	list := make([]string, len(directives))
	for i, d := range directives {
		list[i] = d.name + d.args
	}
	return list
}

// Input implements [reactor.Inputs].
func (c *Client) Input(name, args string) (reactor.Event, error) {
	var names []string
	for _, d := range directives {
		if d.name != name {
			names = append(names, d.name)
			continue
		}
		at := &cursor{text: args}
		ev, err := d.read(at)
		if err == nil && at.rest() != "" {
			err = at.fault("nothing more is expected")
		}
		if e, ok := err.(*codec.TextError); ok && e.Field == "" {
			e.Field, e.Hint = "@"+name, d.name+d.args
		}
		if err != nil {
			return nil, err
		}
		return ev, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: names}
}

func say(command string, parts ...[]byte) reactor.Event {
	return reactor.Input{Value: Say{Command: command, Parts: parts}}
}

// A cursor reads the arguments of a directive.
type cursor struct {
	text string
	at   int
}

// word reads a word or a quoted string.
func (c *cursor) word(what string) ([]byte, error) {
	b, n, err := word(c.text[c.at:])
	switch {
	case err != nil:
		return nil, lex.Shift(err, c.at)
	case n == 0:
		return nil, c.fault(what + " is missing")
	}
	c.at += n
	return b, nil
}

// rest returns what is left.
func (c *cursor) rest() string { return strings.TrimLeft(c.text[c.at:], " ") }

// take returns what is left, and takes it.
func (c *cursor) take() string {
	rest := c.rest()
	c.at = len(c.text)
	return rest
}

// fault is an error about what is left.
func (c *cursor) fault(message string) error {
	return &codec.TextError{Start: len(c.text) - len(c.rest()), End: len(c.text), Message: message}
}

// aim reads a queue and headers.
func (c *cursor) aim() (queue, headers []byte, err error) {
	if queue, err = c.word("the queue"); err == nil {
		headers, err = c.word("the list of headers, or -,")
	}
	if string(headers) == "-" {
		headers = []byte{}
	}
	return queue, headers, err
}

// job reads a callable and its arguments.
func (c *cursor) job() ([]byte, error) {
	from := *c
	callable, err := c.word("the callable")
	if err != nil {
		return nil, err
	}
	args := []byte(c.rest())
	if len(args) == 0 {
		args = []byte("[]")
	}
	if err := jsonv.CheckWhole(args, python); err != nil || jsonv.KindOf(args) != jsonv.Array {
		return nil, c.fault("arguments are a JSON array, such as [1, 2]")
	}
	job, err := newJob(string(callable), args)
	if err != nil {
		return nil, from.fault(err.Error())
	}
	c.take()
	return job, nil
}

func readRequest(c *cursor) (reactor.Event, error) {
	queue, headers, err := c.aim()
	if err != nil {
		return nil, err
	}
	job, err := c.job()
	return say("REQUEST", queue, headers, job), err
}

func readSchedule(c *cursor, command string) (reactor.Event, error) {
	queue, headers, err := c.aim()
	if err != nil {
		return nil, err
	}
	from := *c
	interval, err := c.word("the time, seconds or a cron in quotation marks,")
	if err != nil {
		return nil, err
	}
	cron := []byte{}
	if _, err := count(string(interval)); err != nil {
		if _, err := parseCron(string(interval)); err != nil {
			return nil, from.fault(err.Error())
		}
		interval, cron = []byte("-1"), interval
	}
	job, err := c.job()
	return say(command, queue, headers, interval, job, cron), err
}

func readPublish(c *cursor) (reactor.Event, error) {
	topic, err := c.word("the topic")
	if err != nil {
		return nil, err
	}
	if err := jsonv.CheckWhole([]byte(c.rest()), python); err != nil {
		return nil, c.fault("the message is JSON: " + err.Error())
	}
	return say("PUBLISH", topic, []byte(c.take())), nil
}

func readDisconnect(c *cursor) (reactor.Event, error) {
	if c.rest() == "" {
		return say("DISCONNECT"), nil
	}
	secret, err := c.word("the secret")
	return say("DISCONNECT", secret), err
}

// readFrames reads a message in the notation.
func readFrames(c *cursor) (reactor.Event, error) {
	p, err := emqp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		return nil, err
	}
	from := len(c.text) - len(c.rest())
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(c.take())})
	if err != nil {
		return nil, lex.Shift(err, from)
	}
	z, _ := unwrap(f)
	parts := make([][]byte, z.Len())
	for i := range parts {
		parts[i] = bytes.Clone(z.Body(i))
	}
	if z.Kind() != zmtp.Message {
		return nil, &codec.TextError{Start: from, End: len(c.text), Message: "a message is expected"}
	}
	return reactor.Input{Value: Frames{Parts: parts}}, nil
}
