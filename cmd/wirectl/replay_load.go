package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/replay/load"
	"github.com/wirectl/wirectl/pkg/session"
)

// loadOptions is how much load replay is to make.
type loadOptions struct {
	connections, sessions int
	rate                  string
	duration              time.Duration
	keep                  bool
	thresholds            []string

	wanted bool // one of them was given
	drain  bool // so was --drain
	atOnce bool // so was --jobs
}

// defaultConnections is how many connections a load has by default.
const defaultConnections = 10

func (o *loadOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rate", Destination: &o.rate, Usage: "load: begin `N/s` sessions a second, however fast the server is; also N/m and N/h"},
		&cli.DurationFlag{Name: "duration", Destination: &o.duration, Usage: "load: begin sessions for `TIME`"},
		&cli.IntFlag{Name: "sessions", Destination: &o.sessions, Usage: "load: begin `N` sessions in all"},
		&cli.IntFlag{Name: "connections", Destination: &o.connections, Value: defaultConnections, Usage: "load: run at most `N` sessions at a time, each on a connection of its own"},
		&cli.BoolFlag{Name: "keep-connections", Destination: &o.keep, Usage: "load: keep the connections, and run the session on them over and over"},
		&cli.StringSliceFlag{Name: "threshold", Usage: "load: end with status 6 unless `RULE` holds, such as p99<20ms, errors<1%, rate>=95/s, or x.wire:max<1s"},
	}
}

// given notes which of the flags were given.
func (o *loadOptions) given(c *cli.Context) {
	for _, f := range o.flags() {
		o.wanted = o.wanted || c.IsSet(f.Names()[0])
	}
	o.thresholds, o.drain, o.atOnce = c.StringSlice("threshold"), c.IsSet("drain"), c.IsSet("jobs")
}

// options returns the options of the load, and its thresholds.
func (o *loadOptions) options(opts replay.Options, docs []*session.Document) (load.Options, []load.Threshold, error) {
	out := load.Options{
		Connections: o.connections, Duration: o.duration, Sessions: o.sessions, Keep: o.keep, Replay: opts,
	}
	fail := func(err error) (load.Options, []load.Threshold, error) { return out, nil, err }
	var err error
	if o.rate != "" {
		if out.Rate, err = load.ParseRate(o.rate); err != nil {
			return fail(ui.Usagef("--rate: %w", err))
		}
	}
	if o.atOnce {
		return fail(&hinted{ui.Usagef("--jobs is for sessions that run once"), "a load has --connections"})
	}
	if o.duration == 0 && o.sessions == 0 {
		return fail(&hinted{ui.Usagef("nothing says when the load is to end"), "--duration or --sessions does"})
	}
	if err := out.Check(); err != nil {
		return fail(ui.With(ui.ExitUsage, err))
	}
	if !o.drain {
		out.Replay.Drain = 0
	}
	if client, ok := opts.Web.(*http.Client); ok {
		out.Web = func() replay.Web { return webOf(client) }
	}
	var thresholds []load.Threshold
	for i, text := range o.thresholds {
		t, err := load.ParseThreshold(text)
		if err != nil {
			return fail(ruleError("--threshold", i+1, text, err))
		}
		if !hasDocument(t.Document, docs) {
			return fail(&hinted{ui.Usagef("--threshold %s: there is no session %s", text, t.Document), "it is the name as given, or nothing for all sessions"})
		}
		thresholds = append(thresholds, t)
	}
	return out, thresholds, nil
}

func hasDocument(name string, docs []*session.Document) bool {
	return name == load.All || slices.ContainsFunc(docs, func(d *session.Document) bool { return d.Name == name })
}

// webOf returns a client as the given one, with connections of its own.
func webOf(client *http.Client) *http.Client {
	own := *client
	if t, ok := client.Transport.(*http.Transport); ok {
		own.Transport = t.Clone()
	}
	return &own
}

// load makes the load, and tells what was measured, also when ctx ends first.
func (r *replayRun) load(ctx context.Context, o load.Options, thresholds []load.Threshold) error {
	view := &loadView{s: r.e.Stderr}
	if view.s.TTY {
		o.Watch, o.Every = view.show, viewEvery
	}
	res := load.Run(ctx, r.docs, o)
	view.clear()
	if res.Refused != nil {
		err := r.show(res.Refused)
		return r.finish(ctx, err)
	}
	var judged []load.Judgment
	for _, t := range thresholds {
		judged = append(judged, res.Judge(t))
	}
	entry := res.Entry(judged)
	r.entries = append(r.entries, entry)
	r.worst = loadStatus(res, judged)
	return r.finish(ctx, r.showLoad(&entry))
}

// showLoad shows what was measured.
func (r *replayRun) showLoad(entry *replay.Entry) error {
	out := r.e.Stdout
	if r.o.output == "json" {
		return r.showJSON(entry)
	}
	t := ui.Table{Head: entry.Table.Head, HeadStyle: out.Styles().Heading, Right: []bool{false}}
	for range len(entry.Table.Head) - 2 {
		t.Right = append(t.Right, true)
	}
	for _, row := range entry.Table.Rows {
		t.Add(row...)
	}
	err := errors.Join(t.Write(out), entry.WriteText(out, paint(out.Styles()), true))
	r.annotate(entry)
	return errors.Join(err, out.Flush())
}

// loadStatus returns the exit status that a load stands for. Errors that a
// threshold is about are judged by it alone.
func loadStatus(r *load.Result, judged []load.Judgment) int {
	status := ui.ExitOK
	for _, row := range r.Documents {
		for _, k := range row.Kinds {
			if !load.Accepts(judged, row.Name) {
				status = max(status, statusOfCause(replay.Cause(k.Name)))
			}
		}
	}
	for _, j := range judged {
		if !j.OK {
			status = max(status, ui.ExitThreshold)
		}
	}
	return status
}

// viewEvery is how often the view of a load is drawn.
const viewEvery = 250 * time.Millisecond

// A loadView is a few lines on a terminal that say how a load stands. They are
// drawn over, and leave nothing behind.
type loadView struct {
	s     *ui.Stream
	lines int
}

func (v *loadView) show(s load.Status) {
	v.erase()
	for _, line := range s.Lines() {
		fmt.Fprintln(v.s, v.s.Styles().Dim.Text(ui.Fit(line, v.s.Width-1)))
		v.lines++
	}
	_ = v.s.Flush() // a view that cannot be shown is no failure
}

func (v *loadView) erase() {
	if v.lines > 0 {
		fmt.Fprintf(v.s, "\x1b[%dA\r\x1b[J", v.lines)
		v.lines = 0
	}
}

func (v *loadView) clear() {
	v.erase()
	_ = v.s.Flush()
}
