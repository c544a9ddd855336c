package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/replay"
)

// checkOptions is what check can be asked for.
type checkOptions struct {
	masks, kinds []string
	with         []string
	update       string // "", updateAll or updateAsk
	output       string
	quiet        bool
	failFast     bool
	max, jobs    int
	reports      replayReports

	decodeOptions               // how to read captures
	run           replayOptions // how to run sessions
}

// The values of --update.
const (
	updateAll = "all"
	updateAsk = "ask"
)

func checkCommand(e *env) *cli.Command {
	var o checkOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "hold sessions and captures against what was found good before",
		ArgsUsage: "PATH…",
		Description: describe(`Runs session documents, X.wire, each against the server that it has run by @serve or connects to by @connect, and decodes captures and compares them with golden files: X.golden, a document of the notation, beside X.pcap or any other capture X. PATH is one of these, a pattern such as 'tests/*.wire', or a folder, in which all count.

Each file is a line; what differs in it stands below, field by field. The first line of a golden file may tell how to read and compare: "# check: -p zeo --mask '*.tid'".

--update makes files agree with what came, and makes the golden files that captures named by PATH do not have yet; --update=ask shows every change and asks.

  $ wirectl check tests/
  $ wirectl check today.pcap --update --mask '*.timestamp'`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO, ui.ExitDamage, ui.ExitTimeout),
		Flags: append(append(append([]cli.Flag{
			updateFlag(&o.update),
			&cli.StringSliceFlag{Name: "mask", Usage: "let the parts that `PATHS` name be anything: paths as --ignore of diff takes them"},
			&cli.StringSliceFlag{Name: "mask-kind", Usage: "in captures, take any two values of these `KINDS` for the same: " + strings.Join(kindNames(), ", ")},
			&cli.StringSliceFlag{Name: "with", Usage: "in captures, compare `PARTS` that are else not compared: offset, length, seq, exchange, dialect, http"},
			choiceFlag(&o.output, "output", "o", "text", "format", diffOutputs, "the `FORMAT` to tell what was found in: text, or json, an object for each file"),
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Destination: &o.quiet, Usage: "do not tell of files that agree"},
			&cli.IntFlag{Name: "max", Destination: &o.max, Value: 50, Usage: "show at most `N` differences of a file; 0 is all"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Destination: &o.jobs, Value: 1, Usage: "check `N` files at a time"},
			&cli.BoolFlag{Name: "fail-fast", Destination: &o.failFast, Usage: "end a session at its first failure, and begin no file after one that does not agree"},
		}, o.reports.flags()...), checkRunFlags(&o.run)...), compareFlags(&o.decodeOptions)...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return &hinted{ui.Usagef("check takes at least one PATH"), "a session, a golden file, a capture, or a folder with such"}
			}
			o.rules = c.StringSlice("decode-as")
			o.masks, o.kinds, o.with = c.StringSlice("mask"), c.StringSlice("mask-kind"), c.StringSlice("with")
			o.run.to, o.run.vars, o.run.settings = c.StringSlice("to"), c.StringSlice("var"), c.StringSlice("set")
			return runCheck(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// checkRunFlags are the flags of replay that say how sessions are run.
func checkRunFlags(o *replayOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "to", Usage: "sessions connect to `ADDRESS`, whatever @serve and @connect say; N=ADDRESS, several times, for connection N"},
		&cli.StringSliceFlag{Name: "var", Usage: "a variable of the sessions, as `NAME=VALUE`"},
		&cli.BoolFlag{Name: "env", Destination: &o.env, Usage: "let sessions read the environment, by @set NAME=env:VARIABLE"},
		&cli.StringSliceFlag{Name: "set", Usage: "a setting of the client that does the handshake, as `NAME=VALUE`; the protocols' pages list them"},
		&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Value: replay.DefaultTimeout, Usage: "wait for one answer, and for a connection, at most `TIME`, where the session says nothing else"},
		&cli.DurationFlag{Name: "total-timeout", Destination: &o.total, Usage: "let a session take at most `TIME`; 0 for any"},
		&cli.DurationFlag{Name: "drain", Destination: &o.drain, Value: replay.DefaultDrain, Usage: "listen at the end, for what nobody awaits, for `TIME`"},
		&cli.BoolFlag{Name: "literal", Destination: &o.literal, Usage: "send nothing but what the session says"},
		&cli.BoolFlag{Name: "strict", Destination: &o.strict, Usage: "what comes at the end of a session and is not awaited is a difference"},
		&cli.BoolFlag{Name: "allow-side-effects", Destination: &o.sideEffects, Usage: "send what changes the server for good even when it was recorded"},
		&cli.BoolFlag{Name: "allow-exec", Destination: &o.programs, Usage: "let sessions run programs, by @connect exec:COMMAND"},
		&cli.StringFlag{Name: "tls-ca", Destination: &o.tls.ca, Usage: "trust the certificates in `FILE`, in PEM, instead of the system's"},
		&cli.BoolFlag{Name: "tls-insecure", Destination: &o.tls.insecure, Usage: "trust any certificate"},
		&cli.StringFlag{Name: "tls-name", Destination: &o.tls.name, Usage: "ask for the server `NAME` and check its certificate for it, whatever the address is"},
		&cli.StringFlag{Name: "tls-cert", Destination: &o.tls.cert, Usage: "show the server a certificate, a `FILE` in PEM"},
		&cli.StringFlag{Name: "tls-key", Destination: &o.tls.key, Usage: "its private key, a `FILE` in PEM"},
	}
}

