package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// An env is what a command may touch of the world around it.
type env struct {
	// Stdin ends when the context does.
	Stdin    io.Reader
	StdinTTY bool // somebody would have to type what is read

	// Stdout is for data, Stderr for all else. Both are buffered and flushed
	// at the end; commands that run for long flush when they have something
	// to show.
	Stdout, Stderr *ui.Stream

	Getenv func(string) string

	color string    // the value of --color
	stdin io.Reader // itself
}

func newEnv(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) *env {
	return &env{
		Stdin:    ui.Cancelable(ctx, stdin),
		StdinTTY: ui.IsTerminal(stdin),
		stdin:    stdin,
		Stdout:   ui.NewStream(stdout, os.Getenv),
		Stderr:   ui.NewStream(stderr, os.Getenv),
		Getenv:   os.Getenv,
		color:    "auto",
	}
}

// terminal returns standard input, if somebody types on it and sees standard
// output.
func (e *env) terminal() (*os.File, bool) {
	f, ok := e.stdin.(*os.File)
	return f, ok && e.StdinTTY && e.Stdout.TTY
}

// applyColor makes the value of --color count.
func (e *env) applyColor() {
	e.Stdout.SetColor(e.color, e.Getenv)
	e.Stderr.SetColor(e.color, e.Getenv)
}

// Open opens a file to read; "-" is standard input. The size is -1 when it is
// not known.
func (e *env) Open(ctx context.Context, name string) (r io.ReadCloser, size int64, err error) {
	if name == "-" {
		return io.NopCloser(e.Stdin), -1, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, ui.IOf("%s: %w", name, pathCause(err))
	}
	size = -1
	fi, err := f.Stat()
	if err == nil && fi.IsDir() {
		_ = f.Close() // nothing was read from it
		return nil, 0, ui.IOf("%s: is a directory", name)
	}
	if err == nil && fi.Mode().IsRegular() {
		size = fi.Size()
	}
	return readCloser{ui.Cancelable(ctx, f), f}, size, nil
}

// readCloser reads from one and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}

// pathCause takes the path, which the message names already, off err.
func pathCause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
