package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// A replayRun runs documents, several at a time, and shows their reports in
// their order.
type replayRun struct {
	e    *env
	o    *replayOptions
	opts replay.Options
	docs []*session.Document

	entries []replay.Entry
	worst   int
	failed  int
}

// all runs the documents. When ctx ends, those that run are ended, and no
// others begun.
func (r *replayRun) all(ctx context.Context) error {
	done := make([]chan *replay.Report, len(r.docs))
	for i := range done {
		done[i] = make(chan *replay.Report, 1)
	}
	bar := newReplayProgress(r.o.errors, r.docs)
	defer bar.stop()
	slots := make(chan struct{}, r.o.jobs)
	go func() {
		for i, doc := range r.docs {
			slots <- struct{}{}
			if ctx.Err() != nil {
				done[i] <- nil
				<-slots
				continue
			}
			go func() {
				defer func() { <-slots }()
				opts := r.opts
				var end func()
				opts.Step, end = bar.of(doc)
				report := replay.Run(ctx, doc, opts)
				end()
				done[i] <- report
			}()
		}
	}()
	var err error
	for i := range r.docs {
		report := bar.wait(done[i], i, r.failed)
		if report == nil || err != nil {
			continue
		}
		err = r.show(report)
	}
	return r.finish(ctx, err)
}

// show shows a report and keeps it.
func (r *replayRun) show(report *replay.Report) error {
	entry := report.Entry()
	r.entries = append(r.entries, entry)
	r.worst = max(r.worst, statusOf(report))
	if !report.OK() {
		r.failed++
	}
	if r.o.output == "json" {
		return r.showJSON(&entry)
	}
	err := replay.WriteText(r.e.Stdout, report, paint(r.e.Stdout.Styles()), r.o.all)
	r.annotate(&entry)
	return errors.Join(err, r.e.Stdout.Flush())
}

// showJSON shows an entry as a line of JSON.
func (r *replayRun) showJSON(entry *replay.Entry) error {
	b, err := entry.AppendJSON(nil)
	if err == nil {
		_, err = r.e.Stdout.Write(b)
	}
	return errors.Join(err, r.e.Stdout.Flush())
}

// annotate tells GitHub of failures.
func (r *replayRun) annotate(entry *replay.Entry) {
	if r.e.Getenv("GITHUB_ACTIONS") == "true" {
		for _, line := range replay.Annotations(inWorkspace(*entry, r.e.Getenv("GITHUB_WORKSPACE"))) {
			fmt.Fprintln(r.e.Stdout, line)
		}
	}
}

// finish writes the summary and the reports.
func (r *replayRun) finish(ctx context.Context, err error) error {
	if len(r.docs) > 1 && !r.o.wanted && r.o.output != "json" {
		text := fmt.Sprintf("%d of %d documents passed", len(r.entries)-r.failed, len(r.docs))
		if n := len(r.docs) - len(r.entries); n > 0 {
			text += fmt.Sprintf(", %d not run", n)
		}
		_, werr := fmt.Fprintln(r.e.Stdout, text)
		err = errors.Join(err, werr)
	}
	err = errors.Join(err, r.o.write(r.entries))
	if cause := context.Cause(ctx); cause != nil {
		return errors.Join(cause, err)
	}
	if err == nil && r.worst != ui.ExitOK {
		return ui.Silent(r.worst)
	}
	return err
}

// statusOf returns the exit status that a report stands for.
func statusOf(r *replay.Report) int {
	status := ui.ExitOK
	if errors.Is(r.Stopped, replay.ErrTotal) {
		status = ui.ExitTimeout
	}
	for _, v := range r.Verdicts {
		if v.Status != replay.Failed {
			continue
		}
		status = max(status, statusOfCause(v.Cause))
	}
	return status
}

// statusOfCause returns the exit status of a failure.
func statusOfCause(c replay.Cause) int {
	switch c {
	case replay.TimedOut:
		return ui.ExitTimeout
	case replay.Lost:
		return ui.ExitIO
	case replay.Refused:
		return ui.ExitUsage
	}
	return ui.ExitFinding
}

// paint returns the colours of a report.
func paint(st *ui.Styles) replay.Paint {
	styles := map[string]ui.Style{"pass": st.Good, "fail": st.Error, "skip": st.Warning, "dim": st.Dim, "want": st.Good, "got": st.Error}
	return func(what, text string) string { return styles[what].Text(text) }
}
