package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// sessions returns how sessions are run.
func (o *checkOptions) sessions(e *env) (replay.Options, func(), error) {
	r := &o.run
	r.dialect, r.maxFrame, r.compat = o.dialect, o.maxFrame, o.compat
	if r.protocol = o.protocol; r.protocol == decode.Auto {
		r.protocol, r.dialect = "", ""
	}
	opts, done, err := r.options(e)
	opts.KeepGoing, opts.Align = !o.failFast, !o.failFast
	return opts, done, err
}

// ignored returns the masks as sessions have them.
func (o *checkOptions) ignored() ([]session.Path, error) {
	var list []session.Path
	for _, text := range commas(o.masks) {
		p, err := session.ParsePath(text)
		if err != nil {
			return nil, ui.Usagef("flag --mask: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// document reads a session.
func (c *checkRun) document(ctx context.Context, k *checkCase) (*session.Document, error) {
	src, err := readDocument(ctx, c.e, k.path)
	if err != nil {
		return nil, err
	}
	so, err := c.o.run.reading()
	if err != nil {
		return nil, err
	}
	if so.Ignore, err = c.o.ignored(); err != nil {
		return nil, err
	}
	doc, err := session.Parse(display(k.path), src, so)
	if err == nil && len(c.o.run.to) == 0 {
		err = checkServers(c.e, doc)
	}
	return doc, ui.With(ui.ExitUsage, err)
}

// session runs a session.
func (c *checkRun) session(ctx context.Context, k *checkCase) error {
	doc, err := c.document(ctx, k)
	if err != nil {
		return err
	}
	if k.found && len(c.o.run.to) == 0 && !hasPeer(doc) {
		k.status, k.why = checkSkip, "it names no peer: neither @serve nor @connect"
		return nil
	}
	report := replay.Run(ctx, doc, c.sessions)
	k.report = report
	k.frames, k.differences = report.Sent+report.Received, report.Count(replay.Failed)
	if report.OK() {
		k.status = checkPass
		return nil
	}
	if c.o.update != "" && report.Stopped == nil {
		if err := c.amend(k, report); err != nil {
			return err
		}
		if k.status == checkUpdated {
			return nil
		}
	}
	k.status, k.code = checkFail, statusOf(report)
	if k.why == "" {
		k.why = inShort(report)
	}
	if c.o.update != updateAsk {
		k.text = c.failures(report)
	}
	return nil
}

// inShort says in short what is wrong with a session.
func inShort(report *replay.Report) string {
	if report.Stopped != nil {
		return report.Stopped.Error()
	}
	n := report.Count(replay.Failed)
	for _, v := range report.Verdicts {
		if v.Status == replay.Failed && (v.Cause == replay.Refused || n == 1 && v.Cause != replay.Mismatch && v.Cause != replay.Unawaited) {
			return v.Why
		}
	}
	return countOf(n, "difference")
}

// hasPeer says whether a session says what it is run against.
func hasPeer(doc *session.Document) bool {
	found := false
	doc.All(func(s session.Step) bool {
		switch s.(type) {
		case *session.Serve, *session.Connect:
			found = true
		}
		return !found
	})
	return found
}

// failures shows what failed, as replay does, and not more than is wanted.
func (c *checkRun) failures(report *replay.Report) string {
	r := *report
	r.Verdicts = slices.DeleteFunc(slices.Clone(r.Verdicts), func(v replay.Verdict) bool { return v.Status != replay.Failed })
	more := 0
	if n := c.o.max; n > 0 && len(r.Verdicts) > n {
		more = len(r.Verdicts) - n
		r.Verdicts = r.Verdicts[:n]
	}
	var b bytes.Buffer
	_ = replay.WriteText(&b, &r, paint(c.st), false) // a buffer takes everything
	text := strings.TrimSuffix(b.String(), "\n")
	text = text[:strings.LastIndexByte(text, '\n')+1] // without the sum
	if more > 0 {
		text += fmt.Sprintf("… and %s more: --max 0 shows them all\n", grouped(int64(more)))
	}
	return text
}

// amend changes a session to what came, or what of it somebody who is asked
// agrees to.
func (c *checkRun) amend(k *checkCase, report *replay.Report) error {
	var askErr error
	shown := false
	edits, left := report.Edits(func(v *replay.Verdict) bool {
		if c.o.update == updateAll {
			return true
		}
		if !shown {
			fmt.Fprintf(c.e.Stdout, "%s\n", c.st.Heading.Text(k.path))
			shown = true
		}
		if c.answers == nil || !c.answers.all {
			c.propose(v)
		}
		yes, err := c.ask("take it?")
		askErr = errors.Join(askErr, err)
		return yes
	})
	if askErr != nil {
		return askErr
	}
	if err := writeEdits(edits); err != nil {
		return err
	}
	taken := 0
	for i := range report.Verdicts {
		v := &report.Verdicts[i]
		if v.Status == replay.Failed && !slices.Contains(left, v) {
			taken++
			v.Status, v.Cause, v.Why = replay.Passed, "", "the session was changed"
		}
	}
	k.why = countOf(taken, "change") + " taken"
	if len(left) == 0 {
		k.status = checkUpdated
		return nil
	}
	k.why += fmt.Sprintf(", %d left", len(left))
	k.differences = len(left)
	return nil
}

// propose shows a change of a session.
func (c *checkRun) propose(v *replay.Verdict) {
	one := replay.Report{Name: v.File, Verdicts: []replay.Verdict{*v}}
	out := c.e.Stdout
	fmt.Fprint(out, c.failures(&one))
	switch v.Change.Kind {
	case replay.Replace:
		fmt.Fprintf(out, "  becomes: %s\n", v.Change.Text)
	case replay.Remove:
		fmt.Fprintf(out, "  goes:    %s\n", v.Text)
	case replay.Before:
		fmt.Fprintf(out, "  is put before it: %s\n", v.Change.Text)
	case replay.After:
		fmt.Fprintf(out, "  is put after it: %s\n", v.Change.Text)
	}
}

// writeEdits changes the files of a session.
func writeEdits(edits map[string]map[int]session.Edit) error {
	for name, lines := range edits {
		src, err := os.ReadFile(name)
		if err != nil {
			return ui.IOf("%s: %w", name, pathCause(err))
		}
		src, err = session.Rewrite(src, lines)
		if err == nil {
			err = writeWhole(name, src)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
