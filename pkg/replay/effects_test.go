package replay_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/replay"
)

// TestSideEffects has recorded documents that change the peer be refused
// before a connection is made, and sent when that is allowed or when somebody
// wrote them.
func TestSideEffects(t *testing.T) {
	for _, tt := range []struct {
		doc     string
		changes bool
	}{
		{"@proto msgq\n> TIME{\"type\": \"stop\"}\n", true},
		{"@proto msgq\n> TIME{\"seq\": 1, \"type\":\"st\\u006fp\"} {}\n", true},
		{"@proto msgq\n> TIME{\"type\": \"ping\", \"x\": \"stop\"}\n", false},
		{"@proto emqp\n> TIMEDISCONNECT id=a0\n", true},
		{"@proto emqp\n> TIMEHEARTBEAT id=a0 timestamp=1\n", false},
		{"@proto zmtp\n> TIMEmessage \"\" \"eMQP/1.0\" \"DISCONNECT\" \"a0\"\n", true},
		{"@proto zmtp\n> TIMEmessage \"\" \"DISCONNECT\"\n", false},
		{"@proto synapse dialect=v1.66\n> TIMEUSER_SYNC i @a:b start 5\n", true},
		{"@proto synapse dialect=v1.66\n> TIMEREMOVE_PUSHER app key @a:b\n", true},
		{"@proto synapse dialect=v1.66\n> TIMEFEDERATION_ACK i 7\n", true},
		{"@proto synapse dialect=v1.66\n> TIMENAME USER_SYNC\n", false},
		{"@proto zeo dialect=Z5\n> TIMEcall 1 pack(1.0, False)\n", true},
		{"@proto zeo dialect=Z5\n> TIMEoneway 0 pack(1.0, False)\n", true},
		{"@proto zeo dialect=Z5\n> TIMEcall 1 ping()\n", false},
		{"@proto hg dialect=seed\n> TIME1 1 stream-begin command-name eos heads\n", false},
		// The kind is known when the line is to be sent.
		{"@proto msgq\n@set kind=stop\n> TIME{\"type\": \"$kind\"}\n", true},
		{"@proto zeo dialect=Z5\n@set do=pack\n> TIMEcall 1 $do(1.0, False)\n", true},
	} {
		for how, mark := range map[string]string{"@recorded a.pcap\n": "", "@start 2026-01-02T03:04:05Z\n": "", "": "[+1.5] "} {
			text := how + strings.ReplaceAll(tt.doc, "TIME", mark)
			if got := refusedIn(t, text, false); got != tt.changes {
				t.Errorf("refused: %v, not %v\n%s", got, tt.changes, text)
			}
			if refusedIn(t, text, true) {
				t.Errorf("refused though it is allowed\n%s", text)
			}
		}
		if text := strings.ReplaceAll(tt.doc, "TIME", ""); refusedIn(t, text, false) {
			t.Errorf("refused though nothing recorded it\n%s", text)
		}
	}
}

// refusedIn says whether a document is refused for what it would change. Then
// nothing may have been sent.
func refusedIn(t *testing.T, text string, allow bool) bool {
	t.Helper()
	sent := &sink{}
	o := options("tcp://nowhere:1")
	o.Dial = func(context.Context, string) (io.ReadWriteCloser, error) { return sent, nil }
	o.SideEffects, o.Literal = allow, true
	r := replay.Run(t.Context(), parse(t, text), o)
	refused := false
	for _, v := range r.Verdicts {
		if v.Cause == replay.Refused {
			refused = true
			if !strings.Contains(v.Why, "--allow-side-effects") {
				t.Errorf("%s: %s", v.Text, v.Why)
			}
		} else if v.Status == replay.Failed {
			t.Errorf("%s: %s", v.Text, v.Why)
		}
	}
	if refused == (sent.n > 0) {
		t.Errorf("refused: %v, but %d bytes were sent\n%s", refused, sent.n, text)
	}
	return refused
}

// A sink takes what is sent, and says nothing.
type sink struct{ n int }

func (s *sink) Write(p []byte) (int, error) {
	s.n += len(p)
	return len(p), nil
}

func (s *sink) Read([]byte) (int, error) { return 0, errors.New("nothing comes") }
func (s *sink) Close() error             { return nil }
