package replay

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// ahead does a step with Options.Ahead: what is awaited is put off until a
// frame needs a value of it, or until the order of steps matters. It says
// whether the step is done with.
func (r *runner) ahead(s session.Step) (done bool, err error) {
	if !r.o.Ahead || r.settling {
		return false, nil
	}
	switch s := s.(type) {
	case *session.Expect, *session.AnyOrder:
		r.pending = append(r.pending, s)
		return true, nil
	case *session.Send:
		if !slices.ContainsFunc(s.Uses(), r.awaited) {
			return false, nil
		}
	case *session.Sleep:
		return false, nil
	}
	return false, r.settle()
}

// awaited says whether a variable gets its value from what was put off.
func (r *runner) awaited(name string) bool {
	sets := func(e *session.Expect) bool { return slices.Contains(e.Captures, name) }
	return slices.ContainsFunc(r.pending, func(s session.Step) bool {
		switch s := s.(type) {
		case *session.Expect:
			return sets(s)
		case *session.AnyOrder:
			return slices.ContainsFunc(s.Expects, sets)
		}
		return false
	})
}

// settle waits for all that was put off.
func (r *runner) settle() error {
	list := r.pending
	r.pending, r.settling = nil, true
	defer func() { r.settling = false }()
	for i, s := range list {
		if err := r.step(s); err != nil {
			for _, rest := range list[i+1:] {
				delete(r.reached, rest)
			}
			return err
		}
	}
	return nil
}
