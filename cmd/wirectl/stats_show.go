package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/stats"
)

// sparkCells is how wide the time lines are.
const sparkCells = 32

// tables shows a report for people: a table for each kind of rows.
func (o *statsOptions) tables(e *env, r *stats.Report) error {
	var parts []func() error
	if o.want(stats.ByTotal) {
		parts = append(parts, func() error { return o.summary(e, r) })
	}
	for _, kind := range stats.Kinds() {
		rows := r.By(kind)
		switch {
		case !o.want(kind):
		case kind == stats.ByLargest && len(r.Largest) > 0:
			parts = append(parts, func() error { return largestTable(e, r) })
		case len(rows) > 0:
			parts = append(parts, func() error { return rowsTable(e, r, kind, rows) })
		}
	}
	for i, part := range parts {
		if i > 0 {
			if _, err := e.Stdout.Write([]byte{'\n'}); err != nil {
				return err
			}
		}
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// summary tells of the capture as a whole.
func (o *statsOptions) summary(e *env, r *stats.Report) error {
	w := r.Total
	st := e.Stdout.Styles()
	line := fmt.Sprintf("%s %s, %s", grouped(w.Count()), plural(w.Count(), "frame"), ui.Size(w.Size()))
	if r.Took > 0 {
		line += fmt.Sprintf(" in %s: %s frames/s, %s/s", roundDuration(r.Took), rate(r.Rate(w, w.Count())), ui.Size(int64(r.Rate(w, w.Size()))))
	}
	if _, err := fmt.Fprintln(e.Stdout, st.Heading.Text(line)); err != nil {
		return err
	}
	t := ui.Table{Indent: "  "}
	if w.Asked > 0 {
		text := fmt.Sprintf("%s %s, %s unanswered, %s %s", grouped(w.Asked), plural(w.Asked, "request"), grouped(w.Unanswered), grouped(w.Errors), plural(w.Errors, "error"))
		if r.Full {
			text += "; more waited at a time than are followed"
		}
		t.Add("answers", text)
	}
	if w.Latency.Count() > 0 {
		l := &w.Latency
		t.Add("latency", fmt.Sprintf("p50 %s, p90 %s, p99 %s, max %s", shortTime(l.Quantile(50)), shortTime(l.Quantile(90)), shortTime(l.Quantile(99)), shortTime(l.Max())))
	}
	if w.Damage > 0 {
		t.Add("damage", fmt.Sprintf("%s %s, %s that are no frame, %d gaps of %s", grouped(w.Damage), plural(w.Damage, "record"), ui.Size(w.Raw[0]+w.Raw[1]), w.Gaps, ui.Size(w.Missing)))
	}
	if line := r.Line(w); len(line) > 1 {
		t.Add("frames", fmt.Sprintf("%s  %s each", strings.TrimRight(stats.Spark(line), " "), r.Slot))
	}
	return t.Write(e.Stdout)
}

// A statsColumn is a column of a table of rows. It is left out when it has
// nothing to say about any of them.
type statsColumn struct {
	head string
	left bool
	cell func(r *stats.Report, w *stats.Row) string
}

func count(get func(w *stats.Row) int64) func(*stats.Report, *stats.Row) string {
	return func(_ *stats.Report, w *stats.Row) string {
		if n := get(w); n > 0 {
			return grouped(n)
		}
		return ""
	}
}

func quantile(q float64) func(*stats.Report, *stats.Row) string {
	return func(_ *stats.Report, w *stats.Row) string { return latencyCell(w, w.Latency.Quantile(q)) }
}

func latencyCell(w *stats.Row, v int64) string {
	switch {
	case w.Latency.Count() == 0:
		return ""
	case w.Number:
		return grouped(v)
	}
	return shortTime(v)
}

// countColumns are those of all rows that count frames.
var countColumns = []statsColumn{
	{"> frames", false, count(func(w *stats.Row) int64 { return w.Frames[0] })},
	{"bytes", false, count(func(w *stats.Row) int64 { return w.Bytes[0] })},
	{"< frames", false, count(func(w *stats.Row) int64 { return w.Frames[1] })},
	{"bytes", false, count(func(w *stats.Row) int64 { return w.Bytes[1] })},
	{"/s", false, func(r *stats.Report, w *stats.Row) string {
		if f := r.Rate(w, w.Count()); f > 0 {
			return rate(f)
		}
		return ""
	}},
	{"damage", false, count(func(w *stats.Row) int64 { return w.Damage })},
	{"requests", false, count(func(w *stats.Row) int64 { return w.Asked })},
	{"no answer", false, count(func(w *stats.Row) int64 { return w.Unanswered })},
	{"errors", false, count(func(w *stats.Row) int64 { return w.Errors })},
}

var latencyColumns = []statsColumn{
	{"p50", false, quantile(50)},
	{"p90", false, quantile(90)},
	{"p99", false, quantile(99)},
	{"max", false, func(_ *stats.Report, w *stats.Row) string { return latencyCell(w, w.Latency.Max()) }},
}

var lineColumn = statsColumn{"time", true, func(r *stats.Report, w *stats.Row) string {
	line := stats.Squeeze(r.Line(w), sparkCells)
	if len(line) < 2 {
		return ""
	}
	return strings.TrimRight(stats.Spark(line), " ")
}}

// columnsOf returns the columns of the table of a kind.
func columnsOf(kind string, several bool) []statsColumn {
	name := statsColumn{kind, true, func(_ *stats.Report, w *stats.Row) string { return w.Name }}
	var cols []statsColumn
	if several && kind != stats.ByConversation {
		cols = append(cols, statsColumn{"proto", true, func(_ *stats.Report, w *stats.Row) string { return w.Proto }})
	}
	switch kind {
	case stats.ByConversation:
		cols = append(cols,
			statsColumn{"conn", false, func(_ *stats.Report, w *stats.Row) string {
				if w.Conn == 0 {
					return w.Name
				}
				return strconv.Itoa(w.Conn)
			}},
			statsColumn{"client", true, func(_ *stats.Report, w *stats.Row) string { return w.Client }},
			statsColumn{"server", true, func(_ *stats.Report, w *stats.Row) string { return w.Server }},
			statsColumn{"proto", true, func(_ *stats.Report, w *stats.Row) string { return strings.TrimSpace(w.Proto + " " + w.Dialect) }},
		)
	case stats.ByMetric:
		cols = append(cols,
			statsColumn{"metric", true, func(_ *stats.Report, w *stats.Row) string { return w.Metric }},
			statsColumn{"of", true, func(_ *stats.Report, w *stats.Row) string { return w.Of }},
			statsColumn{"count", false, func(_ *stats.Report, w *stats.Row) string { return grouped(w.Latency.Count()) }},
		)
		return append(cols, latencyColumns...)
	case stats.ByEncoding:
		return append(cols, name,
			statsColumn{"frames", false, count((*stats.Row).Count)},
			statsColumn{"encoded", false, count(func(w *stats.Row) int64 { return w.Encoded })},
			statsColumn{"decoded", false, count(func(w *stats.Row) int64 { return w.Plain })},
			statsColumn{"ratio", false, func(_ *stats.Report, w *stats.Row) string { return fmt.Sprintf("%.2f", w.Ratio()) }},
		)
	case stats.ByError:
		return append(cols, name, statsColumn{"count", false, count(func(w *stats.Row) int64 { return w.Errors })}, lineColumn)
	default:
		cols = append(cols, name)
	}
	cols = append(cols, countColumns...)
	return append(append(cols, latencyColumns...), lineColumn)
}

// rowsTable shows the rows of a kind.
func rowsTable(e *env, r *stats.Report, kind string, rows []*stats.Row) error {
	several, silent := false, 0
	if kind == stats.ByConversation {
		all := len(rows)
		rows = slices.DeleteFunc(rows, func(w *stats.Row) bool { return w.Records() == 0 })
		silent = all - len(rows)
	}
	for _, w := range rows {
		several = several || w.Proto != rows[0].Proto
	}
	t := ui.Table{HeadStyle: e.Stdout.Styles().Heading}
	cells := make([][]string, len(rows))
	for _, c := range columnsOf(kind, several) {
		column := make([]string, len(rows))
		empty := true
		for i, w := range rows {
			column[i] = c.cell(r, w)
			empty = empty && column[i] == ""
		}
		if empty {
			continue
		}
		t.Head = append(t.Head, c.head)
		t.Right = append(t.Right, !c.left)
		for i := range rows {
			cells[i] = append(cells[i], column[i])
		}
	}
	for _, row := range cells {
		t.Add(row...)
	}
	if err := t.Write(e.Stdout); err != nil || silent == 0 {
		return err
	}
	_, err := fmt.Fprintf(e.Stdout, "and %d in which nothing was said\n", silent)
	return err
}

func largestTable(e *env, r *stats.Report) error {
	t := ui.Table{
		Head:      []string{"largest", "type", "conn", "dir", "seq", "offset"},
		HeadStyle: e.Stdout.Styles().Heading,
		Right:     []bool{true, false, true, false, true, true},
	}
	for _, l := range r.Largest {
		t.Add(grouped(l.Bytes), l.Type, strconv.Itoa(l.Conn), l.Dir.String(), strconv.Itoa(l.Seq), grouped(l.Offset))
	}
	return t.Write(e.Stdout)
}

// shortTime returns a time in ns for people, in three digits.
func shortTime(ns int64) string {
	d := time.Duration(ns)
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= u.unit {
			return strconv.FormatFloat(float64(d)/float64(u.unit), 'g', 3, 64) + " " + u.name
		}
	}
	return strconv.FormatInt(ns, 10) + " ns"
}

// rate returns a number per second for people.
func rate(f float64) string {
	if f >= 100 {
		return grouped(int64(f + 0.5))
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}

func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
