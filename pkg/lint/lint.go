// Package lint holds records to the rules of their protocols, and to some that
// hold for all. What the rules are is the protocols' matter ([codec.Linter]);
// here they are applied, sorted and written down, as text, JSON and SARIF.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

// general are the rules for all protocols.
var general = []codec.Rule{
	{ID: "any/no-frame", Severity: codec.Error, Title: "bytes that are no valid frame", Text: "Where a frame should be are bytes that break the protocol's rules, or are over a limit. Decoding goes on where frames confirm each other."},
	{ID: "any/truncated", Severity: codec.Warning, Title: "the conversation ends inside a frame", Text: "A side closed, or the capture ends, before the frame was whole. Peers drop what they have of it."},
	{ID: "any/gap", Severity: codec.Note, Title: "bytes are missing from the capture", Text: "The capture does not hold all that was sent. Rules about what comes before what are not applied after it."},
	{ID: "any/http-answer", Severity: codec.Warning, Title: "HTTP answers frames with something else", Text: "The body of the answer is no frames: an error of the server, in text. Mercurial sends protocol errors with status 200, so that a client must look at the media type before it reads frames."},
	{ID: "any/unanswered", Severity: codec.Warning, Title: "a request has no answer", Text: "When the capture ends, a request still waits. On a bus, nobody has answered it at all."},
}

const unanswered = "any/unanswered"

// Rules returns all rules, or those that hold for one protocol: the general
// ones first.
func Rules(proto string) []codec.Rule {
	rules := slices.Clone(general)
	for _, p := range registry.All() {
		if l, ok := p.(codec.Linter); ok && (proto == "" || p.Info().Name == proto) {
			for _, r := range l.Rules() {
				if !slices.ContainsFunc(rules, func(have codec.Rule) bool { return have.ID == r.ID }) {
					rules = append(rules, r)
				}
			}
		}
	}
	return rules
}

// A Finding is a violation with its rule.
type Finding struct {
	codec.Violation
	Rule  *codec.Rule
	Proto string
	Wire  string // the record, in short
}

// Options say what to look for.
type Options struct {
	// Skip says which rules not to apply; nil applies all.
	Skip func(id string) bool

	// Least is the severity below which findings are not kept; 0 keeps all.
	Least codec.Severity

	// PerRule is how many findings of a rule are kept; 0 means
	// DefaultPerRule. The others are counted.
	PerRule int

	// Undirected says that the direction of the records is not known.
	Undirected bool

	// Want says whether a finding about a place is wanted; nil wants all. Of what
	// is about a direction as a whole the place's Seq is below 0.
	Want func(at codec.Place) bool

	// Open names the server of a conversation, and says whether it was seen
	// from its first byte on.
	Open func(conn int) (server string, whole bool)

	// Wire makes the text of a record.
	Wire func(dst []byte, r *codec.Record) []byte
}

// DefaultPerRule is how many findings of a rule are kept.
const DefaultPerRule = 100

// A Linter holds records to the rules. It wants them in order.
type Linter struct {
	o        Options
	rules    map[string]*codec.Rule
	checkers map[string]codec.Checker
	open     map[int]bool
	joiner   *decode.Joiner
	findings []Finding
	counts   map[string]int
	wire     []byte
	measure  codec.Measure
	tags     map[string]int // indices of names
	names    []string       // of requests
	carried  map[int]int    // of each conversation, the last exchange whose request had frames
}

// New returns a Linter that has seen nothing.
func New(o Options) *Linter {
	if o.PerRule <= 0 {
		o.PerRule = DefaultPerRule
	}
	l := &Linter{
		o: o, rules: map[string]*codec.Rule{}, checkers: map[string]codec.Checker{}, open: map[int]bool{},
		joiner: decode.NewJoiner(), counts: map[string]int{}, carried: map[int]int{}, tags: map[string]int{}, names: []string{"a request"},
	}
	for _, r := range Rules("") {
		l.rules[r.ID] = &r
	}
	l.joiner.GiveUp = l.unanswered
	return l
}

