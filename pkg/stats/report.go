package stats

import (
	"cmp"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// A Report is what a Stats has added up.
type Report struct {
	Total   *Row
	Rows    []*Row // without the total, by kind and then by name
	Largest []Large

	Start time.Time     // of the first record; zero without times
	Took  time.Duration // until the last
	Slot  time.Duration // length of a slot of the time lines
	Full  bool          // more requests waited at a time than are followed
	clock clock
}

// unanswered counts a request that gets no answer.
func (s *Stats) unanswered(open codec.Reply, tag uint64) {
	convo := s.rows[s.row(key{by: ByConversation, conn: open.Conn})]
	s.each(Tag(tag), convo, func(row *Row) { row.Unanswered++ })
}

// Finish says that there are no more records. The summaries are those of the
// session that made them.
func (s *Stats) Finish(conversations []*decode.Summary) *Report {
	for _, name := range sortedKeys(s.meters) {
		if m := s.meters[name]; m != nil {
			m.End(func(v codec.Sample) { s.sample(name, v) })
		}
	}
	for open, tag := range s.joiner.Open() {
		s.unanswered(open, tag)
	}
	for _, sum := range conversations {
		w := s.rows1(key{by: ByConversation, conn: sum.Conn.ID})
		if w.Name == Others {
			continue
		}
		w.Proto, w.Dialect, w.Note = sum.Protocol, sum.Dialect, sum.Why
		w.Client, w.Server = sum.Conn.Client.String(), sum.Conn.Server.String()
	}
	r := &Report{
		Total: s.total, Rows: slices.Clone(s.rows[1:]), Largest: s.largest,
		Start: s.clock.start, Took: s.clock.end.Sub(s.clock.start), Slot: s.clock.width(), Full: s.joiner.Full, clock: s.clock,
	}
	slices.SortStableFunc(r.Rows, compareRows)
	return r
}

// kinds are those of all protocols, in the order of a report.
var kinds = []string{ByConversation, ByType, "method", "command", "notification", "group", "stream", "queue", "topic", ByError, ByMetric, ByEncoding, ByLargest}

// Kinds returns what rows are by, in the order of a report.
func Kinds() []string { return slices.Clone(kinds) }

func compareRows(a, b *Row) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, a.By), slices.Index(kinds, b.By)),
		cmp.Compare(a.By, b.By),
		cmp.Compare(a.Conn, b.Conn),
		cmp.Compare(a.Proto, b.Proto),
		cmp.Compare(a.Name, b.Name),
	)
}

// By returns the rows of a kind.
func (r *Report) By(kind string) []*Row {
	var rows []*Row
	for _, w := range r.Rows {
		if w.By == kind {
			rows = append(rows, w)
		}
	}
	return rows
}

// Rate returns n per second: of a conversation's time for its row, else of the
// capture's; 0 without times.
func (r *Report) Rate(w *Row, n int64) float64 {
	took := r.Took
	if w.By == ByConversation {
		took = w.Last.Sub(w.First)
	}
	if took <= 0 {
		return 0
	}
	return float64(n) / took.Seconds()
}

// Line returns a row's frames by slots of time, from the first slot of the
// capture to its last; nil without times.
func (r *Report) Line(w *Row) []uint32 {
	if r.Start.IsZero() {
		return nil
	}
	w.line.fold(&r.clock)
	return w.line.counts[:min(int64(r.Took/r.Slot)+1, cells)]
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
