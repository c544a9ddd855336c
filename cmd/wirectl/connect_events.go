package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// lookEvery is how often it is looked whether a client has become ready or
// quiet: short for those who wait, long for the machine.
const lookEvery = 5 * time.Millisecond

// A connectEvents gives a client what lines of the notation say that its own
// side wants.
type connectEvents struct {
	io.Closer
	c     *live.Client
	lines *humanframe.Scanner
	was   bool // there was a connection that takes inputs

	mu  sync.Mutex
	err error // the first line that was wrong
}

func newConnectEvents(ctx context.Context, e *env, o *connectOptions, c *live.Client) (*connectEvents, error) {
	in, _, err := e.Open(ctx, o.events)
	if err != nil {
		return nil, err
	}
	return &connectEvents{Closer: in, c: c, lines: humanframe.NewScanner(display(o.events), in)}, nil
}

// run gives all there is. A line that is wrong is told, and the next is taken.
func (v *connectEvents) run(ctx context.Context) {
	for ctx.Err() == nil {
		l, err := v.lines.Next()
		if err == nil {
			err = v.line(ctx, l)
		}
		var fault *humanframe.Error
		switch {
		case err == nil:
		case errors.As(err, &fault):
			v.keep(err)
		default: // the end of the input, or of the client
			return
		}
	}
}

// keep tells of a line that is wrong, and keeps the first.
func (v *connectEvents) keep(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err == nil {
		v.err = ui.With(ui.ExitUsage, err)
		return
	}
	v.c.Note(err.Error())
}

// fault returns the first line that was wrong. More may be read meanwhile.
func (v *connectEvents) fault() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

func (v *connectEvents) line(ctx context.Context, l *humanframe.Line) error {
	switch l.Directive {
	case "":
		return l.ArgError(&codec.TextError{Message: "only directives can be given to a client: its machine makes the frames"})
	case "sleep":
		d, err := time.ParseDuration(l.Rest())
		if err != nil {
			return l.ArgError(&codec.TextError{End: len(l.Rest()), Field: "@sleep", Message: "no time", Hint: "write it as 1.5s or 20ms"})
		}
		wait(ctx, d)
		return nil
	}
	if !v.ready(ctx) {
		return io.EOF
	}
	var ev reactor.Event
	var err error = &codec.UnknownNameError{What: "directive", Name: l.Directive}
	v.c.Look(func(m reactor.Machine) {
		if in, ok := m.(reactor.Inputs); ok {
			ev, err = in.Input(l.Directive, l.Rest())
		}
	})
	if err != nil {
		return l.ArgError(err)
	}
	v.c.Input(ev)
	return nil
}

// ready waits until there is a connection and the machine takes inputs: those
// given to a machine that never had one would be lost with it. It says false
// when ctx ends.
func (v *connectEvents) ready(ctx context.Context) bool {
	for {
		ready := false
		v.c.Look(func(m reactor.Machine) {
			r, ok := m.(reactor.Readier)
			ready = v.c.Summary().Connections > 0 && (!ok || r.Ready())
		})
		if ready {
			v.was = true
			return true
		}
		if !wait(ctx, lookEvery) {
			return false
		}
	}
}

// wasReady waits until there was a connection that takes inputs. That there is
// one no more is no reason to wait for another: nothing is to be said.
func (v *connectEvents) wasReady(ctx context.Context) {
	if !v.was {
		v.ready(ctx)
	}
}

// leave has the client say its last words, if its protocol has any, and waits
// for them to be out.
func leave(ctx context.Context, c *live.Client, grace time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	var ev reactor.Event
	c.Look(func(m reactor.Machine) {
		if in, ok := m.(reactor.Inputs); ok && slices.Contains(in.InputNames(), "leave") {
			ev, _ = in.Input("leave", "") // it has none without an argument
		}
	})
	if ev != nil && c.Input(ev) {
		<-ctx.Done()
	}
}

// wait waits, and says false when ctx ends meanwhile.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// An activity is an Observer that knows when something was said last.
type activity struct {
	live.Observer
	last atomic.Int64 // in nanoseconds of the clock
}

func (a *activity) Passed(conn int, dir codec.Direction, at time.Time, p []byte) {
	a.last.Store(time.Now().UnixNano())
	a.Observer.Passed(conn, dir, at, p)
}

// quiet waits until nothing has been said for a while.
func (a *activity) quiet(ctx context.Context, d time.Duration) {
	a.last.Store(time.Now().UnixNano())
	for {
		left := d - time.Since(time.Unix(0, a.last.Load()))
		if left <= 0 || !wait(ctx, max(left, lookEvery)) {
			return
		}
	}
}
