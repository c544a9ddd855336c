package replay

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// A Status is what became of a step.
type Status string

// The statuses.
const (
	Passed  Status = "pass"
	Failed  Status = "fail"
	Skipped Status = "skip"
)

// A Cause says why a step failed.
type Cause string

// The causes.
const (
	Mismatch   Cause = "mismatch"   // something else came
	TimedOut   Cause = "timeout"    // nothing came in time
	Ended      Cause = "ended"      // the peer ended the connection first
	Lost       Cause = "lost"       // the connection failed, or cannot be made
	Unsendable Cause = "unsendable" // the document's frame cannot be made
	Refused    Cause = "refused"    // it changes the peer, and nobody allowed that
	Unawaited  Cause = "unawaited"  // something came that nobody awaited
)

// A Verdict is what became of one step of a document.
type Verdict struct {
	session.Place
	Conn   int
	Status Status
	Cause  Cause  // of a failure
	Why    string // what was awaited, what came, since when; also of a skip

	// Of an expectation.
	Result  *session.Result // what was held against it; nil when nothing was
	Got     *codec.Record   // the record; it is the verdict's
	Err     error           // of a connection, or of a frame that cannot be made
	Elapsed time.Duration   // from the request, or from when it was awaited

	// Change is what the document would have to say; nil when that is not
	// known, or nobody asked (see Options.Align).
	Change *Change

	vars map[string]string // the variables, when it failed
}

// A Report is what became of a document.
type Report struct {
	Name     string
	Began    time.Time
	Took     time.Duration
	Drained  time.Duration // of it, for what nobody awaited
	Verdicts []Verdict
	Notes    []string // what is worth a remark and no failure
	Sent     int      // frames
	Received int
	Stopped  error // why not all steps were done, when no verdict says it: the end of the context
}

// Count returns how many verdicts have a status.
func (r *Report) Count(s Status) int {
	n := 0
	for _, v := range r.Verdicts {
		if v.Status == s {
			n++
		}
	}
	return n
}

// OK says whether nothing failed and all was done.
func (r *Report) OK() bool { return r.Count(Failed) == 0 && r.Stopped == nil }
