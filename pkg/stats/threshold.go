package stats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Threshold is a bound on a value of a report:
//
//	p99 < 50ms
//	method loadBefore p99 < 5ms
//	unanswered == 0
//	error ZODB.POSException.ConflictError errors <= 3
//	metric lock wait max < 1s
//
// First comes what the value is of, a kind and a name, or nothing for all; *
// is any name, and then each of them must hold. Then the value, the comparison
// and the bound.
type Threshold struct {
	source   string
	by, name string
	value    string
	op       string
	bound    float64
	time     bool
}

// A measure is a value of a row.
type measure struct {
	latency bool
	get     func(r *Report, w *Row) float64
}

// unknown is 1 when the row has no such value, else 0.
func (m *measure) unknown(w *Row) int {
	if m.latency && w.Latency.Count() == 0 {
		return 1
	}
	return 0
}

// measures are what a threshold may be about.
var measures = sync.OnceValue(func() map[string]measure {
	return map[string]measure{
		"frames":     {false, func(_ *Report, w *Row) float64 { return float64(w.Count()) }},
		"bytes":      {false, func(_ *Report, w *Row) float64 { return float64(w.Size()) }},
		"rate":       {false, func(r *Report, w *Row) float64 { return r.Rate(w, w.Count()) }},
		"requests":   {false, func(_ *Report, w *Row) float64 { return float64(w.Asked) }},
		"answers":    {false, func(_ *Report, w *Row) float64 { return float64(w.Answers) }},
		"unanswered": {false, func(_ *Report, w *Row) float64 { return float64(w.Unanswered) }},
		"errors":     {false, func(_ *Report, w *Row) float64 { return float64(w.Errors) }},
		"damage":     {false, func(_ *Report, w *Row) float64 { return float64(w.Damage) }},
		"ratio":      {false, func(_ *Report, w *Row) float64 { return w.Ratio() }},
		"count":      {false, func(_ *Report, w *Row) float64 { return float64(w.Latency.Count()) }},
		"min":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Min()) }},
		"mean":       {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Mean()) }},
		"p50":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Quantile(50)) }},
		"p90":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Quantile(90)) }},
		"p95":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Quantile(95)) }},
		"p99":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Quantile(99)) }},
		"max":        {true, func(_ *Report, w *Row) float64 { return float64(w.Latency.Max()) }},
	}
})

// Measures returns what a threshold may be about.
func Measures() []string { return sortedKeys(measures()) }

// operators, the longer ones first.
var operators = []string{"<=", ">=", "==", "!=", "<", ">"}

// ParseThreshold reads a threshold. An error is a [*codec.TextError].
func ParseThreshold(text string) (*Threshold, error) {
	at, op := -1, ""
	for _, o := range operators {
		if i := strings.Index(text, o); i >= 0 && (at < 0 || i < at) {
			at, op = i, o
		}
	}
	if at < 0 {
		return nil, &codec.TextError{End: len(text), Message: "no comparison", Allowed: operators, Hint: "such as p99 < 50ms"}
	}
	t := &Threshold{source: text, op: op}
	left := strings.TrimRight(text[:at], " ")
	space := strings.LastIndexByte(left, ' ')
	t.value = left[space+1:]
	m, ok := measures()[t.value]
	if !ok {
		return nil, &codec.TextError{Start: space + 1, End: len(left), Field: "value", Message: fmt.Sprintf("no value %q", t.value), Allowed: Measures()}
	}
	t.by = ByTotal
	if space >= 0 {
		t.by, t.name, _ = strings.Cut(strings.TrimSpace(left[:space]), " ")
		t.name = strings.TrimSpace(t.name)
		if !slices.Contains(kinds, t.by) || t.by == ByLargest {
			return nil, &codec.TextError{Start: strings.Index(text, t.by), End: strings.Index(text, t.by) + len(t.by), Field: "what it is of", Message: fmt.Sprintf("no kind %q", t.by), Allowed: Kinds()}
		}
	}
	right := strings.TrimSpace(text[at+len(op):])
	var err error
	if t.bound, err = strconv.ParseFloat(right, 64); err == nil {
		return t, nil
	}
	d, err := time.ParseDuration(right)
	if err != nil || !m.latency {
		return nil, &codec.TextError{Start: at + len(op), End: len(text), Field: "bound", Message: fmt.Sprintf("%q is no number, and no time such as 50ms", right)}
	}
	t.bound, t.time = float64(d), true
	return t, nil
}

// A Verdict is what a report says to a threshold, for one row.
type Verdict struct {
	Threshold *Threshold
	Row       *Row // nil when there is none of that name
	Value     string
	Met       bool
}

// String tells the verdict: "method vote: p99 is 1.2s, not < 50ms".
func (v Verdict) String() string {
	what := v.Threshold.value
	if of := strings.TrimSpace(v.Threshold.by + " " + v.name()); v.Threshold.by != ByTotal {
		what = of + ": " + what
	}
	bound := strings.TrimSpace(v.Threshold.source[strings.Index(v.Threshold.source, v.Threshold.op):])
	if v.Met {
		return fmt.Sprintf("%s is %s, %s", what, v.Value, bound)
	}
	return fmt.Sprintf("%s is %s, not %s", what, v.Value, bound)
}

func (v Verdict) name() string {
	if v.Row == nil {
		return v.Threshold.name
	}
	return v.Row.label()
}

// Judge holds the threshold against a report. Counts of what is not there are
// 0; a time of what was never measured misses every bound.
func (t *Threshold) Judge(r *Report) []Verdict {
	if t.by == ByTotal {
		return []Verdict{t.judge(r, r.Total)}
	}
	var all []Verdict
	for _, w := range r.By(t.by) {
		name := w.label()
		if t.name == "*" || t.name == "" || t.name == name {
			if t.name != name && measures()[t.value].latency && w.Latency.Count() == 0 {
				continue // not all of them are measured
			}
			all = append(all, t.judge(r, w))
		}
	}
	if all == nil && t.name != "*" && t.name != "" {
		v := t.judge(r, &Row{})
		v.Row = nil
		all = append(all, v)
	}
	return all
}

func (t *Threshold) judge(r *Report, w *Row) Verdict {
	m := measures()[t.value]
	got := m.get(r, w)
	v := Verdict{Threshold: t, Row: w}
	bound := t.bound
	switch {
	case m.latency && w.Latency.Count() == 0:
		v.Value = "not known"
		return v
	case m.latency && !w.Number:
		v.Value = time.Duration(got).String()
		if !t.time {
			bound *= float64(time.Second)
		}
	default:
		v.Value = strconv.FormatFloat(round(got), 'f', -1, 64)
	}
	switch t.op {
	case "<":
		v.Met = got < bound
	case "<=":
		v.Met = got <= bound
	case ">":
		v.Met = got > bound
	case ">=":
		v.Met = got >= bound
	case "==":
		v.Met = got == bound
	case "!=":
		v.Met = got != bound
	}
	return v
}
