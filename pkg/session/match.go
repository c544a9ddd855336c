package session

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Result says whether a record is what an Expect waits for.
type Result struct {
	Expect   *Expect
	OK       bool
	Captures []Setting // what the holes with names stand for, as text; when all fields match
	Diffs    []Diff    // where the record is another one
	Failed   []Failure // assertions that do not hold; judged when there are no Diffs
	Err      error     // why it cannot be told: a [*humanframe.Error]
}

// A Diff is a field that is not as expected.
type Diff struct {
	Path Path   // as in the fields of a JSON record, see [Path]; empty for the whole
	Want string // as JSON, byte strings as "…" or x"…"; texts of the notation for the whole
	Got  string
	Kind DiffKind
	At   int // for the whole: how much of Got is as expected, in bytes
}

// A DiffKind says what is wrong with a field.
type DiffKind byte

// The kinds of differences.
const (
	Differs    DiffKind = iota // its value is another one
	Missing                    // there is none
	Unexpected                 // there should be none
)

// String returns "differs", "missing" or "unexpected".
func (k DiffKind) String() string { return [...]string{"differs", "missing", "unexpected"}[k] }

// A Failure is an assertion that does not hold.
type Failure struct {
	Assert      *Assert
	Left, Right string // the values of its two sides, "" when it is no comparison
	Err         error  // why it cannot be told; else nil
}

// Distance says how far from matching the record is: 0 for OK.
func (r *Result) Distance() int {
	n := len(r.Diffs) + len(r.Failed)
	for _, d := range r.Diffs {
		if len(d.Path) == 0 || len(d.Path) == 1 && d.Path[0] == "type" {
			n += 1000 // quite another frame
		}
	}
	if r.Err != nil {
		n += 2000
	}
	return n
}

// Match holds a record against e. It changes no variables, so that several
// expectations can be asked about one record; Take is for the one that is
// met. The time since what the record answers was sent, in seconds, is what
// assertions know as elapsed.
//
// The connection and the direction are the caller's business.
func (r *Run) Match(e *Expect, rec *codec.Record, elapsed float64) *Result {
	m := &matching{run: r, res: &Result{Expect: e}, e: e, rec: rec}
	if m.parts, m.res.Err = r.resolve(e.Place, &e.text); m.res.Err != nil {
		return m.res
	}
	m.match()
	if m.res.OK = m.res.Err == nil && len(m.res.Diffs) == 0; m.res.OK {
		m.assert(elapsed)
	}
	return m.res
}

// Nearest returns the result of the Expect that rec is closest to, and its
// index: that of the first that matches if one does. It returns -1 without
// any.
func (r *Run) Nearest(list []*Expect, rec *codec.Record, elapsed float64) (best *Result, at int) {
	at = -1
	for i, e := range list {
		res := r.Match(e, rec, elapsed)
		if best == nil || res.Distance() < best.Distance() {
			best, at = res, i
		}
		if res.OK {
			break
		}
	}
	return best, at
}

// A matching is one call of Match.
type matching struct {
	run   *Run
	res   *Result
	e     *Expect
	rec   *codec.Record
	parts []part
	text  string // of the record
	told  []Path // fields that the conversation tells, and not the line
}

func (m *matching) match() {
	if m.e.Raw || m.rec.Frame == nil {
		m.raw()
		return
	}
	m.text = string(m.run.printer.AppendText(nil, m.rec))
	if holes, _, ok := matchText(m.parts, m.text, true); ok {
		m.capture(holes)
		return
	}
	if m.fields() {
		return
	}
	m.whole()
}

// raw matches bytes that are no frame, or that are not to be seen as one.
func (m *matching) raw() {
	if m.rec.IsGap() {
		m.res.Diffs = []Diff{{Want: m.want(), Kind: Missing}}
		return
	}
	m.text = rawText(m.rec)
	if l, err := humanframe.ParseLine(m.e.File, m.e.Line, join(m.parts)); m.e.Raw && err == nil && string(l.Raw) == string(m.rec.Bytes) {
		if holes, _, ok := matchText(m.parts, m.text, true); ok {
			m.capture(holes)
		}
		return
	}
	m.whole()
}

func rawText(rec *codec.Record) string { return string(lex.AppendEscaped([]byte("raw "), rec.Bytes)) }

// want returns the text that is expected, with its holes as they stand.
func (m *matching) want() string {
	var b strings.Builder
	for i := range m.parts {
		if p := &m.parts[i]; p.kind == hole {
			b.WriteString(m.e.text.source(m.e.Text, p))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// whole matches the text and nothing else.
func (m *matching) whole() {
	for _, neat := range []bool{true, false} {
		holes, far, ok := matchText(m.parts, m.text, neat)
		if ok {
			m.capture(holes)
			return
		}
		m.res.Diffs = []Diff{{Want: m.want(), Got: m.text, At: far}}
	}
}

// capture keeps what the holes stand for.
func (m *matching) capture(holes []string) {
	m.res.Diffs = nil
	for i, p := range m.parts {
		if p.kind == hole && p.text != "" {
			m.res.Captures = append(m.res.Captures, Setting{p.text, holes[i]})
		}
	}
}

// assert judges the assertions.
func (m *matching) assert(elapsed float64) {
	if len(m.e.Asserts) == 0 {
		return
	}
	env := filter.New(m.rec)
	env.Wire, env.Elapsed, env.Vars = m.text, elapsed, m.run.Vars()
	for _, c := range m.res.Captures {
		env.Vars[c.Name] = c.Value
	}
	for _, a := range m.e.Asserts {
		ok, err := a.filter.Match(env)
		if ok {
			continue
		}
		f := Failure{Assert: a, Err: err}
		f.Left, f.Right, _ = a.filter.Sides(env)
		m.res.Failed = append(m.res.Failed, f)
		m.res.OK = false
	}
}
