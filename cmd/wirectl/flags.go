package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// envPrefix is what the names of the flags' environment variables begin with.
const envPrefix = "WIRECTL_"

// finish adds to a command what all have in common: --color, environment
// variables for the flags, and our treatment of faults.
func finish(e *env, c *cli.Command) {
	c.HideHelp = true
	c.HideHelpCommand = true
	c.OnUsageError = onUsageError
	if c.SkipFlagParsing {
		return
	}
	c.Flags = append(c.Flags, choiceFlag(&e.color, "color", "", "auto", "mode", ui.ColorModes, "`WHEN` to use colour: auto, always or never"))
	for _, f := range c.Flags {
		setEnv(c, f)
	}
	before := c.Before
	c.Before = func(ctx *cli.Context) error {
		e.applyColor()
		if before != nil {
			return before(ctx)
		}
		return nil
	}
}

// setEnv makes the flag read WIRECTL_COMMAND_NAME, or else WIRECTL_NAME.
func setEnv(c *cli.Command, f cli.Flag) {
	upper := func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }
	flag := upper(f.Names()[0])
	name := []string{envPrefix + upper(c.Name) + "_" + flag, envPrefix + flag}
	switch f := f.(type) {
	case *cli.BoolFlag:
		f.EnvVars = name
	case *cli.StringFlag:
		f.EnvVars = name
	case *cli.StringSliceFlag:
		f.EnvVars = name
	case *cli.IntFlag:
		f.EnvVars = name
	case *cli.Int64Flag:
		f.EnvVars = name
	case *cli.UintFlag:
		f.EnvVars = name
	case *cli.Uint64Flag:
		f.EnvVars = name
	case *cli.Float64Flag:
		f.EnvVars = name
	case *cli.DurationFlag:
		f.EnvVars = name
	case *cli.GenericFlag:
		f.EnvVars = name
	default:
		panic(fmt.Sprintf("flag %s: no environment variable for a %T", f.Names()[0], f))
	}
}

// A checker is a flag's value that can judge a text without being set to it.
type checker interface{ check(value string) error }

// A choice is a flag's value that is one of a list of names.
type choice struct {
	dst     *string
	what    string
	allowed []string
}

// choiceFlag returns a flag that takes one of a list of names. What says what
// the names are, for messages: "format". An empty letter means none.
func choiceFlag(dst *string, name, letter, value, what string, allowed []string, usage string) cli.Flag {
	*dst = value
	f := &cli.GenericFlag{Name: name, Value: &choice{dst, what, allowed}, Usage: usage}
	if letter != "" {
		f.Aliases = []string{letter}
	}
	return f
}

func (c *choice) check(value string) error {
	for _, a := range c.allowed {
		if a == value {
			return nil
		}
	}
	return &codec.UnknownNameError{What: c.what, Name: value, Allowed: c.allowed}
}

// Set implements [cli.Generic].
func (c *choice) Set(value string) error {
	if err := c.check(value); err != nil {
		return err
	}
	*c.dst = value
	return nil
}

func (c *choice) String() string {
	if c == nil || c.dst == nil {
		return ""
	}
	return *c.dst
}

// A size is a flag's value in bytes: 4096, 64KiB, 1MiB, 10kB.
type size struct{ dst *int64 }

// sizeFlag returns a flag that takes a number of bytes.
func sizeFlag(dst *int64, name string, value int64, usage string) cli.Flag {
	*dst = value
	return &cli.GenericFlag{Name: name, Value: &size{dst}, Usage: usage}
}

var sizeUnits = []struct {
	name string
	n    int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"kB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"B", 1},
	{"", 1},
}

func parseSize(text string) (int64, error) {
	for _, u := range sizeUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.n {
			break
		}
		return n * u.n, nil
	}
	return 0, fmt.Errorf("%q is no size, such as 4096, 64KiB or 10MB", text)
}

func (s *size) check(value string) error { _, err := parseSize(value); return err }

// Set implements [cli.Generic].
func (s *size) Set(value string) error {
	n, err := parseSize(value)
	if err == nil {
		*s.dst = n
	}
	return err
}

func (s *size) String() string {
	if s == nil || s.dst == nil {
		return ""
	}
	for i := 2; i >= 0; i-- {
		if u := sizeUnits[i]; *s.dst >= u.n && *s.dst%u.n == 0 {
			return fmt.Sprint(*s.dst/u.n, u.name)
		}
	}
	return strconv.FormatInt(*s.dst, 10)
}

// protocolFlag is -p with the protocols' names, and with the given ones
// before them, such as "auto".
func protocolFlag(dst *string, value string, more ...string) cli.Flag {
	return choiceFlag(dst, "protocol", "p", value, "protocol", append(more, registry.Names()...), "the `PROTOCOL`")
}

// dialectFlag is --dialect. Whether the protocol has the dialect is seen when
// it is used.
func dialectFlag(dst *string) cli.Flag {
	return &cli.StringFlag{Name: "dialect", Destination: dst, Usage: "the protocol's `DIALECT`; without it the dialect is found out, or the default is taken"}
}

// directionFlag is --direction.
func directionFlag(dst *string) cli.Flag {
	return choiceFlag(dst, "direction", "", "", "direction", []string{">", "<"}, "the `DIRECTION` of the bytes: '>' from the client, '<' from the server")
}

// secretsFlag is --show-secrets.
func secretsFlag(dst *bool) cli.Flag {
	return &cli.BoolFlag{Name: "show-secrets", Destination: dst, Usage: "show passwords and tokens instead of masking them"}
}

// jsonFlag is --json.
func jsonFlag(dst *bool) cli.Flag {
	return &cli.BoolFlag{Name: "json", Destination: dst, Usage: "print JSON"}
}