// Add looks at a record. It keeps nothing of it but its text.
func (l *Linter) Add(r *codec.Record) {
	if l.o.Undirected {
		undirected := *r
		undirected.Dir = 0
		r = &undirected
	}
	c := l.checker(r)
	report := func(v codec.Violation) { l.report(v, r) }
	switch {
	case r.IsGap():
		codec.Report(r, report, "any/gap", fmt.Sprintf("%d bytes are missing", r.Span.Len()))
		l.lost(c, r)
		return
	case r.Err != nil:
		l.broken(c, r, report)
		return
	case r.Frame == nil:
		return
	}
	link, tag := decode.LinkOf(r), uint64(0)
	if link.Role == codec.LinkAsks {
		tag = l.tag(r)
	}
	l.joiner.AddTagged(r, link, tag)
	if r.Exchange > 0 && r.Dir == codec.ToServer {
		l.carried[r.Conn] = r.Exchange
	}
	if c != nil {
		c.Check(r, report)
	}
}

// checker returns the checker of the record's protocol, nil when it has none,
// after it was told of the conversation.
func (l *Linter) checker(r *codec.Record) codec.Checker {
	c, known := l.checkers[r.Proto]
	if !known {
		if p, err := registry.Lookup(r.Proto); err == nil {
			if p, ok := p.(codec.Linter); ok {
				c = p.Checker()
			}
		}
		l.checkers[r.Proto] = c
	}
	if c != nil && !l.open[r.Conn] {
		l.open[r.Conn] = true
		server, whole := "", true
		if l.o.Open != nil {
			server, whole = l.o.Open(r.Conn)
		}
		c.Open(r.Conn, server, whole)
	}
	return c
}

// broken is about a record that is no frame.
func (l *Linter) broken(c codec.Checker, r *codec.Record, report func(codec.Violation)) {
	if r.Err.Code == decode.CodeNotFrames && r.Dir == codec.ToClient && r.Exchange > 0 && l.carried[r.Conn] == r.Exchange {
		codec.Report(r, report, "any/http-answer", fmt.Sprintf("%s: %s", r.HTTP, first(r.Bytes)))
	}
	if !decode.Damaged(r) {
		return
	}
	rule := "any/no-frame"
	if r.Err.Code == codec.CodeTruncated {
		rule = "any/truncated"
	}
	message := r.Err.Err.Error()
	if r.Err.Path != "" {
		message = r.Err.Path + ": " + message
	}
	v := codec.Violation{Rule: rule, Message: message, Place: codec.PlaceOf(r)}
	report(v)
	if r.Frame == nil {
		l.lost(c, r)
	}
}

func (l *Linter) lost(c codec.Checker, r *codec.Record) {
	if c != nil {
		c.Lost(r.Conn)
	}
}

// first returns the first line of a body, for a message.
func first(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(b[:min(len(b), 4*maxWire)])), "\n")
	return strings.ToValidUTF8(clip([]byte(line)), "?")
}

// tag makes a tag of what a request is, for when it has no answer.
func (l *Linter) tag(r *codec.Record) uint64 {
	l.measure = codec.Measure{Subjects: l.measure.Subjects[:0]}
	if f, ok := r.Frame.(codec.Measured); ok {
		f.Measure(&l.measure)
	}
	name := r.Frame.Type()
	for _, s := range l.measure.Subjects {
		name += " " + clip(s.Name)
	}
	n, known := l.tags[name]
	if !known && len(l.names) < maxTags {
		n = len(l.names)
		l.tags[name] = n
		l.names = append(l.names, name)
	}
	tag := uint64(n) << 1
	if r.Dir == codec.ToClient {
		tag++
	}
	return tag
}

// maxTags is how many kinds of requests are told apart.
const maxTags = 4096

