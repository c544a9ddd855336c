package repl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// maxKept is how many branches are kept that nobody asked for.
const maxKept = 20

// moveTo goes to where n steps had happened.
func (c *Console) moveTo(n int) error {
	total := len(c.step.Steps())
	if n < 0 || n > total {
		return &codec.TextError{End: 1, Message: fmt.Sprintf("there is no step %d", n), Hint: fmt.Sprintf("there are 0 to %d", total)}
	}
	if n != c.step.At() {
		before := c.world().State()
		if err := c.step.Goto(n); err != nil {
			return err
		}
		c.learnt = nil
		c.changes(before)
	}
	c.where()
	return nil
}

// where says where in the past the session is.
func (c *Console) where() {
	text := fmt.Sprintf("at step %d of %d", c.step.At(), len(c.step.Steps()))
	if c.branch != "main" {
		text += " on " + c.branch
	}
	if s := c.world().stateName(); s != "" {
		text += " · " + s
	}
	c.say("  %s", text)
}

// keepAhead makes a branch of what has been gone back over, before another
// step takes its place.
func (c *Console) keepAhead() {
	n, at := len(c.step.Steps()), c.step.At()
	if at == n {
		return
	}
	old := *c.step
	c.step = old.Fork()
	kept := 0
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s~%d", c.branch, i)
		if c.findBranch(name) == nil {
			_ = old.Goto(n) // there are as many
			c.branches = append(c.branches, &branch{name, &old})
			c.say("  the %s ahead %s kept as branch %s", plural(n-at, "step"), map[bool]string{true: "is", false: "are"}[n-at == 1], name)
			break
		}
	}
	for _, b := range c.branches {
		if strings.Contains(b.name, "~") {
			kept++
		}
	}
	if kept > maxKept {
		i := slices.IndexFunc(c.branches, func(b *branch) bool { return strings.Contains(b.name, "~") })
		c.branches = slices.Delete(c.branches, i, i+1)
	}
}

func (c *Console) findBranch(name string) *branch {
	for _, b := range c.branches {
		if b.name == name {
			return b
		}
	}
	return nil
}

func (c *Console) backCommand(args string) error {
	n, err := numberOr(args, 1)
	if err != nil {
		return err
	}
	if n > c.step.At() {
		return &codec.TextError{End: len(args), Message: fmt.Sprintf("%s have happened", plural(c.step.At(), "step"))}
	}
	return c.moveTo(c.step.At() - n)
}

func (c *Console) redoCommand(args string) error {
	n, err := numberOr(args, 1)
	if err != nil {
		return err
	}
	if left := len(c.step.Steps()) - c.step.At(); n > left {
		return &codec.TextError{End: len(args), Message: fmt.Sprintf("%s ahead", plural(left, "step"))}
	}
	return c.moveTo(c.step.At() + n)
}

func (c *Console) gotoCommand(args string) error {
	if args == "end" {
		return c.moveTo(len(c.step.Steps()))
	}
	n, err := number(args)
	if err != nil {
		return err
	}
	return c.moveTo(n)
}

// forkCommand is fork NAME: what follows happens on a branch of that name.
func (c *Console) forkCommand(args string) error {
	switch {
	case args == "" || strings.ContainsAny(args, " ~@") || args[0] >= '0' && args[0] <= '9':
		return &codec.TextError{End: len(args), Message: "a name for the branch is wanted", Hint: "fork NAME, a word that begins with a letter"}
	case c.findBranch(args) != nil || args == c.branch:
		return &codec.TextError{End: len(args), Message: fmt.Sprintf("there is a branch %q", args), Hint: "switch " + args + " goes there"}
	}
	at := c.step.At()
	fork := c.step.Fork()
	c.branches = append(c.branches, &branch{c.branch, c.step})
	c.step, c.learnt = fork, nil
	c.forkedFrom[args] = c.branch
	c.say("  branch %s of %s at step %d", args, c.branch, at)
	c.branch = args
	return nil
}

func (c *Console) switchCommand(args string) error {
	if args == c.branch {
		c.where()
		return nil
	}
	b := c.findBranch(args)
	if b == nil {
		return &codec.UnknownNameError{What: "branch", Name: args, Allowed: c.branchNames()}
	}
	before := c.world().State()
	c.branches = slices.DeleteFunc(c.branches, func(o *branch) bool { return o == b })
	c.branches = append(c.branches, &branch{c.branch, c.step})
	c.branch, c.step, c.learnt = b.name, b.step, nil
	c.changes(before)
	c.where()
	return nil
}

