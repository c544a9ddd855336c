package replay

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// anyOrder waits for frames whose order does not matter.
func (r *runner) anyOrder(s *session.AnyOrder) error {
	open, err := r.openExpects(s)
	if err != nil {
		return err
	}
	var timeout = s.Expects[0].Timeout
	w := r.waiting(timeout)
	for slices.ContainsFunc(open, needed) {
		moved, err := r.anyOne(&open)
		if err != nil {
			return err
		}
		if moved {
			continue
		}
		if end := r.hopeless(&open); end {
			continue
		}
		if r.late(w) {
			for _, e := range open {
				if p, _ := r.peer(e.Head); p != nil && needed(e) {
					if err := r.fail(r.gone(e, r.silent(p, e.Place, w))); err != nil {
						return err
					}
				}
			}
			return nil
		}
		if err := r.wait(w.late); err != nil {
			for _, e := range open {
				if p, _ := r.peer(e.Head); p != nil {
					return r.cut(p, e.Place, err)
				}
			}
			return err
		}
	}
	for _, e := range open { // they may still come
		if p, err := r.peer(e.Head); err == nil {
			p.optional = append(p.optional, e)
		}
	}
	if r.broken(s) {
		return errStop
	}
	return nil
}

func needed(e *session.Expect) bool { return !e.Optional }

// broken says whether a step of s failed and the run is to end with it.
func (r *runner) broken(s *session.AnyOrder) bool {
	if r.o.KeepGoing && r.trial == 0 {
		return false
	}
	return slices.ContainsFunc(r.rep.Verdicts, func(v Verdict) bool {
		return v.Status == Failed && slices.ContainsFunc(s.Expects, func(e *session.Expect) bool { return e.Place == v.Place })
	})
}

// openExpects returns what is to be met, each with its connection ready.
func (r *runner) openExpects(s *session.AnyOrder) ([]*session.Expect, error) {
	var open []*session.Expect
	for _, e := range s.Expects {
		r.reached[e] = true
		p, err := r.peer(e.Head)
		if err != nil {
			return nil, err
		}
		if p.duty != nil && p.duty.ofHandshake(e.Place) {
			r.shaken(p, e)
			continue
		}
		if err := r.begin(p); err != nil {
			return nil, err
		}
		open = append(open, e)
	}
	return open, nil
}

// anyOne takes a record of one of the connections, if there is any, and says
// so. What it meets is taken out of open.
func (r *runner) anyOne(open *[]*session.Expect) (bool, error) {
	for _, e := range *open {
		p, err := r.peer(e.Head)
		if err != nil {
			return false, err
		}
		a, ok, _ := p.first()
		if !ok {
			continue
		}
		if r.takeOptional(p, a) {
			return true, nil
		}
		var mine []*session.Expect
		for _, o := range *open {
			if q, _ := r.peer(o.Head); q == p {
				mine = append(mine, o)
			}
		}
		res, at := r.rn.Nearest(mine, a.rec, r.elapsed(p, a))
		switch {
		case res.OK:
			r.meet(p, res, a)
		case p.gap || !r.o.Literal && isChatter(a.rec):
			p.drop()
			return true, nil
		default:
			p.drop()
			v := r.other
			if r.aligns() {
				v = r.replacement
			}
			if err := r.fail(v(p, res, a)); err != nil {
				return false, err
			}
		}
		*open = slices.DeleteFunc(*open, func(o *session.Expect) bool { return o == mine[at] })
		return true, nil
	}
	return false, nil
}

// hopeless fails those whose connection has ended, and says whether there were
// any.
func (r *runner) hopeless(open *[]*session.Expect) bool {
	n := len(*open)
	*open = slices.DeleteFunc(*open, func(e *session.Expect) bool {
		p, err := r.peer(e.Head)
		if err != nil {
			return true
		}
		_, ok, end := p.first()
		if ok || end == nil {
			return false
		}
		if needed(e) {
			_ = r.fail(r.gone(e, r.ended(p, e.Place, end))) // broken sees it
		}
		return true
	})
	return len(*open) < n
}
