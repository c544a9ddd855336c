package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// A replayProgress is a bar on a terminal: how many of the frames of all
// documents were sent or awaited. It leaves nothing behind.
type replayProgress struct {
	s     *sharedStream
	docs  int
	total int
	done  atomic.Int64
	tick  *time.Ticker
	shown string // the bar that is there, or ""
}

// A sharedStream is standard error, where programs of exec: write as well.
type sharedStream struct {
	mu sync.Mutex
	*ui.Stream
}

// Write writes at once.
func (s *sharedStream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.Stream.Write(p)
	return n, errors.Join(err, s.Flush())
}

// How often the bar is drawn, and how wide it is.
const (
	barEvery = 100 * time.Millisecond
	barWidth = 24
)

// newReplayProgress returns the bar for documents, nil where nobody would see
// it.
func newReplayProgress(s *sharedStream, docs []*session.Document) *replayProgress {
	if !s.TTY {
		return nil
	}
	p := &replayProgress{s: s, docs: len(docs), tick: time.NewTicker(barEvery)}
	for _, d := range docs {
		p.total += frames(d)
	}
	return p
}

// frames counts the frames of a document, those of blocks once.
func frames(d *session.Document) (n int) {
	d.All(func(s session.Step) bool {
		switch s.(type) {
		case *session.Send, *session.Expect:
			n++
		}
		return true
	})
	return n
}

// of returns what a run of a document is to call for each of its frames, and
// at its end, when all of them count as done.
func (p *replayProgress) of(d *session.Document) (step, end func()) {
	if p == nil {
		return nil, func() {}
	}
	var n atomic.Int64
	all := int64(frames(d))
	step = func() {
		if n.Add(1) <= all { // more are those of blocks
			p.done.Add(1)
		}
	}
	return step, func() { p.done.Add(max(all-n.Load(), 0)) }
}

// wait returns the report of a document, and draws the bar meanwhile.
func (p *replayProgress) wait(report <-chan *replay.Report, ready, failed int) *replay.Report {
	if p == nil {
		return <-report
	}
	for {
		select {
		case r := <-report:
			p.clear()
			return r
		case <-p.tick.C:
			p.draw(ready, failed)
		}
	}
}

func (p *replayProgress) draw(ready, failed int) {
	done := min(int(p.done.Load()), p.total)
	full := 0
	if p.total > 0 {
		full = barWidth * done / p.total
	}
	text := fmt.Sprintf("[%s%s] %d of %d frames, %d of %d documents", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, p.total, ready, p.docs)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if p.s.Width > 1 && len(text) >= p.s.Width {
		text = text[:p.s.Width-1] // a line of the terminal and no more
	}
	if text == p.shown {
		return
	}
	p.shown = text
	// A bar that cannot be shown is no failure.
	_, _ = fmt.Fprintf(p.s, "\r\x1b[K%s", p.s.Styles().Dim.Text(text))
}

func (p *replayProgress) clear() {
	if p.shown != "" {
		p.shown = ""
		_, _ = p.s.Write([]byte("\r\x1b[K"))
	}
}

// stop ends the bar.
func (p *replayProgress) stop() {
	if p != nil {
		p.tick.Stop()
		p.clear()
	}
}
