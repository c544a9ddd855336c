package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// choosing says which records are wanted.
type choosing struct {
	where    string
	from, to string
	around   int

	choice *filter.Choice // of where; nil without
	first  bound          // of from
	last   bound          // of to
}

// chooseFlags are the flags of all commands that show some of the records.
func chooseFlags(c *choosing) []cli.Flag {
	return append(whereFlags(c), placeFlags(c)...)
}

// placeFlags say from where to where.
func placeFlags(c *choosing) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "from", Destination: &c.from, Usage: "begin at `PLACE`: a record's number (12), a time (09:14:02, 2026-01-02T09:14:02Z, or +1.5s from the start), or an offset (@4096)"},
		&cli.StringFlag{Name: "to", Destination: &c.to, Usage: "end with `PLACE`, as with --from"},
	}
}

// takeFlags are those of commands that take some of the records and show
// something else.
func takeFlags(c *choosing, does string) []cli.Flag {
	return append([]cli.Flag{whereFlag(c, does)}, placeFlags(c)...)
}

// whereFlags are those of them that are good for records to come as well.
func whereFlags(c *choosing) []cli.Flag {
	return []cli.Flag{
		whereFlag(c, "show"),
		&cli.IntFlag{Name: "context", Destination: &c.around, Usage: "show `N` records before and after each as well"},
	}
}

// whereFlag is --where of a command that does something with the records.
func whereFlag(c *choosing, does string) cli.Flag {
	return &cli.StringFlag{Name: "where", Destination: &c.where, Usage: does + " the records that `EXPR` holds for, such as 'type == \"reply\"'; see wirectl spec filter"}
}

// compileWants is compile for those who ask wants.
func (o *decodeOptions) compileWants() error {
	if err := o.choosing.compile(o.protocol); err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if o.looksAhead() {
		return &hinted{ui.Usagef("--where: replied_by is not known here"), "decode and report look ahead for it"}
	}
	return nil
}

// wants returns what says whether a record is chosen, for all records in their
// order, of a capture that begins when start says once there is a record.
func (o *decodeOptions) wants(start func(first *codec.Record) time.Time) func(r *codec.Record) bool {
	if !o.choosing.any() {
		return func(*codec.Record) bool { return true }
	}
	var choose decode.Choose
	join := decode.NewJoiner()
	return func(r *codec.Record) bool {
		if choose == nil {
			choose = o.chooser(start(r))
		}
		joined := join.Add(r, decode.LinkOf(r))
		chosen, later := choose(r)
		if later != nil {
			_, chosen = later(nil, &joined)
		}
		return chosen
	}
}

// firstTime is when a document begins: with its first record.
func firstTime(r *codec.Record) time.Time { return r.Time }

// compile understands what was asked for, of records of a protocol.
func (c *choosing) compile(proto string) error {
	var err error
	if c.first, err = parseBound("from", c.from); err != nil {
		return err
	}
	if c.last, err = parseBound("to", c.to); err != nil {
		return err
	}
	if c.around < 0 {
		return ui.Usagef("--context is a number of records")
	}
	if c.where != "" {
		if c.choice, err = compileWhere("--where", c.where, proto); err != nil {
			return err
		}
	}
	return nil
}

// compileWhere understands a condition. Flag is for messages.
func compileWhere(flag, text, proto string) (*filter.Choice, error) {
	if proto == decode.Auto {
		proto = ""
	}
	f, err := filter.CompileFor(text, proto)
	if err != nil {
		return nil, flagError(flag, text, err)
	}
	choice, err := f.Choose()
	return choice, flagError(flag, text, err)
}

// flagError gives an error about a flag's value its place.
func flagError(flag, text string, err error) error {
	e, ok := errors.AsType[*codec.TextError](err)
	if !ok {
		return err
	}
	line, start := strings.Count(text[:e.Start], "\n"), strings.LastIndexByte(text[:e.Start], '\n')+1
	whole, _, _ := strings.Cut(text[start:], "\n")
	return ui.With(ui.ExitUsage, &humanframe.Error{
		File: flag, Line: line + 1, Text: whole, Start: e.Start - start, End: min(e.End-start, len(whole)),
		Field: e.Field, Message: e.Message, Allowed: e.Allowed, HintText: e.Hint,
	})
}

// any says whether not all records are wanted.
func (c *choosing) any() bool { return c.where != "" || c.from != "" || c.to != "" }

// String returns the flags that say so.
func (c *choosing) String() string {
	var flags []string
	for _, f := range []struct{ name, value string }{{"--where ", c.where}, {"--from ", c.from}, {"--to ", c.to}} {
		if f.value != "" {
			flags = append(flags, f.name+f.value)
		}
	}
	return strings.Join(flags, " ")
}

// uses says whether the condition looks at one of these names.
func (c *choosing) uses(names ...string) bool {
	return c.choice != nil && slices.ContainsFunc(names, c.choice.Uses)
}

// checkAhead refuses to look ahead where that cannot be.
func (o *decodeOptions) checkAhead(live bool) error {
	switch {
	case o.looksAhead() && live:
		return &hinted{ui.Usagef("what answers a record is not known while records come"), "record them, and look for replied_by there"}
	case o.looksAhead() && o.write != "":
		return ui.Usagef("replied_by and --join do not go with --write")
	}
	return nil
}

// chooser returns what chooses among the records of a capture that begins at
// start, for one goroutine.
func (o *decodeOptions) chooser(start time.Time) decode.Choose {
	c := &o.choosing
	first, last := c.first.from(start), c.last.from(start)
	var m *filter.Matcher
	if c.choice != nil {
		m = c.choice.Matcher()
		m.Wire = o.printer().AppendText
	}
	return func(r *codec.Record) (bool, decode.Later) {
		if first.after(r) || last.before(r) {
			return false, nil
		}
		if m == nil {
			return true, nil
		}
		holds, later := m.Try(r)
		if later == nil {
			return holds, nil
		}
		return false, func(dst []byte, joined *codec.Joined) ([]byte, bool) { return dst, later.Holds(joined) }
	}
}
