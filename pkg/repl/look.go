package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// stateCommand is state [diff | NAME].
func (c *Console) stateCommand(args string) error {
	state := c.world().State()
	if args == "diff" {
		if at := c.step.At(); at > 0 {
			c.changed(c.step.Steps()[at-1].Before, state)
		}
		return nil
	}
	var names []string
	for _, a := range state {
		names = append(names, a.Name)
		if args == "" || a.Name == args || strings.HasPrefix(a.Name, args+".") {
			_, value, _ := strings.Cut(reactor.State{a}.String(), " ")
			c.say("  %s %s", c.styled(c.o.Styles.Name, a.Name), value)
		}
	}
	if len(c.out) == 0 && len(state) > 0 {
		return &codec.UnknownNameError{What: "thing of the state", Name: args, Allowed: names}
	}
	return nil
}

// pendingCommand shows what has begun and waits for something.
func (c *Console) pendingCommand(string) error {
	w := c.world()
	who := func(n, conn int) string {
		text := ""
		if w.two() {
			text = string(w.ends[n].role) + " "
		}
		if conn > 0 {
			text += fmt.Sprintf("[#%d] ", conn)
		}
		return text
	}
	for _, p := range w.way {
		c.passing(p, "")
	}
	for _, l := range c.links {
		if what := l.state(); what != "" {
			c.say("  connection %d %s", l.conn, what)
		}
	}
	if w.wants {
		c.say("  the client wants another connection")
	}
	for _, s := range w.sends {
		c.say("  %ssend-frames %d is not out: @sent %d", who(s.end, s.conn), s.id, s.id)
	}
	timers := slices.Clone(w.timers)
	slices.SortStableFunc(timers, func(a, b timer) int { return a.at.Compare(b.at) })
	for _, t := range timers {
		c.say("  %stimer %s in %v: @timer %s, or wait %v", who(t.end, t.conn), t.name, t.at.Sub(w.now), t.name, t.at.Sub(w.now))
	}
	for _, x := range w.awaited {
		text := x.text
		if x.frame != nil {
			text = c.textOf(x.frame)
		}
		c.say("  recorded, and not said here so far: %s%s", who(0, x.conn), c.clipped(text, 40))
	}
	for _, r := range c.unanswered() {
		c.say("  %s%s", who(r.end, r.conn), r.a)
	}
	if n := len(c.tape) - w.tape; n > 0 {
		c.say("  %s of %s to come: step, or continue", plural(n, "record"), c.tapeOf)
	}
	if len(c.out) == 0 {
		c.say("  nothing")
	}
	return nil
}

// An asked is a Run that has had no answer yet.
type asked struct {
	end, conn int
	a         reactor.Action
	request   uint64
}

// unanswered returns the commands that machines want to be run, and of which
// the state says that they are active.
func (c *Console) unanswered() []asked {
	var list []asked
	for _, s := range c.step.Steps()[:c.step.At()] {
		for _, a := range s.Actions {
			role, conn, inside := unwrap(a)
			run, ok := inside.(reactor.Run)
			if !ok {
				continue
			}
			n := 0
			if role == reactor.Server {
				n = serverEnd
			}
			list = slices.DeleteFunc(list, func(o asked) bool { return o.end == n && o.conn == conn && o.request == run.Request })
			list = append(list, asked{n, conn, run, run.Request})
		}
	}
	return slices.DeleteFunc(list, func(o asked) bool {
		active, ok := c.world().ends[o.end].m.State().Get("active").([]int)
		return ok && !slices.Contains(active, int(o.request))
	})
}

// answer does the first thing that a machine asked for in the last step.
func (c *Console) answer() bool {
	at := c.step.At()
	if c.o.Answer == nil || at == 0 {
		return false
	}
	for _, a := range c.step.Steps()[at-1].Actions {
		role, conn, inside := unwrap(a)
		switch inside.(type) {
		case reactor.Send, reactor.SetTimer, reactor.Want, reactor.Noop, reactor.Fail, reactor.Reject, verdict:
			continue
		}
		if role == reactor.Client || role == "" && c.o.Mode == ClientMode {
			continue
		}
		events, ok := c.o.Answer(conn, inside)
		if !ok || len(events) == 0 {
			continue
		}
		n := 0
		if role == reactor.Server {
			n = serverEnd
		}
		for i := range events {
			events[i] = ofConn(conn, events[i])
		}
		w := c.world()
		c.do(feed{end: n, events: events, tape: w.tape}, "answer", c.now())
		return true
	}
	return false
}

func (c *Console) answersCommand(args string) error {
	if c.o.Answer == nil {
		return &codec.TextError{End: len(args), Message: "there is nobody who answers " + c.o.Protocol.Info().Name, Hint: "answer by hand: help events"}
	}
	on, err := onOff(args, c.answers)
	if err != nil {
		return err
	}
	c.answers = on
	c.say("  commands are %s", map[bool]string{true: "answered by the built-in server", false: "left to you"}[on])
	if on {
		return c.settle()
	}
	return nil
}

