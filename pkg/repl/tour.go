package repl

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// The tours, and the recordings of real programs that they load: those are
// parts of the captures in testdata, as decode prints them.
//
//go:embed tours
var tours embed.FS

// tourMark begins the name of a file of the tours.
const tourMark = "tour:"

// tourFile returns a file of the tours; it says false for other names.
func tourFile(name string) ([]byte, bool, error) {
	inside, ok := strings.CutPrefix(name, tourMark)
	if !ok {
		return nil, false, nil
	}
	b, err := tours.ReadFile("tours/" + inside)
	if err != nil {
		return nil, true, fmt.Errorf("the tours have no %q", inside)
	}
	return b, true, nil
}

// pieces returns the tour of a protocol: pieces of lines, of which those that
// begin with # are to be read.
func pieces(proto string) []string {
	b, err := tours.ReadFile("tours/" + proto + ".tour")
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n\n")
}

// tourCommand is tour [all | again].
func (c *Console) tourCommand(args string) error {
	list := pieces(c.o.Protocol.Info().Name)
	switch {
	case list == nil:
		return &codec.TextError{End: len(args), Message: "there is no tour of " + c.o.Protocol.Info().Name}
	case args == "again":
		c.toured = 0
	case args != "" && args != "all":
		return &codec.TextError{End: len(args), Message: "all, again, or nothing for the next piece", Allowed: []string{"all", "again"}}
	}
	if c.toured >= len(list) {
		c.toured = 0
	}
	if c.toured == 0 {
		if err := c.fresh("tour", func() { c.o.Mode = ServerMode }); err != nil {
			return err
		}
		c.hold, c.answers, c.hexMode, c.breaks, c.watches, c.count = false, false, "line", nil, nil, 0
	}
	for c.toured < len(list) && !c.stopped() {
		c.toured++
		c.piece(list[c.toured-1], c.toured > 1 && args == "all")
		if args != "all" {
			break
		}
	}
	if c.toured < len(list) {
		c.say("\n%s", c.styled(c.o.Styles.Dim, fmt.Sprintf("(%d of %d: tour goes on)", c.toured, len(list))))
	}
	return nil
}

// piece says and does a piece of a tour.
func (c *Console) piece(text string, gap bool) {
	if gap {
		c.say("")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if prose, ok := strings.CutPrefix(line, "# "); ok {
			c.say("%s", c.styled(c.o.Styles.Prompt, wrapped(prose, min(c.width(), maxProse))))
			continue
		}
		c.say("%s%s", c.styled(c.o.Styles.Prompt, c.Prompt()), line)
		if err := c.run("tour", 1, line); err != nil {
			c.sayError(err)
		}
	}
}

// sayError shows an error as one line and what helps.
func (c *Console) sayError(err error) {
	if e, ok := errors.AsType[*humanframe.Error](err); ok {
		c.say("  %s", c.styled(c.o.Styles.Error, e.Reason()))
		if e.HintText != "" {
			c.say("  %s", e.HintText)
		}
		for _, n := range e.Notes() {
			c.say("  %s", c.styled(c.o.Styles.Dim, n))
		}
		return
	}
	c.say("  %s", c.styled(c.o.Styles.Error, err.Error()))
}
