package emqp

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Scheduler has jobs run at their times: each run is a REQUEST to the
// broker.
//
//	SCHEDULE ─▶ REQUEST at once, but for nohaste ─▶ REQUEST every interval, or by cron
//
// A schedule is known by its job alone: one for the same job takes its place,
// and UNSCHEDULE of the same job ends it.
type Scheduler struct {
	service
	schedules map[string]schedule
	runs      int
	leaving   bool
}

// A schedule is a job and when it is run.
type schedule struct {
	job, queue []byte
	interval   time.Duration // 0 with a cron
	cron       cron
	due        time.Time
	left       int // runs that are left; forever without a number
}

const forever = -1

// timerDue is when a schedule is due.
const timerDue = "due"

// shortest is the least interval: the program runs those of 0 as often as it
// can.
const shortest = time.Second

// NewScheduler returns a scheduler whose connection is not there yet.
func NewScheduler(o Options) *Scheduler {
	s := &Scheduler{service: newService(o, "scheduler"), schedules: map[string]schedule{}}
	s.o = &s.own
	return s
}

// Step implements [reactor.Machine].
func (s *Scheduler) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	return s.handle(now, ev, dst, s.on)
}

func (s *Scheduler) on(ev reactor.Event) {
	switch ev := ev.(type) {
	case reactor.Input:
		if _, ok := ev.Value.(Leave); ok {
			s.leaveNow()
		} else {
			s.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", ev.Value)})
		}
		return
	case reactor.Expired:
		if ev.Timer == timerDue {
			s.runDue()
			return
		}
	}
	messages, begun := s.onEvent(ev, nil)
	if begun {
		s.runDue() // what could not be run meanwhile
	}
	for _, m := range messages {
		var err error
		switch m.command {
		case "SCHEDULE":
			err = s.schedule(m)
		case "UNSCHEDULE":
			err = s.unschedule(m)
		case "DISCONNECT":
			s.leaveNow()
		case "REPLY": // a run was handed over
		default:
			s.tell("ignored", "%.40s", m.command)
		}
		if err != nil {
			s.tell("refused", "%s %s: %v", m.command, m.id, err)
		}
	}
}

// leaveNow says goodbye and leaves.
func (s *Scheduler) leaveNow() {
	if s.leaving {
		return
	}
	s.leaving = true
	s.quiet()
	s.do(reactor.SetTimer{Timer: timerDue})
	if s.up {
		s.send(s.o.goodbye())
	}
	s.leave()
}

// A plan is what a SCHEDULE or an UNSCHEDULE says.
type plan struct {
	queue, headers, interval, job, cron []byte
	key                                 string
}

// planOf reads a SCHEDULE or an UNSCHEDULE: queue, headers, interval, job and
// cron. The document has neither interval nor cron.
func (s *Scheduler) planOf(m message) (plan, error) {
	p := plan{queue: m.part(0), headers: m.part(1), interval: m.part(2), job: m.part(3), cron: m.part(4)}
	if len(m.body) == 3 && !s.o.Compat {
		p.job, p.interval = m.body[2], nil
	} else if len(m.body) < 4 {
		return p, fmt.Errorf("%d parts of 5", len(m.body))
	}
	var err error
	p.key, err = scheduleKey(p.job)
	return p, err
}

// schedule takes a SCHEDULE.
func (s *Scheduler) schedule(m message) error {
	p, err := s.planOf(m)
	if err != nil {
		return err
	}
	one := schedule{job: slices.Clone(p.job), queue: slices.Clone(p.queue), left: forever}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(p.interval)), 10, 64)
	switch {
	case p.interval == nil:
		return errors.New("when is not told: the document's form has no interval")
	case err != nil:
		return fmt.Errorf("the interval %.20q is no number of seconds", p.interval)
	case seconds >= 0:
		one.interval = max(time.Duration(min(seconds, 1<<32))*time.Second, shortest)
		one.due = s.now.Add(one.interval)
	default:
		if one.cron, err = parseCron(string(p.cron)); err == nil {
			one.due, err = one.cron.after(s.now)
		}
		if err != nil {
			return err
		}
	}
	if text, told := headerValue(p.headers, "run_count"); told {
		if one.left, err = strconv.Atoi(strings.TrimSpace(text)); err != nil || one.left < 0 {
			return fmt.Errorf("the run_count %.20q is no number", text)
		}
	}
	if _, known := s.schedules[p.key]; !known && len(s.schedules) >= s.o.MaxSchedules {
		return fmt.Errorf("there are %d schedules", len(s.schedules))
	}
	if !hasHeader(p.headers, "nohaste") && one.left != 0 {
		s.run(&one, one.queue)
	}
	s.tell("scheduled", "%s %s", p.key, p.job)
	if one.left == 0 {
		delete(s.schedules, p.key)
	} else {
		s.schedules[p.key] = one
	}
	s.plan()
	return nil
}

// unschedule takes an UNSCHEDULE.
func (s *Scheduler) unschedule(m message) error {
	p, err := s.planOf(m)
	if err != nil {
		return err
	}
	one, known := s.schedules[p.key]
	if !known || s.o.Compat && one.cron != "" {
		return fmt.Errorf("no such schedule: %s", p.key)
	}
	delete(s.schedules, p.key)
	s.tell("unscheduled", "%s", p.key)
	s.plan()
	return nil
}

