package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
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
