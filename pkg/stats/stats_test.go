package stats

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// TestLatency holds quantiles to those of the sorted values.
func TestLatency(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l Latency
	var all []int64
	for range 10_000 {
		v := int64(r.ExpFloat64() * 1e6)
		all = append(all, v)
		l.record(v)
	}
	slices.Sort(all)
	for _, q := range []float64{50, 90, 99} {
		want := float64(all[int(q/100*float64(len(all)))-1])
		if got := float64(l.Quantile(q)); got < want*0.98 || got > want*1.02 {
			t.Errorf("p%v is %v, not %v", q, got, want)
		}
	}
	if l.Min() != all[0] || l.Max() != all[len(all)-1] || l.Count() != 10_000 {
		t.Errorf("min %d, max %d, count %d", l.Min(), l.Max(), l.Count())
	}
	l.record(maxValue * 4) // beyond the histogram, and kept as what it is
	if l.Max() != maxValue*4 || l.Count() != 10_001 {
		t.Errorf("max %d", l.Max())
	}
	l.record(-1)
	if l.Min() != 0 {
		t.Errorf("min %d", l.Min())
	}
	var none Latency
	if none.Quantile(50)+none.Min()+none.Max()+none.Mean() != 0 {
		t.Error("an empty one has values")
	}
}

// A frame is what counts as it says.
type frame struct {
	codec.Frame
	kind string
	m    codec.Measure
	link codec.Link
}

func (f *frame) Type() string             { return f.kind }
func (f *frame) Measure(m *codec.Measure) { *m = f.m }
func (f *frame) Link() codec.Link         { return f.link }

func record(conn, seq, ms int, f *frame) *codec.Record {
	return &codec.Record{
		Proto: "x", Conn: conn, Seq: seq, Dir: codec.ToServer, Frame: f, Bytes: make([]byte, 10),
		Span: codec.Span{Start: int64(seq * 10), End: int64(seq*10 + 10)}, Time: time.UnixMilli(int64(1000 + ms)),
	}
}

// TestTimeline has time go on beyond the first slots.
func TestTimeline(t *testing.T) {
	s := New(Options{})
	for i, ms := range []int{0, 0, 1, 5, 63, 64, 500, 100_000, 3} {
		s.Add(record(1, i, ms, &frame{kind: fmt.Sprint("t", i%2)}))
	}
	r := s.Finish(nil)
	line := r.Line(r.Total)
	if r.Slot != 2048*time.Millisecond || len(line) != 49 || line[0] != 8 || line[48] != 1 {
		t.Errorf("%v: %d slots, %v", r.Slot, len(line), line)
	}
	sum := make([]uint32, len(line))
	for _, w := range r.By(ByType) {
		for i, n := range r.Line(w) {
			sum[i] += n
		}
	}
	if !slices.Equal(sum, line) {
		t.Errorf("the types' lines add up to %v", sum)
	}
	if got := Spark([]uint32{0, 1, 4, 8}); got != " ▁▄█" {
		t.Errorf("%q", got)
	}
	if got := Squeeze([]uint32{1, 2, 3, 4, 5}, 3); !slices.Equal(got, []uint32{3, 7, 5}) {
		t.Errorf("%v", got)
	}
	if got := Spark(Squeeze(nil, 4)); got != "" {
		t.Errorf("%q", got)
	}
}

// TestBus has answers pass through a bus: what reaches who asked counts.
func TestBus(t *testing.T) {
	s := New(Options{})
	subject := codec.Measure{Subjects: []codec.Subject{{Kind: "command", Name: []byte("c")}}}
	ask := &frame{kind: "send", m: subject, link: codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "k"}, Wide: true}}
	answer := &frame{kind: "send", m: codec.Measure{Error: "bad"}, link: codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "k"}, Wide: true}}
	s.Add(record(1, 0, 0, ask))
	s.Add(record(2, 0, 1, ask))
	s.Add(record(2, 1, 8, answer))
	s.Add(record(1, 1, 10, answer))
	s.Add(record(1, 2, 20, &frame{kind: "send", m: subject, link: codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "other"}, Wide: true}}))
	r := s.Finish(nil)
	for _, w := range []*Row{r.Total, r.By("command")[0], r.By(ByConversation)[0]} {
		if w.Asked != 2 || w.Answers != 1 || w.Unanswered != 1 || w.Errors != 1 || w.Latency.Max() != int64(10*time.Millisecond) {
			t.Errorf("%s: %+v", w.By, w)
		}
	}
	if w := r.By("command")[0]; w.Count() != 5 {
		t.Errorf("%d frames are about the command", w.Count())
	}
}

// TestMaxRows has more names than there may be rows.
func TestMaxRows(t *testing.T) {
	s := New(Options{MaxRows: 10, Largest: 2})
	for i := range 1000 {
		m := codec.Measure{
			Subjects: []codec.Subject{{Kind: "method", Name: fmt.Append(nil, "m", i)}, {Kind: "group", Name: []byte(strings.Repeat("g", 1000))}},
			Error:    fmt.Sprint("e", i),
		}
		s.Add(record(i+1, 0, i, &frame{kind: fmt.Sprint("t", i), m: m}))
	}
	r := s.Finish(nil)
	for _, kind := range []string{ByConversation, ByType, "method", ByError} {
		rows := r.By(kind)
		n := int64(0)
		for _, w := range rows {
			n += w.Count()
		}
		if len(rows) != 11 || n != 1000 {
			t.Errorf("%s: %d rows with %d frames", kind, len(rows), n)
		}
	}
	if g := r.By("group"); len(g) != 1 || len(g[0].Name) > 110 {
		t.Errorf("%+v", g)
	}
	if len(r.Largest) != 2 || r.Largest[0].Conn != 1 {
		t.Errorf("%+v", r.Largest)
	}
}

func TestTag(t *testing.T) {
	tag := tagOf(0).with(2, 1<<20)
	for i, want := range []int{0, -1, 1 << 20} {
		if n, ok := tag.part(i); n != want || ok != (want >= 0) {
			t.Errorf("part %d is %d", i, n)
		}
	}
}
