package main

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServeSignal ends a server while a client is connected that says
// nothing: it ends in good order.
func TestServeSignal(t *testing.T) {
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		file := filepath.Join(t.TempDir(), "address")
		var errs bytes.Buffer
		cmd := exec.Command("wirectl", "serve", "hg", "--address-file", file)
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		at, err := waitForFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "tcp://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("\x05\x00\x00\x01\x00\x01\x01\x11heads")); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 8)); n != 8 || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		code := exitStatus(t, cmd.Wait())
		if summary := "connections: 1 served, 0 refused, 0 failed; frames: 1 in (13 bytes), 1 out (90 bytes)\n"; code != want || !strings.HasSuffix(errs.String(), summary) {
			t.Errorf("%v: status %d, %q; want %d, and %q", sig, code, errs.String(), want, summary)
		}
	}
}
