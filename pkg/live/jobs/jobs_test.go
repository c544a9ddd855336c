package jobs

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// The test binary is the command: what it does stands in what it is called.
func TestMain(m *testing.M) {
	switch os.Getenv("WIRECTL_CALL") {
	case "":
		os.Exit(m.Run())
	case "copy":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "text":
		_, _ = os.Stdout.WriteString("no JSON\n")
	case "fail":
		_, _ = os.Stderr.WriteString("it broke\n")
		os.Exit(3)
	case "quiet-fail":
		os.Exit(3)
	case "much":
		_, _ = os.Stdout.WriteString(strings.Repeat("x", maxOutput+1))
	case "hang":
		time.Sleep(time.Hour)
	}
	os.Exit(0)
}

type answer struct {
	job   uint64
	value string
	err   string
}

func TestHandler(t *testing.T) {
	got := make(chan answer, 10)
	h := &Handler{Args: []string{os.Args[0]}, Answer: func(job uint64, value []byte, err string) {
		got <- answer{job, string(value), err}
	}}
	for _, c := range []struct{ call, data, value, err string }{
		{"copy", `{"args": [1]}`, `{"args": [1]}`, ""},
		{"text", "", `"no JSON"`, ""},
		{"nothing", "", "null", ""},
		{"fail", "", "", "it broke"},
		{"quiet-fail", "", "", "exit status 3"},
		{"much", "", "", "the command wrote more than"},
	} {
		if _, ok := h.Handle(t.Context(), 0, reactor.Run{Request: 7, Command: c.call, Data: []byte(c.data)}); !ok {
			t.Fatal("it is not run")
		}
		if a := <-got; a.job != 7 || a.value != c.value || !strings.HasPrefix(a.err, c.err) || c.err == "" && a.err != "" {
			t.Errorf("%s: %.200s, %s", c.call, a.value, a.err)
		}
	}
	if _, ok := h.Handle(t.Context(), 0, reactor.Want{}); ok {
		t.Error("it knows what it does not know")
	}
}

type abandon struct{ reactor.Noop }

func (abandon) Abandons() uint64 { return 1 }

// A job that nobody waits for is ended, and so are all at the end.
func TestHandlerEnds(t *testing.T) {
	h := &Handler{Args: []string{os.Args[0]}, Answer: func(job uint64, _ []byte, _ string) { t.Errorf("%d is answered", job) }}
	ctx, cancel := context.WithCancel(t.Context())
	for n := range uint64(3) {
		h.Handle(ctx, 0, reactor.Run{Request: n + 1, Command: "hang"})
	}
	h.Handle(ctx, 0, abandon{})
	cancel()
	h.Wait()
}