// logCommand is log [N]: all steps, or what one of them showed.
func (c *Console) logCommand(args string) error {
	steps := c.step.Steps()
	if args != "" {
		n, err := number(args)
		if err != nil {
			return err
		}
		if n < 1 || n > len(steps) {
			return &codec.TextError{End: len(args), Message: fmt.Sprintf("there is no step %d", n), Hint: fmt.Sprintf("there are 1 to %d", len(steps))}
		}
		breaks, watches := c.breaks, c.watches
		c.breaks, c.watches, c.whole = nil, nil, true
		c.say("%s", c.stepText(&steps[n-1]))
		c.show(n - 1)
		c.breaks, c.watches, c.whole = breaks, watches, false
		return nil
	}
	for i := range steps {
		s := &steps[i]
		mark := " "
		if i+1 == c.step.At() {
			mark = "*"
		}
		var names []string
		for _, a := range s.Actions {
			role, _, inside := unwrap(a)
			names = append(names, strings.TrimSpace(string(role)+" "+inside.Name()))
		}
		c.say("%s %3d  %s  %s", mark, i+1, c.clipped(c.stepText(s), 7), c.styled(c.o.Styles.Dim, "→ "+strings.Join(names, ", ")))
	}
	return nil
}

// hexCommand is hex [off | line | on].
func (c *Console) hexCommand(args string) error {
	switch args {
	case "off", "line":
		c.hexMode = args
	case "on":
		c.hexMode = "all"
	case "":
	default:
		return &codec.TextError{End: len(args), Message: "off, line or on", Allowed: []string{"off", "line", "on"}}
	}
	c.say("  bytes are shown: %s", map[string]string{"off": "no", "line": "the first, on one line", "all": "all, with their fields"}[c.hexMode])
	return nil
}

// waitCommand is wait [TIME]; without one until the next timer.
func (c *Console) waitCommand(args string) error {
	w := c.world()
	until := c.now()
	if args == "" {
		if len(w.timers) == 0 {
			return &codec.TextError{Message: "no timer is set", Hint: "wait TIME, such as wait 1.5s"}
		}
		for i, t := range w.timers {
			if i == 0 || t.at.Before(until) {
				until = t.at
			}
		}
	} else {
		d, err := time.ParseDuration(args)
		if err != nil || d < 0 {
			return &codec.TextError{End: len(args), Message: "no time", Hint: "such as 1.5s or 20ms"}
		}
		until = until.Add(d)
	}
	if c.live() {
		c.passTime(until, func() bool { return false })
		return nil
	}
	c.do(waiting{until}, strings.TrimSpace("wait "+args), w.now)
	return c.settle()
}

// sentCommand is sent [auto | by-hand].
func (c *Console) sentCommand(args string) error {
	switch args {
	case "auto", "by-hand":
		if err := c.fresh("sent "+args, func() { c.o.ByHand = args == "by-hand" }); err != nil {
			return err
		}
	case "":
	default:
		return &codec.TextError{End: len(args), Message: "auto or by-hand", Allowed: []string{"auto", "by-hand"}}
	}
	c.say("  that frames are out, a machine is told %s", map[bool]string{true: "by hand: @sent N", false: "at once"}[c.o.ByHand])
	return nil
}

// fresh changes the settings and begins anew: with a past of another kind
// there is no going back.
func (c *Console) fresh(what string, set func()) error {
	old := *c
	if n := len(c.step.Steps()); n > 0 && !(c.world().two() && n == 1) {
		c.say("  %s: new machines, and no past; %s forgotten", what, map[bool]string{true: "1 step is", false: plural(n, "step") + " are"}[n == 1])
	}
	set()
	if err := c.begin(); err != nil {
		*c = old
		return err
	}
	return nil
}

// modeCommand is mode [server | client | both].
func (c *Console) modeCommand(args string) error {
	if args == "" {
		c.say("  %s", c.o.Mode)
		return nil
	}
	if !slices.Contains(Modes(), args) {
		return &codec.UnknownNameError{What: "mode", Name: args, Allowed: Modes()}
	}
	return c.fresh("mode "+args, func() { c.o.Mode = Mode(args) })
}

// resetCommand begins anew.
func (c *Console) resetCommand(string) error {
	if !c.live() {
		return c.fresh("reset", func() {})
	}
	listen, address := c.o.Mode == ServerMode, c.peer.Address()
	if err := errors.Join(c.Close(), c.fresh("reset", func() {})); err != nil {
		return err
	}
	return c.goLive(listen, address)
}

func (c *Console) quitCommand(string) error {
	c.quit = true
	return nil
}
