package synapse_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A peer is a connection of a main process that is given bytes.
type peer struct {
	t       *testing.T
	m       *machine.Main
	decoder codec.Decoder
	buf     []byte
	sent    []string
	closed  bool
	due     time.Time
}

func newPeer(t *testing.T, dialect string) *peer {
	m := machine.NewMain(reactor.Options{Dialect: dialect, Compat: true, Extra: map[string]string{"server": "lab.example"}})
	conv, err := synapse.Protocol{}.Open(codec.Options{Dialect: dialect, MaxFrame: machine.MaxFrame})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, m: m, decoder: conv.Decoder(codec.ToServer)}
	p.step(time.Time{}, reactor.Opened{})
	return p
}

func (p *peer) step(at time.Time, ev reactor.Event) {
	actions := p.m.Step(at, reactor.From{Conn: 1, Event: ev}, nil)
	sent, closed := lines(actions, 1)
	p.sent, p.closed = append(p.sent, sent...), p.closed || closed
	for _, a := range actions {
		if _, a := reactor.Unwrap(a); a.Name() == "settimer" {
			p.due = a.(reactor.SetTimer).At
		}
	}
}

// feed gives bytes in pieces of a size.
func (p *peer) feed(b []byte, size int) {
	for chunk := range slices.Chunk(b, size) {
		p.buf = append(p.buf, chunk...)
		for !p.closed {
			f, n, err := p.decoder.Decode(p.buf, false)
			if errors.Is(err, codec.ErrShort) {
				break
			}
			if f != nil {
				p.step(time.Time{}, reactor.Received{Frame: f})
			} else {
				p.step(time.Time{}, reactor.Broken{Err: err})
			}
			p.buf = p.buf[n:]
		}
	}
}

var positionToken = regexp.MustCompile(`^(POSITION \S+) \d+$`)

// A hand-written peer gets the answers that it got from the real program, in
// number and to the letter, however its bytes are cut.
func TestMainCases(t *testing.T) {
	for _, dialect := range []string{"seed", "v0.21"} {
		var cases []struct {
			Case         string
			SentHex      string   `json:"sent_hex"`
			ServerClosed string   `json:"server_closed"`
			ReplyLines   int      `json:"reply_lines"`
			ReplyTail    []string `json:"reply_tail"`
		}
		if err := json.Unmarshal(testdata.Read(t, "synapse/captures/"+dialect+"-errors.cases.json"), &cases); err != nil {
			t.Fatal(err)
		}
		if len(cases) < 40 {
			t.Errorf("only %d cases", len(cases))
		}
		for _, c := range cases {
			if c.Case == "replicate-all-numeric" {
				continue // its rows are in the recording, and compared there
			}
			b, err := hex.DecodeString(c.SentHex)
			switch c.Case { // the file has these cut short
			case "long-16384", "long-16385":
				var n int
				_, err = fmt.Sscanf(c.Case, "long-%d", &n)
				b = []byte("NAME " + strings.Repeat("x", n-len("NAME ")) + "\n")
			case "long-no-newline":
				b, err = []byte("NAME "+strings.Repeat("x", 20000)), nil
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{max(1, len(b)), 7, 1} {
				p := newPeer(t, dialect)
				p.feed(b, size)
				if c.Case == "half-close" {
					p.step(time.Time{}, reactor.EOF{})
				}
				mask := func(list []string) string {
					var out []string
					for _, s := range list {
						out = append(out, positionToken.ReplaceAllString(s, "$1 N"))
					}
					return strings.Join(out, "\n")
				}
				tail := p.sent[min(2, len(p.sent)):]
				tail = tail[max(0, len(tail)-3):]
				if len(p.sent) != c.ReplyLines || p.closed != (c.ServerClosed == "fin") || mask(tail) != mask(c.ReplyTail) {
					t.Errorf("%s %s by %d: %d lines, closed %v, %q; want %d, %q, %q", dialect, c.Case, size, len(p.sent), p.closed, tail, c.ReplyLines, c.ServerClosed, c.ReplyTail)
				}
			}
		}
	}
}

// A peer that sends one PING and then nothing is given up when the real
// program gave it up; one that never does is kept.
func TestMainTimeoutCases(t *testing.T) {
	for _, dialect := range []string{"seed", "v0.21", "v1.66"} {
		var cases []struct {
			Case        string
			ClosedAfter float64 `json:"closed_after_s"`
			Lines       [][2]any
		}
		if err := json.Unmarshal(testdata.Read(t, "synapse/captures/"+dialect+"-timeout.cases.json"), &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			p := newPeer(t, dialect)
			if c.Case == "ping-then-silent" {
				p.feed([]byte("PING 1\n"), 100)
			}
			var at time.Time
			for !p.closed && p.due.Before(time.Time{}.Add(44*time.Second)) {
				at = p.due.Add(time.Millisecond)
				p.step(at, reactor.Expired{Timer: "ping"})
			}
			after := 0.0
			if p.closed {
				after = at.Sub(time.Time{}).Seconds()
			}
			if after < c.ClosedAfter-0.2 || after > c.ClosedAfter+0.2 {
				t.Errorf("%s %s: closed after %v s, the program after %v s", dialect, c.Case, after, c.ClosedAfter)
			}
			// Real ticks come early at times, and then the PING comes at the
			// next one: there are no more than ours.
			pings := 0
			for _, l := range c.Lines {
				if strings.HasPrefix(fmt.Sprint(l[1]), "PING ") {
					pings++
				}
			}
			ours := 0
			for _, l := range p.sent {
				if verb(l) == "PING" {
					ours++
				}
			}
			if ours < pings || c.ClosedAfter > 0 && p.sent[len(p.sent)-1] != "ERROR ping timeout" {
				t.Errorf("%s %s: %q, the program %v", dialect, c.Case, p.sent, c.Lines)
			}
		}
	}
}