// An updateMode is the value of --update, which may stand alone.
type updateMode struct{ dst *string }

func updateFlag(dst *string) cli.Flag {
	return &cli.GenericFlag{Name: "update", Value: &updateMode{dst}, Usage: "make golden files agree; --update=ask asks about every change, on a terminal"}
}

func (u *updateMode) check(value string) error {
	switch value {
	case "", "true", "false", updateAll, updateAsk:
		return nil
	}
	return fmt.Errorf("%q is no way to update: there are --update and --update=ask", value)
}

// Set implements [cli.Generic].
func (u *updateMode) Set(value string) error {
	if err := u.check(value); err != nil {
		return err
	}
	switch value {
	case "", "false":
		value = ""
	case "true":
		value = updateAll
	}
	*u.dst = value
	return nil
}

func (u *updateMode) String() string {
	if u == nil || u.dst == nil {
		return ""
	}
	return *u.dst
}

// IsBoolFlag says that the flag may stand without a value.
func (u *updateMode) IsBoolFlag() bool { return true }

// runCheck checks all files that the paths name.
func runCheck(ctx context.Context, e *env, o *checkOptions, paths []string) error {
	if o.update == updateAsk && !e.StdinTTY {
		return &hinted{ui.Usagef("--update=ask wants somebody to answer, and standard input is no terminal"), "--update takes all changes"}
	}
	if o.max < 0 || o.jobs < 1 {
		return ui.Usagef("--max is not below 0, and --jobs not below 1")
	}
	if _, err := o.compare(); err != nil {
		return err
	}
	opts, done, err := o.sessions(e)
	if err != nil {
		return err
	}
	defer done()
	if err := o.reports.check(); err != nil {
		return err
	}
	list, err := findChecks(paths, o.update != "")
	if list == nil && err != nil {
		return err
	}
	c := &checkRun{e: e, o: o, st: e.Stdout.Styles(), sessions: opts}
	return errors.Join(err, c.all(ctx, list))
}

// compare returns the options of a comparison.
func (o *checkOptions) compare() (diff.Options, error) {
	opts := diff.Options{
		View: o.view(), Context: 2, Max: o.max, IgnoreKinds: commas(o.kinds), Wire: o.printer().AppendText,
	}
	var err error
	if opts.Ignore, err = parsePaths("--mask", o.masks); err != nil {
		return opts, err
	}
	opts.With, err = parsePaths("--with", o.with)
	return opts, err
}
