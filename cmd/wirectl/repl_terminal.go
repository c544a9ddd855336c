package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/console"
	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/repl"
)

// A replTerminal is a session whose lines are typed.
type replTerminal struct {
	e       *env
	c       *repl.Console
	ed      console.Editor
	history *console.History
	stopped *interrupt // Ctrl-C while a line is being done
	lines   int

	mu       sync.Mutex // of c
	printing sync.Mutex // taken while mu is held, so that all is shown in order
	done     chan struct{}
	first    bool // the prompt is that of a first line
}

// replOnTerminal runs a session on a terminal. Ctrl-C cancels the line, or what
// a line does; Ctrl-D leaves a line that goes on, a fork, or the session.
func replOnTerminal(ctx context.Context, e *env, c *repl.Console, opts *replOptions, first []byte, in *os.File, stopped *interrupt) error {
	t := &replTerminal{e: e, c: c, stopped: stopped, done: make(chan struct{}, 1), history: console.NewHistory(console.HistoryPath(os.LookupEnv))}
	lines, err := t.history.Load()
	if err != nil {
		ui.Report(e.Stderr, ui.IOf("the history is not kept: %w", err))
		_ = e.Stderr.Flush() // there is nobody left to tell
		t.history = console.NewHistory("")
	}
	// An interrupt is for the line that is being done, not for the session.
	signal.Reset(syscall.SIGINT)
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGINT)
	defer signal.Stop(got)
	go func() {
		for range got {
			stopped.set()
		}
	}()
	t.ed, err = console.Open(console.Options{In: in, Out: os.Stdout, Complete: t.complete, History: lines, Limit: console.MaxLines})
	if err != nil {
		return ui.With(ui.ExitIO, err)
	}
	defer t.ed.Close()
	defer context.AfterFunc(ctx, func() { _ = t.ed.Close() })()
	opts.show = t.print
	t.print(first)
	t.print([]byte(e.Stdout.Styles().Dim.Text("help helps, the tabulator completes, Ctrl-D ends") + "\n"))
	running, end := context.WithCancel(ctx)
	defer end()
	go t.follow(running)
	for !c.Quit() {
		text, err := t.read()
		switch {
		case errors.Is(err, console.ErrInterrupt), errors.Is(err, io.EOF) && ctx.Err() == nil && t.pop():
			continue
		case errors.Is(err, io.EOF) || ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return ui.With(ui.ExitIO, err)
		}
		t.do(text)
	}
	return nil
}

// follow shows what comes from a live peer, and when a timer goes off, while a
// line is typed.
func (t *replTerminal) follow(ctx context.Context) {
	for ctx.Err() == nil {
		t.mu.Lock()
		out := bytes.Clone(t.c.Pump())
		more, due := t.c.Wake()
		t.printing.Lock()
		if t.first {
			t.ed.SetPrompt(t.prompt())
		}
		t.mu.Unlock()
		t.print(out)
		t.printing.Unlock()
		wake := make(<-chan time.Time)
		if !due.IsZero() {
			timer := time.NewTimer(time.Until(due))
			defer timer.Stop()
			wake = timer.C
		}
		select {
		case <-more:
		case <-wake:
		case <-t.done:
		case <-ctx.Done():
		}
	}
}

// prompt returns the prompt of a first line.
func (t *replTerminal) prompt() string { return t.e.Stdout.Styles().Heading.Text(t.c.Prompt()) }

// read reads a line, with those that it goes on in.
func (t *replTerminal) read() (text string, err error) {
	t.mu.Lock()
	prompt := t.prompt()
	t.ed.SetPrompt(prompt)
	t.first = true
	t.mu.Unlock()
	t.stopped.clear() // what was pressed for the last line; from here on a key is for this one
	for more := true; more; {
		line, err := t.ed.ReadLine()
		t.mu.Lock()
		t.first = false
		t.mu.Unlock()
		if err != nil && text != "" && errors.Is(err, io.EOF) {
			err = console.ErrInterrupt // a line that goes on is left first
		}
		if err != nil {
			return "", err
		}
		t.lines++
		text, more = repl.Join(text, line)
		t.ed.SetPrompt(t.e.Stdout.Styles().Dim.Text("… "))
	}
	return text, nil
}

// do does a line, and shows what there is to see.
func (t *replTerminal) do(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	t.mu.Lock()
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		t.e.Stdout.Width, t.e.Stderr.Width = width, width
		t.c.SetWidth(t.e.Stdout.Columns(dump.DefaultWidth))
	}
	out, err := t.c.Do("line", t.lines, text)
	if err != nil {
		out = append(out, t.report(replError(err))...)
	}
	if t.stopped.is() {
		out = append(out, "  stopped\n"...)
	}
	secret := t.c.Secret()
	t.printing.Lock()
	t.mu.Unlock()
	t.print(out)
	t.printing.Unlock()
	select {
	case t.done <- struct{}{}:
	default:
	}
	if secret {
		return
	}
	t.ed.Remember(text)
	if err := t.history.Add(text); err != nil {
		t.history = console.NewHistory("") // told once: it cannot be kept
		t.print(t.report(ui.IOf("the history is not kept: %w", err)))
	}
}

// pop goes from a fork to the branch that it was made of. It says false when
// there is no such branch: then the session is over.
func (t *replTerminal) pop() bool {
	t.mu.Lock()
	out, ok := t.c.Pop()
	t.printing.Lock()
	t.mu.Unlock()
	t.print(out)
	t.printing.Unlock()
	return ok
}

// report returns an error as it is shown.
func (t *replTerminal) report(err error) []byte {
	b, _ := printed(t.e, func(s *ui.Stream) error { ui.Report(s, err); return nil })
	return b
}

// print writes above the prompt.
func (t *replTerminal) print(b []byte) {
	if len(b) > 0 {
		_, _ = t.ed.Writer().Write(b) // a terminal that has gone shows when it is read
	}
}

// complete offers words for the last one of a line, and files.
func (t *replTerminal) complete(line string) (list []string, typed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	word := line[strings.LastIndexByte(line, ' ')+1:]
	found, withFiles := t.c.Complete(line)
	for _, k := range found {
		list = append(list, k.Word)
	}
	if withFiles {
		list = append(list, filesAs(word)...)
	}
	return list, len(word)
}

// filesAs returns the names of files that begin as typed; folders end in a
// slash.
func filesAs(typed string) []string {
	dir, base := filepath.Split(typed)
	at := dir
	if at == "" {
		at = "."
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil
	}
	var list []string
	for _, f := range entries {
		if !strings.HasPrefix(f.Name(), base) || strings.HasPrefix(f.Name(), ".") && base == "" {
			continue
		}
		name := dir + f.Name()
		if f.IsDir() {
			name += "/"
		}
		list = append(list, name)
	}
	return list
}
