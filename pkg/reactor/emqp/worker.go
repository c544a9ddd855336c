package emqp

import (
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

// A Worker is EventMQ's jobmanager: it takes jobs from a broker and runs them.
//
//	REQUEST ─▶ job ─▶ REPLY, when the result is wanted ─▶ READY
//
// It knows the callables echo, sleep and fail, in any module:
//
//	echo X     returns X, or the list of what it is given
//	sleep N    takes N seconds
//	fail TEXT  raises an exception with that text
//
// With the setting exec others are run by our own side: they come out as
// [reactor.Run], with the number that [Response] has to have. Nothing that a
// REQUEST names is ever looked for anywhere else.
//
// A REQUEST that makes the program lose its connection, such as one without
// JSON, fails as a job does.
type Worker struct {
	service
	jobs    map[uint64]execution
	last    uint64 // number of the last job
	done    int
	told    int  // READYs of this connection that were not used up
	beaten  bool // a HEARTBEAT has come, at which the program makes its processes
	leaving bool
}

// An execution is a job that is run.
type execution struct {
	id     string // of the REQUEST
	answer bool   // the result is wanted
}

// NewWorker returns a worker whose connection is not there yet.
func NewWorker(o Options) *Worker {
	w := &Worker{service: newService(o, "worker"), jobs: map[uint64]execution{}}
	w.o = &w.own
	return w
}

// Step implements [reactor.Machine].
func (w *Worker) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	return w.handle(now, ev, dst, w.on)
}

func (w *Worker) on(ev reactor.Event) {
	switch ev := ev.(type) {
	case reactor.Input:
		w.input(ev.Value)
		return
	case reactor.Expired:
		if name, number, isJob := strings.Cut(ev.Timer, " "); isJob {
			n, _ := strconv.ParseUint(number, 10, 64)
			w.timeUp(name, n)
			return
		}
	}
	messages, begun := w.onEvent(ev, appendQueues(nil, w.o.Queues))
	if begun {
		w.told = 0
		if !w.o.Compat || w.beaten {
			w.readyAll()
		}
	}
	if r, ok := ev.(reactor.Received); ok && w.o.Compat && w.running && !w.beaten && isHeartbeat(r) {
		w.beaten = true
		w.readyAll()
	}
	for _, m := range messages {
		switch m.command {
		case "REQUEST":
			w.request(m)
		case "DISCONNECT":
			w.leaveSoon()
		default:
			w.tell("ignored", "%.40s", m.command)
		}
	}
}

// isHeartbeat says whether a frame is a HEARTBEAT.
func isHeartbeat(r reactor.Received) bool {
	f, ok := unwrap(r.Frame)
	return ok && f.Len() > atCommand && string(f.Body(atCommand)) == "HEARTBEAT"
}

// readyAll offers all slots that are free.
func (w *Worker) readyAll() {
	for w.told < w.o.Jobs-len(w.jobs) {
		w.offer()
	}
}

// offer says that a slot is free, unless all that there are have been offered.
func (w *Worker) offer() {
	if !w.Ready() || w.leaving || w.told+len(w.jobs) >= w.o.Jobs {
		return
	}
	w.told++
	w.send("READY")
}

// request takes a job.
func (w *Worker) request(m message) {
	if len(w.jobs) >= w.o.MaxWaiting {
		w.tell("refused", "REQUEST %s: %d jobs are run", m.id, len(w.jobs))
		return
	}
	w.told = max(w.told-1, 0)
	w.last++
	n := w.last
	headers := m.part(1)
	w.jobs[n] = execution{id: m.id, answer: hasHeader(headers, "reply-requested")}
	j, err := parseJob(m.part(2))
	limit := w.o.JobTimeout
	if text, told := headerValue(headers, "timeout"); told && err == nil {
		seconds, bad := strconv.Atoi(strings.TrimSpace(text))
		if err = bad; bad == nil && seconds > 0 {
			limit = time.Duration(min(seconds, 1<<30)) * time.Second
		}
	}
	w.tell("job", "%d %s.%s%s", n, j.path, j.callable, j.args)
	switch {
	case err != nil:
		w.finish(n, failed(err.Error()))
	case j.callable == "echo":
		value := j.args
		if jsonv.Len(value) == 1 {
			value, _ = jsonv.Index(value, 0)
		}
		w.finish(n, valueOf(value))
	case j.callable == "fail":
		first, _ := jsonv.Index(j.args, 0)
		text, ok := jsonv.StringValue(first)
		if !ok {
			text = string(first)
		}
		w.finish(n, failed(text))
	case j.callable == "sleep":
		first, _ := jsonv.Index(j.args, 0)
		seconds, err := strconv.ParseFloat(string(first), 64)
		if err != nil || !(seconds >= 0 && seconds < 1<<30) {
			w.finish(n, failed("a number of seconds is expected"))
			return
		}
		w.timer("sleep", n, time.Duration(seconds*float64(time.Second)))
		w.limit(n, limit)
	case w.o.Exec:
		w.limit(n, limit)
		w.do(reactor.Run{Request: n, Command: j.path + "." + j.callable, Data: slices.Clone(j.params)})
	default:
		w.finish(n, failed(fmt.Sprintf("module '%s' has no attribute '%s'", j.path, j.callable)))
	}
}

