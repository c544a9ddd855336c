package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// send sends a frame.
func (r *runner) send(s *session.Send) error {
	if err := r.pace(&s.Head); err != nil {
		return err
	}
	p, err := r.peer(s.Head)
	if err != nil {
		return err
	}
	if p.duty != nil && p.duty.ofHandshake(s.Place) {
		return nil
	}
	v := Verdict{Place: s.Place, Conn: s.Conn}
	f, b, err := r.frame(s)
	if err != nil {
		v.Cause, v.Err, v.Why = Unsendable, err, err.Error()
		return r.fail(v)
	}
	if what := r.changes(s, f); what != "" {
		v.Cause, v.Why = Refused, refusal(what)
		return r.fail(v)
	}
	before := p.send(f, b)
	if p.web != nil {
		err = p.web.add(b)
	} else {
		err = p.flush(r.ctx, r.o.Timeout)
	}
	if err == nil {
		p.silent = false
		r.rep.Sent++
		return nil
	}
	p.unsent(before)
	switch {
	case r.ctx.Err() != nil:
		return context.Cause(r.ctx)
	case errors.Is(err, errNotRead):
		v.Cause, v.Why = TimedOut, fmt.Sprintf("the peer did not read %s of this frame in %s", plural(len(b), "byte"), short(r.o.Timeout))
		return r.fail(v)
	}
	if end := r.endOf(p); end != nil { // that says more than a write that fails
		v := r.ended(p, s.Place, end)
		v.Why = "this frame could not be sent: " + v.Why
		return r.fail(v)
	}
	v.Cause, v.Err, v.Why = Lost, err, "this frame could not be sent: "+err.Error()
	return r.fail(v)
}

// endOf gives the reader a moment to see the end of a connection.
func (r *runner) endOf(p *peer) error {
	late := r.o.Now().Add(50 * time.Millisecond)
	for {
		p.mu.Lock()
		end := p.end
		p.mu.Unlock()
		if end != nil || !r.o.Now().Before(late) || r.wait(late) != nil {
			return end
		}
	}
}

// frame makes the frame of a step, nil for raw bytes, and its bytes.
func (r *runner) frame(s *session.Send) (codec.Frame, []byte, error) {
	f, err := r.rn.Frame(s)
	switch {
	case err != nil:
		return nil, nil, err
	case f == nil:
		b, err := r.rn.Bytes(s)
		return nil, b, err
	}
	b, err := f.AppendBinary(nil)
	return f, b, err
}

// pace waits until a frame is due.
func (r *runner) pace(h *session.Head) error {
	if r.o.Speed <= 0 || !h.Timed {
		return nil
	}
	now := r.o.Now()
	if !r.paced {
		r.paced, r.base, r.epoch = true, h.At, now
	}
	due := r.epoch.Add(time.Duration(float64(h.At-r.base) / r.o.Speed))
	return r.pause(due.Sub(now))
}

// begin does what has to be done before something is awaited: a request of
// HTTP goes out.
func (r *runner) begin(p *peer) error {
	if p.web == nil {
		return nil
	}
	return p.web.fire()
}

// end ends our direction, or waits for the end of the peer's.
func (r *runner) end(s *session.End) error {
	p, err := r.peer(s.Head)
	if err != nil {
		return err
	}
	v := Verdict{Place: s.Place, Conn: s.Conn}
	if s.Dir == r.doc.Sends() {
		if err := p.finish(r.ctx, r.o.Timeout); err != nil && !errors.Is(err, io.EOF) {
			v.Cause, v.Err, v.Why = Lost, err, err.Error()
			return r.fail(v)
		}
		return nil
	}
	if err := r.begin(p); err != nil {
		return err
	}
	w := r.waiting(s.Timeout)
	for {
		a, ok, end := p.first()
		switch {
		case ok && r.takeOptional(p, a):
		case ok && (p.gap || !r.o.Literal && isChatter(a.rec)):
			p.drop()
		case ok:
			p.drop()
			r.rep.Received++
			v.Cause, v.Got, v.Elapsed = Mismatch, a.rec, r.took(p, a)
			v.Why = "a frame came in place of the end, " + r.since(p, a.at) + ": " + textOf(a.rec)
			return r.fail(v)
		case end != nil:
			r.skipOptional(p)
			r.pass(v) // a reset is an end as well
			return nil
		case r.late(w):
			v := r.silent(p, s.Place, w)
			v.Why = "the peer did not end the connection in " + short(w.late.Sub(w.since))
			return r.fail(v)
		default:
			if err := r.wait(w.late); err != nil {
				return r.cut(p, s.Place, err)
			}
		}
	}
}
