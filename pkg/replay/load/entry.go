package load

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
)

// A Report is a result as JSON has it. Times are seconds.
type Report struct {
	Connections int     `json:"connections"`
	Kept        bool    `json:"kept"` // the connections
	Rate        float64 `json:"rate"` // wanted, in sessions a second; 0 for none
	Seconds     float64 `json:"seconds"`
	Interrupted string  `json:"interrupted,omitempty"`

	Documents  []ReportRow       `json:"documents"`
	All        ReportRow         `json:"all"`
	Thresholds []ReportThreshold `json:"thresholds"`
}

// A ReportRow is a [Row] in a [Report].
type ReportRow struct {
	Document string           `json:"document,omitempty"`
	Count    int64            `json:"count"`
	Errors   int64            `json:"errors"`
	Kinds    map[string]int64 `json:"kinds"`
	Wanted   float64          `json:"wanted"`
	Reached  float64          `json:"reached"`
	Waited   int64            `json:"waited"`
	Unended  int64            `json:"unended"`
	Latency  *ReportLatency   `json:"latency,omitempty"` // of the sessions that passed
}

// A ReportLatency is the times of a [ReportRow].
type ReportLatency struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`

	Histogram string `json:"histogram"` // see [Result.Histogram]
}

// A ReportThreshold is a [Judgment] in a [Report].
type ReportThreshold struct {
	Threshold string   `json:"threshold"`
	OK        bool     `json:"ok"`
	Value     *float64 `json:"value"` // null when there is none
}

// Report returns r as JSON has it.
func (r *Result) Report(judged []Judgment) *Report {
	out := &Report{
		Connections: r.Options.Connections, Kept: r.Options.Keep, Rate: r.Options.Rate, Seconds: seconds(r.Took),
		All: r.report(&r.All), Documents: []ReportRow{}, Thresholds: []ReportThreshold{},
	}
	if r.Stopped != nil {
		out.Interrupted = r.Stopped.Error()
	}
	out.All.Document = ""
	for i := range r.Documents {
		out.Documents = append(out.Documents, r.report(&r.Documents[i]))
	}
	for _, j := range judged {
		t := ReportThreshold{Threshold: j.Threshold.Text, OK: j.OK}
		if v := j.Value; !math.IsNaN(v) {
			t.Value = &v
		}
		out.Thresholds = append(out.Thresholds, t)
	}
	return out
}

func (r *Result) report(row *Row) ReportRow {
	out := ReportRow{
		Document: row.Name, Count: row.Count, Errors: row.Errors, Kinds: map[string]int64{},
		Wanted: row.Wanted, Reached: math.Round(row.Reached*1000) / 1000, Waited: row.Waited, Unended: row.Cut,
	}
	for _, k := range row.Kinds {
		out.Kinds[k.Name] = k.Count
	}
	if row.Count+row.missed() == row.Errors {
		return out
	}
	p := row.Percentiles
	out.Latency = &ReportLatency{
		Min: seconds(row.Min), Mean: seconds(row.Mean), Max: seconds(row.Max),
		P50: seconds(p[0]), P90: seconds(p[1]), P99: seconds(p[2]), P999: seconds(p[3]),
		Histogram: r.Histogram(row.Name),
	}
	return out
}

// seconds rounds to microseconds.
func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }

// Accepts says whether a threshold about errors judges those of a document:
// then they are no failure by themselves.
func Accepts(judged []Judgment, document string) bool {
	for _, j := range judged {
		if t := j.Threshold; t.Metric == "errors" && (t.Document == All || t.Document == document) {
			return true
		}
	}
	return false
}

// Entry returns r as the reports of package replay have it: a step for each
// document, or for each kind of its errors, with the first session that failed
// so, and one for each threshold.
func (r *Result) Entry(judged []Judgment) replay.Entry {
	e := replay.Entry{
		Began: r.Began.UTC().Format("2006-01-02T15:04:05Z"), Seconds: seconds(r.Took),
		Status: replay.Passed, Steps: []replay.Step{}, Notes: r.Notes(), Load: r.Report(judged), Table: r.Table(),
	}
	var names []string
	for i := range r.Documents {
		row := &r.Documents[i]
		names = append(names, row.Name)
		e.Steps = append(e.Steps, r.steps(row, Accepts(judged, row.Name))...)
	}
	e.Document = "load of " + strings.Join(names, ", ")
	for _, j := range judged {
		s := replay.Step{File: j.Threshold.Document, Text: j.Threshold.rule, Status: replay.Passed, Why: j.Got}
		if len(names) == 1 {
			s.File = names[0]
		}
		if !j.OK {
			s.Status, s.Cause, s.Why = replay.Failed, "threshold", j.Got
		}
		e.Steps = append(e.Steps, s)
	}
	if r.Stopped != nil {
		e.Stopped, e.Status = r.Stopped.Error(), replay.Failed
	}
	for _, s := range e.Steps {
		switch s.Status {
		case replay.Passed:
			e.Passed++
		case replay.Failed:
			e.Failed++
			e.Status = replay.Failed
		case replay.Skipped:
			e.Skipped++
		}
	}
	return e
}

// steps returns what became of a document's sessions.
func (r *Result) steps(row *Row, accepted bool) []replay.Step {
	if row.Errors == 0 {
		s := replay.Step{File: row.Name, Text: plural(row.Count), Status: replay.Passed}
		if row.Count > 0 {
			s.Seconds = seconds(row.Mean)
		}
		return []replay.Step{s}
	}
	var steps []replay.Step
	for _, k := range row.Kinds {
		s := replay.Step{File: row.Name, Text: k.Name}
		for _, f := range r.Failures {
			if f.Document == row.Name && f.Kind == k.Name {
				s = first(f.Report, s)
				break
			}
		}
		s.Status = replay.Failed
		if accepted {
			s.Status = replay.Skipped
		}
		all := row.Count + row.missed()
		if k.Name == NotBegun {
			s.Cause, s.Why = NotBegun, fmt.Sprintf("%d of %d sessions: all connections were busy to the end", k.Count, all)
		} else {
			s.Why = fmt.Sprintf("%d of %d sessions: %s", k.Count, all, s.Why)
		}
		steps = append(steps, s)
	}
	return steps
}

// first returns the first step of a report that failed.
func first(r *replay.Report, otherwise replay.Step) replay.Step {
	e := r.Entry()
	for _, s := range e.Steps {
		if s.Status == replay.Failed {
			return s
		}
	}
	otherwise.Why = e.Stopped
	return otherwise
}
