package hg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of the final dialect's client.
type (
	// A Call asks the server to run a command. Data is shared.
	Call struct{ hg.FinalCommand }

	// Flush sends the commands that wait.
	Flush struct{}

	// ClientSettings are settings by name. They can be changed until there
	// is a command.
	//
	//	buffer-sends     yes or no: commands wait for Flush
	//	multiple-send    yes or no: more than one Send is possible
	//	encodings        names that the client can read, such as
	//	                 "zlib,identity", the best one first; they are told
	//	                 before the first command. "" tells nothing.
	ClientSettings map[string]string
)

// settingNames are the names of ClientSettings.
var settingNames = []string{"buffer-sends", "multiple-send", "encodings"}

// set takes settings.
func (c *FinalClient) set(settings ClientSettings) {
	if v, ok := settings["buffer-sends"]; ok {
		c.buffers = v == "yes"
	}
	if v, ok := settings["multiple-send"]; ok {
		c.multiple = v == "yes"
	}
	if v, ok := settings["encodings"]; ok {
		c.encodings = nil
		if v != "" {
			c.encodings = strings.Split(v, ",")
		}
	}
}

// parseSettings reads name=value ….
func parseSettings(text string) (ClientSettings, error) {
	settings := ClientSettings{}
	at := 0
	for word := range strings.SplitSeq(text, " ") {
		name, value, ok := strings.Cut(word, "=")
		wrong := &codec.TextError{Start: at, End: at + len(word), Field: "@settings"}
		switch {
		case !ok:
			wrong.Message, wrong.Hint = "a setting is name=value", "such as buffer-sends=yes"
			return nil, wrong
		case !slices.Contains(settingNames, name):
			wrong.End = at + len(name)
			wrong.Message, wrong.Allowed = fmt.Sprintf("no setting %q", name), settingNames
			return nil, wrong
		case name != "encodings" && value != "yes" && value != "no":
			wrong.Start = at + len(name) + 1
			wrong.Message, wrong.Allowed = fmt.Sprintf("%s cannot be %q", name, value), []string{"yes", "no"}
			return nil, wrong
		}
		settings[name] = value
		at += len(word) + 1
	}
	return settings, nil
}

func (c *FinalClient) input(v any) reactor.Action {
	switch v := v.(type) {
	case Call:
		return c.call(v.FinalCommand)
	case Flush:
		return c.flush()
	case ClientSettings:
		if c.told {
			return reactor.Reject{Message: "settings cannot be changed after the first command"}
		}
		c.set(v)
		return reactor.Noop{}
	}
	return reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)}
}

// call makes the frames of a command and sends them, or lets them wait.
func (c *FinalClient) call(command hg.FinalCommand) reactor.Action {
	most := min(c.o.Requests(), 1<<14)
	switch {
	case !c.canIssue:
		return reactor.Reject{Message: "cannot issue new commands"}
	case len(c.requests) >= most:
		return reactor.Reject{Message: fmt.Sprintf("too many open requests: %d", most)}
	}
	id := c.next
	for c.requests[id] != nil {
		id = hg.NextRequestID(id)
	}
	w := c.w
	var made []*hg.Frame
	if len(c.encodings) > 0 && !c.told {
		made = append(made, w.ProtocolSettings(id, c.encodings...))
	}
	made, err := w.AppendCommand(made, id, command)
	if err != nil {
		return reactor.Reject{Message: err.Error()}
	}
	var size int64
	frames := make([]codec.Frame, len(made))
	for i, f := range made {
		size += int64(len(f.Payload))
		frames[i] = f.Clone()
	}
	if c.buffers && c.held+size > c.o.Buffered() {
		return reactor.Reject{Message: fmt.Sprintf("too many bytes wait to be sent: more than %d", c.o.Buffered())}
	}
	c.w, c.told, c.next = w, true, hg.NextRequestID(id)
	c.requests[id] = &clientRequest{state: requestPending}
	if c.buffers {
		c.waiting, c.held = append(c.waiting, frames...), c.held+size
		return reactor.Noop{Why: fmt.Sprintf("request %d waits", id)}
	}
	return c.send(frames, []uint16{id})
}

