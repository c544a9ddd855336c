package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// exitStatus returns the status that a command ended with.
func exitStatus(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return e.ExitCode()
}

// TestReaderGone lets the reader of the output go away before anything is
// written.
func TestReaderGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var errs bytes.Buffer
	cmd := exec.Command("wirectl", "docs", "--man")
	cmd.Stdout, cmd.Stderr = w, &errs
	if code := exitStatus(t, cmd.Run()); code != 141 || errs.Len() > 0 {
		t.Errorf("status %d, %q; want 141 and no word", code, errs.String())
	}
}

// TestSignal interrupts a command that waits for more input.
func TestSignal(t *testing.T) {
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		var errs bytes.Buffer
		cmd := exec.Command("wirectl", "encode", "-p", "hg", "--each", "-o", "hex")
		cmd.Stderr = &errs
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// More than a pipe holds: when it is written, wirectl is reading.
		if _, err := io.WriteString(in, strings.Repeat("1 1 0 command-name eos heads\n", 8<<10)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := exitStatus(t, cmd.Wait()); code != want || errs.Len() > 0 {
			t.Errorf("%v: status %d, %q; want %d and no word", sig, code, errs.String(), want)
		}
	}
}

// A failing writer fails, or worse.
type failingWriter struct{ fail func() error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.fail() }

func TestRunFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail func() error
		code int
		want string
	}{
		{"full", func() error { return &os.PathError{Op: "write", Path: "out", Err: syscall.ENOSPC} }, ui.ExitIO, "wirectl: write out: no space left on device\n"},
		{"panic", func() error { panic("on fire") }, ui.ExitInternal, "wirectl: internal error: on fire\n"},
	} {
		var errs bytes.Buffer
		code := run(t.Context(), []string{"wirectl", "version"}, strings.NewReader(""), failingWriter{tt.fail}, &errs)
		if code != tt.code || !strings.HasPrefix(errs.String(), tt.want) {
			t.Errorf("%s: status %d, %q; want %d, %q", tt.name, code, errs.String(), tt.code, tt.want)
		}
	}
}

// TestRunEnded wants the cause of an ended context as the status, even when
// the command itself was content.
func TestRunEnded(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ui.Signal{Sig: syscall.SIGTERM})
	if code := run(ctx, []string{"wirectl", "version"}, strings.NewReader(""), io.Discard, io.Discard); code != 143 {
		t.Errorf("status %d; want 143", code)
	}
}