// report keeps a violation, if it is wanted.
func (l *Linter) report(v codec.Violation, r *codec.Record) {
	rule := l.rules[v.Rule]
	if rule == nil { // a code that no rule tells of: a test holds the tables to the codes
		rule = &codec.Rule{ID: v.Rule, Severity: codec.Warning, Title: v.Rule}
		l.rules[v.Rule] = rule
	}
	if rule.Severity < l.o.Least || l.o.Skip != nil && l.o.Skip(rule.ID) || l.o.Want != nil && !l.o.Want(v.Place) {
		return
	}
	if l.counts[rule.ID]++; l.counts[rule.ID] > l.o.PerRule {
		return
	}
	f := Finding{Violation: v, Rule: rule}
	if r != nil {
		f.Proto = r.Proto
		if r.Seq == v.Seq && r.Conn == v.Conn && !r.IsGap() && l.o.Wire != nil {
			l.wire = l.o.Wire(l.wire[:0], r)
			f.Wire = clip(l.wire)
		}
	}
	l.findings = append(l.findings, f)
}

// maxWire is how much of a record's text a finding keeps.
const maxWire = 160

func clip(b []byte) string {
	if len(b) <= maxWire {
		return string(b)
	}
	return strings.ToValidUTF8(string(b[:maxWire]), "") + "…"
}

// unanswered reports a request that gets no answer.
func (l *Linter) unanswered(open codec.Reply, tag uint64) {
	at := codec.Place{Conn: open.Conn, Dir: codec.ToServer, Seq: open.Seq}
	if tag&1 != 0 {
		at.Dir = codec.ToClient
	}
	l.report(codec.Violation{Rule: unanswered, Message: l.names[tag>>1] + " has no answer", Place: at}, nil)
}

// A Result is what was found.
type Result struct {
	Findings []Finding      // by conversation, then by record
	Counts   map[string]int // of all that were found, by rule
	Rules    []codec.Rule   // that were applied
}

// Finish says that there are no more records. The summaries are those of the
// session that made them.
func (l *Linter) Finish(conversations []*decode.Summary) *Result {
	for _, c := range l.checkers {
		if c != nil {
			c.End(func(v codec.Violation) { l.report(v, nil) })
		}
	}
	for _, sum := range conversations {
		for _, e := range sum.Ends {
			rule := l.named(sum.Protocol, e.Code)
			if rule == unanswered {
				continue // told of each request
			}
			l.report(codec.Violation{
				Rule: rule, Message: e.Message,
				Place: codec.Place{Conn: sum.Conn.ID, Exchange: e.Exchange, Dir: e.Dir, Seq: -1, Time: sum.Conn.End},
			}, nil)
		}
	}
	for open, tag := range l.joiner.Open() {
		l.unanswered(open, tag)
	}
	protos := map[int]string{}
	for _, sum := range conversations {
		protos[sum.Conn.ID] = sum.Protocol
	}
	for i := range l.findings {
		if f := &l.findings[i]; f.Proto == "" {
			f.Proto = protos[f.Conn]
		}
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.order(), b.order()), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	rules := slices.DeleteFunc(Rules(""), func(r codec.Rule) bool {
		return r.Severity < l.o.Least || l.o.Skip != nil && l.o.Skip(r.ID)
	})
	return &Result{l.findings, l.counts, rules}
}

// order is where a finding stands in its conversation: what is about a whole
// direction stands at the end.
func (f *Finding) order() int {
	if f.Seq < 0 {
		return 1 << 60
	}
	return f.Seq
}

// named returns the ID of the rule of a code: the protocol's own, or that of
// a protocol below it.
func (l *Linter) named(proto, code string) string {
	if id := proto + "/" + code; l.rules[id] != nil {
		return id
	}
	for _, r := range Rules(proto) {
		if strings.HasSuffix(r.ID, "/"+code) {
			return r.ID
		}
	}
	return proto + "/" + code
}

// Worst returns the highest severity that was found, 0 when there is nothing.
func (r *Result) Worst() codec.Severity {
	worst := codec.Severity(0)
	for i := range r.Findings {
		worst = max(worst, r.Findings[i].Rule.Severity)
	}
	return worst
}

// Count returns how many findings of a severity there were, those that were
// not kept as well.
func (r *Result) Count(s codec.Severity) int {
	n := 0
	for _, rule := range r.Rules {
		if rule.Severity == s {
			n += r.Counts[rule.ID]
		}
	}
	return n
}
