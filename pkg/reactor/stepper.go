package reactor

import (
	"fmt"
	"time"
)

// A Step is one event and what it led to.
type Step struct {
	Event   Event
	Text    string // the event as it was given
	Time    time.Time
	Actions []Action
	Before  State
	After   State
}

// A Stepper drives a machine, keeps what happened, and can go back. The
// machine's state before each step is kept as a snapshot.
type Stepper struct {
	machine   Machine
	steps     []Step
	snapshots []Machine // before steps[i]
	at        int       // steps[:at] have happened
}

// NewStepper returns a Stepper of m, which belongs to it from then on.
func NewStepper(m Machine) *Stepper { return &Stepper{machine: m} }

// Do steps the machine. Steps that were gone back over are forgotten.
func (s *Stepper) Do(now time.Time, ev Event, text string) Step {
	s.steps, s.snapshots = s.steps[:s.at], s.snapshots[:s.at]
	s.snapshots = append(s.snapshots, s.machine.Snapshot())
	step := Step{Event: ev, Text: text, Time: now, Before: s.machine.State()}
	step.Actions = s.machine.Step(now, ev, nil)
	step.After = s.machine.State()
	s.steps = append(s.steps, step)
	s.at++
	return step
}

// Machine returns the machine as it is now. It must not be stepped.
func (s *Stepper) Machine() Machine { return s.machine }

// Steps returns all steps, also those that were gone back over.
func (s *Stepper) Steps() []Step { return s.steps }

// At returns how many of the steps have happened.
func (s *Stepper) At() int { return s.at }

// Goto goes to where n steps had happened, back or forth.
func (s *Stepper) Goto(n int) error {
	if n < 0 || n > len(s.steps) {
		return fmt.Errorf("there is no step %d: there are %d", n, len(s.steps))
	}
	switch {
	case n < s.at:
		s.machine = s.snapshots[n].Snapshot()
	case n > s.at:
		for _, step := range s.steps[s.at:n] {
			s.machine.Step(step.Time, step.Event, nil)
		}
	}
	s.at = n
	return nil
}

// Fork returns a Stepper that has the same past and goes its own way.
func (s *Stepper) Fork() *Stepper {
	return &Stepper{
		machine: s.machine.Snapshot(), at: s.at,
		steps: append([]Step(nil), s.steps[:s.at]...), snapshots: append([]Machine(nil), s.snapshots[:s.at]...),
	}
}
