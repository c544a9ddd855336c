package load

import (
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
)

// Percentiles are those that a [Row] tells.
var Percentiles = [...]float64{50, 90, 99, 99.9}

// A Row is the numbers of the sessions of a document, or of all. Times are
// those of the sessions that passed, from when they were to begin.
type Row struct {
	Name   string // of the document; [All] for all
	Count  int64  // sessions that ended, well or not
	Errors int64  // of all kinds
	Kinds  []Kind // the most frequent first

	Wanted  float64 // sessions to begin in a second; 0 when no rate is wanted
	Reached float64 // sessions that passed in a second

	Min, Mean, Max time.Duration
	Percentiles    [len(Percentiles)]time.Duration

	Waited      int64         // sessions that began late: all clients were busy
	LongestWait time.Duration // of those
	Cut         int64         // sessions that were not over when the load was ended early
}

// All is the name of the row of all sessions.
const All = "all"

// A Kind is how often an error of a kind was met: a [replay.Cause] or
// [NotBegun].
type Kind struct {
	Name  string
	Count int64
}

// A Status is how a load stands.
type Status struct {
	Passed time.Duration // since it began
	Length time.Duration // that it is to take; 0 when that is not known
	Begun  int           // sessions
	Of     int           // sessions that are to begin; 0 when that is not known
	Active int           // sessions that are under way
	All    Row
}

// A Failure is the first session of a document that failed in a way.
type Failure struct {
	Document string
	Kind     string
	Report   *replay.Report
}

// A Result is what a load measured.
type Result struct {
	Options   Options
	Began     time.Time
	Took      time.Duration // to the end of the last session
	Documents []Row
	All       Row
	Failures  []Failure
	Stopped   error // why it ended early: the cause of the context's end

	// Refused is a session that nothing was sent for, because it is not
	// allowed, or it is not known where to. It ended the load.
	Refused *replay.Report

	tallies map[string]*tally
}

// quantile returns a percentile of the sessions of a document.
func (r *Result) quantile(document string, percent float64) time.Duration {
	return r.tallies[document].quantile(percent)
}

// row returns the row of a name.
func (r *Result) row(name string) *Row {
	for i := range r.Documents {
		if r.Documents[i].Name == name {
			return &r.Documents[i]
		}
	}
	return &r.All
}

// Histogram returns the times of a document, or with [All] of all, in
// microseconds, as other programs for such histograms take it: base64 of a
// compressed HdrHistogram, version 2. It is empty when no session passed.
func (r *Result) Histogram(name string) string {
	t := r.tallies[name]
	if t == nil || t.passed == 0 {
		return ""
	}
	b, err := t.hist.EncodeV2()
	if err != nil { // it is only told of memory that cannot be written
		return ""
	}
	return string(b)
}
