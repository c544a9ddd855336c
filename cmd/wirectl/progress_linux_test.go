package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProgress has the progress of a long reading on a terminal, while the
// output goes to a file, and nothing of it there in the end.
func TestProgress(t *testing.T) {
	for _, command := range [][]string{{"decode", "-o", "json"}, {"stats", "--by", "total", "-o", "json"}} {
		t.Run(command[0], func(t *testing.T) {
			t.Parallel()
			from, to, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			out, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			p := onTerminalBut(t, 100, nil, func(c *exec.Cmd) { c.Stdin, c.Stdout = from, out }, append(command, "-p", "hg", "-i", "raw")...)
			from.Close()
			frames := 0
			say := func() {
				if _, err := to.WriteString("\x05\x00\x00\x01\x00\x01\x01\x11heads"); err != nil {
					t.Fatal(err)
				}
				frames++
			}
			p.waits("/s", say)       // in the first second there is none
			p.waits("\r\x1b[K", say) // the next one takes its place
			p.waits("/s", say)
			to.Close()
			p.ends(0)
			p.clears()
			got, err := os.ReadFile(out.Name())
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(got, []byte("\n")); command[0] == "decode" && n != frames {
				t.Errorf("%d records of %d frames", n, frames)
			}
			if bytes.Contains(got, []byte("B/s")) {
				t.Errorf("the output has progress in it: %q", got)
			}
		})
	}
}

// clears waits until the terminal's last line is empty.
func (p *terminal) clears() {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		p.mu.Lock()
		all := p.seen.String()
		p.mu.Unlock()
		if strings.HasSuffix(all, "\r\x1b[K") {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("there is something left: %q", all[max(0, len(all)-200):])
		}
	}
}
