package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// muteServer answers the first line of each connection, and then says nothing
// more. It tells of the second.
func muteServer(t *testing.T) (address string, second <-chan bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard := make(chan bool, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewScanner(c)
				for n := 1; in.Scan(); n++ {
					if n == 1 {
						_, _ = c.Write([]byte("SERVER one\n"))
					} else {
						heard <- true
					}
				}
			}()
		}
	}()
	return "tcp://" + l.Addr().String(), heard
}

const muteSession = "@proto synapse dialect=v1.66\n> NAME a\n< SERVER one\n> NAME b\n< SERVER two\n< SERVER three\n"

// writeFiles writes files into a folder of the test.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReplaySignal ends a replay while something is awaited: what is known so
// far is reported, in the files too.
func TestReplaySignal(t *testing.T) {
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		to, second := muteServer(t)
		dir := writeFiles(t, map[string]string{"a.wire": muteSession, "b.wire": muteSession})
		var out, errs bytes.Buffer
		cmd := exec.Command("wirectl", "replay", "a.wire", "b.wire", "--to", to, "--timeout", "10m", "--all",
			"--report-junit", "r.xml", "--report-tap", "r.tap", "--report-json", "r.json", "--report-html", "r.html")
		cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &out, &errs, append(cleanEnv(), "NO_COLOR=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-second
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := exitStatus(t, cmd.Wait()); code != want {
			t.Errorf("%v: status %d, want %d; %s", sig, code, want, errs.String())
		}
		for _, text := range []string{
			"pass a.wire:3: < SERVER one\n", "skip a.wire:5: < SERVER two (", "skip a.wire:6: < SERVER three (not reached)\n",
			"stop a.wire: ", "FAIL a.wire: 1 passed, 2 skipped\n", "0 of 2 documents passed, 1 not run\n",
		} {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%v: %q is not in\n%s", sig, text, out.String())
			}
		}
		for _, name := range []string{"r.xml", "r.tap", "r.json", "r.html"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.Contains(b, []byte("not reached")) {
				t.Errorf("%s: %v\n%s", name, err, b)
			}
		}
	}
}
