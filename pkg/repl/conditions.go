package repl

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A condition is what a breakpoint or a watch is about.
type condition struct {
	number int
	text   string
	attr   string         // the name of a thing of the state, of a watch
	expr   *filter.Filter // else
	last   string         // what a watch showed last
}

// envs returns what conditions about a step can see: an Env for each frame
// that was received or sent in it, or one for a step without frames. Beside
// the fields of the frame they have actions, the names of the actions, action,
// the first of them, and state, all that the machine knows after it.
func (c *Console) envs(s *reactor.Step) []*filter.Env {
	var list []*filter.Env
	add := func(dir codec.Direction, conn int, f codec.Frame, b []byte) {
		r := codec.Record{Proto: c.o.Protocol.Info().Name, Dialect: c.o.Dialect, Conn: max(1, conn), Dir: dir, Frame: f, Span: codec.Span{End: int64(len(b))}}
		e := filter.New(&r)
		if f != nil {
			e.Wire = textOf(f)
		}
		list = append(list, e)
	}
	in, _ := s.Event.(reactor.Input)
	switch o := in.Value.(type) {
	case feed:
		for _, ev := range o.events {
			conn := 0
			if from, ok := ev.(reactor.From); ok {
				conn, ev = from.Conn, from.Event
			}
			if got, ok := ev.(reactor.Received); ok {
				b, _ := got.Frame.AppendBinary(nil) // one that was received can be written
				add(c.peerOf(o.end), conn, got.Frame, b)
			}
		}
	case injection:
		add(o.p.dir, max(1, o.p.conn), o.p.frame, o.p.bytes)
	case overheard:
		if o.frame != nil {
			b, _ := o.frame.AppendBinary(nil) // it was received
			add(c.peerOf(0), o.conn, o.frame, b)
		}
	case delivery:
		add(o.p.dir, 1, o.p.frame, o.p.bytes)
	}
	var names []string
	for _, a := range s.Actions {
		role, conn, inside := unwrap(a)
		names = append(names, inside.Name())
		send, ok := inside.(reactor.Send)
		if !ok {
			continue
		}
		dir := codec.ToServer
		if role == reactor.Server || role == "" && c.o.Mode == ServerMode {
			dir = codec.ToClient
		}
		for _, f := range send.Frames {
			b, _ := f.AppendBinary(nil) // the machine made it
			add(dir, conn, f, b)
		}
	}
	if list == nil {
		add(c.peerOf(0), 0, nil, nil)
	}
	state := stateValue(s.After)
	for _, e := range list {
		e.Fields["actions"] = names
		e.Fields["state"] = state
		e.Fields["action"] = ""
		if len(names) > 0 {
			e.Fields["action"] = names[0]
		}
	}
	return list
}

// peerOf is the direction of what an end hears.
func (c *Console) peerOf(n int) codec.Direction {
	switch {
	case c.world().two():
		return says(1 - n)
	case c.o.Mode == ClientMode:
		return codec.ToClient
	}
	return codec.ToServer
}

// stateValue makes of a state what an expression can look into: of two
// machines, the state of each by its role.
func stateValue(s reactor.State) map[string]any {
	all := map[string]any{}
	for _, a := range s {
		into, name := all, a.Name
		if role, rest, ok := strings.Cut(a.Name, "."); ok && (role == "client" || role == "server") {
			if all[role] == nil {
				all[role] = map[string]any{}
			}
			into, name = all[role].(map[string]any), rest
		}
		into[name] = a.Value
	}
	return all
}

// holds says whether a condition is met by a step.
func (k *condition) holds(envs []*filter.Env) bool {
	for _, e := range envs {
		// What cannot be told, such as a comparison with a field that the
		// frame does not have, is not met.
		if ok, err := k.expr.Match(e); err == nil && ok {
			return true
		}
	}
	return false
}

// meet looks at the breakpoints after a step.
func (c *Console) meet(s *reactor.Step) {
	if len(c.breaks) == 0 {
		return
	}
	envs := c.envs(s)
	for _, k := range c.breaks {
		if k.holds(envs) {
			c.stop = true
			c.say("  %s", c.styled(c.o.Styles.Error, fmt.Sprintf("● break %d: %s", k.number, k.text)))
		}
	}
}

// broken says whether the line that is being done has met a breakpoint.
func (c *Console) broken() bool { return c.stop }

// watch shows the watches that have changed.
func (c *Console) watch(s *reactor.Step) {
	if len(c.watches) == 0 {
		return
	}
	envs := c.envs(s)
	for _, k := range c.watches {
		if now := k.value(s.After, envs); now != k.last {
			c.say("  %s %s", c.styled(c.o.Styles.Name, "◦ "+k.text+" ="), now)
			k.last = now
		}
	}
}

func (k *condition) value(state reactor.State, envs []*filter.Env) string {
	if k.attr == "" {
		if k.holds(envs) {
			return "yes"
		}
		return "no"
	}
	b, err := json.Marshal(state.Get(k.attr))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// breakCommand is break [EXPR | off [N]].
func (c *Console) breakCommand(args string) error {
	word, rest, _ := strings.Cut(args, " ")
	switch word {
	case "":
		for _, k := range c.breaks {
			c.say("  %d  %s", k.number, k.text)
		}
		if len(c.breaks) == 0 {
			c.say("  no breakpoints")
		}
		return nil
	case "off":
		return c.without(&c.breaks, rest)
	}
	f, err := filter.Compile(args)
	if err != nil {
		return err
	}
	c.count++
	c.breaks = append(c.breaks, &condition{number: c.count, text: args, expr: f})
	c.say("  break %d: %s", c.count, args)
	return nil
}

// watchCommand is watch [NAME | EXPR | off [N]].
func (c *Console) watchCommand(args string) error {
	word, rest, _ := strings.Cut(args, " ")
	switch word {
	case "":
		for _, k := range c.watches {
			c.say("  %d  %s = %s", k.number, k.text, k.last)
		}
		if len(c.watches) == 0 {
			c.say("  nothing is watched")
		}
		return nil
	case "off":
		return c.without(&c.watches, rest)
	}
	k := &condition{text: args}
	state := c.world().State()
	for _, a := range state {
		if a.Name == args {
			k.attr = args
		}
	}
	if k.attr == "" {
		var err error
		if k.expr, err = filter.Compile(args); err != nil {
			return err
		}
	}
	c.count++
	k.number, k.last = c.count, "no"
	if k.attr != "" {
		k.last = k.value(state, nil)
	}
	c.watches = append(c.watches, k)
	c.say("  watch %d: %s = %s", k.number, k.text, k.last)
	return nil
}

// without takes a condition off a list, or all.
func (c *Console) without(list *[]*condition, number string) error {
	if number == "" {
		*list = nil
		return nil
	}
	for i, k := range *list {
		if fmt.Sprint(k.number) == number {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return nil
		}
	}
	return &codec.TextError{Start: len("off "), End: len("off ") + len(number), Message: "there is no " + number}
}
