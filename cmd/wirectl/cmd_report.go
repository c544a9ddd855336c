package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/lint"
	"github.com/wirectl/wirectl/pkg/report"
)

// reportOptions is what report can be asked for.
type reportOptions struct {
	file     string
	title    string
	maxBytes int64

	decodeOptions // how to read
}

// reportOutput is the form of records that go on a page.
const reportOutput = "report"

func reportCommand(e *env) *cli.Command {
	o := reportOptions{decodeOptions: decodeOptions{output: reportOutput}}
	return &cli.Command{
		Name:      "report",
		Usage:     "write captures as a page for a browser",
		ArgsUsage: "[FILE…]",
		Description: describe(`Reads captures as decode does and writes one page of HTML: conversations, findings, rate and latency, the records with a filter, each record's fields beside its bytes, and the sequence of messages. The page holds all that it shows and asks no network for anything.

  $ wirectl report today.pcapng -o today.html`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.file, Value: "-", Usage: "write the page to `FILE`"},
			&cli.StringFlag{Name: "title", Destination: &o.title, Usage: "the page's `TITLE`; without it the names of the captures"},
			sizeFlag(&o.maxBytes, "max-bytes", report.DefaultMaxBytes, "hold at most `SIZE` of the bytes of one record"),
			secretsFlag(&o.secrets),
			&cli.IntFlag{Name: "depth", Destination: &o.depth, Usage: "open `N` levels of opaque payload"},
			&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Destination: &o.count, Usage: "stop after `N` records"},
		}, readFlags(&o.decodeOptions), withoutContext(chooseFlags(&o.choosing))),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			return runReport(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// withoutContext drops --context: a page shows what is around a record.
func withoutContext(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == "context" })
}

// runReport reads the captures and writes the page, which is there whole or
// not at all.
func runReport(ctx context.Context, e *env, o *reportOptions, args []string) error {
	if o.file == "-" && e.Stdout.TTY {
		return &hinted{ui.Usagef("a page is nothing for a terminal"), "-o FILE writes it to a file"}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	if o.file == "-" {
		return writeReport(ctx, e, o, args, e.Stdout)
	}
	f, err := createAtomic(o.file)
	if err != nil {
		return err
	}
	defer f.abort()
	w := bufio.NewWriter(f)
	found := writeReport(ctx, e, o, args, w)
	if found != nil && ui.Code(found) != ui.ExitDamage {
		return found
	}
	if err := w.Flush(); err != nil {
		return ui.With(ui.ExitIO, err)
	}
	if err := f.commit(); err != nil {
		return err
	}
	return found
}

// writeReport writes the page. An error of damage comes after a page that is
// whole.
func writeReport(ctx context.Context, e *env, o *reportOptions, args []string, w io.Writer) error {
	opts, err := o.session()
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	if err := o.choosing.compile(o.protocol); err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	o.documents = true
	src, done, err := o.source(ctx, e, args)
	if err != nil {
		return err
	}
	defer done()
	about := &report.About{}
	for _, name := range args {
		about.Files = append(about.Files, sourceName(name))
	}
	if o.title == "" {
		o.title = strings.Join(about.Files, ", ")
	}
	page := report.New(w, report.Options{Title: o.title, View: o.view(), Wire: o.printer().AppendText, MaxBytes: int(o.maxBytes)})
	show := newShower(e, &o.decodeOptions)
	show.sink = page.Record
	rules := lint.New(lint.Options{
		Undirected: oneDirection(src.Info().Format) && o.direction == "", Wire: o.printer().AppendText,
		Open: func(id int) (string, bool) {
			c := show.about.Conn(id)
			return c.Server.String(), !c.JoinedMidstream
		},
	})
	show.seen = rules.Add
	list, err := decodeInTurn(ctx, e, &o.decodeOptions, opts, src, show)
	if err == nil {
		err = show.settleAll()
	}
	if err != nil {
		return err
	}
	about.Findings = findingsOf(rules.Finish(list))
	about.Conversations, about.Unanswered = show.listed(list), show.joiner.Unanswered()
	about.Notes = o.notes(show)
	if err := page.Close(about); err != nil {
		return ui.With(ui.ExitIO, err)
	}
	return show.finish(nil)
}

// findingsOf returns what lint found, for the page.
func findingsOf(r *lint.Result) []report.Finding {
	list := []report.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		list = append(list, report.Finding{Rule: f.Violation.Rule, Severity: f.Rule.Severity.String(), Text: f.Message, Conn: f.Conn, Seq: f.Seq})
	}
	return list
}

// notes says what a reader of the page ought to know.
func (o *reportOptions) notes(show *shower) []string {
	var notes []string
	if o.choosing.any() {
		notes = append(notes, "chosen: "+o.choosing.String())
	}
	if show.full() {
		notes = append(notes, fmt.Sprintf("the first %d records", o.count))
	}
	if show.joiner.Full {
		notes = append(notes, "there were too many unanswered requests at a time to pair them all")
	}
	return notes
}
