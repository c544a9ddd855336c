package main

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplayTerminal has a bar on a terminal while something is awaited. It
// leaves the terminal as it was.
func TestReplayTerminal(t *testing.T) {
	to, second := muteServer(t)
	dir := writeFiles(t, map[string]string{"a.wire": muteSession})
	p := onTerminal(t, 100, []string{"HOME=" + dir}, "replay", filepath.Join(dir, "a.wire"), "--to", to, "--timeout", "10m")
	<-second
	p.wants("\r\x1b[K[##############..........] 3 of 5 frames, 0 of 1 documents")
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.wants("\r\x1b[Kstop ")
	p.wants("FAIL ")
	p.ends(130)

	// A narrow one.
	p = onTerminal(t, 30, []string{"HOME=" + dir}, "replay", filepath.Join(dir, "a.wire"), "--to", to, "--timeout", "10m")
	<-second
	p.wants("\r\x1b[K[##############..........] 3 ")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(143)
}
