package load

import (
	"context"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// Run does sessions of the documents, in turn, as o says. One that stands
// there twice has twice as many. It returns when all that began have ended,
// also when ctx ends first: then it is what is known so far.
func Run(ctx context.Context, docs []*session.Document, o Options) *Result {
	if o.Replay.Now == nil {
		o.Replay.Now = time.Now
	}
	if o.Replay.Sleep == nil {
		o.Replay.Sleep = replay.Sleep
	}
	e := &engine{o: o, now: o.Replay.Now, plan: newPlan(&o), all: newTally(All), seen: map[[2]string]bool{}}
	var unique []*session.Document
	number := map[string]int{}
	for _, d := range docs {
		i, ok := number[d.Name]
		if !ok {
			i = len(unique)
			number[d.Name] = i
			unique = append(unique, d)
			e.tallies = append(e.tallies, newTally(d.Name))
		}
		e.turn = append(e.turn, i)
	}
	if e.o.Client == nil {
		e.o.Client = func(int) Client { return e.o.newClient(unique) }
	}
	return e.run(ctx)
}

// An engine does a load.
type engine struct {
	o       Options
	now     func() time.Time
	plan    plan
	turn    []int // the documents of the sessions, over and over
	start   time.Time
	refused context.CancelFunc

	mu       sync.Mutex
	taken    int // arrivals that a client has seen to
	begun    []int
	active   int
	latest   time.Duration // when the last session began
	last     time.Duration // when the last one ended
	tallies  []*tally
	all      *tally
	seen     map[[2]string]bool // failures
	failures []Failure
	refusal  *replay.Report
}

func (e *engine) run(ctx context.Context) *Result {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	e.refused, e.begun = cancel, make([]int, len(e.tallies))
	clients := make([]Client, e.o.Connections)
	var wg sync.WaitGroup
	for i := range clients {
		clients[i] = e.o.Client(i + 1)
		wg.Go(func() { clients[i].Open(inner) })
	}
	wg.Wait()
	e.start = e.now()
	for _, c := range clients {
		wg.Go(func() {
			defer c.Close()
			e.client(inner, c)
		})
	}
	watched := e.watch()
	wg.Wait()
	passed := e.now().Sub(e.start)
	watched()
	return e.result(context.Cause(ctx), passed)
}

// client does one session after the other.
func (e *engine) client(ctx context.Context, c Client) {
	for {
		due, doc, ok := e.take(ctx)
		if !ok {
			return
		}
		if wait := e.start.Add(due).Sub(e.now()); wait > 0 && e.o.Replay.Sleep(ctx, wait) != nil {
			return
		}
		if !e.begin(ctx, doc) {
			return
		}
		e.end(doc, due, c.Run(ctx, doc))
	}
}

// atOnce is how late a session may be that did not have to wait.
const atOnce = time.Millisecond

// take takes the next session that is to begin: when, since the beginning.
func (e *engine) take(ctx context.Context) (due time.Duration, doc int, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	passed := e.now().Sub(e.start)
	if ctx.Err() != nil || e.plan.over(e.taken, passed) {
		return 0, 0, false
	}
	i := e.taken
	e.taken++
	doc = e.turn[i%len(e.turn)]
	if e.plan.rate <= 0 {
		return passed, doc, true
	}
	due = e.plan.at(i)
	if late := passed - due; late > atOnce {
		e.tallies[doc].wait(late)
		e.all.wait(late)
	}
	return due, doc, true
}

// begin notes that a session begins.
func (e *engine) begin(ctx context.Context, doc int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	e.begun[doc]++
	e.active++
	e.latest = e.now().Sub(e.start)
	return true
}

// end takes in what became of a session.
func (e *engine) end(doc int, due time.Duration, r *replay.Report) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now().Sub(e.start)
	e.active--
	e.last = max(e.last, now)
	kind, cut := kindOf(r)
	switch {
	case kind == string(replay.Refused):
		if e.refusal == nil {
			e.refusal = r
		}
		e.refused()
	case kind == "" && cut:
		for _, t := range []*tally{e.tallies[doc], e.all} {
			t.cut++
		}
	case kind != "":
		for _, t := range []*tally{e.tallies[doc], e.all} {
			t.kinds[kind]++
		}
		if key := [2]string{r.Name, kind}; !e.seen[key] {
			e.seen[key] = true
			e.failures = append(e.failures, Failure{r.Name, kind, r})
		}
	default:
		for _, t := range []*tally{e.tallies[doc], e.all} {
			t.pass(now - due - r.Drained)
		}
	}
}

// watch tells from time to time how it stands, until the function that it
// returns is called.
func (e *engine) watch() (end func()) {
	if e.o.Watch == nil || e.o.Every <= 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e.o.Replay.Sleep(ctx, e.o.Every) == nil {
			e.o.Watch(e.status())
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// status returns how it stands.
func (e *engine) status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := Status{Passed: e.now().Sub(e.start), Length: e.plan.length(), Of: e.plan.count, Active: e.active}
	for _, n := range e.begun {
		s.Begun += n
	}
	s.All = e.all.row(e.plan.rate, s.Passed)
	return s
}

// result returns what was measured, when all clients have ended.
func (e *engine) result(stopped error, passed time.Duration) *Result {
	r := &Result{
		Options: e.o, Began: e.start, Took: e.last, Failures: e.failures, Stopped: stopped,
		Refused: e.refusal, tallies: map[string]*tally{All: e.all},
	}
	length := e.plan.length()
	if stopped != nil || e.refusal != nil {
		r.Took = passed
		length = min(length, passed)
	}
	switch {
	case e.plan.rate <= 0:
	case stopped == nil && e.refusal == nil:
		e.missed(length)
	default: // those that were about to begin were not late
		e.missed(length - grace)
	}
	if e.plan.rate > 0 { // who keeps up with it reaches it, however long a session takes
		length = max(length, e.latest)
	} else {
		length = max(length, r.Took)
	}
	for i, t := range e.tallies {
		r.tallies[t.name] = t
		r.Documents = append(r.Documents, t.row(e.plan.rate*e.share(i), length))
	}
	r.All = e.all.row(e.plan.rate, length)
	return r
}

// missed counts the sessions that were due and did not begin.
func (e *engine) missed(length time.Duration) {
	due := make([]int, len(e.tallies))
	n := e.plan.due(length)
	for i, doc := range e.turn {
		due[doc] += n / len(e.turn)
		if i < n%len(e.turn) {
			due[doc]++
		}
	}
	for doc, t := range e.tallies {
		if n := int64(due[doc] - e.begun[doc]); n > 0 {
			t.kinds[NotBegun] += n
			e.all.kinds[NotBegun] += n
		}
	}
}

// share returns which part of the sessions are those of a document.
func (e *engine) share(doc int) float64 {
	n := 0
	for _, d := range e.turn {
		if d == doc {
			n++
		}
	}
	return float64(n) / float64(len(e.turn))
}
