package synapse

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Checker implements [codec.Linter].
func (Protocol) Checker() codec.Checker { return &checker{} }

type checker struct {
	conns    codec.States[checked]
	findings []codec.Finding
}

// A checked is what the rules need to know of a connection.
type checked struct {
	whole bool
	sides [2]checkedSide // client, server
	all   bool           // REPLICATE ALL, or without a stream
	asked map[string]bool
	at    map[string]bool // streams that had a POSITION
	told  map[string]bool // streams of which was told that they had none, or were not asked for
}

type checkedSide struct {
	lines int
	pings bool
	last  time.Time
	error *codec.Place
}

// maxNames is how many streams of a connection are followed.
const maxNames = 512

// Open implements [codec.Checker].
func (c *checker) Open(conn int, _ string, whole bool) {
	if s := c.conns.Of(conn, 0); s != nil {
		*s = checked{whole: whole, asked: map[string]bool{}, at: map[string]bool{}, told: map[string]bool{}}
	}
}

// Lost implements [codec.Checker].
func (c *checker) Lost(conn int) {
	if s := c.conns.Of(conn, 0); s != nil {
		s.whole = false
	}
}

// End implements [codec.Checker].
func (c *checker) End(func(codec.Violation)) {}

// Check implements [codec.Checker].
func (c *checker) Check(r *codec.Record, report func(codec.Violation)) {
	f, ok := r.Frame.(*Frame)
	if !ok {
		return
	}
	c.findings = f.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "synapse/", c.findings, report)
	s := c.conns.Of(r.Conn, 0)
	if s == nil || r.Dir == 0 || f.head > 0 || f.cmd == cmdRedis || s.told == nil { // over Redis lines are on their own
		return
	}
	c.side(s, f, r, report)
	if l := f.layout(); l != nil && len(s.asked)+len(s.at)+len(s.told) < maxNames {
		c.stream(s, f, r, report)
	}
}

// side is about what one side sends.
func (c *checker) side(s *checked, f *Frame, r *codec.Record, report func(codec.Violation)) {
	i := 0
	if r.Dir == codec.ToClient {
		i = 1
	}
	w := &s.sides[i]
	if w.error != nil {
		codec.Report(r, report, "synapse/after-error", fmt.Sprintf("the %s goes on after its ERROR", sender(r.Dir)), *w.error)
		w.error = nil // told once
	}
	if limit := silence(f); w.pings && !r.Time.IsZero() && !w.last.IsZero() && r.Time.Sub(w.last) > limit {
		codec.Report(r, report, "synapse/silence", fmt.Sprintf("the %s was silent for %.1f s: its peer gives up after %.0f s", sender(r.Dir), r.Time.Sub(w.last).Seconds(), limit.Seconds()))
	}
	if i == 1 && w.lines == 0 && s.whole && f.cmd != cmdServer {
		codec.Report(r, report, "synapse/no-server", "the server's first line is not SERVER")
	}
	w.lines++
	w.last = r.Time
	switch f.cmd {
	case cmdPing:
		w.pings = true
	case cmdError:
		codec.Report(r, report, "synapse/error-line", fmt.Sprintf("the %s says ERROR %s", sender(r.Dir), quote(f.part(0))))
		at := codec.PlaceOf(r)
		w.error = &at
	}
}

// silence is how long a side may send nothing.
func silence(f *Frame) time.Duration {
	if f.as == seed {
		return 15*time.Second + tick
	}
	return 25*time.Second + tick
}

// tick is how often a peer looks at its clock.
const tick = 5 * time.Second

// stream is about what a stream's rows come after.
func (c *checker) stream(s *checked, f *Frame, r *codec.Record, report func(codec.Violation)) {
	l := f.layout()
	switch f.cmd {
	case cmdReplicate:
		if len(l.parts) == 0 || string(f.part(0)) == "ALL" {
			s.all = true
		} else {
			s.asked[string(f.part(0))] = true
		}
	case cmdPosition:
		s.at[string(f.part(0))] = true
	case cmdRData:
		name := string(f.part(0))
		if r.Dir != codec.ToClient || !s.whole || s.told[name] {
			return
		}
		old := len(l.parts) == 3
		switch {
		case old && s.sides[0].lines > 0 && !s.all && !s.asked[name]:
			codec.Report(r, report, "synapse/not-subscribed", fmt.Sprintf("a row of the stream %s, which the client did not ask for", quote(f.part(0))))
		case !old && !s.at[name]:
			codec.Report(r, report, "synapse/before-position", fmt.Sprintf("a row of the stream %s before its first POSITION", quote(f.part(0))))
		default:
			return
		}
		s.told[name] = true
	}
}