// Pop leaves a branch that was made by fork for the one that it was made of,
// and returns what there is to see. It says false when there is none.
func (c *Console) Pop() ([]byte, bool) {
	from, ok := c.forkedFrom[c.branch]
	if !ok || c.findBranch(from) == nil {
		return nil, false
	}
	c.out = c.out[:0]
	err := c.switchCommand(from) // it is there
	return c.out, err == nil
}

func (c *Console) branchNames() []string {
	names := []string{c.branch}
	for _, b := range c.branches {
		names = append(names, b.name)
	}
	slices.Sort(names)
	return names
}

// stepperOf returns the past of a branch.
func (c *Console) stepperOf(name string) *reactor.Stepper {
	if name == c.branch {
		return c.step
	}
	if b := c.findBranch(name); b != nil {
		return b.step
	}
	return nil
}

func (c *Console) branchesCommand(string) error {
	for _, name := range c.branchNames() {
		s, mark := c.stepperOf(name), " "
		if name == c.branch {
			mark = "*"
		}
		c.say("%s %-12s step %d of %d   %s", mark, name, s.At(), len(s.Steps()), s.Machine().(*world).stateName())
	}
	return nil
}

// moment reads what diff compares: a step of this branch, BRANCH, or
// BRANCH@STEP. It returns the name, the steps so far and the state.
func (c *Console) moment(text string) (string, []reactor.Step, reactor.State, error) {
	name, step, has := strings.Cut(text, "@")
	if n, err := strconv.Atoi(name); err == nil && !has {
		name, step, has = c.branch, strconv.Itoa(n), true
	}
	s := c.stepperOf(name)
	if s == nil {
		return "", nil, nil, lex.UnknownName("branch", name, 0, len(name), c.branchNames())
	}
	at := s.At()
	if has {
		n, err := strconv.Atoi(step)
		if err != nil || n < 0 || n > len(s.Steps()) {
			return "", nil, nil, &codec.TextError{End: len(text), Message: fmt.Sprintf("branch %s has no step %q", name, step), Hint: fmt.Sprintf("there are 0 to %d", len(s.Steps()))}
		}
		at = n
	}
	steps := s.Steps()[:at]
	switch {
	case at > 0:
		return name, steps, steps[at-1].After, nil
	case len(s.Steps()) > 0:
		return name, steps, s.Steps()[0].Before, nil
	}
	return name, steps, s.Machine().State(), nil
}

// diffCommand is diff A B, or diff B from where we are.
func (c *Console) diffCommand(args string) error {
	a, b, two := strings.Cut(args, " ")
	b = strings.TrimSpace(b)
	switch {
	case a == "":
		return &codec.TextError{End: len(args), Message: "what is to be compared?", Hint: "diff A B; each is a step, a branch, or BRANCH@STEP"}
	case !two:
		a, b = fmt.Sprintf("%s@%d", c.branch, c.step.At()), a
	}
	_, before, from, err := c.moment(a)
	if err != nil {
		return err
	}
	_, after, to, err := c.moment(b)
	if err != nil {
		return lex.Shift(err, max(0, len(args)-len(b)))
	}
	same := 0
	for same < len(before) && same < len(after) && before[same].Text == after[same].Text {
		same++
	}
	c.say("  %s in common", plural(same, "step"))
	for i := range before[same:] {
		c.say("  - %s", c.clipped(c.stepText(&before[same+i]), 4))
	}
	for i := range after[same:] {
		c.say("  + %s", c.clipped(c.stepText(&after[same+i]), 4))
	}
	changes := changesOf(from, to)
	for _, change := range changes {
		c.say("    %s", c.clipped(change, 4))
	}
	if len(changes) == 0 {
		c.say("  the states are equal")
	}
	return nil
}

// number reads a number that is not negative.
func number(text string) (int, error) {
	n, err := lex.Uint([]byte(text), 1<<31-1)
	if err != nil {
		return 0, &codec.TextError{End: len(text), Message: "a number is wanted"}
	}
	return int(n), nil
}

func numberOr(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	return number(text)
}

// onOff reads on and off; nothing turns round what is.
func onOff(text string, is bool) (bool, error) {
	switch text {
	case "":
		return !is, nil
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return is, &codec.TextError{End: len(text), Message: "on or off", Allowed: []string{"on", "off"}}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
