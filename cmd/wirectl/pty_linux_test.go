package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A terminal is a pseudo-terminal with a program on it.
type terminal struct {
	t    *testing.T
	file *os.File
	cmd  *exec.Cmd

	mu   sync.Mutex
	seen bytes.Buffer
	at   int // how much of seen has been waited for
}

func ioctl(t *testing.T, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); e != 0 {
		t.Fatal(e)
	}
}

// onTerminal starts wirectl on a terminal of a width.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) *terminal {
	t.Helper()
	return onTerminalBut(t, columns, env, func(*exec.Cmd) {}, args...)
}

// onTerminalBut is onTerminal with some of its streams elsewhere.
func onTerminalBut(t *testing.T, columns uint16, env []string, set func(*exec.Cmd), args ...string) *terminal {
	t.Helper()
	file, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here, NOT run: %v", err)
	}
	var n uint32
	var unlock int32
	ioctl(t, file, syscall.TIOCGPTN, unsafe.Pointer(&n))
	ioctl(t, file, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	side, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	p := &terminal{t: t, file: file}
	p.resize(columns)
	p.cmd = exec.Command("wirectl", args...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = side, side, side
	set(p.cmd)
	p.cmd.Env = append(append(cleanEnv(), "NO_COLOR=1", "TERM=xterm"), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2} // standard error is always the terminal
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := file.Read(buf)
			p.mu.Lock()
			p.seen.Write(buf[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		_ = file.Close()
	})
	return p
}

func (p *terminal) resize(columns uint16) {
	size := [4]uint16{24, columns}
	ioctl(p.t, p.file, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
}

func (p *terminal) typed(text string) {
	p.t.Helper()
	if _, err := p.file.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// wants waits for a text to appear after what was waited for before.
func (p *terminal) wants(text string) {
	p.t.Helper()
	p.waits(text, func() {})
}

// interrupts presses Ctrl-C until a text appears: nothing shows when a command
// has begun, and a key that comes before is for the line.
func (p *terminal) interrupts(text string) {
	p.t.Helper()
	var last time.Time
	p.waits(text, func() {
		if time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			p.typed("\x03")
		}
	})
}

func (p *terminal) waits(text string, meanwhile func()) {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second) // long: it is reached by failure alone
	for {
		p.mu.Lock()
		all := p.seen.String()
		i := strings.Index(all[p.at:], text)
		if i >= 0 {
			p.at += i + len(text)
		}
		rest := all[p.at:]
		p.mu.Unlock()
		if i >= 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%q does not appear, but\n%q", text, rest)
		}
		meanwhile()
		time.Sleep(2 * time.Millisecond)
	}
}

// ends waits for the end of the program.
func (p *terminal) ends(want int) {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		if got := exitStatus(p.t, err); got != want {
			p.t.Errorf("status %d, want %d", got, want)
		}
	case <-time.After(30 * time.Second):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.t.Fatalf("it does not end: %q", p.seen.String()[p.at:])
	}
}

// What a terminal is for: completion, history, several lines, cancelling,
// going back, another width.
func TestReplTerminal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sub", "history")
	env := []string{"WIRECTL_HISTORY=" + file, "HOME=" + dir}
	p := onTerminal(t, 100, env, "repl", "hg")
	p.wants("Ctrl-D ends")
	p.wants("idle> ")

	// A word is completed, then one of several is chosen from.
	p.typed("1 1 stream-b\t")
	p.wants("stream-begin ")
	p.typed("comm\t")
	p.wants("command-")
	p.typed("n\t")
	p.wants("command-name ")
	p.typed("have-args lookup\r")
	p.wants("want-frame")
	p.wants("command-receiving> ")

	// A line that goes on in the next one.
	p.typed("1 1 0 command-argument \\\r")
	p.wants("… ")
	p.typed("eoa arg:key=tip\r")
	p.wants("run-command 1 lookup key=tip")
	p.wants("idle> ")

	// Ctrl-C cancels a line, and not the session.
	p.typed("nonsense\x03")
	p.wants("^C")
	p.wants("idle> ")

	// The arrow keys bring lines back: that which goes on in another as one.
	p.typed("\x1b[A")
	p.wants("command-argument eoa arg:key=tip")
	p.typed("\x15back\r")
	p.wants("at step 1 of 2")
	p.wants("command-receiving")

	// An error shows where, and the session goes on.
	p.typed("1 1 begn command-name eos heads\r")
	p.wants(`no flag "begn"`)
	p.wants("^~~~")

	// Wide characters, and another width.
	p.resize(60)
	p.typed("# 线格式 ü\r")
	p.wants("step 1 of 2> ")
	p.typed("help time\r")
	p.wants("Each line that does something is a step. What a machine knew\r\n")

	// What looks like a secret is not kept.
	p.typed("@response 1 2 my-password\r")
	p.wants("step 1 of 2> ")
	p.typed("\x04")
	p.ends(0)

	fi, err := os.Stat(file)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", fi, err)
	}
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), "\nback\n") || strings.Contains(string(b), "password") {
		t.Errorf("the history is %q, %v", b, err)
	}

	// The next session knows the lines of this one.
	p = onTerminal(t, 80, env, "repl", "msgq")
	p.wants("> ")
	p.typed("\x1b[A")
	p.wants("help time")
	p.typed("\x15quit\r")
	p.ends(0)
}

