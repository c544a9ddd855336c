package replay

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// A Change is what a document would have to say for what came.
type Change struct {
	Kind ChangeKind
	Text string // the new line; "" of one that goes

	// Also are lines that go with the one that goes: its assertions.
	Also []session.Place
}

// A ChangeKind says what is to be done with a line of a document.
type ChangeKind string

// The kinds of changes.
const (
	Replace ChangeKind = "replace" // another line stands in its place
	Remove  ChangeKind = "remove"  // it goes
	Before  ChangeKind = "before"  // a line comes before it
	After   ChangeKind = "after"   // a line comes after it
)

// maxShift is how many frames, or lines, are looked at to find out what is
// missing and what is new.
const maxShift = 64

// aligns says whether the document is held against all that comes.
func (r *runner) aligns() bool { return r.o.Align && r.trial == 0 }

// align finds out how a record that is not what was expected came to be there,
// from what else has come and what else is expected: it is new, what was
// expected is missing, or it stands in its place. It says whether the step is
// through with.
func (r *runner) align(p *peer, e *session.Expect, res *session.Result, a arrival) (done bool, err error) {
	missing := r.missing(p, e, a)
	extra, err := r.extra(p, e, missing == 0)
	if err != nil {
		return true, r.cut(p, e.Place, err)
	}
	switch {
	case extra > 0 && (missing == 0 || extra <= missing):
		for range extra {
			a, _, _ := p.first()
			p.drop()
			if !r.o.Literal && isChatter(a.rec) {
				continue
			}
			r.rep.Received++
			if err := r.fail(r.unexpected(p, e, a)); err != nil {
				return true, err
			}
		}
		return false, nil
	case missing > 0:
		v := r.other(p, res, a)
		r.rep.Received-- // it is what a later line expects
		v.Why = "it is missing: what came is the frame of a later line, " + r.since(p, a.at)
		v.Change, v.Result = removal(e), nil
		return true, r.fail(v)
	}
	p.drop()
	return true, r.fail(r.replacement(p, res, a))
}

// extra returns how many records come before the one that e expects; 0 when
// that does not come. With wait, it is waited for until nothing has come for a
// while.
func (r *runner) extra(p *peer, e *session.Expect, wait bool) (int, error) {
	long := r.waiting(0)
	for seen := -1; ; {
		n, count, end := r.before(p, e)
		if n > 0 || !wait || end || seen == count || r.late(long) {
			return n, nil
		}
		seen = count
		late := r.o.Now().Add(r.o.Drain)
		for r.o.Now().Before(late) {
			if err := r.wait(late); err != nil {
				return 0, err
			}
			if n, _, end := r.before(p, e); n > 0 || end {
				return n, nil
			}
		}
	}
}

// before returns how many of the records that have come stand before one that
// e expects, 0 when there is none; how many have ever come; and whether no more
// will.
func (r *runner) before(p *peer, e *session.Expect) (n, count int, end bool) {
	p.mu.Lock()
	got := p.got[:min(len(p.got), maxShift)]
	count, end = p.count, p.end != nil
	p.mu.Unlock()
	for i := 1; i < len(got); i++ {
		if r.rn.Match(e, got[i].rec, 0).OK {
			return i, count, end
		}
	}
	return 0, count, end
}

// missing returns how many lines from e on are missing when a record is what a
// later one expects, before anything else is sent on the connection; 0 when
// none does.
func (r *runner) missing(p *peer, e *session.Expect, a arrival) int {
	list := r.of(p.conn)
	for i, s := range list {
		if s != session.Step(e) {
			continue
		}
		for n := 1; n < len(list)-i && n < maxShift; n++ {
			next, ok := list[i+n].(*session.Expect)
			if !ok {
				return 0
			}
			if r.rn.Match(next, a.rec, r.elapsed(p, a)).OK {
				return n
			}
		}
	}
	return 0
}

// unexpected tells of a record that no line expects.
func (r *runner) unexpected(p *peer, e *session.Expect, a arrival) Verdict {
	return Verdict{
		Place: e.Place, Conn: p.conn, Cause: Unawaited, Got: a.rec, Elapsed: r.took(p, a),
		Why:    fmt.Sprintf("a frame came that no line expects, %s", r.since(p, a.at)),
		Change: &Change{Kind: Before, Text: r.rn.Insert(a.rec, e.Variables()...)},
	}
}

// replacement tells of a record that stands in the place of another, and goes
// on as if it were what is expected.
func (r *runner) replacement(p *peer, res *session.Result, a arrival) Verdict {
	v := r.other(p, res, a)
	if res.Err != nil || len(res.Diffs) == 0 {
		return v // what is asserted is not what came
	}
	text, again := r.rn.Accept(res.Expect, a.rec)
	if again == nil || !again.OK && len(again.Diffs) > 0 {
		return v
	}
	v.Change = &Change{Kind: Replace, Text: text}
	r.rn.Take(again, a.rec)
	return v
}

// gone adds to the verdict on what did not come that its line would go.
func (r *runner) gone(e *session.Expect, v Verdict) Verdict {
	if r.aligns() {
		v.Change = removal(e)
	}
	return v
}

// removal is the change that takes out what did not come.
func removal(e *session.Expect) *Change {
	c := &Change{Kind: Remove}
	for _, a := range e.Asserts {
		c.Also = append(c.Also, a.Place)
	}
	return c
}

// leftOver tells of each frame that came at the end.
func (r *runner) leftOver(p *peer) error {
	names := slices.Collect(maps.Keys(r.rn.Vars()))
	for _, a := range p.left {
		v := Verdict{
			Place: r.lastPlace(p.conn), Conn: p.conn, Cause: Unawaited, Got: a.rec, Elapsed: r.took(p, a),
			Why:    fmt.Sprintf("a frame came at the end that no line expects, %s", r.since(p, a.at)),
			Change: &Change{Kind: After, Text: r.rn.Insert(a.rec, names...)},
		}
		if err := r.fail(v); err != nil {
			return err
		}
	}
	return nil
}
