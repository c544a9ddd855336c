package standin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/session"
)

// advance does what the script has next, up to what is expected.
func (s *StandIn) advance(a *actor) {
	if s.o.AnyOrder {
		for len(a.todo) > 0 && !a.asleep && s.actors[a.conn] == a {
			one := a.todo[0]
			a.todo = a.todo[1:]
			s.play(a, one)
		}
		return
	}
	for a.at < len(a.script.items) && !a.asleep && s.actors[a.conn] == a {
		one := a.script.items[a.at]
		switch step := one.step.(type) {
		case *session.Expect:
			return
		case *session.AnyOrder:
			if a.left == nil {
				a.left = slices.Clone(step.Expects)
			}
			return
		case *session.End:
			if step.Dir != s.doc.Sends() {
				return // the client's
			}
		}
		a.at++
		s.play(a, one)
	}
}

// play does one item that is not expected.
func (s *StandIn) play(a *actor, one item) {
	var err error
	switch step := one.step.(type) {
	case nil:
		a.play.run.SetVar(one.name, one.value)
	case *session.Send:
		err = s.send(a, step)
	case *session.Set:
		err = a.play.run.Set(step)
	case *session.Sleep:
		a.asleep = true
		s.do(a, reactor.SetTimer{Timer: timerSleep, At: s.now.Add(step.For)})
	case *session.End:
		if step.Dir == s.doc.Sends() {
			s.end(a, reactor.Close{})
		}
	case *session.Gap:
		a.loose = a.loose || step.Dir != s.doc.Sends()
	}
	if err != nil {
		s.faults++
		s.do(a, reactor.Fail{Message: err.Error()})
		s.end(a, reactor.Close{Why: "the recording cannot be played"})
	}
}

// send sends a frame, or bytes that are none.
func (s *StandIn) send(a *actor, step *session.Send) error {
	f, err := a.play.run.Frame(step)
	if err != nil {
		return err
	}
	if f == nil {
		b, err := a.play.run.Bytes(step)
		if err != nil {
			return err
		}
		f = &raw{b: b}
	}
	a.sends++
	s.do(a, reactor.Send{ID: a.sends, Frames: []codec.Frame{f.Clone()}})
	return nil
}

// receive takes a frame of a client.
func (s *StandIn) receive(a *actor, f codec.Frame) {
	b, _ := f.AppendBinary(nil) // a frame that came has them
	rec := &codec.Record{
		Proto: a.script.proto, Dialect: a.script.dialect, Conn: a.conn, Dir: s.doc.Sends().Reverse(),
		Time: s.now, Frame: f, Bytes: b,
	}
	if s.o.AnyOrder {
		s.anyOf(a, rec)
		return
	}
	list, places := a.awaited()
	res, i := a.play.run.Nearest(list, rec, 0)
	switch {
	case i >= 0 && res.OK:
		a.play.run.Take(res, rec)
		s.catchUp(a, places[i])
		a.meet(places[i], res.Expect)
		s.advance(a)
	case a.loose:
	case i < 0:
		s.fault(a, f, "nothing more is expected, and there came "+show(f))
	default:
		s.fault(a, f, explain(res, f))
	}
}

// awaited returns the expectations that a frame may meet now, and the items
// that they are: those that may be left out, and the next that may not.
func (a *actor) awaited() (list []*session.Expect, places []int) {
	left := a.left
	for i := a.at; i < len(a.script.items); i++ {
		switch step := a.script.items[i].step.(type) {
		case *session.Expect:
			list, places = append(list, step), append(places, i)
			if !step.Optional {
				return list, places
			}
		case *session.AnyOrder:
			if left == nil {
				left = step.Expects
			}
			needed := false
			for _, e := range left {
				list, places = append(list, e), append(places, i)
				needed = needed || !e.Optional
			}
			if left = nil; needed {
				return list, places
			}
		case *session.End:
			return list, places
		}
	}
	return list, places
}