// run sends the REQUEST of one run.
func (s *Scheduler) run(one *schedule, queue []byte) {
	if one.left > 0 {
		one.left--
	}
	s.runs++
	s.send("REQUEST", queue, []byte("reply-requested"), one.job)
}

// runDue runs what is due, in the order of time.
func (s *Scheduler) runDue() {
	if !s.Ready() {
		return // the ACK will bring us back here
	}
	keys := slices.SortedFunc(maps.Keys(s.schedules), func(a, b string) int {
		return cmp.Or(s.schedules[a].due.Compare(s.schedules[b].due), cmp.Compare(a, b))
	})
	for _, key := range keys {
		one := s.schedules[key]
		if one.due.After(s.now) {
			break
		}
		queue := one.queue
		if one.cron != "" && s.o.Compat {
			queue = []byte(defaultQueue) // the program forgets it
		}
		s.run(&one, queue)
		if err := one.next(s.now); err != nil || one.left == 0 {
			delete(s.schedules, key)
		} else {
			s.schedules[key] = one
		}
	}
	s.plan()
}

// next sets when a schedule is due after a run. Of runs that were missed only
// one is made up for.
func (one *schedule) next(now time.Time) (err error) {
	if one.cron != "" {
		one.due, err = one.cron.after(now)
		return err
	}
	one.due = one.due.Add(one.interval)
	if missed := now.Sub(one.due); missed > 0 {
		one.due = one.due.Add((missed + one.interval - 1).Truncate(one.interval))
	}
	return nil
}

// plan sets the timer for what is due next.
func (s *Scheduler) plan() {
	var first time.Time
	for _, one := range s.schedules {
		if first.IsZero() || one.due.Before(first) {
			first = one.due
		}
	}
	s.do(reactor.SetTimer{Timer: timerDue, At: first})
}

// scheduleKey returns what a schedule is known by, as the program makes it:
// the SHA-1 of some of the job's members as JSON, sorted by their names.
func scheduleKey(text []byte) (string, error) {
	j, err := parseJob(text)
	if err != nil {
		return "", err
	}
	fields := []field{{"args", j.args}, {"callable", quote(j.callable)}}
	for _, one := range []struct{ name, none string }{{"class_args", "[]"}, {"class_kwargs", "{}"}, {"kwargs", "{}"}} {
		value, has := jsonv.Get(j.params, one.name)
		if !has {
			value = []byte(one.none)
		}
		fields = append(fields, field{one.name, value})
	}
	fields = append(fields, field{"path", quote(j.path)})
	for i := range fields {
		fields[i].value = sorted(fields[i].value)
	}
	sum := sha1.Sum(object(fields...)) // it is a name, not a secret
	return hex.EncodeToString(sum[:]), nil
}

// sorted writes a JSON value as Python's json.dumps with sort_keys does.
func sorted(raw []byte) []byte {
	switch jsonv.KindOf(raw) {
	case jsonv.Array:
		dst := []byte{'['}
		for _, one := range jsonv.Elements(raw) {
			if len(dst) > 1 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, sorted(one)...)
		}
		return append(dst, ']')
	case jsonv.Object:
		members := map[string][]byte{}
		for key, value := range jsonv.Members(raw) {
			name, _ := jsonv.StringValue(key)
			members[name] = value
		}
		var fields []field
		for _, name := range slices.Sorted(maps.Keys(members)) {
			fields = append(fields, field{name, sorted(members[name])})
		}
		return object(fields...)
	}
	dst, _ := jsonv.AppendPython(nil, raw)
	return dst
}

// InputNames implements [reactor.Inputs].
func (s *Scheduler) InputNames() []string { return []string{"open", "leave"} }

// Input implements [reactor.Inputs].
func (s *Scheduler) Input(name, args string) (reactor.Event, error) {
	switch {
	case name != "open" && name != "leave":
		return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: s.InputNames()}
	case args != "":
		return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "nothing follows it"}
	case name == "open":
		return reactor.Opened{}, nil
	}
	return reactor.Input{Value: Leave{}}, nil
}

// State implements [reactor.Machine].
func (s *Scheduler) State() reactor.State {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(s.schedules)) {
		one := s.schedules[key]
		text := fmt.Sprintf("%s due %s", key, one.due.UTC().Format(time.RFC3339))
		if one.left != forever {
			text += fmt.Sprintf(" left %d", one.left)
		}
		list = append(list, text)
	}
	return reactor.State{
		{Name: "state", Value: s.state()},
		{Name: "running", Value: s.running},
		{Name: "schedules", Value: list},
		{Name: "runs", Value: s.runs},
	}
}

// Snapshot implements [reactor.Machine].
func (s *Scheduler) Snapshot() reactor.Machine {
	c := *s
	c.dealer = s.dealer.clone()
	c.o = &c.own
	c.schedules = maps.Clone(s.schedules)
	return &c
}

var (
	_ reactor.Inputs  = (*Scheduler)(nil)
	_ reactor.Readier = (*Scheduler)(nil)
	_ reactor.Faulty  = (*Scheduler)(nil)
)
