package main

import (
	"context"
	"sync"
	"time"
)

// An interrupt is what Ctrl-C does to a line that is being done.
type interrupt struct {
	ctx context.Context

	mu   sync.Mutex
	on   bool
	woke chan struct{} // closed when it comes
}

func newInterrupt(ctx context.Context) *interrupt {
	return &interrupt{ctx: ctx, woke: make(chan struct{})}
}

func (i *interrupt) set() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.on {
		i.on = true
		close(i.woke)
	}
}

// clear forgets what came before a line.
func (i *interrupt) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.on {
		i.on, i.woke = false, make(chan struct{})
	}
}

// is says whether the line is to end.
func (i *interrupt) is() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.on || i.ctx.Err() != nil
}

// sleep waits until a time, until there is more, or until the line is to end.
func (i *interrupt) sleep(more <-chan struct{}, until time.Time) {
	i.mu.Lock()
	woke := i.woke
	i.mu.Unlock()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-more:
	case <-woke:
	case <-timer.C:
	case <-i.ctx.Done():
	}
}
