package replay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// ErrTotal is the cause of an end for the time that the whole session took.
var ErrTotal = errors.New("the session takes too long")

// errStop ends a run: a verdict says why.
var errStop = errors.New("stopped")

// A runner walks the steps of a document.
type runner struct {
	o     Options
	doc   *session.Document
	rn    *session.Run
	rep   *Report
	ctx   context.Context
	peers map[[2]int]*peer
	order []*peer
	wake  chan struct{}
	to    map[int]string // of @connect

	served    []*Served         // of @serve
	listeners map[string]string // where they listen

	recorded bool // the document came from a capture
	reached  map[session.Step]bool
	trial    int           // how many Retry are around
	base     time.Duration // of the first step with a time
	paced    bool
	epoch    time.Time // when that was

	pending  []session.Step // with Ahead: what is awaited later
	settling bool           // it is awaited now
}

// Run runs a document. It returns what became of it, also when ctx ends
// first: then it is what is known so far.
func Run(ctx context.Context, doc *session.Document, o Options) *Report {
	r := newRunner(doc, o)
	defer r.closeAll()
	return r.run(ctx)
}

func newRunner(doc *session.Document, o Options) *runner {
	return &runner{
		o: o.withDefaults(), doc: doc, rn: doc.Begin(),
		peers: map[[2]int]*peer{}, wake: make(chan struct{}, 1), recorded: Recorded(doc),
	}
}

// run does the steps from the first to the last.
func (r *runner) run(ctx context.Context) *Report {
	if r.o.Total > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.o.Total, ErrTotal)
		defer cancel()
	}
	r.ctx, r.rep = ctx, &Report{Name: r.doc.Name, Began: r.o.Now()}
	r.to, r.listeners = map[int]string{}, map[string]string{}
	r.reached, r.paced = map[session.Step]bool{}, false
	r.pending, r.settling = nil, false
	err := r.allowed()
	if err == nil {
		err = r.block(r.doc.Steps)
	}
	if err == nil {
		since := r.o.Now()
		err = r.drain()
		r.rep.Drained = r.o.Now().Sub(since)
	}
	if err != nil && !errors.Is(err, errStop) {
		r.rep.Stopped = err
	}
	r.unreached()
	r.rep.Took = r.o.Now().Sub(r.rep.Began)
	return r.rep
}

func (r *runner) closeAll() {
	for _, p := range r.order {
		p.close()
	}
	r.stopServers()
}

// block does steps and all that they put off.
func (r *runner) block(list []session.Step) error {
	if err := r.steps(list); err != nil {
		for _, s := range r.pending {
			delete(r.reached, s)
		}
		r.pending = nil
		return err
	}
	return r.settle()
}

// steps does steps. The error is errStop or the cause of the context's end.
func (r *runner) steps(list []session.Step) error {
	for _, s := range list {
		if r.ctx.Err() != nil {
			return r.cutBefore(s)
		}
		if !r.within(s) {
			continue
		}
		r.reached[s] = true
		if err := r.step(s); err != nil {
			return err
		}
	}
	return nil
}

// cutBefore tells, when the context has ended, whether it was while a step
// was to be awaited.
func (r *runner) cutBefore(s session.Step) error {
	cause := context.Cause(r.ctx)
	if e, ok := s.(*session.Expect); ok && r.within(e) {
		if p := r.peers[[2]int{e.Conn, 0}]; p != nil {
			r.reached[e] = true
			return r.cut(p, e.Place, cause)
		}
	}
	return cause
}

// within says whether a step is to be done: it is of the lines that are
// asked for, or it only says how others are done.
func (r *runner) within(s session.Step) bool {
	switch s := s.(type) {
	case *session.Set, *session.Connect, *session.Serve:
		return true
	case *session.Repeat:
		return r.any(s.Steps)
	case *session.Retry:
		return r.any(s.Steps)
	case *session.AnyOrder:
		list := make([]session.Step, len(s.Expects))
		for i, e := range s.Expects {
			list[i] = e
		}
		return r.any(list)
	}
	return r.asked(s.Where())
}

func (r *runner) any(list []session.Step) bool {
	for _, s := range list {
		if r.within(s) {
			return true
		}
	}
	return false
}

// asked says whether a line is one of those that are asked for. Lines of
// files that the document includes all are.
func (r *runner) asked(p session.Place) bool {
	return p.File != r.doc.Name || p.Line >= r.o.From && (r.o.Until <= 0 || p.Line <= r.o.Until)
}

