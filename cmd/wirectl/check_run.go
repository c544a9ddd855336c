package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/replay"
)

// A checkRun checks golden files one after the other.
type checkRun struct {
	e  *env
	o  *checkOptions
	st *ui.Styles

	done, passed, failed, updated int
	worst                         int
	entries                       []replay.Entry
	answers                       *answers // of --update=ask
}

// A checkCase is what became of one golden file.
type checkCase struct {
	golden
	status string // pass, fail, updated or error
	counts diff.Counts
	why    string // of what is neither pass nor updated
	text   string // the differences
	places []checkPlace
	began  time.Time
	took   time.Duration
	left   int // differences that are not among places
}

// The values of checkCase.status.
const (
	checkPass    = "pass"
	checkFail    = "fail"
	checkUpdated = "updated"
	checkError   = "error"
)

// golden checks one golden file, and tells of it.
func (c *checkRun) golden(ctx context.Context, g golden) {
	began := time.Now()
	k := checkCase{golden: g, began: began}
	err := g.err
	if err == nil {
		err = c.compare(ctx, &k)
	}
	k.took = time.Since(began)
	if ctx.Err() != nil {
		return // what was not finished is not told of
	}
	switch {
	case err != nil:
		k.status, k.why = checkError, err.Error()
		c.failed++
		c.worst = max(c.worst, ui.Code(err))
		ui.Report(c.e.Stderr, err)
	case k.status == checkFail:
		c.failed++
		c.worst = max(c.worst, ui.ExitFinding)
	case k.status == checkUpdated:
		c.updated++
	default:
		k.status = checkPass
		c.passed++
	}
	c.done++
	c.entries = append(c.entries, k.entry())
	c.tell(&k)
}

// compare compares a golden file with its capture.
func (c *checkRun) compare(ctx context.Context, k *checkCase) error {
	if k.missing {
		return c.create(ctx, k)
	}
	file, err := readGolden(k.path)
	if err != nil {
		return err
	}
	words, err := file.words(k.path)
	if err != nil {
		return err
	}
	o, err := c.o.withFlags(k.path, words)
	if err != nil {
		return err
	}
	b, err := o.side(ctx, c.e, k.capture)
	if err != nil {
		return err
	}
	opts, err := o.compare()
	if err != nil {
		return err
	}
	opts.Whole = c.o.update != ""
	res, err := diff.Compare(ctx, o.goldenSide(k.path, file.text).Side, b.Side, opts)
	if err != nil {
		return err
	}
	k.counts = res.Total
	damage := b.damage(&o.decodeOptions)
	if res.Equal() {
		return damage
	}
	if c.o.update != "" {
		return errors.Join(damage, c.change(k, o, file, res))
	}
	k.status, k.why = checkFail, summary(res)
	k.text = c.difference(k, res)
	k.places, k.left = placesOf(res), res.Left
	return damage
}

// goldenSide is the side of a golden file.
func (o *checkOptions) goldenSide(path string, text []byte) *diffSide {
	s := &diffSide{o: &o.decodeOptions, document: true}
	s.Name = path
	s.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	opts, _ := o.session() // the other side has tried it
	s.reads(opts)
	return s
}

// difference returns what differs, as diff shows it.
func (c *checkRun) difference(k *checkCase, res *diff.Result) string {
	var b bytes.Buffer
	show := c.shower(&b)
	_ = show.text(k.path, k.capture, res) // a buffer takes everything
	return b.String()
}

func (c *checkRun) shower(w io.Writer) *diffShower {
	return &diffShower{e: c.e, o: &diffOptions{decodeOptions: c.o.decodeOptions}, st: c.st, out: w}
}

// tell shows what became of a golden file.
func (c *checkRun) tell(k *checkCase) {
	out := c.e.Stdout
	switch {
	case c.o.output == "json":
		c.tellJSON(k)
	case k.status == checkFail && k.text == "": // it was shown, and not agreed to
		fmt.Fprintf(out, "%s %s: %s\n", c.st.Error.Text("FAIL"), k.path, k.why)
	case k.status == checkFail:
		fmt.Fprintf(out, "%s %s\n%s", c.st.Error.Text("FAIL"), k.path, k.text)
	case k.status == checkError:
		fmt.Fprintf(out, "%s %s: %s\n", c.st.Error.Text("FAIL"), k.path, ui.Fit(k.why, 0))
	case k.status == checkUpdated:
		fmt.Fprintf(out, "%s %s: %s\n", c.st.Warning.Text("updated"), k.path, k.why)
	case c.o.verbose:
		fmt.Fprintf(out, "%s %s\n", c.st.Good.Text("ok"), k.path)
	}
	if c.e.Getenv("GITHUB_ACTIONS") == "true" {
		for _, line := range k.annotations() {
			fmt.Fprintln(out, line)
		}
	}
	_ = out.Flush() // the next write tells of it
}

func (c *checkRun) tellJSON(k *checkCase) {
	b, err := json.Marshal(struct {
		Version int    `json:"v"`
		Golden  string `json:"golden"`
		Capture string `json:"capture,omitempty"`
		Status  string `json:"status"`
		Same    int    `json:"same"`
		Changed int    `json:"changed"`
		Removed int    `json:"removed"`
		Added   int    `json:"added"`
		Message string `json:"message,omitempty"`
	}{dump.Version, k.path, k.capture, k.status, k.counts.Same, k.counts.Changed, k.counts.Removed, k.counts.Added, k.why})
	if err == nil {
		_, _ = c.e.Stdout.Write(append(b, '\n')) // the flush tells of it
	}
}

// finish tells of the whole, writes reports, and says how the command ends.
func (c *checkRun) finish(ctx context.Context, all int) error {
	if c.o.output != "json" {
		text := fmt.Sprintf("golden files: %d agree, %d do not", c.passed, c.failed)
		if c.updated > 0 {
			text += fmt.Sprintf(", %d updated", c.updated)
		}
		if left := all - c.done; left > 0 {
			text += fmt.Sprintf(", %d not looked at", left)
		}
		fmt.Fprintln(c.e.Stdout, text)
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
