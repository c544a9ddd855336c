// Package jobs runs what a worker's machine asks for in processes of the
// system: a command of our own side, never one that a message names.
package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Handler runs one command for each [reactor.Run]. It implements
// live.Handler.
//
// The command gets what is to be run on its standard input, and its name in
// the environment as WIRECTL_CALL. What it writes to standard output is the
// result: JSON, or else a text. A status other than 0 is a failure, and
// standard error tells of it.
type Handler struct {
	Args []string // the command and its arguments

	// Answer gives the machine a result; err is the failure, "" when there is
	// none. It is called from several goroutines.
	Answer func(job uint64, value []byte, err string)

	mu      sync.Mutex
	running map[uint64]context.CancelFunc
	wait    sync.WaitGroup
}

// An Abandoner is an action that says that nobody waits for a job any more.
type Abandoner interface {
	reactor.Action
	Abandons() (job uint64)
}

// maxOutput bounds what a command may write, maxError what is told of its
// standard error.
const (
	maxOutput = 16 << 20
	maxError  = 1000
)

// Handle implements live.Handler.
func (h *Handler) Handle(ctx context.Context, _ int, a reactor.Action) ([]reactor.Event, bool) {
	switch a := a.(type) {
	case reactor.Run:
		ctx, cancel := context.WithCancel(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.running == nil {
			h.running = map[uint64]context.CancelFunc{}
		}
		h.running[a.Request] = cancel
		h.wait.Go(func() { h.run(ctx, a) })
		return nil, true
	case Abandoner:
		h.stop(a.Abandons())
		return nil, true
	}
	return nil, false
}

// stop ends a job's process.
func (h *Handler) stop(job uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if cancel := h.running[job]; cancel != nil {
		cancel()
		delete(h.running, job)
	}
}

// Wait waits until no process is left. Those that run end with the context
// that their Handle was given.
func (h *Handler) Wait() { h.wait.Wait() }

// run runs one job and tells what came of it.
func (h *Handler) run(ctx context.Context, r reactor.Run) {
	cmd := exec.CommandContext(ctx, h.Args[0], h.Args[1:]...)
	cmd.Env = append(os.Environ(), "WIRECTL_CALL="+r.Command)
	cmd.Stdin = bytes.NewReader(r.Data)
	out, errs := &limited{most: maxOutput}, &limited{most: maxError}
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	if ctx.Err() != nil {
		return // nobody waits for it
	}
	h.stop(r.Request)
	text := bytes.TrimSpace(out.kept)
	switch {
	case err != nil:
		why := strings.TrimSpace(string(errs.kept))
		if why == "" {
			why = err.Error()
		}
		h.Answer(r.Request, nil, why)
	case out.over:
		h.Answer(r.Request, nil, fmt.Sprintf("the command wrote more than %d bytes", maxOutput))
	case len(text) == 0:
		h.Answer(r.Request, []byte("null"), "")
	case json.Valid(text):
		h.Answer(r.Request, text, "")
	default:
		quoted, _ := json.Marshal(string(text)) // a string always can be
		h.Answer(r.Request, quoted, "")
	}
}

// limited keeps the first bytes that are written to it.
type limited struct {
	kept []byte
	most int
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	room := min(len(p), l.most-len(l.kept))
	l.kept = append(l.kept, p[:room]...)
	l.over = l.over || room < len(p)
	return len(p), nil
}
