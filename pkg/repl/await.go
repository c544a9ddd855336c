package repl

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// maxAtOnce is how much of what comes is taken in before a line that is typed
// has its turn.
const maxAtOnce = 500

// defaultAwait is how long to wait for a live peer when nothing is said.
const defaultAwait = 10 * time.Second

// needsPeer says that a command is for a live peer.
func (c *Console) needsPeer(args string) error {
	if c.live() {
		return nil
	}
	return &codec.TextError{End: len(args), Message: "there is no live peer", Hint: "connect ADDRESS, or listen ADDRESS"}
}

// awaitCommand is await [TIME] [EXPR]: it waits until something comes that
// meets the condition, or anything at all.
func (c *Console) awaitCommand(args string) error {
	if err := c.needsPeer(args); err != nil {
		return err
	}
	if c.step.At() < len(c.step.Steps()) {
		return &codec.TextError{End: len(args), Message: "while the session is in the past, what comes waits", Hint: "goto end"}
	}
	d := defaultAwait
	first, rest, _ := strings.Cut(args, " ")
	if t, err := time.ParseDuration(first); err == nil && t >= 0 {
		d, args = t, strings.TrimSpace(rest)
	}
	k := &condition{text: args}
	if args != "" {
		var err error
		if k.expr, err = filter.Compile(args); err != nil {
			return err
		}
	}
	seen := c.step.At()
	met := func() bool {
		for ; seen < c.step.At(); seen++ {
			s := &c.step.Steps()[seen]
			if k.expr == nil || k.holds(c.envs(s)) {
				return true
			}
		}
		return false
	}
	if !c.passTime(c.now().Add(d), met) && !c.stopped() && !c.paused {
		return fmt.Errorf("%w within %v", ErrTimeout, d)
	}
	return nil
}

// passTime takes in what comes until a time, or until enough has come. It says
// whether it has.
func (c *Console) passTime(until time.Time, enough func() bool) bool {
	for {
		c.pumpUntil(enough)
		switch {
		case enough():
			return true
		case c.waits() || c.stopped() || c.o.Sleep == nil || !c.now().Before(until):
			return false
		}
		more, due := c.Wake()
		if due.IsZero() || due.After(until) {
			due = until
		}
		c.flush()
		c.o.Sleep(more, due)
	}
}

// pumpUntil is pump that stops when enough has come.
func (c *Console) pumpUntil(enough func() bool) {
	for n := 0; n < maxAtOnce && !enough() && c.live() && !c.waits() && !c.stopped(); n++ {
		c.stop = false
		more, err := c.arrive()
		switch {
		case err != nil:
			c.sayError(err)
		case !more:
			return
		}
		if c.stop {
			c.paused = true
			c.say("  %s", c.styled(c.o.Styles.Dim, "what comes waits: continue goes on"))
		}
	}
}

// goOn goes on with a live peer, from the past or from a breakpoint.
func (c *Console) goOn() error {
	c.paused = false
	if n := len(c.step.Steps()); c.step.At() < n {
		if err := c.moveTo(n); err != nil {
			return err
		}
	}
	c.pump()
	return nil
}

// flush shows what there is so far of a line that takes its time.
func (c *Console) flush() {
	if c.o.Show != nil && len(c.out) > 0 {
		c.o.Show(c.out)
		c.out = c.out[:0]
	}
}

// connectCommand is connect ADDRESS.
func (c *Console) connectCommand(args string) error { return c.liveCommand(false, args) }

// listenCommand is listen ADDRESS.
func (c *Console) listenCommand(args string) error { return c.liveCommand(true, args) }

func (c *Console) liveCommand(listen bool, args string) error {
	if args == "" || strings.Contains(args, " ") {
		return &codec.TextError{End: len(args), Message: "an address is wanted", Hint: "such as tcp://127.0.0.1:9912 or unix:/run/socket"}
	}
	return c.goLive(listen, args)
}

// machineCommand is machine [on | off].
func (c *Console) machineCommand(args string) error {
	on, err := onOff(args, !c.aside)
	if err != nil {
		return err
	}
	c.aside = !on
	c.say("  the machine %s", map[bool]string{true: "gets what a live peer says", false: "stands aside: what a live peer says is shown, and what is typed goes out"}[on])
	return nil
}

// hangupCommand is hangup [N]: it ends a connection with a live peer.
func (c *Console) hangupCommand(args string) error {
	if err := c.needsPeer(args); err != nil {
		return err
	}
	conn, err := numberOr(args, c.lastConn())
	if err != nil {
		return err
	}
	l := c.link(conn)
	if l == nil || l.broken {
		return &codec.TextError{End: len(args), Message: fmt.Sprintf("there is no connection %d", conn)}
	}
	l.open, l.broken = false, true
	c.peer.Finish(conn, true)
	c.happened(conn, reactor.Broken{Err: errHungUp}, "hung up")
	return c.settle()
}

var errHungUp = errors.New("hung up")

// lastConn is the latest connection that is open.
func (c *Console) lastConn() int {
	for i := len(c.links) - 1; i >= 0; i-- {
		if !c.links[i].broken {
			return c.links[i].conn
		}
	}
	return 0
}
