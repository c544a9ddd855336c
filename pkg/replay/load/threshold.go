package load

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Threshold is what a measured value has to be, such as p99<20ms.
type Threshold struct {
	Text     string
	Document string // [All] for all
	Metric   string // one of [Metrics]; p99.9 and the like for a percentile
	Op       string

	rule    string  // the text without the document
	percent float64 // of a percentile
	want    float64 // seconds, sessions, sessions a second, or a part of all sessions
	share   bool    // of errors: want is a part of all
}

// Metrics are what a threshold can be about, with what the value looks like.
var Metrics = []string{"pN<20ms", "min", "mean", "max", "count>=1000", "rate>=95/s", "errors<1%"}

// ops are the comparisons, the longer first.
var ops = []string{"<=", ">=", "==", "!=", "<", ">"}

// ParseThreshold reads [DOCUMENT:]METRIC OP VALUE. Of an error, of type
// [*codec.TextError], the place is that in text.
func ParseThreshold(text string) (Threshold, error) {
	t := Threshold{Text: text, Document: All}
	fault := func(start, end int, allowed []string, format string, args ...any) (Threshold, error) {
		return t, &codec.TextError{Start: start, End: end, Field: "threshold", Message: fmt.Sprintf(format, args...), Allowed: allowed}
	}
	at := strings.LastIndexAny(text, "<>=!")
	for at > 0 && strings.ContainsRune("<>=!", rune(text[at-1])) {
		at--
	}
	if at < 0 {
		return fault(0, len(text), ops, "there is no comparison")
	}
	end := at
	for end < len(text) && strings.ContainsRune("<>=!", rune(text[end])) {
		end++
	}
	if t.Op = text[at:end]; !slices.Contains(ops, t.Op) {
		return fault(at, end, ops, "%q is no comparison", t.Op)
	}
	start := 0
	if i := strings.LastIndexByte(text[:at], ':'); i >= 0 {
		t.Document, start = strings.TrimSpace(text[:i]), i+1
	}
	t.rule = strings.TrimSpace(text[start:])
	t.Metric = strings.TrimSpace(text[start:at])
	start += len(text[start:at]) - len(strings.TrimLeft(text[start:at], " "))
	if !t.metric() {
		return fault(start, max(start+len(t.Metric), start), Metrics, "nothing named %q is measured", t.Metric)
	}
	value := strings.TrimSpace(text[end:])
	if err := t.value(value); err != nil {
		from := len(text) - len(strings.TrimLeft(text[end:], " "))
		return fault(from, from+len(value), nil, "%v", err)
	}
	return t, nil
}

// metric says whether there is such a metric.
func (t *Threshold) metric() bool {
	switch t.Metric {
	case "min", "mean", "max", "count", "rate", "errors":
		return true
	}
	number, ok := strings.CutPrefix(t.Metric, "p")
	p, err := strconv.ParseFloat(number, 64)
	t.percent = p
	return ok && err == nil && p >= 0 && p <= 100
}

// value reads what the metric is held against.
func (t *Threshold) value(text string) (err error) {
	switch t.Metric {
	case "rate":
		if t.want, err = ParseRate(text); err != nil {
			return err
		}
	case "errors":
		number, share := strings.CutSuffix(text, "%")
		if t.want, err = strconv.ParseFloat(number, 64); err != nil || !(t.want >= 0) {
			return fmt.Errorf("%q is no number of sessions, such as 5, and no part of them, such as 1%%", text)
		}
		if t.share = share; share {
			t.want /= 100
		}
	case "count":
		n, err := strconv.ParseUint(text, 10, 53)
		if err != nil {
			return fmt.Errorf("%q is no number of sessions, such as 1000", text)
		}
		t.want = float64(n)
	default:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is no time, such as 20ms or 1.5s", text)
		}
		t.want = d.Seconds()
	}
	return nil
}

// ParseRate reads a number of sessions in a second: 100, 100/s, 90/m or 20/h.
func ParseRate(text string) (float64, error) {
	number, unit, _ := strings.Cut(text, "/")
	r, err := strconv.ParseFloat(number, 64)
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if !strings.Contains(text, "/") {
		per = 1
	}
	if err != nil || per == 0 || !(r >= 0) || math.IsInf(r, 0) {
		return 0, fmt.Errorf("%q is no rate, such as 100/s, 90/m or 20/h", text)
	}
	return r / per, nil
}

// A Judgment is whether a threshold is met.
type Judgment struct {
	Threshold Threshold
	Value     float64 // seconds, sessions, sessions a second, or a part of all; NaN when there is none
	Got       string  // the value for people
	OK        bool
}

// Judge holds what was measured against a threshold. A value that there is not,
// because no session passed, misses every threshold.
func (r *Result) Judge(t Threshold) Judgment {
	row := r.row(t.Document)
	j := Judgment{Threshold: t, Value: math.NaN(), Got: "there is no value"}
	switch t.Metric {
	case "count":
		j.Value, j.Got = float64(row.Count), strconv.FormatInt(row.Count, 10)
	case "rate":
		j.Value, j.Got = row.Reached, Rate(row.Reached)
	case "errors":
		all := row.Count + row.missed()
		if all == 0 {
			break
		}
		j.Value, j.Got = float64(row.Errors), strconv.FormatInt(row.Errors, 10)
		if t.share {
			j.Value = float64(row.Errors) / float64(all)
			j.Got = fmt.Sprintf("%.3g%%", 100*j.Value)
		}
	default:
		if row.Count == row.Errors-row.missed() {
			break
		}
		d := r.time(t, row)
		j.Value, j.Got = d.Seconds(), Time(d)
	}
	j.OK = t.holds(j.Value)
	return j
}

// time returns a time of a row.
func (r *Result) time(t Threshold, row *Row) time.Duration {
	switch t.Metric {
	case "min":
		return row.Min
	case "mean":
		return row.Mean
	case "max":
		return row.Max
	}
	return r.quantile(row.Name, t.percent)
}

// holds compares. Nothing holds of what is no number.
func (t *Threshold) holds(v float64) bool {
	switch t.Op {
	case "<":
		return v < t.want
	case "<=":
		return v <= t.want
	case ">":
		return v > t.want
	case ">=":
		return v >= t.want
	case "==":
		return v == t.want
	}
	return v < t.want || v > t.want
}

// missed returns how many sessions did not begin.
func (r *Row) missed() int64 {
	for _, k := range r.Kinds {
		if k.Name == NotBegun {
			return k.Count
		}
	}
	return 0
}
