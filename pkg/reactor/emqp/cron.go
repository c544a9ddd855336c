package emqp

import (
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// A cron is when a job is to be run, in UTC, as croniter of the program reads
// it:
//
//	minute hour day-of-month month day-of-week [second]
type cron string

const maxCron = 500

// parseCron reads the five or six fields, or a name such as @hourly.
func parseCron(text string) (cron, error) {
	fields := strings.Fields(text)
	switch {
	case len(text) > maxCron:
		return "", fmt.Errorf("cron: %d letters, over the limit of %d", len(text), maxCron)
	case len(fields) == 1 && strings.HasPrefix(text, "@"):
	case len(fields) != 5 && len(fields) != 6:
		return "", fmt.Errorf("cron: 5 fields or 6 expected, not %d: %.60q", len(fields), text)
	default:
		// A step through all days is a choice of days, which counts beside
		// that of weekdays; the last of a weekday has its L in front.
		fields[2] = stepThrough(fields[2], "1-31")
		fields[4] = stepThrough(fields[4], "0-6")
		if day, last := strings.CutPrefix(strings.ToUpper(fields[4]), "L"); last && day != "" {
			fields[4] = day + "L"
		}
		if len(fields) == 6 {
			fields = append(fields[5:], fields[:5]...) // seconds come first elsewhere
		}
	}
	c := cron(strings.Join(fields, " "))
	if !gronx.IsValid(string(c)) {
		return "", fmt.Errorf("cron: %.60q is no time", text)
	}
	if _, err := c.after(time.Unix(0, 0)); err != nil {
		return "", fmt.Errorf("cron: %.60q never comes", text)
	}
	return c, nil
}

func stepThrough(field, all string) string {
	if step, ok := strings.CutPrefix(field, "*/"); ok {
		return all + "/" + step
	}
	return field
}

// after returns the next time after one.
func (c cron) after(t time.Time) (time.Time, error) {
	return gronx.NextTickAfter(string(c), t.UTC().Truncate(time.Second), false)
}
