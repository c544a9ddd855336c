package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// talkOver has a conversation of hg with a server on the loopback interface
// again and again, until done is closed: nobody tells when a capture has begun.
// It returns the server's port.
func talkOver(t *testing.T, done <-chan struct{}) int {
	t.Helper()
	const request, answer = "\x05\x00\x00\x01\x00\x01\x01\x11heads", "\x02\x00\x00\x01\x00\x02\x01\x42ok"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := io.ReadFull(c, make([]byte, len(request))); err == nil {
				_, _ = io.WriteString(c, answer)
			}
			c.Close()
		}
	}()
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, request); err == nil {
				_, _ = io.ReadAll(c)
			}
			c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// decodeLive starts decode on the loopback interface.
func decodeLive(t *testing.T, port int, args ...string) (cmd *exec.Cmd, errs *bytes.Buffer) {
	t.Helper()
	args = append([]string{"decode", "-p", "hg", "-I", "lo"}, args...)
	cmd = exec.Command("wirectl", append(args, fmt.Sprintf("tcp port %d", port))...)
	errs = new(bytes.Buffer)
	cmd.Stderr = errs
	return cmd, errs
}

// skipWithoutRight skips the test where nothing may be captured.
func skipWithoutRight(t *testing.T, code int, said string) {
	t.Helper()
	if code != 0 && (strings.Contains(said, "no right to capture") || strings.Contains(said, `no network interface "lo"`)) {
		t.Skip("no live capture here, conditions on it are not tested: ", said)
	}
}

// TestLiveWhere captures what a condition holds for, to a number of records.
func TestLiveWhere(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	port := talkOver(t, done)
	cmd, errs := decodeLive(t, port, "--where", `type == "bytes-response" and payload.text == "ok" and elapsed >= 0`, "-c", "3", "--field", "dir,type,payload.text,reply_to", "-o", "csv")
	var out bytes.Buffer
	cmd.Stdout = &out
	code := exitStatus(t, endSoon(t, cmd))
	skipWithoutRight(t, code, errs.String())
	if want := "dir,type,payload.text,reply_to\n" + strings.Repeat("<,bytes-response,ok,0\n", 3); code != 0 || out.String() != want {
		t.Errorf("status %d, %q, %q; want %q", code, out.String(), errs.String(), want)
	}
}

// TestLiveWhereStopped does so until it is interrupted.
func TestLiveWhereStopped(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	port := talkOver(t, done)
	cmd, errs := decodeLive(t, port, "--where", `type == "command-name"`)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
	var frames, others atomic.Int32
	out := bufio.NewScanner(pipe)
	for out.Scan() {
		switch line := out.Text(); {
		case strings.HasSuffix(line, "1 1 stream-begin command-name eos heads"):
			if frames.Add(1) == 2 {
				_ = cmd.Process.Signal(syscall.SIGINT)
			}
		case !strings.HasPrefix(line, "@") && !strings.HasPrefix(line, "#") && line != "":
			others.Add(1)
			t.Errorf("there is %q", line)
		}
	}
	code := exitStatus(t, cmd.Wait())
	skipWithoutRight(t, code, errs.String())
	if frames.Load() < 2 || others.Load() > 0 || code != 130 {
		t.Errorf("status %d after %d frames, %q", code, frames.Load(), errs.String())
	}
}

// endSoon runs a command, which is ended if it takes a minute.
func endSoon(t *testing.T, cmd *exec.Cmd) error {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
	return cmd.Wait()
}
