//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLoadView has a load show how it stands on a terminal, and what it has
// measured when it is ended by Ctrl-C.
func TestLoadView(t *testing.T) {
	dir := t.TempDir()
	doc, at := filepath.Join(dir, "ping.wire"), filepath.Join(dir, "at")
	if err := os.WriteFile(doc, []byte("@proto msgq\n> {\"type\": \"ping\"}\n< {\"type\": \"pong\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("wirectl", "serve", "msgq", "--listen", "tcp://127.0.0.1:0", "--address-file", at, "--log", "none")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	to, err := waitForFile(at)
	if err != nil {
		t.Fatal(err)
	}
	p := onTerminal(t, 60, nil, "replay", doc, "--to", to, "--rate", "100/s", "--duration", "1h")
	p.wants("[--------------------]  ")
	p.wants(" of 1h0m0s  ")
	p.wants("/s of 100/s  ")
	p.wants("p50 ")
	p.wants("\x1b[3A\r\x1b[J[")
	p.typed("\x03")
	p.wants("\x1b[3A\r\x1b[J")
	p.wants("session ")
	p.wants("ended by interrupt")
	p.ends(130)
}
