package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A bound is one end of the records that are wanted. The zero value is none.
type bound struct {
	kind   boundKind
	number int64 // a record's number in its conversation, or an offset in its direction
	time   time.Time
	since  time.Duration // after the capture's start, or after the midnight before it
}

type boundKind byte

const (
	noBound boundKind = iota
	atNumber
	atOffset
	atTime
	afterStart
	atClock // a time of the day of the capture's start
)

// Forms of times, in UTC where they do not say.
var (
	dateForms  = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}
	clockForms = []string{"15:04:05", "15:04"}
)

// parseBound reads the value of --from or --to.
func parseBound(flag, text string) (bound, error) {
	if text == "" {
		return bound{}, nil
	}
	if digits, ok := strings.CutPrefix(text, "@"); ok {
		if n, err := strconv.ParseInt(digits, 0, 64); err == nil && n >= 0 {
			return bound{kind: atOffset, number: n}, nil
		}
	} else if after, ok := strings.CutPrefix(text, "+"); ok {
		if _, err := strconv.ParseFloat(after, 64); err == nil {
			after += "s"
		}
		if d, err := time.ParseDuration(after); err == nil && d >= 0 {
			return bound{kind: afterStart, since: d}, nil
		}
	} else if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return bound{kind: atNumber, number: n}, nil
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return bound{kind: atTime, time: t}, nil
		}
	}
	for _, form := range clockForms {
		if t, err := time.Parse(form, text); err == nil {
			return bound{kind: atClock, since: t.Sub(t.Truncate(24 * time.Hour))}, nil
		}
	}
	return bound{}, &hinted{
		ui.With(ui.ExitUsage, fmt.Errorf("--%s: %q is no number, time or offset", flag, text)),
		"such as 12, 09:14:02, 2026-01-02T09:14:02Z, +1.5s, or @4096",
	}
}

// from settles the times that count from the start of a capture.
func (b bound) from(start time.Time) bound {
	switch b.kind {
	case afterStart:
		b.kind, b.time = atTime, start.Add(b.since)
	case atClock:
		b.kind, b.time = atTime, start.UTC().Truncate(24*time.Hour).Add(b.since)
	}
	return b
}

// after says whether the bound is after r. What has no time is not between
// times.
func (b *bound) after(r *codec.Record) bool {
	switch b.kind {
	case atNumber:
		return int64(r.Seq) < b.number
	case atOffset:
		return r.Span.End <= b.number
	case atTime:
		return r.Time.IsZero() || r.Time.Before(b.time)
	}
	return false
}

// before says whether the bound is before r.
func (b *bound) before(r *codec.Record) bool {
	switch b.kind {
	case atNumber:
		return int64(r.Seq) > b.number
	case atOffset:
		return r.Span.Start > b.number
	case atTime:
		return r.Time.IsZero() || r.Time.After(b.time)
	}
	return false
}
