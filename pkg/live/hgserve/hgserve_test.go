package hgserve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
)

// captured returns a handler of the captures' repository. The commands of the
// extension that the captures were made with are added.
func captured(t *testing.T) *hgserve.Handler {
	t.Helper()
	r, err := repo.Parse(testdata.Read(t, "hg/repo/captured.repo"))
	if err != nil {
		t.Fatal(err)
	}
	h := hgserve.New(r)
	h.Commands.Seed["customreadonly"] = func(*repo.Repo, map[string][]byte, []byte) ([]byte, error) {
		return []byte("customreadonly bytes response"), nil
	}
	h.Commands.Seed["emptybytes"] = func(*repo.Repo, map[string][]byte, []byte) ([]byte, error) { return nil, nil }
	return h
}

// serve serves HTTP and returns where.
func serve(t *testing.T, h *hgserve.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &live.Server{Protocol: hg.Protocol{}, Handler: h}
	done := make(chan error, 1)
	go func() { done <- s.ServeHTTP(ctx, l, &hgserve.Web{Handler: h}) }()
	t.Cleanup(func() {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		if err := <-done; err != nil {
			t.Errorf("ServeHTTP: %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// An exchange is a line of the captures' tables.
type exchange struct {
	C2S          string `json:"c2s_bin"`
	S2C          string `json:"s2c_bin"`
	RequestLine  string `json:"request_line"`
	RequestType  string `json:"request_type"`
	ResponseType string `json:"response_type"`
	ResponseText string `json:"response_text"`
	StatusLine   string `json:"status_line"`
	Chunks       []int  `json:"response_chunks"`
}

func exchanges(t *testing.T, name string) (list []exchange) {
	t.Helper()
	for line := range bytes.Lines(testdata.Read(t, name)) {
		var e exchange
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// post says what the real client said.
func post(t *testing.T, base string, e exchange) (*http.Response, []byte) {
	t.Helper()
	words := strings.Fields(e.RequestLine)
	var body []byte
	if e.C2S != "" {
		body = testdata.Read(t, "hg/captures/"+e.C2S)
	}
	req, err := http.NewRequestWithContext(t.Context(), words[0], base+words[1], bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if e.RequestType != "" {
		accept := e.RequestType
		if strings.Contains(e.ResponseText, "Content-Type header") {
			accept = "application/mercurial-exp-framing-0006" // what was wrong was the other
		}
		req.Header.Set("Accept", accept)
		req.Header.Set("Content-Type", e.RequestType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, got
}

// texts returns the frames of a body in the notation. Mercurial begins its
// stream anew with every answer, which is forbidden on a stream that is open:
// only the first mark of a beginning is kept.
func texts(t *testing.T, wire []byte, dialect string) (list []string) {
	t.Helper()
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	begun := map[uint8]bool{}
	for d := c.Decoder(codec.ToClient); len(wire) > 0; {
		f, n, err := d.Decode(wire, true)
		if err != nil {
			t.Fatal(err)
		}
		own := f.Clone().(*hg.Frame)
		if begun[own.StreamID] {
			own.StreamFlags &^= hg.StreamBegin
		}
		begun[own.StreamID] = true
		list = append(list, string(own.AppendText(nil, codec.View{})))
		wire = wire[n:]
	}
	return list
}

// differs are exchanges in which we answer where that revision did not, or
// which need commands that the repository does not have.
var differs = map[string]string{
	"seed/big-32768.1.c2s.bin":                 "a command of the recording's own",
	"seed/big-32769.1.c2s.bin":                 "a command of the recording's own",
	"seed/debugreflect.1.c2s.bin":              "a service for debugging",
	"seed/getbundle-stream-response.1.c2s.bin": "bundles; the real server fails",
	"seed/pushkey.1.c2s.bin":                   "the real server fails",
}

// TestSeedCaptures gives the server what the real client sent, and wants what
// the real server answered: status, media type, frames, text.
func TestSeedCaptures(t *testing.T) {
	base := serve(t, captured(t))
	compared := 0
	for _, e := range exchanges(t, "hg/captures/seed-exchanges.ndjson") {
		if _, ok := differs[e.C2S]; ok {
			continue
		}
		compared++
		resp, body := post(t, base, e)
		if got := "HTTP/1.1 " + resp.Status; got != e.StatusLine || resp.Header.Get("Content-Type") != e.ResponseType {
			t.Errorf("%s: %s, %s; want %s, %s", e.C2S, got, resp.Header.Get("Content-Type"), e.StatusLine, e.ResponseType)
		}
		if e.S2C == "" {
			if string(body) != e.ResponseText {
				t.Errorf("%s: %q; want %q", e.C2S, body, e.ResponseText)
			}
			continue
		}
		got, want := texts(t, body, "seed"), texts(t, testdata.Read(t, "hg/captures/"+e.S2C), "seed")
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", e.C2S, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if compared < 15 {
		t.Errorf("only %d exchanges were compared", compared)
	}
}

// TestFinalRefusals does so with the exchanges of the final dialect that are
// refused.
func TestFinalRefusals(t *testing.T) {
	base := serve(t, captured(t))
	compared := 0
	for _, e := range exchanges(t, "hg/captures/final-exchanges.ndjson") {
		switch {
		case e.S2C != "" || e.ResponseText == "" || strings.Contains(e.C2S, "debugreflect"):
			continue
		case strings.Contains(e.C2S, "error-encoded-request"):
			e.StatusLine, e.ResponseType = "HTTP/1.1 200 OK", "text/plain"
			e.ResponseText = "received encoded frame on stream without encoding: 1\n" // the real server fails
		}
		compared++
		resp, body := post(t, base, e)
		if got := "HTTP/1.1 " + resp.Status; got != e.StatusLine || resp.Header.Get("Content-Type") != e.ResponseType {
			t.Errorf("%s: %s, %q; want %s, %q", e.RequestLine, got, resp.Header.Get("Content-Type"), e.StatusLine, e.ResponseType)
		}
		if string(body) != e.ResponseText {
			t.Errorf("%s: %q; want %q", e.RequestLine, body, e.ResponseText)
		}
	}
	if compared < 6 {
		t.Errorf("only %d exchanges were compared", compared)
	}
}

// TestFinalHeads wants the real frames, which no order of a map can change.
func TestFinalHeads(t *testing.T) {
	base := serve(t, captured(t))
	compared := 0
	for _, e := range exchanges(t, "hg/captures/final-exchanges.ndjson") {
		if e.S2C == "" || !strings.Contains(e.C2S, "identity") || !strings.Contains(e.C2S, "heads") {
			continue
		}
		compared++
		resp, body := post(t, base, e)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != e.ResponseType {
			t.Errorf("%s: %s", e.C2S, resp.Status)
		}
		got, want := texts(t, body, "final"), texts(t, testdata.Read(t, "hg/captures/"+e.S2C), "final")
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", e.C2S, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if compared == 0 {
		t.Error("no exchange was compared")
	}
}

// TestChunks wants one frame a chunk, as Mercurial has it.
func TestChunks(t *testing.T) {
	base := serve(t, captured(t))
	var c net.Conn
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := testdata.Read(t, "hg/captures/seed/multirequest-two.1.c2s.bin")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/exp-http-v2-0001/ro/multirequest", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	req.Header.Set("Accept", "application/mercurial-exp-framing-0002")
	req.Header.Set("Content-Type", "application/mercurial-exp-framing-0002")
	if err := req.Write(c); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	_, chunked, _ := strings.Cut(string(got), "\r\n\r\n")
	var frames []int
	for len(chunked) > 0 {
		size, rest, _ := strings.Cut(chunked, "\r\n")
		var n int
		for _, digit := range size {
			n = 16*n + strings.IndexRune("0123456789abcdef", digit)
		}
		if n == 0 {
			break
		}
		if len(texts(t, []byte(rest[:n]), "seed")) != 1 {
			t.Errorf("a chunk of %d bytes is not one frame", n)
		}
		frames = append(frames, n)
		chunked = rest[n+2:]
	}
	if len(frames) != 2 {
		t.Errorf("%d chunks in %q; want 2", len(frames), got)
	}
}
