package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/stats"
)

// statsOptions is what stats can be asked for.
type statsOptions struct {
	decodeOptions
	by         []string
	largest    int
	thresholds []*stats.Threshold
	having     string
	rows       stats.Selection
}

var statsOutputs = []string{"table", "json", "csv"}

func statsCommand(e *env) *cli.Command {
	var o statsOptions
	return &cli.Command{
		Name:      "stats",
		Usage:     "add up captures: counts, rates, latencies, what failed and what was never answered",
		ArgsUsage: "[FILE…]",
		Description: describe(`Adds up what captures hold: by conversation, by type of frame, and by what the protocol knows: methods, commands, streams, queues, groups. Of requests it tells how long the answers took, how many failed, and how many never came.

  $ wirectl stats zeo.pcap
  $ wirectl stats zeo.pcap --by method --sort p99 --top 5
  $ wirectl stats zeo.pcap --by method --having 'unanswered > 0' -o csv
  $ wirectl stats zeo.pcap --threshold 'method vote p99 < 50ms' --threshold 'unanswered == 0'

Times of answers are counted in a histogram, within a hundredth of the truth, so that memory does not grow with the capture.`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage, ui.ExitThreshold),
		Flags: append([]cli.Flag{
			choiceFlag(&o.output, "output", "o", "table", "format", statsOutputs, "the `FORMAT` to show: table, json, an object for each row, or csv"),
			&cli.StringSliceFlag{Name: "by", Usage: "show only these `KINDS` of rows, separated by commas: total, " + strings.Join(stats.Kinds(), ", ")},
			&cli.StringFlag{Name: "name", Destination: &o.rows.Name, Usage: "show only rows named `NAME`, in which * is any text, such as 'lag *'; a conversation goes by its number"},
			&cli.StringFlag{Name: "having", Destination: &o.having, Usage: "show only rows that `BOUND` holds for: a value, a comparison, a number or a time, such as 'p99 > 50ms'"},
			&cli.StringFlag{Name: "sort", Destination: &o.rows.Sort, Usage: "sort the rows of each kind by `VALUE`, the largest first, or by name; values are those of --threshold"},
			&cli.IntFlag{Name: "top", Destination: &o.rows.Top, Usage: "show only the first `N` rows of each kind"},
			&cli.IntFlag{Name: "largest", Destination: &o.largest, Value: 5, Usage: "list the `N` largest frames"},
			&cli.StringSliceFlag{Name: "threshold", Usage: "end with status 6 unless `BOUND` holds: a kind of row and its name or nothing, a value, a comparison, a number or a time. Values are " + strings.Join(stats.Measures(), ", ")},
		}, append(takeFlags(&o.choosing, "count"), readFlags(&o.decodeOptions)...)...),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			o.by = commas(c.StringSlice("by"))
			if err := o.parse(c.StringSlice("threshold")); err != nil {
				return err
			}
			return runStats(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// parse reads the thresholds, and looks at the kinds.
func (o *statsOptions) parse(thresholds []string) error {
	allowed := append([]string{stats.ByTotal}, stats.Kinds()...)
	for _, kind := range o.by {
		if !slices.Contains(allowed, kind) {
			return &codec.UnknownNameError{What: "kind of row", Name: kind, Allowed: allowed}
		}
	}
	if o.largest < 0 || o.rows.Top < 0 {
		return ui.Usagef("--largest and --top are not below 0")
	}
	if s := o.rows.Sort; s != "" && !slices.Contains(stats.Orders(), s) {
		return &codec.UnknownNameError{What: "value to sort by", Name: s, Allowed: stats.Orders()}
	}
	if o.having != "" {
		var err error
		if o.rows.Having, err = stats.ParseBound(o.having); err != nil {
			return flagError("--having", o.having, err)
		}
	}
	for i, text := range thresholds {
		t, err := stats.ParseThreshold(text)
		if err != nil {
			return ruleError("--threshold", i+1, text, err)
		}
		o.thresholds = append(o.thresholds, t)
	}
	return nil
}

// want says whether a kind of rows is to be shown.
func (o *statsOptions) want(kind string) bool { return len(o.by) == 0 || slices.Contains(o.by, kind) }

// runStats adds up captures and shows the sums.
func runStats(ctx context.Context, e *env, o *statsOptions, args []string) error {
	defer collectSooner()()
	var sum *stats.Stats
	in, err := readRecords(ctx, e, &o.decodeOptions, args, func(in *reading, r *codec.Record) error {
		if sum == nil {
			sum = o.begin(in)
		}
		sum.Add(r)
		return nil
	})
	if err != nil {
		return err
	}
	if sum == nil {
		sum = o.begin(in)
	}
	report := sum.Finish(in.summaries())
	if err := o.show(e, report.Select(o.rows)); err != nil {
		return err
	}
	return errors.Join(o.judge(report), in.fault(&o.decodeOptions), o.damaged(report))
}

func (o *statsOptions) begin(in *reading) *stats.Stats {
	return stats.New(stats.Options{Largest: o.largest, Server: in.server})
}

func (o *statsOptions) show(e *env, r *stats.Report) error {
	var out []byte
	var err error
	switch o.output {
	case "json":
		out, err = r.AppendJSON(nil, o.want)
	case "csv":
		out, err = r.AppendCSV(nil, o.want)
	default:
		return o.tables(e, r)
	}
	if err == nil {
		_, err = e.Stdout.Write(out)
	}
	return err
}

// judge holds the thresholds against the report.
func (o *statsOptions) judge(r *stats.Report) error {
	var missed []error
	for _, t := range o.thresholds {
		for _, v := range t.Judge(r) {
			if !v.Met {
				missed = append(missed, ui.Thresholdf("%s", v))
			}
		}
	}
	return errors.Join(missed...)
}

// damaged tells of damage in the capture, unless that is allowed.
func (o *statsOptions) damaged(r *stats.Report) error {
	if r.Total.Damage == 0 || o.allowDamage {
		return nil
	}
	return damageOf(r.Total.Damage)
}
