package textin

import (
	"strconv"
	"strings"
	"time"
)

// layouts are the forms of times in traces and logs. Without a zone they are
// taken as UTC, without a date as on the first day of 1970.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006/01/02 15:04:05.999999999",
	"02/Jan/2006:15:04:05 -0700",
	"Jan _2 15:04:05.999999999",
	"15:04:05.999999999",
}

// ParseTime reads a time as programs print it: a date with a time in usual
// forms, with a point or comma before fractions, a time of the day, or
// seconds since 1970.
func ParseTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.Trim(s, "[] \t"), ",", ".")
	if sec, frac, ok := strings.Cut(s, "."); ok || len(s) >= 9 {
		if n, err := strconv.ParseInt(sec, 10, 64); err == nil && n >= 0 && n < 1<<40 && len(frac) <= 9 {
			ns, err := strconv.ParseUint("0"+frac, 10, 64)
			for range 9 - len(frac) {
				ns *= 10
			}
			if err == nil {
				return time.Unix(n, int64(ns)).UTC(), true
			}
		}
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			if t.Year() == 0 {
				t = t.AddDate(1970, 0, 0)
			}
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
