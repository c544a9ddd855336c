package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTapSignal ends a tap while a connection is open: it ends in good order,
// and what passed is recorded.
func TestTapSignal(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			s, err := server.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(s, s)
			_ = s.Close()
		}
	}()
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		dir := t.TempDir()
		file, record := filepath.Join(dir, "address"), filepath.Join(dir, "record.pcap")
		var errs bytes.Buffer
		cmd := exec.Command("wirectl", "tap", "synapse", "--to", fmt.Sprintf("tcp://%s", server.Addr()), "--address-file", file, "--record", record)
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
		if _, err := c.Write([]byte("PING 1\n\xff")); err != nil { // a line is not whole
			t.Fatal(err)
		}
		if n, err := io.ReadFull(c, make([]byte, 8)); err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		code := exitStatus(t, cmd.Wait())
		summary := "connections: 1 passed on, 0 refused, 0 without a server, 0 failed; frames: 1 to the server (8 bytes), 1 to the client (8 bytes); records that are no frames: 2\n"
		if code != want || !strings.HasSuffix(errs.String(), summary) {
			t.Errorf("%v: status %d, %q; want %d, and %q", sig, code, errs.String(), want, summary)
		}
		out, errors, _ := runWith(t, "", "decode", "-o", "wire", "-p", "synapse", record)
		if strings.Count(out, "PING 1\n") != 2 {
			t.Errorf("recorded: %s%s", out, errors)
		}
	}
}