// flush sends what waits.
func (c *FinalClient) flush() reactor.Action {
	switch {
	case len(c.waiting) == 0:
		return reactor.Noop{Why: "no request waits"}
	case !c.canSend:
		return reactor.Reject{Message: "sends cannot be performed on this instance"}
	}
	var ids []uint16
	for _, id := range sorted(c.requests) {
		if c.requests[uint16(id)].state == requestPending {
			ids = append(ids, uint16(id))
		}
	}
	frames := c.waiting
	c.waiting, c.held = nil, 0
	return c.send(frames, ids)
}

func (c *FinalClient) send(frames []codec.Frame, ids []uint16) reactor.Action {
	if !c.multiple {
		c.canIssue, c.canSend = false, false
	}
	for _, id := range ids {
		c.requests[id].state = requestSending
	}
	c.sends++
	c.unsent[c.sends] = ids
	return reactor.Send{ID: c.sends, Frames: frames}
}

// InputNames implements [reactor.Inputs].
func (c *FinalClient) InputNames() []string {
	return []string{"call NAME [{b'argument': …}]", "request {b'name': …, b'args': {…}, b'redirect': {…}, b'data': …}", "flush", "settings NAME=VALUE …"}
}

// Input implements [reactor.Inputs].
func (c *FinalClient) Input(name, args string) (reactor.Event, error) {
	switch name {
	case "flush":
		return reactor.Input{Value: Flush{}}, nil
	case "settings":
		settings, err := parseSettings(args)
		return reactor.Input{Value: settings}, err
	case "call":
		command, rest, _ := strings.Cut(args, " ")
		if command == "" {
			return nil, &codec.TextError{End: len(args), Field: "@call", Message: "a command's name is wanted", Hint: c.InputNames()[0]}
		}
		call := hg.FinalCommand{Name: command}
		if rest == "" {
			return reactor.Input{Value: Call{call}}, nil
		}
		at := len(command) + 1
		text := strings.TrimPrefix(rest, "cbor:")
		at += len(rest) - len(text)
		v, err := cbor.ParseLiteral([]byte(text), cbor.Limits{})
		if err == nil {
			call.Args, err = membersOf(v)
		}
		return reactor.Input{Value: Call{call}}, moved(err, at, text)
	case "request":
		text := strings.TrimPrefix(args, "cbor:")
		v, err := cbor.ParseLiteral([]byte(text), cbor.Limits{})
		if err != nil {
			return nil, moved(err, len(args)-len(text), text)
		}
		call, err := commandOf(v)
		return reactor.Input{Value: Call{call}}, moved(err, len(args)-len(text), text)
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"call", "request", "flush", "settings"}}
}

// membersOf returns the members of a dict with byte strings as keys.
func membersOf(v cbor.Value) (map[string]cbor.Value, error) {
	if v.Type() != "dict" {
		return nil, fmt.Errorf("a dict is wanted, not a %s", v.Type())
	}
	m := map[string]cbor.Value{}
	for i, items := 0, v.Items(); i+1 < len(items); i += 2 {
		key, ok := items[i].Bytes()
		if !ok {
			return nil, fmt.Errorf("keys are byte strings, not %s", literal(items[i]))
		}
		m[string(key)] = items[i+1]
	}
	return m, nil
}

// commandOf makes a command of a dict name, args, redirect, data.
func commandOf(v cbor.Value) (hg.FinalCommand, error) {
	var c hg.FinalCommand
	m, err := membersOf(v)
	if err != nil {
		return c, err
	}
	for key, v := range m {
		b, ok := v.Bytes()
		switch key {
		case "name":
			c.Name = string(b)
		case "data":
			c.Data = append([]byte{}, b...)
		case "args":
			c.Args, err = membersOf(v)
			ok = err == nil
		case "redirect":
			var targets, hashes bool
			c.Redirect = &hg.Redirect{}
			list, _ := v.Get("targets")
			c.Redirect.Targets, targets = stringsOf(list)
			list, _ = v.Get("hashes")
			c.Redirect.Hashes, hashes = stringsOf(list)
			ok = targets && hashes
		default:
			return c, &codec.UnknownNameError{What: "key of a request", Name: key, Allowed: []string{"name", "args", "redirect", "data"}}
		}
		if !ok {
			return c, fmt.Errorf("%s cannot be %s", key, literal(v))
		}
	}
	if c.Name == "" {
		return c, fmt.Errorf("a request has a name")
	}
	return c, nil
}

// moved makes a TextError of an error about a text that stands at an offset.
func moved(err error, at int, text string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*codec.TextError](err); !ok {
		err = &codec.TextError{End: len(text), Message: err.Error()}
	}
	return lex.Shift(err, at)
}
