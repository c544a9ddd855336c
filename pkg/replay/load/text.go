package load

import (
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
)

// Head is the titles of [Row.Cells].
var Head = []string{"session", "sessions", "errors", "wanted", "reached", "p50", "p90", "p99", "p99.9", "max", ""}

// Cells returns the numbers of r for a table: errors of which kinds comes last.
func (r *Row) Cells() []string {
	cells := []string{r.Name, fmt.Sprint(r.Count), fmt.Sprint(r.Errors), "–", Rate(r.Reached)}
	if r.Wanted > 0 {
		cells[3] = Rate(r.Wanted)
	}
	for _, p := range r.Percentiles {
		cells = append(cells, r.time(p))
	}
	return append(cells, r.time(r.Max), r.kinds())
}

// time writes a time of the sessions that passed.
func (r *Row) time(d time.Duration) string {
	if r.Count+r.missed() == r.Errors {
		return "–"
	}
	return Time(d)
}

// kinds tells of the errors.
func (r *Row) kinds() string {
	var list []string
	for _, k := range r.Kinds {
		list = append(list, fmt.Sprintf("%d %s", k.Count, k.Name))
	}
	return strings.Join(list, ", ")
}

// Table returns the rows of r's documents, and that of all when there are
// several.
func (r *Result) Table() *replay.Table {
	t := &replay.Table{Head: Head}
	for i := range r.Documents {
		t.Rows = append(t.Rows, r.Documents[i].Cells())
	}
	if len(r.Documents) > 1 {
		t.Rows = append(t.Rows, r.All.Cells())
	}
	return t
}

// Notes returns what is worth a remark.
func (r *Result) Notes() []string {
	var notes []string
	if r.Options.Rate <= 0 {
		notes = append(notes, "no rate was asked for: a session began when the one before it had ended, and what a slow server keeps from being asked is not seen")
	}
	if n := r.All.Waited; n > 0 && r.Options.Rate > 0 {
		notes = append(notes, fmt.Sprintf("%s began late, by %s at most, because no connection was free: that is in their times", plural(n), Time(r.All.LongestWait)))
	}
	if n := r.All.Cut; n > 0 {
		notes = append(notes, plural(n)+" cut off at the end: not counted")
	}
	return notes
}

func plural(n int64) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

// Time writes a time as people read it, to three digits.
func Time(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%dµs", d.Round(time.Microsecond).Microseconds())
	case d < time.Second:
		return digits3(float64(d)/1e6) + "ms"
	case d < time.Minute:
		return digits3(d.Seconds()) + "s"
	}
	return d.Round(time.Second).String()
}

// Rate writes a number of sessions in a second.
func Rate(r float64) string { return digits3(r) + "/s" }

// digits3 writes a number to three digits, and what is before the point whole.
func digits3(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
