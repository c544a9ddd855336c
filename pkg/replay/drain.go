package replay

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// drain listens for what nobody awaits, once all steps are done.
func (r *runner) drain() error {
	for _, p := range r.order {
		if p.web != nil {
			if err := p.web.fire(); err != nil {
				return err
			}
		}
	}
	late := r.o.Now().Add(r.o.Drain)
	for {
		open := false
		for _, p := range r.order {
			r.sift(p)
			_, _, end := p.first()
			open = open || end == nil
		}
		if !open || !r.o.Now().Before(late) {
			break
		}
		if err := r.wait(late); err != nil {
			return err
		}
	}
	for _, p := range r.order {
		r.skipOptional(p)
		if err := r.left(p); err != nil {
			return err
		}
	}
	return nil
}

// sift takes away what may come at the end.
func (r *runner) sift(p *peer) {
	p.mu.Lock()
	list := p.got
	p.got, p.held = nil, 0
	p.room.Broadcast()
	p.mu.Unlock()
	var rest []arrival
	for _, a := range list {
		p.mu.Lock()
		p.got, p.held = append([]arrival{a}, p.got...), p.held+int64(len(a.rec.Bytes))
		p.mu.Unlock()
		if r.takeOptional(p, a) {
			continue
		}
		p.drop()
		if !p.gap && (r.o.Literal || !isChatter(a.rec)) {
			rest = append(rest, a)
		}
	}
	p.left = append(p.left, rest...)
}

// left tells what came and was not awaited.
func (r *runner) left(p *peer) error {
	_, _, end := p.first()
	if end != nil && !errors.Is(end, io.EOF) && p.web == nil {
		r.note("connection %d: lost at the end: %v", p.conn, end)
	}
	if p.web != nil && p.web.note() != "" {
		r.note("%s", p.web.note())
	}
	n := len(p.left)
	if n == 0 {
		if end != nil && p.web == nil && r.o.Strict && !r.awaitsEnd(p.conn) && !r.toldEnd(p.conn) {
			return r.fail(r.ended(p, r.lastPlace(p.conn), end))
		}
		return nil
	}
	r.rep.Received += n
	last := p.left[n-1]
	why := fmt.Sprintf("%s came that nobody awaited, the last %s: %s", plural(n, "frame"), r.since(p, last.at), textOf(last.rec))
	if !r.o.Strict {
		r.note("connection %d: %s", p.conn, why)
		return nil
	}
	if r.o.Align {
		return r.leftOver(p)
	}
	return r.fail(Verdict{Place: r.lastPlace(p.conn), Conn: p.conn, Cause: Unawaited, Why: why, Got: p.left[0].rec})
}

// awaitsEnd says whether the document has an end for a connection.
func (r *runner) awaitsEnd(conn int) (found bool) {
	r.doc.All(func(s session.Step) bool {
		if e, ok := s.(*session.End); ok && e.Conn == conn {
			found = true
		}
		return !found
	})
	return found
}

// toldEnd says whether a verdict tells of the end of a connection.
func (r *runner) toldEnd(conn int) bool {
	return slices.ContainsFunc(r.rep.Verdicts, func(v Verdict) bool {
		return v.Conn == conn && (v.Cause == Ended || v.Cause == Lost)
	})
}

// lastPlace returns the last line of a connection.
func (r *runner) lastPlace(conn int) session.Place {
	list := r.of(conn)
	if len(list) == 0 {
		return session.Place{File: r.doc.Name}
	}
	return list[len(list)-1].Where()
}
