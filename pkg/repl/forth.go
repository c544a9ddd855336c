package repl

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

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
