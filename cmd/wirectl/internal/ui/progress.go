package ui

import (
	"fmt"
	"time"
)

// A Progress is a line on a terminal that says how far a long job is. It
// appears when the job has taken half a second and leaves nothing behind.
type Progress struct {
	s     *Stream
	now   func() time.Time
	next  time.Time
	calls int
	shown bool
}

const (
	progressDelay = 500 * time.Millisecond
	progressEvery = 100 * time.Millisecond
	progressSkip  = 64 // calls of Update between looks at the clock
)

// NewProgress returns a Progress on s, which should be standard error. When s
// is no terminal it never shows anything.
func NewProgress(s *Stream) *Progress { return newProgress(s, time.Now) }

func newProgress(s *Stream, now func() time.Time) *Progress {
	p := &Progress{s: s, now: now}
	if s.TTY {
		p.next = now().Add(progressDelay)
	}
	return p
}

// Update says how many bytes of total are done; a total of 0 or less is not
// known. It is cheap enough to call for each record.
func (p *Progress) Update(done, total int64) {
	if !p.s.TTY {
		return
	}
	if p.calls++; p.calls%progressSkip != 0 {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	p.shown = true
	text := Size(done)
	if total > 0 {
		text = fmt.Sprintf("%s of %s, %d %%", Size(done), Size(total), 100*done/total)
	}
	fmt.Fprintf(p.s, "\r\x1b[K%s", p.s.Styles().Dim.Text(text))
	_ = p.s.Flush() // a progress line that cannot be shown is no failure
}

// Clear takes the line away. It comes back with the next Update.
func (p *Progress) Clear() {
	if p.shown {
		p.shown = false
		fmt.Fprint(p.s, "\r\x1b[K")
		_ = p.s.Flush()
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
