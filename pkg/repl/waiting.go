package repl

import (
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// A waiting lets time go by. Timers whose time comes go off in order.
type waiting struct{ until time.Time }

func (v waiting) do(w *world, _ time.Time, dst []reactor.Action) []reactor.Action {
	begin := w.now
	for range maxFollowing {
		i := -1
		for k, t := range w.timers {
			if !t.at.After(v.until) && (i < 0 || t.at.Before(w.timers[i].at)) {
				i = k
			}
		}
		if i < 0 {
			break
		}
		t := w.timers[i]
		if t.at.After(w.now) {
			w.now = t.at
		}
		var who reactor.Action = moment{after: w.now.Sub(begin), timer: t.name}
		if t.conn > 0 {
			who = reactor.To{Conn: t.conn, Action: who}
		}
		if w.two() {
			who = by{w.ends[t.end].role, who}
		}
		dst = append(dst, who)
		dst = w.give(t.end, ofConn(t.conn, reactor.Expired{Timer: t.name}), w.now, dst)
	}
	w.now = v.until
	return dst
}

// A moment is when a timer goes off while time goes by.
type moment struct {
	after time.Duration // since the beginning of the step
	timer string
}

// Name implements [reactor.Action].
func (m moment) Name() string { return "timer" }

// AppendJSON implements [reactor.Action].
func (m moment) AppendJSON(dst []byte) []byte { return dst }

func (m moment) String() string {
	return "after " + m.after.String() + " timer " + m.timer + " goes off"
}

func isMoment(a reactor.Action) bool {
	_, ok := a.(moment)
	return ok
}

// due says whether a timer goes off before a time.
func (w *world) due(now time.Time) bool {
	return slices.ContainsFunc(w.timers, func(t timer) bool { return t.at.Before(now) })
}
