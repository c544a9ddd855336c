package replay

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirectl/wirectl/pkg/session"
)

// expect waits for what a step expects.
func (r *runner) expect(e *session.Expect) error {
	p, err := r.peer(e.Head)
	if err != nil {
		return err
	}
	switch {
	case p.duty != nil && p.duty.ofHandshake(e.Place):
		r.shaken(p, e)
		return nil
	case e.Optional || !r.o.Literal && awaitsChatter(&e.Head):
		p.optional = append(p.optional, e)
		return nil
	}
	if err := r.begin(p); err != nil {
		return err
	}
	w := r.waiting(e.Timeout)
	if p.silent && r.aligns() { // what else is missing is not waited for again
		w.late = w.since.Add(r.o.Drain)
	}
	for {
		a, ok, end := p.first()
		switch {
		case ok && r.takeOptional(p, a):
		case ok:
			res := r.rn.Match(e, a.rec, r.elapsed(p, a))
			if res.OK {
				r.meet(p, res, a)
				r.skipOptional(p)
				return nil
			}
			if p.gap || !r.o.Literal && isChatter(a.rec) {
				p.drop()
				continue
			}
			if r.aligns() {
				if done, err := r.align(p, e, res, a); done {
					r.skipOptional(p)
					return err
				}
				continue
			}
			r.skipOptional(p)
			if !r.later(p, e, a) {
				p.drop()
			}
			return r.fail(r.other(p, res, a))
		case end != nil:
			r.skipOptional(p)
			return r.fail(r.gone(e, r.ended(p, e.Place, end)))
		case r.late(w):
			p.silent = true
			return r.fail(r.gone(e, r.silent(p, e.Place, w)))
		default:
			if err := r.wait(w.late); err != nil {
				return r.cut(p, e.Place, err)
			}
		}
	}
}

// A waiting is the time in which something has to come.
type waiting struct{ since, late time.Time }

func (r *runner) waiting(asked time.Duration) waiting {
	if asked <= 0 {
		asked = r.o.Timeout
	}
	now := r.o.Now()
	return waiting{now, now.Add(asked)}
}

func (r *runner) late(w waiting) bool { return !r.o.Now().Before(w.late) }

// elapsed returns how long what came took, in seconds, from when we last
// spoke, or else from the beginning of the connection.
func (r *runner) elapsed(p *peer, a arrival) float64 { return r.took(p, a).Seconds() }

func (r *runner) took(p *peer, a arrival) time.Duration {
	from, sent, _ := p.times()
	if !sent.IsZero() {
		from = sent
	}
	if from.IsZero() {
		return 0
	}
	return max(a.at.Sub(from), 0)
}

// meet takes in a record that is what was expected.
func (r *runner) meet(p *peer, res *session.Result, a arrival) {
	p.drop()
	p.gap = false
	r.rep.Received++
	r.rn.Take(res, a.rec)
	r.pass(Verdict{Place: res.Expect.Place, Conn: p.conn, Result: res, Got: a.rec, Elapsed: r.took(p, a)})
}

// takeOptional takes a record that is one of those that may come. Those before
// it did not.
func (r *runner) takeOptional(p *peer, a arrival) bool {
	for i, e := range p.optional {
		res := r.rn.Match(e, a.rec, r.elapsed(p, a))
		if !res.OK {
			continue
		}
		for _, gone := range p.optional[:i] {
			r.skip(gone.Place, p.conn, "it may come, and did not")
		}
		p.optional = p.optional[i+1:]
		gap := p.gap
		r.meet(p, res, a)
		p.gap = gap
		return true
	}
	return false
}

func (r *runner) skipOptional(p *peer) {
	for _, e := range p.optional {
		r.skip(e.Place, p.conn, "it may come, and did not")
	}
	p.optional = nil
}

// later says, of a record that is quite another frame than what was expected,
// whether it is what the next step of the connection expects: then what was
// expected is missing, and the record is left for that step.
func (r *runner) later(p *peer, e *session.Expect, a arrival) bool {
	if !r.o.KeepGoing {
		return false
	}
	list := r.of(p.conn)
	for i, s := range list {
		if s != session.Step(e) || i+1 == len(list) {
			continue
		}
		next, ok := list[i+1].(*session.Expect)
		return ok && r.rn.Match(next, a.rec, r.elapsed(p, a)).OK
	}
	return false
}

