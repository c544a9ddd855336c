package codec

import "time"

// A Severity says how bad a finding is.
type Severity uint8

// The severities, the least first.
const (
	Note    Severity = iota + 1 // odd, and without consequence
	Warning                     // works, and is likely not what was meant
	Error                       // against the rules: a real program refuses, closes, dies or misreads it
)

var severityNames = [...]string{Note: "note", Warning: "warning", Error: "error"}

// Severities returns the names, the least first.
func Severities() []string { return severityNames[Note:] }

// String returns the name.
func (s Severity) String() string { return severityNames[s] }

// ParseSeverity returns the severity of that name.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if n == name && i > 0 {
			return Severity(i), nil
		}
	}
	return 0, &UnknownNameError{What: "severity", Name: name, Allowed: Severities()}
}

// A Rule is one thing that traffic is held to.
type Rule struct {
	ID       string // the protocol's name and a short stable one: "hg/stream-parity"
	Severity Severity
	Title    string // one line
	Text     string // what follows from breaking it, and who says so
}

// A Violation is a place where a rule is broken.
type Violation struct {
	Rule    string // its ID
	Message string
	Place
	Related []Place // other records that it is about
}

// A Place is where something is in a capture.
type Place struct {
	Conn, Exchange int
	Dir            Direction
	Seq            int // of the record; -1 for what is about a direction or a conversation as a whole
	Time           time.Time
	Span           Span // in the direction
}

// PlaceOf returns where a record is.
func PlaceOf(r *Record) Place {
	return Place{Conn: r.Conn, Exchange: r.Exchange, Dir: r.Dir, Seq: r.Seq, Time: r.Time, Span: r.Span}
}

// A Checker holds the conversations of a capture to its protocol's rules. It
// sees those that are its protocol's, in the order of time. What it keeps is
// bounded.
type Checker interface {
	// Open announces a conversation. Whole says that it was seen from its
	// first byte on.
	Open(conn int, server string, whole bool)

	// Check looks at a frame. When it is not known who sent it, Dir is 0.
	Check(r *Record, report func(Violation))

	// Lost says that bytes of a conversation are missing: what follows may
	// refer to what was not seen.
	Lost(conn int)

	// End says that no more comes.
	End(report func(Violation))
}

// A Linter is a Protocol with rules. The codes of all findings of its frames
// and conversations are among the ends of their IDs.
type Linter interface {
	Rules() []Rule
	Checker() Checker
}

// ReportFindings reports what a frame says itself that is odd about it, as
// violations of the rules that are named after the codes.
func ReportFindings(r *Record, prefix string, findings []Finding, report func(Violation)) {
	for _, f := range findings {
		v := Violation{Rule: prefix + f.Code, Message: f.Message, Place: PlaceOf(r)}
		if f.Span.Len() > 0 {
			v.Span = Span{Start: r.Span.Start + f.Span.Start, End: r.Span.Start + f.Span.End}
		}
		report(v)
	}
}

// Report reports a violation by a record.
func Report(r *Record, report func(Violation), rule, message string, related ...Place) {
	report(Violation{Rule: rule, Message: message, Place: PlaceOf(r), Related: related})
}

// maxStates is how many conversations a Checker follows.
const maxStates = 10_000

// States keep what a Checker knows of conversations, or of exchanges in them.
type States[T any] struct {
	m     map[stateKey]*T
	order []stateKey
}

type stateKey struct{ conn, exchange int }

// Of returns what is known of a conversation, a zero T at first; nil when
// there are too many.
func (s *States[T]) Of(conn, exchange int) *T {
	k := stateKey{conn, exchange}
	v := s.m[k]
	if v == nil && len(s.m) < maxStates {
		if s.m == nil {
			s.m = map[stateKey]*T{}
		}
		v = new(T)
		s.m[k] = v
		s.order = append(s.order, k)
	}
	return v
}

// All visits them in the order in which they were first asked for.
func (s *States[T]) All(visit func(conn, exchange int, v *T)) {
	for _, k := range s.order {
		visit(k.conn, k.exchange, s.m[k])
	}
}
