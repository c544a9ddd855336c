package ui

import (
	"fmt"
	"time"
)

// A Progress is a line on a terminal that says how far a long job is. It
// appears when the job has taken a second, and leaves nothing behind.
type Progress struct {
	s     *Stream
	now   func() time.Time
	start time.Time
	next  time.Time
	shown bool
}

const (
	progressDelay = time.Second
	progressEvery = 100 * time.Millisecond
)

// NewProgress returns a Progress on s, which should be standard error. When s
// is no terminal it never shows anything.
func NewProgress(s *Stream) *Progress { return newProgress(s, time.Now) }

func newProgress(s *Stream, now func() time.Time) *Progress {
	start := now()
	return &Progress{s: s, now: now, start: start, next: start.Add(progressDelay)}
}

// Update says how many bytes of total are done; a total of 0 or less is not
// known. It is cheap enough to call for each read.
func (p *Progress) Update(done, total int64) {
	if !p.s.TTY {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	p.shown = true
	p.s.Status(p.s.Styles().Dim.Text(progressText(done, total, now.Sub(p.start))))
}

// progressText tells of bytes, the rate, and the time that is left at that
// rate.
func progressText(done, total int64, took time.Duration) string {
	rate := float64(done) / took.Seconds()
	if total <= 0 || done > total {
		return fmt.Sprintf("%s, %s/s", Size(done), Size(int64(rate)))
	}
	text := fmt.Sprintf("%s of %s, %d %%, %s/s", Size(done), Size(total), 100*done/total, Size(int64(rate)))
	if rate >= 1 {
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}

// Clear takes the line away. It comes back with the next Update.
func (p *Progress) Clear() {
	if p.shown {
		p.shown = false
		p.s.Status("")
	}
}

// Size returns a number of bytes for people: "999 bytes", "12.3 MB".
func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	f, unit := float64(n), 0
	units := []string{"", "kB", "MB", "GB", "TB", "PB", "EB"}
	for f >= 999.95 && unit < len(units)-1 {
		f /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %s", f, units[unit])
}
