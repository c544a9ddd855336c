// Package stats adds up what records say: how many frames and bytes there
// were of each kind, how long answers took, what failed and what was never
// answered.
//
//	decode.Session ──▶ codec.Record ──▶ Stats ──▶ Report ──▶ JSON, CSV, cells
//
// What counts under which name is the protocols' matter ([codec.Measured],
// [codec.Metered]). Memory does not grow with the number of records: times of
// answers go to histograms, and the number of rows is bounded.
package stats

import (
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Options say what to add up. The zero value is usable.
type Options struct {
	// Largest is how many of the largest frames are listed; 0 means none.
	Largest int

	// MaxRows is how many rows there may be of one kind; 0 means
	// DefaultMaxRows. What is beyond that counts in a row named Others.
	MaxRows int

	// Server names the server of a conversation. Protocols tell by it which
	// conversations have to do with each other.
	Server func(conn int) string
}

// DefaultMaxRows is the number of rows of one kind.
const DefaultMaxRows = 1000

// Others is the name of the row for what has no row of its own.
const Others = "(others)"

// A Stats adds up records. It wants them in order.
type Stats struct {
	o       Options
	joiner  *decode.Joiner
	rows    []*Row
	index   map[key]int // of rows; its values are numbers in tags
	perKind map[string]int
	total   *Row
	clock   clock
	measure codec.Measure
	meters  map[string]codec.Meter // by protocol; nil for those that have none
	metered string                 // the protocol whose samples emit takes
	emit    func(codec.Sample)
	largest []Large
	memo    memo
}

// memo is what was found last: records come in runs.
type memo struct {
	proto, name string
	typ         int
	conn        int
	convo       int
	server      string
}

// key names a row.
type key struct {
	by, proto, name string
	conn            int
}

// New returns a Stats that has seen nothing.
func New(o Options) *Stats {
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	s := &Stats{o: o, joiner: decode.NewJoiner(), index: map[key]int{}, perKind: map[string]int{}, meters: map[string]codec.Meter{}}
	s.memo.conn, s.memo.typ = -1, -1
	s.emit = func(v codec.Sample) { s.sample(s.metered, v) }
	s.total = s.rows1(key{by: ByTotal})
	s.joiner.GiveUp = s.unanswered
	return s
}

// rows1 returns the row of a key.
func (s *Stats) rows1(k key) *Row { return s.rows[s.row(k)] }

// row returns the number of the row of a key, which is made if need be.
func (s *Stats) row(k key) int {
	if i, ok := s.index[k]; ok {
		return i
	}
	if s.perKind[k.by] >= s.o.MaxRows && k.name != Others {
		k.name, k.conn = Others, 0
		return s.row(k)
	}
	s.perKind[k.by]++
	i := len(s.rows)
	s.rows = append(s.rows, &Row{By: k.by, Proto: k.proto, Name: k.name, Conn: k.conn})
	s.index[k] = i
	return i
}

// Add takes a record. It keeps nothing of it.
func (s *Stats) Add(r *codec.Record) {
	at := s.clock.tick(r.Time)
	convo := s.conversation(r)
	if r.Frame == nil || r.Err != nil {
		for _, row := range []*Row{s.total, convo} {
			row.bad(r)
		}
		return
	}
	s.measure = codec.Measure{Subjects: s.measure.Subjects[:0]}
	m := &s.measure
	if f, ok := r.Frame.(codec.Measured); ok {
		f.Measure(m)
	}
	own := s.typeRow(r)
	tag := tagOf(own)
	for i, sub := range m.Subjects[:min(len(m.Subjects), 2)] {
		tag = tag.with(i+1, s.subject(sub.Kind, r.Proto, sub.Name))
	}
	link := decode.LinkOf(r)
	joined := s.joiner.AddTagged(r, link, uint64(tag))
	if link.Role == codec.LinkGoesOn && !joined.Last {
		joined.Answers = false // it goes on from no request
	}
	for _, row := range []*Row{s.total, convo, s.rows[own]} {
		row.frame(r, at, &s.clock)
	}
	about := tag // whose subjects the frame counts under
	if joined.Answers {
		about = Tag(joined.Tag)
	}
	// A bus passes an answer on, and it is one when it reaches who asked.
	passing := joined.Answers && link.Wide && link.Role == codec.LinkAnswers && joined.To.Conn != r.Conn
	if joined.Answers && (!passing || m.Step != "") {
		s.answer(r, link, &joined, m)
	}
	for i := 1; i < tagParts; i++ {
		if n, ok := about.part(i); ok {
			s.rows[n].frame(r, at, &s.clock)
		}
	}
	if joined.Asks {
		s.each(tag, convo, func(row *Row) { row.Asked++ })
	}
	if m.Error != "" && !passing {
		s.fail(r, about, convo, m.Error, at)
	}
	if m.Encoding != "" {
		row := s.rows1(key{by: ByEncoding, proto: r.Proto, name: m.Encoding})
		row.frame(r, at, &s.clock)
		row.Encoded += m.Encoded
		row.Plain += m.Plain
	}
	s.meter(r)
	s.large(r)
}

// subject returns the number of the row of a subject. One that was seen before
// takes no memory.
func (s *Stats) subject(kind, proto string, name []byte) int {
	if i, ok := s.index[key{by: kind, proto: proto, name: string(name)}]; ok && len(name) <= maxName {
		return i
	}
	return s.row(key{by: kind, proto: proto, name: clip(string(name))})
}

// each visits the rows that a request counts in: all, its conversation, its
// type and its subjects.
func (s *Stats) each(t Tag, convo *Row, visit func(*Row)) {
	visit(s.total)
	if convo != nil {
		visit(convo)
	}
	for i := range tagParts {
		if n, ok := t.part(i); ok {
			visit(s.rows[n])
		}
	}
}

// answer takes the time that an answer took.
func (s *Stats) answer(r *codec.Record, l codec.Link, j *decode.Tagged, m *codec.Measure) {
	t := Tag(j.Tag)
	if m.Step != "" {
		name := ""
		if n, ok := t.part(1); ok {
			name = s.rows[n].Name
		}
		s.sample(r.Proto, codec.Sample{Metric: m.Step, Name: name, Conn: r.Conn, Value: int64(j.To.Elapsed), Time: true})
		return
	}
	if l.Role == codec.LinkAnswers && !l.Wide {
		return // more of it is to come
	}
	convo := s.rows[s.row(key{by: ByConversation, conn: j.To.Conn})]
	s.each(t, convo, func(row *Row) {
		row.Answers++
		if j.To.Elapsed >= 0 {
			row.Latency.record(int64(j.To.Elapsed))
		}
	})
}

// fail counts an error: in the rows that it is about, and in one of its own.
func (s *Stats) fail(r *codec.Record, about Tag, convo *Row, class string, at slot) {
	s.each(about, convo, func(row *Row) { row.Errors++ })
	row := s.rows1(key{by: ByError, proto: r.Proto, name: clip(class)})
	row.frame(r, at, &s.clock)
	row.Errors++
}

// conversation returns the row of the record's conversation.
func (s *Stats) conversation(r *codec.Record) *Row {
	if r.Conn != s.memo.conn {
		s.memo.conn = r.Conn
		s.memo.convo = s.row(key{by: ByConversation, conn: r.Conn})
		s.memo.server = ""
		if s.o.Server != nil {
			s.memo.server = s.o.Server(r.Conn)
		}
	}
	return s.rows[s.memo.convo]
}

// typeRow returns the number of the row of the frame's type.
func (s *Stats) typeRow(r *codec.Record) int {
	name := r.Frame.Type()
	if s.memo.typ < 0 || s.memo.name != name || s.memo.proto != r.Proto {
		s.memo.typ = s.row(key{by: ByType, proto: r.Proto, name: clip(name)})
		s.memo.proto, s.memo.name = r.Proto, name
	}
	return s.memo.typ
}

// meter gives the record to its protocol's meter.
func (s *Stats) meter(r *codec.Record) {
	m, known := s.meters[r.Proto]
	if !known {
		if p, err := registry.Lookup(r.Proto); err == nil {
			if p, ok := p.(codec.Metered); ok {
				m = p.Meter()
			}
		}
		s.meters[r.Proto] = m
	}
	if m != nil {
		s.metered = r.Proto
		m.Take(r, s.memo.server, s.emit)
	}
}

// sample takes a value of a metric.
func (s *Stats) sample(proto string, v codec.Sample) {
	if v.Time && v.Value < 0 {
		return // the capture has no times
	}
	row := s.rows1(key{by: ByMetric, proto: proto, name: metricName(v.Metric, v.Name)})
	row.Metric, row.Of, row.Number = v.Metric, v.Name, !v.Time
	row.Latency.record(v.Value)
}

func metricName(metric, of string) string {
	if of == "" {
		return metric
	}
	return metric + " " + of
}

// large keeps the record if it is among the largest.
func (s *Stats) large(r *codec.Record) {
	n := r.Span.Len()
	if s.o.Largest <= 0 || len(s.largest) == s.o.Largest && n <= s.largest[len(s.largest)-1].Bytes {
		return
	}
	i, _ := slices.BinarySearchFunc(s.largest, n, func(l Large, n int64) int {
		if l.Bytes >= n {
			return -1 // of equal ones the first stands first
		}
		return 1
	})
	s.largest = slices.Insert(s.largest, i, Large{
		Proto: r.Proto, Conn: r.Conn, Seq: r.Seq, Dir: r.Dir, Time: r.Time, Offset: r.Span.Start, Bytes: n, Type: r.Frame.Type(),
	})
	s.largest = s.largest[:min(len(s.largest), s.o.Largest)]
}

// A Large is one of the largest frames.
type Large struct {
	Proto  string
	Conn   int
	Seq    int
	Dir    codec.Direction
	Time   time.Time
	Offset int64
	Bytes  int64
	Type   string
}

// maxName is how long the name of a row may be.
const maxName = 100

func clip(name string) string {
	if len(name) > maxName {
		return name[:maxName] + "…"
	}
	return name
}