// catchUp does what stands before an item that was met, of which all that is
// expected was left out.
func (s *StandIn) catchUp(a *actor, place int) {
	for ; a.at < place; a.at++ {
		switch a.script.items[a.at].step.(type) {
		case *session.Expect, *session.AnyOrder, *session.Sleep:
			a.left = nil
		default:
			s.play(a, a.script.items[a.at])
		}
	}
}

// meet takes an expectation that was met out of the script.
func (a *actor) meet(place int, e *session.Expect) {
	a.loose = false
	block, ok := a.script.items[place].step.(*session.AnyOrder)
	if !ok {
		a.at, a.left = place+1, nil
		return
	}
	if a.left == nil {
		a.left = slices.Clone(block.Expects)
	}
	a.left = slices.DeleteFunc(a.left, func(one *session.Expect) bool { return one == e })
	if len(a.left) == 0 {
		a.at, a.left = place+1, nil
	}
}

// unmet returns the first expectation that has to be met still, nil for none.
// In any order none has to be.
func (a *actor) unmet() *session.Expect {
	if a.answers != nil {
		return nil
	}
	for i := a.at; i < len(a.script.items); i++ {
		list := []*session.Expect{}
		switch step := a.script.items[i].step.(type) {
		case *session.Expect:
			list = append(list, step)
		case *session.AnyOrder:
			if list = step.Expects; i == a.at && a.left != nil {
				list = a.left
			}
		}
		for _, e := range list {
			if !e.Optional {
				return e
			}
		}
	}
	return nil
}

// anyOf gives the answer to a frame, one that was not given yet if there is
// one.
func (s *StandIn) anyOf(a *actor, rec *codec.Record) {
	var best *session.Result
	for _, given := range []bool{false, true} {
		var list []*session.Expect
		var places []int
		for i := range a.answers {
			if a.answers[i].given == given {
				list, places = append(list, a.answers[i].expect), append(places, i)
			}
		}
		res, i := a.play.run.Nearest(list, rec, 0)
		if i >= 0 && res.OK {
			a.play.run.Take(res, rec)
			a.answers[places[i]].given = true
			a.todo = append(a.todo, a.answers[places[i]].items...)
			s.advance(a)
			return
		}
		if i >= 0 && (best == nil || res.Distance() < best.Distance()) {
			best = res
		}
	}
	if best == nil {
		s.fault(a, rec.Frame, "nothing is expected, and there came "+show(rec.Frame))
		return
	}
	s.fault(a, rec.Frame, explain(best, rec.Frame))
}

// maxShown bounds what is shown of a frame and of a difference.
const maxShown = 300

// explain says how a frame differs from what is nearest to it.
func explain(res *session.Result, f codec.Frame) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is expected, and there came %s", at(res.Expect), show(f))
	if res.Err != nil {
		fmt.Fprintf(&b, "; %v", res.Err)
	}
	for i, d := range res.Diffs {
		if i == 5 {
			fmt.Fprintf(&b, "; and %d more", len(res.Diffs)-i)
			break
		}
		switch d.Kind {
		case session.Missing:
			fmt.Fprintf(&b, "; %s is missing: %s", d.Path, cut(d.Want))
		case session.Unexpected:
			fmt.Fprintf(&b, "; %s should not be there: %s", d.Path, cut(d.Got))
		default:
			fmt.Fprintf(&b, "; %s: %s, expected %s", name(d.Path), cut(d.Got), cut(d.Want))
		}
	}
	for _, failed := range res.Failed {
		fmt.Fprintf(&b, "; it does not hold that %s", failed.Assert.Expr)
	}
	return b.String()
}

// name names a field, or the whole.
func name(p session.Path) string {
	if len(p) == 0 {
		return "the frame"
	}
	return p.String()
}

func show(f codec.Frame) string { return cut(string(f.AppendText(nil, codec.View{}))) }

func cut(text string) string {
	if len(text) > maxShown {
		return strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}