// other tells that something else came.
func (r *runner) other(p *peer, res *session.Result, a arrival) Verdict {
	r.rep.Received++
	v := Verdict{Place: res.Expect.Place, Conn: p.conn, Cause: Mismatch, Result: res, Got: a.rec, Err: res.Err, Elapsed: r.took(p, a)}
	what := "another frame came"
	switch {
	case res.Err != nil:
		what = res.Err.Error()
	case a.rec.Err != nil:
		what = "what came is no valid frame: " + a.rec.Err.Error()
	case len(res.Diffs) == 0 && len(res.Failed) > 0:
		what = "what came is not as asserted"
	case len(res.Diffs) > 0 && res.Distance() < 1000:
		what = fmt.Sprintf("what came differs in %s", plural(len(res.Diffs), "field"))
	}
	v.Why = fmt.Sprintf("%s, %s", what, r.since(p, a.at)) + p.answer()
	return v
}

// since says when something was, counted from what we said last.
func (r *runner) since(p *peer, at time.Time) string {
	opened, sent, _ := p.times()
	switch {
	case !sent.IsZero() && !at.Before(sent):
		return short(at.Sub(sent)) + " after the last frame was sent"
	case !opened.IsZero():
		return short(at.Sub(opened)) + " after the connection was made"
	}
	return "at once"
}

// came says what came last.
func (r *runner) came(p *peer, now time.Time) string {
	if _, _, came := p.times(); !came.IsZero() {
		return fmt.Sprintf("; the last frame before came %s ago", short(now.Sub(came)))
	}
	return "; nothing has ever come"
}

// silent tells that nothing came.
func (r *runner) silent(p *peer, at session.Place, w waiting) Verdict {
	now := r.o.Now()
	return Verdict{
		Place: at, Conn: p.conn, Cause: TimedOut, Elapsed: now.Sub(w.since),
		Why: fmt.Sprintf("nothing came in %s, %s%s", short(w.late.Sub(w.since)), r.since(p, now), r.came(p, now)) + p.partial(),
	}
}

// partial says that part of a frame is there.
func (p *peer) partial() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.in.Buffered(); n > 0 {
		return fmt.Sprintf("; %d bytes of a frame that is not whole are there", n)
	}
	return ""
}

// answer says what kind of answer HTTP gave, when it is none with frames.
func (p *peer) answer() string {
	if p.web == nil || p.web.note() == "" {
		return ""
	}
	return "; " + p.web.note()
}

// ended tells that nothing comes any more.
func (r *runner) ended(p *peer, at session.Place, end error) Verdict {
	p.mu.Lock()
	when := p.endAt
	p.mu.Unlock()
	v := Verdict{Place: at, Conn: p.conn, Cause: Ended, Why: "the peer ended the connection, "}
	if !errors.Is(end, io.EOF) {
		v.Cause, v.Err, v.Why = Lost, end, fmt.Sprintf("the connection was lost: %v, ", end)
	}
	if program, ok := p.rw.(interface{ Ended() string }); ok {
		if how := program.Ended(); how != "" {
			v.Why = fmt.Sprintf("the program ended (%s), ", how)
		}
	}
	v.Why += r.since(p, when) + r.came(p, when) + p.answer()
	return v
}

// cut tells what was awaited when the context ended.
func (r *runner) cut(p *peer, at session.Place, cause error) error {
	if errors.Is(cause, ErrTotal) {
		now := r.o.Now()
		_ = r.fail(Verdict{Place: at, Conn: p.conn, Cause: TimedOut, Why: fmt.Sprintf("the session has taken %s, and nothing came, %s", short(r.o.Total), r.since(p, now))})
		return errStop
	}
	r.skip(at, p.conn, "ended while it was awaited, "+r.since(p, r.o.Now()))
	return cause
}

// shaken holds a line against the handshake that the duty did. What differs is
// no failure: the peer had another client before it.
func (r *runner) shaken(p *peer, e *session.Expect) {
	p.mu.Lock()
	heard := p.duty.heard
	p.mu.Unlock()
	for i, rec := range heard {
		if rec == nil {
			continue
		}
		if res := r.rn.Match(e, rec, 0); res.OK {
			heard[i] = nil
			r.rn.Take(res, rec)
			r.pass(Verdict{Place: e.Place, Conn: p.conn, Result: res, Got: rec})
			return
		}
	}
	r.skip(e.Place, p.conn, "the client does the handshake by itself: --literal holds it against the document")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