func (w *Worker) timer(name string, n uint64, d time.Duration) {
	w.do(reactor.SetTimer{Timer: fmt.Sprintf("%s %d", name, n), At: w.now.Add(d)})
}

func (w *Worker) limit(n uint64, d time.Duration) {
	if d > 0 {
		w.timer("limit", n, d)
	}
}

// timeUp ends a job that has slept, or takes too long.
func (w *Worker) timeUp(name string, n uint64) {
	switch _, runs := w.jobs[n]; {
	case !runs:
	case name == "sleep":
		w.finish(n, valueOf([]byte("null")))
	case name == "limit":
		w.finish(n, failed("TimeoutError"))
		if w.o.Exec {
			w.do(GivenUp{Job: n})
		}
	}
}

// GivenUp is the action that says that nobody waits for a job any more that
// our own side runs.
type GivenUp struct{ Job uint64 }

// Name implements [reactor.Action].
func (GivenUp) Name() string { return "givenup" }

// AppendJSON implements [reactor.Action].
func (g GivenUp) AppendJSON(dst []byte) []byte {
	return strconv.AppendUint(append(dst, `,"job":`...), g.Job, 10)
}

func (g GivenUp) String() string { return fmt.Sprintf("given-up %d", g.Job) }

// Abandons returns the job.
func (g GivenUp) Abandons() uint64 { return g.Job }

// finish ends a job: its result is told if it is wanted, and its slot is free.
func (w *Worker) finish(n uint64, value []byte) {
	j := w.jobs[n]
	delete(w.jobs, n)
	w.done++
	w.do(reactor.SetTimer{Timer: fmt.Sprintf("limit %d", n)})
	w.do(reactor.SetTimer{Timer: fmt.Sprintf("sleep %d", n)})
	if j.answer && w.up {
		if w.o.AsDocumented {
			w.send("REPLY", value)
		} else {
			w.send("REPLY", value, []byte(j.id))
		}
	}
	w.offer()
	if w.leaving && len(w.jobs) == 0 {
		w.leave()
	}
}

// leaveSoon says goodbye, and leaves when all jobs are done.
func (w *Worker) leaveSoon() {
	if w.leaving {
		return
	}
	w.leaving = true
	w.quiet()
	if w.up {
		w.send(w.o.goodbye())
	}
	if len(w.jobs) == 0 {
		w.leave()
	}
}

// Inputs of a [Worker].
type (
	// Response is what a job returned that our own side has run, as JSON; or
	// how it failed.
	Response struct {
		Job   uint64
		Value []byte
		Err   string
	}

	// Leave ends a client: a worker says goodbye and finishes its jobs first.
	Leave struct{}
)

func (w *Worker) input(v any) {
	switch v := v.(type) {
	case Leave:
		w.leaveSoon()
	case Response:
		switch _, runs := w.jobs[v.Job]; {
		case !runs:
			w.do(reactor.Reject{Message: fmt.Sprintf("the job %d is not run any more", v.Job)})
		case v.Err != "":
			w.finish(v.Job, failed(v.Err))
		case jsonv.CheckWhole(v.Value, python) != nil:
			w.finish(v.Job, failed(string(v.Value)))
		default:
			w.finish(v.Job, valueOf(v.Value))
		}
	default:
		w.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}

// InputNames implements [reactor.Inputs].
func (w *Worker) InputNames() []string {
	return []string{"open", "response JOB JSON", "error JOB TEXT", "leave"}
}

// Input implements [reactor.Inputs].
func (w *Worker) Input(name, args string) (reactor.Event, error) {
	switch name {
	case "open", "leave":
		if args != "" {
			return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "nothing follows it"}
		}
		if name == "open" {
			return reactor.Opened{}, nil
		}
		return reactor.Input{Value: Leave{}}, nil
	case "response", "error":
		number, rest, _ := strings.Cut(args, " ")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return nil, &codec.TextError{End: len(number), Field: "@" + name, Message: "the number of a job is expected"}
		}
		if name == "error" {
			return reactor.Input{Value: Response{Job: n, Err: rest}}, nil
		}
		if err := jsonv.CheckWhole([]byte(rest), python); err != nil {
			return nil, &codec.TextError{Start: len(number), End: len(args), Field: "@response", Message: "JSON is expected: " + err.Error()}
		}
		return reactor.Input{Value: Response{Job: n, Value: []byte(rest)}}, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"open", "response", "error", "leave"}}
}

// State implements [reactor.Machine].
func (w *Worker) State() reactor.State {
	jobs := []string{}
	for _, n := range slices.Sorted(maps.Keys(w.jobs)) {
		jobs = append(jobs, strconv.FormatUint(n, 10)+"="+w.jobs[n].id)
	}
	return reactor.State{
		{Name: "state", Value: w.state()},
		{Name: "running", Value: w.running},
		{Name: "leaving", Value: w.leaving},
		{Name: "offered", Value: w.told},
		{Name: "jobs", Value: jobs},
		{Name: "done", Value: w.done},
	}
}

// Snapshot implements [reactor.Machine].
func (w *Worker) Snapshot() reactor.Machine {
	c := *w
	c.dealer = w.dealer.clone()
	c.o = &c.own
	c.jobs = maps.Clone(w.jobs)
	return &c
}

var (
	_ reactor.Inputs  = (*Worker)(nil)
	_ reactor.Readier = (*Worker)(nil)
	_ reactor.Faulty  = (*Worker)(nil)
)
