// Package faults makes a server misbehave on purpose, by a plan, to try
// clients. A plan is a text, a line for each fault:
//
//	ACTION [ARGUMENT] [when PREDICATE…]
//
//	delay TIME         the frame goes out later, and so do those behind it
//	drop               it does not go out
//	duplicate          it goes out twice
//	corrupt [BYTE]     one bit of a byte is turned, of a random one by default
//	split BYTE [TIME]  it goes out in two pieces, the second after a while
//	wrong-id           it answers another request
//	mute               neither it nor anything after it goes out
//	close              it goes out, and the connection is closed
//
//	type=NAME          frames of that type
//	text~REGEXP        frames whose text in the notation has a match
//	conn=N             those of one connection
//	nth=N              only the Nth of those for which the words before hold
//	every=N            each Nth of them
//	after=N            all but the first N of them
//	chance=P           a part of them, between 0 and 1
//
// All predicates of a line have to hold. Counts begin anew with each
// connection. "seed N" settles the random choices, which are otherwise those
// of seed 0: the same plan does the same each time.
package faults

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/live"
)

// Actions and predicates, for messages.
var (
	actions    = []string{"close", "corrupt", "delay", "drop", "duplicate", "mute", "seed", "split", "wrong-id"}
	predicates = []string{"after", "chance", "conn", "every", "nth", "text", "type"}
)

// A Plan is what is to go wrong. It implements live.Faults.
type Plan struct {
	seed  uint64
	lines []line
	wrong WrongID
}

// A WrongID returns the frame as an answer to another request.
type WrongID func(codec.Frame) (codec.Frame, bool)

// A line is one fault.
type line struct {
	action string
	at     int // of the byte; -1 for a random one
	wait   time.Duration
	when   []predicate
}

// A predicate is a word after when.
type predicate struct {
	name   string
	text   string
	re     *regexp.Regexp
	n      int
	chance float64
}

// A LineError is a line that cannot be understood.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// Parse reads a plan. Without wrong no frame can have a wrong ID.
func Parse(text string, wrong WrongID) (*Plan, error) {
	p := &Plan{wrong: wrong}
	number := 0
	for l := range strings.Lines(text) {
		number++
		words := strings.Fields(l)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.add(words); err != nil {
			return nil, &LineError{number, err}
		}
	}
	return p, nil
}

// add reads the words of a line.
func (p *Plan) add(words []string) error {
	args := words[1:]
	var when []string
	for i, w := range args {
		if w == "when" {
			args, when = args[:i], args[i+1:]
			break
		}
	}
	l := line{action: words[0], at: -1}
	var err error
	least, most := 0, 0
	switch l.action {
	case "seed":
		least, most = 1, 1
		if len(args) == 1 {
			p.seed, err = strconv.ParseUint(args[0], 10, 64)
		}
	case "delay":
		least, most = 1, 1
		if len(args) == 1 {
			l.wait, err = time.ParseDuration(args[0])
		}
	case "split":
		least, most = 1, 2
		l.wait = 10 * time.Millisecond
		if len(args) > 0 {
			l.at, err = count(args[0])
		}
		if len(args) == 2 && err == nil {
			l.wait, err = time.ParseDuration(args[1])
		}
	case "corrupt":
		most = 1
		if len(args) == 1 {
			l.at, err = count(args[0])
		}
	case "wrong-id":
		if p.wrong == nil {
			return fmt.Errorf("the frames of this protocol have no ID that could be wrong")
		}
	case "drop", "duplicate", "mute", "close":
	default:
		return &codec.UnknownNameError{What: "fault", Name: l.action, Allowed: actions}
	}
	switch {
	case err != nil:
		return err
	case len(args) < least || len(args) > most:
		return fmt.Errorf("%s takes %d to %d arguments, not %d", l.action, least, most, len(args))
	case l.wait < 0:
		return fmt.Errorf("%v is before now", l.wait)
	case l.action == "seed":
		return nil
	}
	for _, w := range when {
		c, err := parsePredicate(w)
		if err != nil {
			return err
		}
		l.when = append(l.when, c)
	}
	p.lines = append(p.lines, l)
	return nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no count", text)
	}
	return n, nil
}

func parsePredicate(word string) (c predicate, err error) {
	i := strings.IndexAny(word, "=~")
	if i < 0 {
		return c, fmt.Errorf("%q is no NAME=VALUE", word)
	}
	c.name, c.text = word[:i], word[i+1:]
	regex := word[i] == '~'
	switch c.name {
	case "text":
		c.re, err = regexp.Compile(c.text)
	case "type":
	case "chance":
		c.chance, err = strconv.ParseFloat(c.text, 64)
		if err == nil && !(c.chance >= 0 && c.chance <= 1) {
			err = fmt.Errorf("chance=%s: it is not between 0 and 1", c.text)
		}
	case "conn", "nth", "every", "after":
		c.n, err = count(c.text)
		if err == nil && c.n == 0 && c.name != "after" {
			err = fmt.Errorf("%s=0: it counts from 1", c.name)
		}
	default:
		return c, &codec.UnknownNameError{What: "predicate", Name: c.name, Allowed: predicates}
	}
	if err == nil && regex != (c.name == "text") {
		err = fmt.Errorf("%q: write text~REGEXP, and = with all others", word)
	}
	return c, err
}

// Conn implements live.Faults.
func (p *Plan) Conn(conn int) live.Saboteur {
	s := &saboteur{p: p, conn: conn, counts: make([][]int, len(p.lines))}
	s.random = rand.New(rand.NewPCG(p.seed, uint64(conn)))
	for i, l := range p.lines {
		s.counts[i] = make([]int, len(l.when))
	}
	return s
}
