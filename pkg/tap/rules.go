package tap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/filter"
)

// Rules say what becomes of frames that pass. Each is a text
//
//	CONDITION => ACTION [LIMIT…]
//
//	delay TIME          it passes later, and so does what follows it
//	drop                it does not pass
//	duplicate           it passes twice
//	split BYTE [TIME]   it passes in two pieces, the second after a while
//	set FIELD=VALUE     a field, by its name in a dump, has another value of
//	                    as many bytes: a number, "text", or 0x and hex digits
//	replace /RE/TEXT/   its text in the notation is changed
//	close               it passes, and the connection is closed
//
//	nth=N               only the Nth frame for which all before it holds
//	every=N             each Nth of them
//	after=N             all but the first N
//	chance=P            a part of them, between 0 and 1
//
// Conditions are those of package filter. A frame goes through all rules, in
// their order. Limits count each direction of each connection by itself, and
// what is left to chance depends on the seed and on that alone: the same
// traffic is treated in the same way each time.
//
// A frame has to be whole before a rule is asked, and passes then; see
// Limits.Hold.
type Rules struct {
	proto codec.Protocol
	seed  uint64
	list  []*rule

	conditions []*filter.Choice // of list
}

// A rule is one of the Rules.
type rule struct {
	number int // from 1
	when   *filter.Choice
	action action
	limits []limiter
}

// NewRules returns Rules that say nothing yet, for a protocol.
func NewRules(proto string, seed uint64) (*Rules, error) {
	p, err := registry.Lookup(proto)
	if err != nil {
		return nil, err
	}
	return &Rules{proto: p, seed: seed}, nil
}

// Add adds a rule. A fault is a [*codec.TextError].
func (r *Rules) Add(text string) error {
	arrow := findArrow(text)
	if arrow < 0 {
		return &codec.TextError{Start: len(text), End: len(text), Message: "a rule is CONDITION => ACTION", Hint: `such as type == "reply" => delay 2s`}
	}
	f, err := filter.CompileFor(strings.TrimRight(text[:arrow], " \t"), r.proto.Info().Name)
	if err != nil {
		return err
	}
	when, err := f.Choose()
	if err != nil {
		return err
	}
	p := &ruleParser{text: text, at: arrow + len("=>")}
	one := &rule{number: len(r.list) + 1, when: when}
	if err := p.rule(one); err != nil {
		return err
	}
	r.list, r.conditions = append(r.list, one), append(r.conditions, when)
	return nil
}

// Len returns the number of rules.
func (r *Rules) Len() int { return len(r.list) }

// Chance says whether something is left to chance, so that the seed matters.
func (r *Rules) Chance() bool {
	return slices.ContainsFunc(r.list, func(one *rule) bool {
		return slices.ContainsFunc(one.limits, func(l limiter) bool { return l.name == "chance" })
	})
}

// findArrow returns where => stands, outside of texts; -1 when it does not.
func findArrow(s string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case strings.HasPrefix(s[i:], "=>"):
			return i
		}
	}
	return -1
}

// A limiter is a word behind an action.
type limiter struct {
	name   string
	n      int
	chance float64
}

// A ruling is what the Rules do on one direction of a connection.
type ruling struct {
	*Rules
	state  []ruleState
	pieces []piece // memory for what a frame becomes
}

type ruleState struct {
	counts []int // how often each limiter was asked
	random *rand.Rand
	told   bool // that the action cannot be done
}

func (r *Rules) on(conn int, dir codec.Direction) *ruling {
	state := make([]ruleState, len(r.list))
	for i, one := range r.list {
		state[i] = ruleState{
			counts: make([]int, len(one.limits)),
			random: rand.New(rand.NewPCG(r.seed, uint64(conn)<<32|uint64(i)<<1|uint64(side(dir)))),
		}
	}
	return &ruling{Rules: r, state: state}
}

// within says whether the limits of a rule let it act. One that counts is
// asked only when those before it do.
func (s *ruleState) within(limits []limiter) bool {
	for i, l := range limits {
		s.counts[i]++
		n, ok := s.counts[i], false
		switch l.name {
		case "nth":
			ok = n == l.n
		case "every":
			ok = n%l.n == 0
		case "after":
			ok = n > l.n
		case "chance":
			ok = s.random.Float64() < l.chance
		}
		if !ok {
			return false
		}
	}
	return true
}

// apply returns what passes in the place of a frame, and remarks. What passes
// is good until the next call.
func (r *ruling) apply(rec *codec.Record, env *filter.Env) (pieces []piece, notes []string) {
	r.pieces = append(r.pieces[:0], piece{bytes: rec.Bytes})
	for i, one := range r.list {
		s := &r.state[i]
		if len(r.pieces) == 0 {
			break // it has been dropped
		}
		if !one.when.Holds(env) || !s.within(one.limits) {
			continue
		}
		out, done, err := one.action.do(r.proto, rec, r.pieces)
		r.pieces = out
		frame := fmt.Sprintf("rule %d: %s %s at %d", one.number, rec.Dir, rec.Frame.Type(), rec.Span.Start)
		switch {
		case done:
			notes = append(notes, frame+": "+one.action.name)
		case err != nil && !s.told:
			s.told = true
			notes = append(notes, fmt.Sprintf("%s passes unchanged: %v", frame, err))
		}
	}
	return r.pieces, notes
}
