package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/lint"
)

// lintOptions is what lint can be asked for.
type lintOptions struct {
	decodeOptions
	level, failOn   string
	only, skip      []string
	perRule         int
	rules           bool
	least, failFrom codec.Severity
	chosen          chosenSet // nil for all records
}

var lintOutputs = []string{"text", "json", "sarif"}

func lintCommand(e *env) *cli.Command {
	var o lintOptions
	return &cli.Command{
		Name:      "lint",
		Usage:     "hold captures to the rules of their protocols",
		ArgsUsage: "[FILE…]",
		Description: describe(`Looks in captures for what the protocols forbid, what the real programs refuse, die of or misread, and what is likely a mistake. Every rule has an id and a severity: an error is against the rules, a warning works but is likely not what was meant, a note is without consequence.

  $ wirectl lint session.pcap
  $ wirectl lint --fail-on warning -o sarif session.pcap
  $ wirectl lint --rules -p zeo

The status is 1 when something was found of the severity of --fail-on or above it.`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append([]cli.Flag{
			choiceFlag(&o.output, "output", "o", "text", "format", lintOutputs, "the `FORMAT` to show: text, json, an object for each finding, or sarif, a document of SARIF 2.1.0"),
			choiceFlag(&o.level, "level", "", codec.Warning.String(), "severity", codec.Severities(), "show findings from this `SEVERITY` on: note, warning or error"),
			choiceFlag(&o.failOn, "fail-on", "", codec.Error.String(), "severity", append(codec.Severities(), "never"), "end with status 1 from this `SEVERITY` on, or never"),
			&cli.StringSliceFlag{Name: "only", Usage: "apply only these `RULES`, separated by commas; * stands for any letters"},
			&cli.StringSliceFlag{Name: "skip", Usage: "do not apply these `RULES`"},
			&cli.IntFlag{Name: "max", Destination: &o.perRule, Value: lint.DefaultPerRule, Usage: "show at most `N` findings of a rule; the others are counted"},
			&cli.BoolFlag{Name: "rules", Destination: &o.rules, Usage: "list the rules, those of --protocol if it is given, instead of reading anything"},
		}, append(takeFlags(&o.choosing, "show findings about"), readFlags(&o.decodeOptions)...)...),
		Action: func(c *cli.Context) error {
			o.decodeOptions.rules = c.StringSlice("decode-as")
			o.only, o.skip = commas(c.StringSlice("only")), commas(c.StringSlice("skip"))
			if err := o.check(); err != nil {
				return err
			}
			if o.rules {
				return o.list(e)
			}
			return runLint(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// check looks at the options.
func (o *lintOptions) check() error {
	o.least, _ = codec.ParseSeverity(o.level)     // choices have been looked at
	o.failFrom, _ = codec.ParseSeverity(o.failOn) // 0 for never
	if o.perRule < 1 {
		return ui.Usagef("--max is not below 1")
	}
	var ids []string
	for _, r := range lint.Rules("") {
		ids = append(ids, r.ID)
	}
	for _, pattern := range slices.Concat(o.only, o.skip) {
		if !slices.ContainsFunc(ids, func(id string) bool { return matchesRule(pattern, id) }) {
			return &codec.UnknownNameError{What: "rule", Name: pattern, Allowed: ids}
		}
	}
	return nil
}

func matchesRule(pattern, id string) bool {
	ok, err := path.Match(pattern, id)
	proto, _, _ := strings.Cut(id, "/")
	return err == nil && ok || pattern == proto || pattern == "*"
}

// skips says whether a rule is not to be applied.
func (o *lintOptions) skips(id string) bool {
	matches := func(pattern string) bool { return matchesRule(pattern, id) }
	return len(o.only) > 0 && !slices.ContainsFunc(o.only, matches) || slices.ContainsFunc(o.skip, matches)
}

// list shows the rules.
func (o *lintOptions) list(e *env) error {
	proto := o.protocol
	if proto == decode.Auto {
		proto = ""
	}
	rules := slices.DeleteFunc(lint.Rules(proto), func(r codec.Rule) bool { return o.skips(r.ID) })
	if o.output != "text" {
		out, err := lint.AppendRules(nil, rules)
		if err == nil {
			_, err = e.Stdout.Write(out)
		}
		return err
	}
	st := e.Stdout.Styles()
	t := ui.Table{Head: []string{"rule", "severity", "what"}, HeadStyle: st.Heading, Styles: []ui.Style{st.Name}}
	for _, r := range rules {
		t.Add(r.ID, r.Severity.String(), r.Title+". "+r.Text)
	}
	return t.Write(e.Stdout)
}

// runLint looks at captures and shows what was found.
func runLint(ctx context.Context, e *env, o *lintOptions, args []string) error {
	var l *lint.Linter
	undirected := false
	choose, err := o.chooses()
	if err != nil {
		return err
	}
	in, err := readRecords(ctx, e, &o.decodeOptions, args, func(in *reading, r *codec.Record) error {
		choose(in, r)
		if l == nil {
			undirected = in.undirected && o.direction == ""
			l = o.linter(in, undirected)
		}
		l.Add(r)
		return nil
	})
	if err != nil {
		return err
	}
	if l == nil {
		l = o.linter(in, undirected)
	}
	result := l.Finish(in.about.Summaries())
	if err := o.show(e, result, args); err != nil {
		return err
	}
	if o.failFrom > 0 && result.Worst() >= o.failFrom {
		err = ui.Silent(ui.ExitFinding)
	}
	return errors.Join(err, in.fault(&o.decodeOptions))
}

func (o *lintOptions) linter(in *reading, undirected bool) *lint.Linter {
	var want func(codec.Place) bool
	if o.chosen != nil {
		want = o.chosen.has
	}
	return lint.New(lint.Options{
		Want: want, Skip: o.skips, Least: o.least, PerRule: o.perRule, Undirected: undirected,
		Wire: o.printer().AppendText,
		Open: func(id int) (string, bool) {
			c := in.conn(id)
			return in.server(id), c != nil && !c.JoinedMidstream
		},
	})
}

func (o *lintOptions) show(e *env, r *lint.Result, args []string) error {
	var out []byte
	var err error
	switch o.output {
	case "json":
		out, err = r.AppendJSON(nil)
	case "sarif":
		files := slices.DeleteFunc(slices.Clone(args), func(name string) bool { return name == "-" })
		out, err = r.AppendSARIF(nil, currentVersion().Version, files)
	default:
		return o.text(e, r)
	}
	if err == nil {
		_, err = e.Stdout.Write(out)
	}
	return err
}

// text shows the findings for people.
func (o *lintOptions) text(e *env, r *lint.Result) error {
	st := e.Stdout.Styles()
	style := map[codec.Severity]ui.Style{codec.Error: st.Error, codec.Warning: st.Warning, codec.Note: st.Dim}
	shown := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		shown[f.Rule.ID]++
		fmt.Fprintf(e.Stdout, "%s %s\n", style[f.Rule.Severity].Text(f.Rule.Severity.String()+":"), ui.Printable(f.String()))
		if f.Wire != "" {
			fmt.Fprintf(e.Stdout, "  %s\n", ui.Printable(f.Wire))
		}
		for _, p := range f.Related {
			fmt.Fprintf(e.Stdout, "  %s\n", st.Dim.Text("see "+lint.Where(p)))
		}
		if shown[f.Rule.ID] == 1 {
			fmt.Fprintf(e.Stdout, "  %s\n", st.Dim.Text(f.Rule.Title+". "+f.Rule.Text))
		}
	}
	for _, rule := range r.Rules {
		if more := r.Counts[rule.ID] - shown[rule.ID]; more > 0 {
			fmt.Fprintf(e.Stdout, "… and %d more of %s: --max shows them\n", more, rule.ID)
		}
	}
	var sums []string
	for _, s := range []codec.Severity{codec.Error, codec.Warning, codec.Note} {
		if n := int64(r.Count(s)); n > 0 {
			sums = append(sums, grouped(n)+" "+plural(n, s.String()))
		}
	}
	if sums == nil {
		return nil
	}
	_, err := fmt.Fprintln(e.Stdout, st.Heading.Text(strings.Join(sums, ", ")))
	return err
}
