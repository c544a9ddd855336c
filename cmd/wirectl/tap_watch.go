package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/tap"
)

// A tapWatch shows and records what passes a tap. It is called by one
// goroutine at a time.
type tapWatch struct {
	e    *env
	show *shower // nil to show nothing
	file *recording

	allowDamage bool

	count  int // connections to pass on, 0 for any number
	closed int
	end    func()
	err    error // the first of writing
	failed error // the first connection that there was no server for

	mu   sync.Mutex // of standard error, which the last words are for
	over bool
}

func newTapWatch(e *env, o *tapOptions, end func()) (*tapWatch, error) {
	w := &tapWatch{e: e, allowDamage: o.allowDamage, count: o.count, end: end}
	// What a decoding stops for, or hides, is none of a tap's.
	show := o.decodeOptions
	show.count, show.follow = 0, true
	if o.output != noOutput {
		w.show = newShower(e, &show)
		w.show.marks(true)
	}
	var err error
	w.file, err = newRecording(o.record)
	return w, err
}

// keep remembers the first error of writing, and ends the tap for it.
func (w *tapWatch) keep(err error) {
	if err != nil && w.err == nil {
		w.err = err
		w.end()
	}
}

// Opened implements live.Observer.
func (w *tapWatch) Opened(conn int, at time.Time, client, server net.Addr) {
	w.keep(w.file.opened(conn, at, client, server))
}

// Passed implements live.Observer.
func (w *tapWatch) Passed(conn int, dir codec.Direction, at time.Time, p []byte) {
	w.keep(w.file.passed(conn, dir, at, p))
}

// Record implements live.Observer.
func (w *tapWatch) Record(r *codec.Record) {
	w.keep(w.file.record(r))
	if w.show == nil {
		return
	}
	w.show.begin(r.Time)
	_, err := w.show.add(r)
	w.keep(err)
}

// Note implements live.Observer.
func (w *tapWatch) Note(conn int, text string) {
	if conn > 0 {
		text = fmt.Sprintf("conn %d: %s", conn, text)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		fmt.Fprintf(w.e.Stderr, "wirectl: %s\n", text)
		w.keep(w.e.Stderr.Flush())
	}
}

// Closed implements live.Observer.
func (w *tapWatch) Closed(conn int, at time.Time, cause error) {
	if cause != nil {
		w.Note(conn, "closed: "+cause.Error())
	}
	if errors.Is(cause, tap.ErrConnect) && w.failed == nil {
		w.failed = ui.With(ui.ExitIO, fmt.Errorf("conn %d: %w", conn, cause))
	}
	w.keep(w.file.closed(conn, at))
	if w.show != nil {
		w.show.closed(conn)
	}
	if w.closed++; w.closed == w.count {
		w.end()
	}
}

// finish completes the recording, prints the summary and returns how the
// command ends: of a tap that somebody ended, nothing but what went wrong with
// the output counts.
func (w *tapWatch) finish(ctx context.Context, s tap.Summary) error {
	w.keep(w.file.finish())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	damage := ""
	if s.Damage > 0 {
		damage = fmt.Sprintf("; records that are no frames: %d", s.Damage)
	}
	fmt.Fprintf(w.e.Stderr, "wirectl: connections: %d passed on, %d refused, %d without a server, %d failed; frames: %d to the server (%s), %d to the client (%s)%s\n",
		s.Connections, s.Refused, s.Unreached, s.Failed, s.Frames[0], ui.Size(s.Bytes[0]), s.Frames[1], ui.Size(s.Bytes[1]), damage)
	err := ui.With(ui.ExitIO, errors.Join(w.err, w.e.Stderr.Flush()))
	if _, signal := errors.AsType[ui.Signal](context.Cause(ctx)); err != nil || signal {
		return err
	}
	switch {
	case w.show != nil:
		err = w.show.finish(nil)
	case s.Damage > 0 && !w.allowDamage:
		err = &hinted{ui.Damagef("records that are no frames: %d", s.Damage), damageHint}
	}
	return errors.Join(w.failed, err)
}
