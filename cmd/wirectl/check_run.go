package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/replay"
)

// A checkRun checks files, several at a time, and tells of them in their
// order.
type checkRun struct {
	e        *env
	o        *checkOptions
	st       *ui.Styles
	sessions replay.Options
	width    int // of the paths

	done    int
	count   map[string]int // by status
	worst   int
	entries []replay.Entry
	answers *answers // of --update=ask
	stop    atomic.Bool
}

// A checkCase is what became of one file.
type checkCase struct {
	checked
	status      string
	code        int            // the exit status of what failed
	frames      int            // that were compared, or said
	differences int            // that remain
	counts      diff.Counts    // of a golden file
	report      *replay.Report // of a session
	why         string         // in short
	text        string         // the differences
	places      []checkPlace   // of a golden file
	err         error
	began       time.Time
	took        time.Duration
	left        int // differences that are not among places
}

// The values of checkCase.status.
const (
	checkPass    = "pass"
	checkFail    = "fail"
	checkUpdated = "updated"
	checkSkip    = "skip"
	checkError   = "error"
)

// maxPathWidth is how wide the column of the paths can be.
const maxPathWidth = 60

// all checks files.
func (c *checkRun) all(ctx context.Context, list []checked) error {
	c.count = map[string]int{}
	for _, f := range list {
		if n := utf8.RuneCountInString(f.path); n <= maxPathWidth {
			c.width = max(c.width, n)
		}
	}
	done := make([]chan *checkCase, len(list))
	for i := range done {
		done[i] = make(chan *checkCase, 1)
	}
	one := func(i int) {
		if ctx.Err() != nil || c.stop.Load() {
			done[i] <- nil
		} else {
			done[i] <- c.one(ctx, list[i])
		}
	}
	if c.o.update != updateAsk { // nobody can answer for several at a time
		slots := make(chan struct{}, c.o.jobs)
		go func() {
			for i := range list {
				slots <- struct{}{}
				go func() {
					defer func() { <-slots }()
					one(i)
				}()
			}
		}()
	}
	for i := range list {
		if c.o.update == updateAsk {
			one(i)
		}
		c.progress(i, len(list))
		k := <-done[i]
		c.clear(len(list))
		if k != nil {
			c.take(k)
		}
	}
	return c.finish(ctx, len(list))
}

// one checks a file; nil when it was not finished.
func (c *checkRun) one(ctx context.Context, f checked) *checkCase {
	k := &checkCase{checked: f, began: time.Now()}
	k.err = f.err
	if k.err == nil && f.session {
		k.err = c.session(ctx, k)
	} else if k.err == nil {
		k.err = c.golden(ctx, k)
	}
	k.took = time.Since(k.began)
	switch {
	case ctx.Err() != nil && k.report == nil:
		return nil
	case k.err != nil:
		k.status, k.why, k.code = checkError, k.err.Error(), ui.Code(k.err)
	case k.status == checkFail:
		k.code = max(k.code, ui.ExitFinding)
	}
	if c.o.failFast && k.code != ui.ExitOK {
		c.stop.Store(true)
	}
	return k
}

// take tells of a file, and keeps what became of it.
func (c *checkRun) take(k *checkCase) {
	c.done++
	c.count[k.status]++
	c.worst = max(c.worst, k.code)
	c.entries = append(c.entries, k.entry())
	c.tell(k)
	if k.err != nil {
		ui.Report(c.e.Stderr, k.err)
	}
}

// progress says on a terminal how far it is.
func (c *checkRun) progress(done, all int) {
	if s := c.e.Stderr; s.TTY && all > 1 && c.o.update != updateAsk {
		fmt.Fprintf(s, "\r\x1b[K%s", s.Styles().Dim.Text(fmt.Sprintf("%d of %d files, %d failed", done, all, c.count[checkFail]+c.count[checkError])))
		_ = s.Flush() // a progress line that cannot be shown is no failure
	}
}

func (c *checkRun) clear(all int) {
	if s := c.e.Stderr; s.TTY && all > 1 && c.o.update != updateAsk {
		_, _ = s.WriteString("\r\x1b[K")
		_ = s.Flush()
	}
}

// tell shows what became of a file: a line, and what differs below it.
func (c *checkRun) tell(k *checkCase) {
	out := c.e.Stdout
	word, style, why := "ok", c.st.Good, countOf(k.frames, "frame")
	switch k.status {
	case checkFail, checkError:
		word, style, why = "FAIL", c.st.Error, ui.Fit(k.why, 0)
	case checkUpdated, checkSkip:
		word, style, why = k.status, c.st.Warning, k.why
	}
	switch {
	case c.o.output == "json":
		c.tellJSON(k)
	case c.o.quiet && k.status == checkPass:
	default:
		pad := 4
		if c.o.update != "" {
			pad = len(checkUpdated)
		}
		fmt.Fprintf(out, "%-*s  %s%*s  %s\n%s", c.width, k.path, style.Text(word), pad-len(word), "", why, k.text)
	}
	if c.e.Getenv("GITHUB_ACTIONS") == "true" {
		for _, line := range k.annotations() {
			fmt.Fprintln(out, line)
		}
	}
	_ = out.Flush() // the next write tells of it
}

// A jsonCheck is a line of check -o json.
type jsonCheck struct {
	Version     int    `json:"v"`
	File        string `json:"file"`
	Capture     string `json:"capture,omitempty"`
	Status      string `json:"status"`
	Frames      int    `json:"frames"`
	Differences int    `json:"differences"`
	Changed     int    `json:"changed,omitempty"`
	Removed     int    `json:"removed,omitempty"`
	Added       int    `json:"added,omitempty"`
	Message     string `json:"message,omitempty"`
}

func (c *checkRun) tellJSON(k *checkCase) {
	b, err := json.Marshal(jsonCheck{
		dump.Version, k.path, k.capture, k.status, k.frames, k.differences,
		k.counts.Changed, k.counts.Removed, k.counts.Added, k.why,
	})
	if err == nil {
		_, _ = c.e.Stdout.Write(append(b, '\n')) // the flush tells of it
	}
}

// finish tells of the whole, writes reports, and says how the command ends.
func (c *checkRun) finish(ctx context.Context, all int) error {
	if c.o.output != "json" {
		fmt.Fprintln(c.e.Stdout, c.sum(all))
	}
	err := c.o.reports.write(c.entries)
	if cause := context.Cause(ctx); cause != nil {
		return errors.Join(cause, err)
	}
	if c.worst != ui.ExitOK {
		return errors.Join(ui.Silent(c.worst), err)
	}
	return err
}

// sum tells of the whole in a line.
func (c *checkRun) sum(all int) string {
	text := fmt.Sprintf("%s: %d ok", countOf(all, "file"), c.count[checkPass])
	for _, n := range []struct {
		n    int
		what string
	}{
		{c.count[checkFail] + c.count[checkError], "failed"}, {c.count[checkUpdated], "updated"},
		{c.count[checkSkip], "skipped"}, {all - c.done, "not looked at"},
	} {
		if n.n > 0 {
			text += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	if c.count[checkFail] > 0 && c.o.update == "" {
		text += " (--update=ask shows the changes one by one)"
	}
	return text
}

// countOf returns a number of things.
func countOf(n int, what string) string { return grouped(int64(n)) + " " + plural(int64(n), what) }
