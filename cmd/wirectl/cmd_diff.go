package main

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diff"
)

// diffOptions is what diff can be asked for.
type diffOptions struct {
	ignore, kinds, with []string
	context, max        int
	maxRecords          int
	stat                bool

	decodeOptions // how to read both sides
}

var diffOutputs = []string{"text", "json"}

// documentInput is the input that is a document of the notation.
const documentInput = "wire"

func diffCommand(e *env) *cli.Command {
	var o diffOptions
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare two captures by conversation, frame and field",
		ArgsUsage: "A B",
		Description: describe(`Compares what two recordings hold, whatever their forms: captures, as decode reads them, documents of the notation, such as decode prints, and sessions, whose patterns may be anything. Conversations go together by what is said in them, who speaks, and their order; frames by their types, and what they have in common; and then their fields are compared. Each direction is compared for itself.

When and where something was said does not count, unless --with says so. What else may differ, --ignore and --ignore-kind say. "-" is standard input.

  $ wirectl diff yesterday.pcap today.pcap --ignore '*.tid' --ignore-kind uuid,time`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append([]cli.Flag{
			choiceFlag(&o.output, "output", "o", "text", "format", diffOutputs, "the `FORMAT` to show: text, or json, an object for each difference"),
			&cli.StringSliceFlag{Name: "ignore", Usage: "pass over what `PATHS` name: paths as in JSON records, with * and **, separated by commas"},
			&cli.StringSliceFlag{Name: "ignore-kind", Usage: "take any two values of these `KINDS` for the same: " + strings.Join(kindNames(), ", ")},
			&cli.StringSliceFlag{Name: "with", Usage: "compare `PARTS` that are else not compared: time (since the conversation began), offset, length, seq, exchange, dialect, http"},
			&cli.IntFlag{Name: "context", Aliases: []string{"U"}, Destination: &o.context, Value: 2, Usage: "show `N` frames that are the same around those that differ"},
			&cli.IntFlag{Name: "max", Destination: &o.max, Value: 1000, Usage: "show at most `N` differences; 0 is all. What is not shown is counted"},
			&cli.BoolFlag{Name: "stat", Destination: &o.stat, Usage: "count instead: by conversation, and which parts of frames differ how often"},
			&cli.IntFlag{Name: "max-records", Destination: &o.maxRecords, Value: diff.DefaultMaxRecords, Usage: "give up when a side has more than `N` records"},
		}, append(placeFlags(&o.choosing), compareFlags(&o.decodeOptions)...)...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return ui.Usagef("diff takes two captures, A and B")
			}
			o.rules = c.StringSlice("decode-as")
			o.ignore, o.kinds, o.with = c.StringSlice("ignore"), c.StringSlice("ignore-kind"), c.StringSlice("with")
			return runDiff(c.Context, e, &o, c.Args().Get(0), c.Args().Get(1))
		},
	}
}

// compareFlags are the flags that say how to read what is compared.
func compareFlags(o *decodeOptions) []cli.Flag {
	return []cli.Flag{
		protocolFlag(&o.protocol, decode.Auto, decode.Auto),
		dialectFlag(&o.dialect),
		choiceFlag(&o.input, "input", "i", capture.Auto.String(), "format", append(capture.Formats(), mentionInput, documentInput), "the `FORMAT` of the input, as for decode; wire is a document of the notation"),
		directionFlag(&o.direction),
		&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}, Usage: "decode a port's conversations by a protocol: `RULE` is tcp.port==N,PROTOCOL"},
		&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "do not end with status 4 because a capture file is damaged"},
		secretsFlag(&o.secrets),
		&cli.IntFlag{Name: "depth", Destination: &o.depth, Usage: "open `N` levels of opaque payload"},
		&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "show long lines whole"},
		sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
		&cli.StringFlag{Name: "log-pattern", Destination: &o.logPattern, Usage: "read lines of a log by `PATTERN`, as decode does"},
		&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
		whereFlag(&o.choosing, "compare"),
	}
}

func kindNames() []string {
	var names []string
	for _, k := range diff.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// runDiff compares two recordings and shows what differs.
func runDiff(ctx context.Context, e *env, o *diffOptions, nameA, nameB string) error {
	if nameA == "-" && nameB == "-" {
		return ui.Usagef("only one of the sides can be standard input")
	}
	opts, err := o.options()
	if err != nil {
		return err
	}
	if err := o.compileWants(); err != nil {
		return err
	}
	a, err := o.side(ctx, e, nameA)
	if err != nil {
		return err
	}
	b, err := o.side(ctx, e, nameB)
	if err != nil {
		return err
	}
	if a.session || b.session {
		opts.Max = 0 // what differs shows when all of it has been compared
	}
	res, err := diff.Compare(ctx, a.Side, b.Side, opts)
	if err != nil {
		return err
	}
	show := diffShower{e: e, o: o, st: e.Stdout.Styles(), out: e.Stdout}
	switch {
	case o.output == "json" && o.stat:
		err = show.statJSON(res)
	case o.output == "json":
		err = show.json(res)
	case o.stat:
		err = show.stat(res)
	default:
		err = show.text(display(nameA), display(nameB), res)
	}
	if err == nil && !res.Equal() {
		err = ui.Silent(ui.ExitFinding)
	}
	return errors.Join(err, a.damage(&o.decodeOptions), b.damage(&o.decodeOptions))
}

// options returns the options of the comparison.
func (o *diffOptions) options() (diff.Options, error) {
	opts := diff.Options{
		View: o.view(), Context: o.context, Max: o.max, MaxRecords: o.maxRecords,
		IgnoreKinds: commas(o.kinds), Wire: o.printer().AppendText,
	}
	var err error
	if opts.Ignore, err = parsePaths("--ignore", o.ignore); err != nil {
		return opts, err
	}
	if opts.With, err = parsePaths("--with", o.with); err != nil {
		return opts, err
	}
	if o.context < 0 || o.max < 0 || o.maxRecords < 1 {
		return opts, ui.Usagef("--context and --max are not below 0, and --max-records is not below 1")
	}
	return opts, nil
}

// commas splits texts at commas.
func commas(list []string) []string {
	var out []string
	for _, text := range list {
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func parsePaths(flag string, list []string) ([]diff.Path, error) {
	var paths []diff.Path
	for _, text := range commas(list) {
		p, err := diff.ParsePath(text)
		if e, ok := errors.AsType[*codec.TextError](err); ok {
			return nil, &hinted{ui.Usagef("flag %s: %s", flag, e.Message), e.Hint}
		}
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}
