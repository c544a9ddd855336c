package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A line is a command line taken apart.
type line struct {
	command *cli.Command // nil when none was named
	args    []string     // command, flags, "--", arguments
	help    bool
	version bool
}

// parseLine takes a command line apart by the tables of the commands' flags.
// Flags may stand before and after arguments; "--" ends them. A single "-"
// and a negative number are arguments.
func parseLine(cmds []*cli.Command, args []string) (line, error) {
	var l line
	for l.command == nil {
		if len(args) == 0 {
			return l, nil
		}
		word := args[0]
		args = args[1:]
		switch {
		case word == "-h" || word == "--help":
			l.help = true
			return l, nil
		case word == "--version":
			l.version = true
			return l, nil
		case isFlag(word):
			return l, &hinted{ui.Usagef("unknown flag %q", word), "flags stand after the command, such as wirectl version --json"}
		}
		l.command = findCommand(cmds, word)
		if l.command == nil {
			return l, unknownCommand(cmds, word)
		}
	}
	p := flagParser{flags: flagTable(l.command), cmd: l.command}
	if err := p.parse(args); err != nil {
		return l, err
	}
	l.help = p.help
	l.args = append([]string{l.command.Name}, p.flagArgs...)
	l.args = append(append(l.args, "--"), p.rest...)
	return l, nil
}

func findCommand(cmds []*cli.Command, name string) *cli.Command {
	for _, c := range cmds {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func unknownCommand(cmds []*cli.Command, name string) error {
	var names []string
	for _, c := range cmds {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	err := ui.Usagef("unknown command %q", name)
	if n := lex.Nearest(name, names); n != "" {
		return &hinted{err, "did you mean " + n + "?"}
	}
	return &hinted{err, "wirectl help lists the commands"}
}

// isFlag says whether word looks like a flag.
func isFlag(word string) bool {
	return len(word) > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9')
}

// flagTable returns the flags of c under each of their names.
func flagTable(c *cli.Command) map[string]cli.Flag {
	t := make(map[string]cli.Flag)
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			t[n] = f
		}
	}
	return t
}

// A flagParser sorts the words behind a command into flags and arguments.
type flagParser struct {
	cmd      *cli.Command
	flags    map[string]cli.Flag
	flagArgs []string // normalised: -name or -name=value
	rest     []string
	help     bool
}

func (p *flagParser) parse(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			p.rest = append(p.rest, words...)
			return nil
		case word == "-h" || word == "--help":
			p.help = true
		case !isFlag(word):
			p.rest = append(p.rest, word)
		case strings.HasPrefix(word, "--"):
			name, value, has := strings.Cut(word[2:], "=")
			if utf8.RuneCountInString(name) == 1 {
				return p.unknown(word) // one letter takes one dash
			}
			used, err := p.flag("--"+name, name, value, has, words)
			if err != nil {
				return err
			}
			words = words[used:]
		default:
			used, err := p.letters(word, words)
			if err != nil {
				return err
			}
			words = words[used:]
		}
	}
	return nil
}

// letters handles "-o json", "-ojson", "-o=json" and letters that take no
// value in one word, "-qv". It returns how many of the following words it
// used.
func (p *flagParser) letters(word string, following []string) (int, error) {
	for rest := word[1:]; rest != ""; {
		_, n := utf8.DecodeRuneInString(rest)
		name := rest[:n]
		rest = rest[n:]
		f, ok := p.flags[name]
		if !ok {
			return 0, p.unknown(word)
		}
		if !takesValue(f) {
			if err := p.set("-"+name, name, f, "", false); err != nil {
				return 0, err
			}
			continue
		}
		return p.flag("-"+name, name, strings.TrimPrefix(rest, "="), rest != "", following)
	}
	return 0, nil
}

// flag handles one flag. It returns how many of the following words it used.
func (p *flagParser) flag(shown, name, value string, has bool, following []string) (int, error) {
	f, ok := p.flags[name]
	switch {
	case !ok:
		return 0, p.unknown(shown)
	case has || !takesValue(f):
		return 0, p.set(shown, name, f, value, has)
	case len(following) == 0:
		return 0, ui.Usagef("flag %s needs a value", shown)
	}
	return 1, p.set(shown, name, f, following[0], true)
}

func (p *flagParser) set(shown, name string, f cli.Flag, value string, has bool) error {
	if !has {
		p.flagArgs = append(p.flagArgs, "-"+name)
		return nil
	}
	if g, ok := f.(*cli.GenericFlag); ok {
		if v, ok := g.Value.(checker); ok {
			if err := v.check(value); err != nil {
				return ui.With(ui.ExitUsage, fmt.Errorf("flag %s: %w", shown, err))
			}
		}
	}
	p.flagArgs = append(p.flagArgs, "-"+name+"="+value)
	return nil
}

// unknown is the error for a flag that the command does not have.
func (p *flagParser) unknown(word string) error {
	name := strings.TrimLeft(word, "-")
	name, _, _ = strings.Cut(name, "=")
	names := []string{"help"}
	for _, f := range p.cmd.Flags {
		names = append(names, f.Names()[0])
	}
	err := ui.Usagef("%s: unknown flag %q", p.cmd.Name, word)
	if n := lex.Nearest(name, names); n != "" && len(name) > 1 {
		return &hinted{err, "did you mean --" + n + "?"}
	}
	return &hinted{err, "put -- before arguments that begin with a dash"}
}

// takesValue says whether a value follows the flag.
func takesValue(f cli.Flag) bool {
	if g, ok := f.(*cli.GenericFlag); ok {
		b, ok := g.Value.(interface{ IsBoolFlag() bool })
		return !ok || !b.IsBoolFlag()
	}
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// A hinted error says what to do.
type hinted struct {
	error
	hint string
}

func (h *hinted) Hint() string  { return h.hint }
func (h *hinted) Unwrap() error { return h.error }

var badValue = lazyre.New(`^invalid (?:boolean )?value (".*") for (?:flag )?-([^:]*): (.*)$`)

// onUsageError gives package cli's complaints about values our form and
// status.
func onUsageError(_ *cli.Context, err error, _ bool) error {
	if m := badValue.Get().FindStringSubmatch(err.Error()); m != nil {
		dash := "-"
		if len(m[2]) > 1 {
			dash = "--"
		}
		return ui.Usagef("flag %s%s: bad value %s: %s", dash, m[2], m[1], strings.TrimPrefix(m[3], "strconv."))
	}
	return ui.With(ui.ExitUsage, err)
}
