package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
)

// checkOptions is what check can be asked for.
type checkOptions struct {
	masks, kinds []string
	with         []string
	update       string // "", updateAll or updateAsk
	output       string
	verbose      bool
	max          int
	reports      replayReports

	decodeOptions // how to read captures
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
		Usage:     "hold captures against golden files",
		ArgsUsage: "PATH…",
		Description: describe(`Decodes captures and compares what they hold with what it was found to be before: X.golden, a document of the notation, beside X.pcap or any other capture X. PATH is a golden file, a capture, or a folder, in which all golden files count. What differs is shown as diff shows it.

The first line of a golden file may tell how to read and compare: "# check: -p zeo --mask '*.tid'".

--update makes golden files that do not agree agree, and makes those that a capture named by PATH does not have yet; --update=ask shows every change and asks.

  $ wirectl check testdata/
  $ wirectl check today.pcap --update --mask '*.timestamp'`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append(append([]cli.Flag{
			updateFlag(&o.update),
			&cli.StringSliceFlag{Name: "mask", Usage: "let the parts that `PATHS` name be anything: paths as --ignore of diff takes them"},
			&cli.StringSliceFlag{Name: "mask-kind", Usage: "take any two values of these `KINDS` for the same: " + strings.Join(kindNames(), ", ")},
			&cli.StringSliceFlag{Name: "with", Usage: "compare `PARTS` that are else not compared: offset, length, seq, exchange, dialect, http"},
			choiceFlag(&o.output, "output", "o", "text", "format", diffOutputs, "the `FORMAT` to tell what was found in: text, or json, an object for each golden file"),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Destination: &o.verbose, Usage: "tell of golden files that agree, too"},
			&cli.IntFlag{Name: "max", Destination: &o.max, Value: 50, Usage: "show at most `N` differences of a golden file; 0 is all"},
		}, o.reports.flags()...), compareFlags(&o.decodeOptions)...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return &hinted{ui.Usagef("check takes at least one PATH"), "a golden file, a capture, or a folder with golden files"}
			}
			o.rules = c.StringSlice("decode-as")
			o.masks, o.kinds, o.with = c.StringSlice("mask"), c.StringSlice("mask-kind"), c.StringSlice("with")
			return runCheck(c.Context, e, &o, c.Args().Slice())
		},
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

// runCheck checks all golden files that the paths name.
func runCheck(ctx context.Context, e *env, o *checkOptions, paths []string) error {
	if o.update == updateAsk && !e.StdinTTY {
		return &hinted{ui.Usagef("--update=ask wants somebody to answer, and standard input is no terminal"), "--update takes all changes"}
	}
	if o.max < 0 {
		return ui.Usagef("--max is not below 0")
	}
	if _, err := o.compare(); err != nil {
		return err
	}
	if err := o.reports.check(); err != nil {
		return err
	}
	list, err := findGoldens(paths, o.update != "")
	if list == nil && err != nil {
		return err
	}
	c := &checkRun{e: e, o: o, st: e.Stdout.Styles()}
	for _, g := range list {
		if ctx.Err() != nil {
			break
		}
		c.golden(ctx, g)
	}
	return errors.Join(err, c.finish(ctx, len(list)))
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