// Ten steps and all of them back, on a terminal.
func TestReplTerminalBack(t *testing.T) {
	p := onTerminal(t, 120, []string{"WIRECTL_HISTORY="}, "repl", "hg")
	p.wants("idle> ")
	for i := range 10 {
		p.typed(fmt.Sprintf("%d 1 %d command-name eos heads\r", 2*i+1, map[bool]int{true: 1}[i == 0]))
		p.wants(fmt.Sprintf("run-command %d heads", 2*i+1))
	}
	p.typed("state active\r")
	p.wants("active {1 3 5 7 9 11 13 15 17 19}")
	for i := 9; i >= 0; i-- {
		p.typed("back\r")
		p.wants(fmt.Sprintf("at step %d of 10", i))
	}
	p.typed("state active\r")
	p.wants("active {}")

	// Ctrl-D leaves a line that goes on, then a fork, then the session.
	p.typed("fork other\r")
	p.wants("on other")
	p.typed("# this goes on \\\r")
	p.typed("state \\\r")
	p.wants("… ")
	p.typed("\x04")
	p.wants("on other")
	p.typed("\x04")
	p.wants("at step 0 of 10")
	p.typed("\x04")
	p.ends(0)
}

// A signal ends the session in good order; the terminal is given back.
func TestReplTerminalSignal(t *testing.T) {
	p := onTerminal(t, 80, []string{"WIRECTL_HISTORY="}, "repl", "hg")
	p.wants("idle> ")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(143)
}

// What comes from a live peer while a line is typed stands above it, and the
// line is drawn again, with what has been typed of it.
func TestReplTerminalLive(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p := onTerminal(t, 120, []string{"WIRECTL_HISTORY="}, "repl", "msgq", "--listen", "unix:door")
	p.wants("listening at unix:door")
	p.wants("no connection> ")
	p.typed("< [#1] po")
	p.wants("< [#1] po")
	conn, err := net.Dial("unix", "door")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.wants("connection 1\r\n")
	p.wants("unix:door> < [#1] po")
	ping := "\x00\x00\x00\x12\x00\x10{\"type\": \"ping\"}"
	for range 3 {
		if _, err := conn.Write([]byte(ping)); err != nil {
			t.Fatal(err)
		}
		p.wants(`> [#1] {"type": "ping"}`)
		p.wants(`{"type": "pong"}`)
		p.wants("unix:door> < [#1] po")
	}
	p.typed("ng\r")
	p.wants("⇒ 22 bytes")
	got := make([]byte, 4*22)
	if _, err := io.ReadFull(conn, got); err != nil || strings.Count(string(got), "pong") != 4 {
		t.Errorf("the peer got %q, %v", got, err)
	}

	// Ctrl-C ends a command that waits, and not the session.
	p.typed("await 1h\r")
	p.wants("await 1h")
	if _, err := conn.Write([]byte(ping)); err != nil { // ends the first
		t.Fatal(err)
	}
	p.wants(`{"type": "pong"}`)
	p.wants("unix:door> ")
	p.typed("await 1h type == \"nothing\"\r")
	p.wants("nothing\"\r\n")
	if _, err := conn.Write([]byte(ping)); err != nil { // shown while it waits
		t.Fatal(err)
	}
	p.wants(`{"type": "pong"}`)
	p.interrupts("stopped")
	p.wants("unix:door> ")

	// In the past nothing comes; it does afterwards.
	p.typed("back 2\r")
	p.wants("at step ")
	if _, err := conn.Write([]byte(ping)); err != nil {
		t.Fatal(err)
	}
	p.typed("mode\r")
	p.wants("  server\r\n")
	p.typed("goto end\r")
	p.wants("at step ")
	p.wants(`> [#1] {"type": "ping"}`)
	conn.Close()
	p.wants("no connection> ")
	p.typed("\x04")
	p.ends(0)
}

// Several words make a menu, from which the tabulator chooses; one that would
// not fit stands above the line. Files are completed too.
func TestReplTerminalMenu(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"first.wire", "first.pcap"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p := onTerminal(t, 100, []string{"WIRECTL_HISTORY="}, "repl", "hg")
	p.wants("idle> ")
	p.typed("1 1 0 command-\t")
	p.wants("command-name")
	p.wants("command-data")
	p.typed("\t\t")
	p.wants("\x1b[7mcommand-argument")
	p.typed("\r")
	p.wants("command-argument")
	p.typed(" eoa arg:key=tip\r")
	p.wants("state idle → errored")

	p.typed("load f\t")
	p.wants("first.")
	p.typed("w\t")
	p.wants("first.wire ")
	p.typed("\x15")

	// A line that holds a wide character is completed where it ends.
	p.typed("save 线\t")
	p.wants("线")
	p.typed("\x15")

	// All commands, on 20 columns: the longest is as wide as half of them.
	p.resize(20)
	p.typed("\t")
	p.wants("branches")
	p.wants("quit\r\n")
	p.wants("> ")
	p.typed("quit\r")
	p.ends(0)
}