func (r *runner) step(s session.Step) error {
	if done, err := r.ahead(s); done || err != nil {
		return err
	}
	switch s := s.(type) {
	case *session.Send:
		defer r.tick(1)
		return r.send(s)
	case *session.Expect:
		defer r.tick(1)
		return r.expect(s)
	case *session.AnyOrder:
		defer r.tick(len(s.Expects))
		return r.anyOrder(s)
	case *session.Repeat:
		for i := range s.Count {
			if s.Name != "" {
				r.rn.SetVar(s.Name, strconv.Itoa(i+1))
			}
			if err := r.block(s.Steps); err != nil {
				return err
			}
		}
	case *session.Retry:
		return r.retry(s)
	case *session.Set:
		if err := r.rn.Set(s); err != nil {
			return r.fail(Verdict{Place: s.Place, Cause: Unsendable, Err: err, Why: err.Error()})
		}
	case *session.Sleep:
		return r.pause(s.For)
	case *session.Connect:
		url, err := r.found(r.rn.Expand(s.URL))
		if err == nil {
			err = r.mayConnect(s, url)
		}
		if err != nil {
			return r.fail(Verdict{Place: s.Place, Cause: Refused, Err: err, Why: err.Error()})
		}
		r.to[s.Conn] = url
	case *session.Serve:
		return r.serve(s)
	case *session.HTTP:
		return r.http(s)
	case *session.End:
		return r.end(s)
	case *session.Gap:
		p, err := r.peer(s.Head)
		if err != nil {
			return err
		}
		p.gap = true
	}
	return nil
}

// tick tells of frames that were sent or awaited.
func (r *runner) tick(n int) {
	for range n {
		if r.o.Step != nil {
			r.o.Step()
		}
	}
}

// pause waits.
func (r *runner) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return r.o.Sleep(r.ctx, d)
}

// retry does steps until they pass.
func (r *runner) retry(s *session.Retry) error {
	for i := 1; ; i++ {
		from := len(r.rep.Verdicts)
		r.trial++
		err := r.block(s.Steps)
		r.trial--
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		if err == nil {
			return nil
		}
		if i >= s.Count {
			if r.o.KeepGoing && r.trial == 0 {
				return nil
			}
			return err
		}
		r.rep.Verdicts = r.rep.Verdicts[:from]
		r.forget()
		if err := r.pause(s.Every); err != nil {
			return err
		}
	}
}

// forget takes away what came for an attempt that failed, and the connections
// that have ended.
func (r *runner) forget() {
	for key, p := range r.peers {
		p.clear()
		p.optional = nil
		if _, _, end := p.first(); end != nil {
			p.close()
			delete(r.peers, key)
		}
	}
}

// pass notes that a step passed.
func (r *runner) pass(v Verdict) {
	v.Status = Passed
	r.rep.Verdicts = append(r.rep.Verdicts, v)
}

// skip notes that a step was not held against anything.
func (r *runner) skip(p session.Place, conn int, why string) {
	r.rep.Verdicts = append(r.rep.Verdicts, Verdict{Place: p, Conn: conn, Status: Skipped, Why: why})
}

// fail notes that a step failed, and says whether the run goes on.
func (r *runner) fail(v Verdict) error {
	v.Status, v.vars = Failed, r.rn.Vars()
	r.rep.Verdicts = append(r.rep.Verdicts, v)
	if r.o.KeepGoing && r.trial == 0 && v.Cause != Refused {
		return nil
	}
	return errStop
}

func (r *runner) note(format string, args ...any) {
	r.rep.Notes = append(r.rep.Notes, fmt.Sprintf(format, args...))
}

// unreached tells of the expectations that the run did not come to.
func (r *runner) unreached() {
	if r.rep.Stopped == nil && r.rep.Count(Failed) == 0 {
		return
	}
	r.doc.All(func(s session.Step) bool {
		switch s := s.(type) {
		case *session.Expect:
			if !r.reached[s] && r.asked(s.Place) {
				r.skip(s.Place, s.Conn, "not reached")
			}
		case *session.AnyOrder:
			if r.reached[s] {
				for _, e := range s.Expects {
					r.reached[e] = true
				}
			}
		}
		return true
	})
}

// textOf returns a record in the notation.
func textOf(rec *codec.Record) string {
	switch {
	case rec.Frame != nil:
		return string(rec.Frame.AppendText(nil, codec.View{}))
	case rec.IsGap():
		return "gap"
	}
	return fmt.Sprintf("%d bytes that are no frame", len(rec.Bytes))
}
