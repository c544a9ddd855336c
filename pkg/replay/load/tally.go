package load

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/wirectl/wirectl/pkg/replay"
)

// The range of a histogram, in microseconds, and how exact it is: a value is
// told to three digits. What took longer counts as the highest; the maximum is
// kept by itself.
const (
	lowest  = 1
	highest = int64(time.Hour / time.Microsecond)
	digits  = 3
)

// NotBegun is the kind of error of a session that was due and did not begin,
// because all clients were busy to the end. The other kinds are those of
// [replay.Cause].
const NotBegun = "not begun"

// A tally counts the sessions of a document, or all.
type tally struct {
	name   string
	passed int64
	kinds  map[string]int64
	cut    int64 // sessions that the end of the context ended
	waited int64 // sessions that began late because no client was free
	worst  time.Duration

	hist     *hdrhistogram.Histogram // of those that passed
	min, max time.Duration
	sum      float64 // in seconds
}

func newTally(name string) *tally {
	return &tally{name: name, kinds: map[string]int64{}, hist: hdrhistogram.New(lowest, highest, digits)}
}

// pass takes in how long a session took that passed.
func (t *tally) pass(d time.Duration) {
	d = max(d, 0)
	if t.passed == 0 || d < t.min {
		t.min = d
	}
	t.passed++
	t.max = max(t.max, d)
	t.sum += d.Seconds()
	us := min(max(int64((d+time.Microsecond/2)/time.Microsecond), lowest), highest)
	_ = t.hist.RecordValue(us) // it is in the range
}

// wait takes in that a session began late.
func (t *tally) wait(d time.Duration) {
	t.waited++
	t.worst = max(t.worst, d)
}

// quantile returns what the given percentage of the sessions took at most, at
// most the maximum.
func (t *tally) quantile(percent float64) time.Duration {
	if t.passed == 0 {
		return 0
	}
	d := time.Duration(t.hist.ValueAtPercentile(percent)) * time.Microsecond
	return min(max(d, t.min), t.max)
}

// mean returns what a session took on average.
func (t *tally) mean() time.Duration {
	if t.passed == 0 {
		return 0
	}
	return time.Duration(t.sum / float64(t.passed) * 1e9)
}

// errors returns how many sessions failed or did not begin.
func (t *tally) errors() int64 {
	n := int64(0)
	for _, k := range t.kinds {
		n += k
	}
	return n
}

// kindOf returns the kind of error that a report stands for; "" is none. cut
// says that the session was ended from outside, and stands for nothing.
func kindOf(r *replay.Report) (kind string, cut bool) {
	for _, v := range r.Verdicts {
		if v.Status == replay.Failed {
			return string(v.Cause), false
		}
	}
	if errors.Is(r.Stopped, replay.ErrTotal) {
		return string(replay.TimedOut), false
	}
	return "", r.Stopped != nil
}

// row returns the numbers of t.
func (t *tally) row(wanted float64, passed time.Duration) Row {
	r := Row{
		Name: t.name, Count: t.passed + t.errors() - t.kinds[NotBegun], Errors: t.errors(),
		Wanted: wanted, Waited: t.waited, LongestWait: t.worst, Cut: t.cut,
		Min: t.min, Mean: t.mean(), Max: t.max,
	}
	for i, p := range Percentiles {
		r.Percentiles[i] = t.quantile(p)
	}
	if passed > 0 {
		r.Reached = float64(t.passed) / passed.Seconds()
	}
	for name, n := range t.kinds {
		r.Kinds = append(r.Kinds, Kind{name, n})
	}
	slices.SortFunc(r.Kinds, func(a, b Kind) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return r
}
