package hgserve_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
)

// request returns a request of HTTP as bytes.
func request(path string, length int, body string) string {
	const mediaType = "application/mercurial-exp-framing-0002"
	return fmt.Sprintf("POST /api/exp-http-v2-0001/%s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, mediaType, mediaType, length, body)
}

const heads = "\x05\x00\x00\x01\x00\x01\x01\x11heads"

// ask wants the heads on a connection that goes on.
func ask(t *testing.T, c net.Conn, r *bufio.Reader) {
	t.Helper()
	if _, err := io.WriteString(c, request("ro/heads", len(heads), heads)); err != nil {
		t.Fatal(err)
	}
	status, body := answer(t, r)
	if status != http.StatusOK || len(body) != 90 {
		t.Fatalf("status %d, %q", status, body)
	}
}

func answer(t *testing.T, r *bufio.Reader) (int, string) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestHostile has clients that die, send garbage and leave off in the middle
// while another is served, and wants nothing to be left of them.
func TestHostile(t *testing.T) {
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h := captured(t)
	s := &live.Server{Protocol: hg.Protocol{}, Handler: h, Limits: live.Limits{Bytes: 100 << 10, Grace: 10 * time.Millisecond}}
	done := make(chan error, 1)
	go func() { done <- s.ServeHTTP(ctx, l, &hgserve.Web{Handler: h}) }()
	dial := func() (*net.TCPConn, *bufio.Reader) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.(*net.TCPConn), bufio.NewReader(c)
	}
	good, answers := dial()
	ask(t, good, answers)

	whole := request("ro/heads", len(heads), heads)
	for i := 0; i < len(whole); i += 7 { // die in every state
		c, _ := dial()
		if _, err := io.WriteString(c, whole[:i]); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			_ = c.SetLinger(0) // with a reset
		}
		_ = c.Close()
	}
	half, _ := dial() // stays
	if _, err := io.WriteString(half, whole[:len(whole)-3]); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		said, want string
		status     int
	}{
		{request("ro/heads", 15, "garbage garbage"), "offset", http.StatusBadRequest},
		{request("ro/heads", 5, heads), "offset 5: ", http.StatusBadRequest},
		{request("ro/heads", 0, ""), "", http.StatusOK},
		{request("ro/pushkey", 15, "\x07\x00\x00\x01\x00\x01\x01\x11pushkey"), "insufficient permissions", http.StatusForbidden},
		{request("xx/heads", 0, ""), "unknown permission: xx", http.StatusNotFound},
		{strings.Replace(request("ro/heads", 0, ""), "0001", "9999", 1), "Unknown API: exp-http-v2-9999", http.StatusNotFound},
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "frames are at", http.StatusNotFound},
		{"nonsense\r\n\r\n", "400 Bad Request", http.StatusBadRequest},
	} {
		c, r := dial()
		if _, err := io.WriteString(c, tt.said); err != nil {
			t.Fatal(err)
		}
		if status, body := answer(t, r); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%.80q: %d, %q; want %d, %q", tt.said, status, body, tt.status, tt.want)
		}
		ask(t, good, answers)
	}
	// More than a connection may send ends it alone.
	c, _ := dial()
	_, _ = io.WriteString(c, request("ro/heads", 1<<20, strings.Repeat("\x00", 1<<20))) // it may be cut off before
	_, _ = io.Copy(io.Discard, c)
	ask(t, good, answers)

	cancel()
	if err := <-done; err != nil {
		t.Errorf("ServeHTTP: %v", err)
	}
	var left int
	for range 500 { // closing goes on in the background for a moment
		if left = runtime.NumGoroutine(); left <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines are left, %d were there before\n%s", left, before, stacks[:runtime.Stack(stacks, true)])
}
