// Package diagram makes a sequence diagram of records: who says what to whom,
// one arrow for each message between applications, with gaps of time, answers'
// latencies, and repeats drawn once.
//
//	codec.Record ──▶ Builder ──▶ Diagram ──▶ text, Mermaid, SVG
//
// What a frame says, and who its ends are, the protocols tell ([codec.Teller]).
package diagram

import (
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Options say what to draw. The zero value is usable.
type Options struct {
	View codec.View

	// All draws what is below the applications, too: handshakes, heartbeats.
	All bool

	// Conns are the conversations to draw; nil means all.
	Conns map[int]bool

	// Max is how many arrows are kept; 0 means DefaultMax. What comes after
	// them is counted.
	Max int

	// Each draws every message on its own instead of repeats once.
	Each bool
}

// DefaultMax is how many arrows are kept.
const DefaultMax = 10_000

// An end is one end of a conversation.
type end struct {
	conn   int
	server bool
}

// An Arrow is a message, or several that say the same again.
type Arrow struct {
	From, To int // indices of actors
	Kind     string
	Label    string
	Answer   bool // it is an answer
	Error    bool
	Bad      bool // it is no frame, or a gap
	Count    int
	First    time.Time
	Last     time.Time
	Conn     int
	Seq      int

	// Latency is the time since the request, of several the longest, and
	// Least the shortest; both are -1 when it is not known.
	Latency, Least time.Duration

	from, to end
}

// A Builder makes a Diagram of records. It wants them in order.
type Builder struct {
	o       Options
	joiner  *decode.Joiner
	arrows  []Arrow
	names   map[end]string
	order   []end
	measure codec.Measure
	shown   int // records that are in an arrow
	below   int // records of the layers below
	left    int // records of other conversations
	more    int // records for which there was no room
}

// New returns a Builder that has seen nothing.
func New(o Options) *Builder {
	if o.Max <= 0 {
		o.Max = DefaultMax
	}
	return &Builder{o: o, joiner: decode.NewJoiner(), names: map[end]string{}}
}

// maxEnds is how many ends of conversations are told apart.
const maxEnds = 10_000

// Add takes a record. It keeps no more of it than its arrow.
func (b *Builder) Add(r *codec.Record) {
	if b.o.Conns != nil && !b.o.Conns[r.Conn] {
		b.left++
		return
	}
	a := Arrow{Count: 1, First: r.Time, Last: r.Time, Conn: r.Conn, Seq: r.Seq, Latency: -1, Least: -1}
	a.from, a.to = end{r.Conn, false}, end{r.Conn, true}
	if r.Dir == codec.ToClient {
		a.from, a.to = a.to, a.from
	}
	if r.Frame == nil || r.Err != nil {
		b.bad(&a, r)
		b.add(a)
		return
	}
	var t codec.Told
	if f, ok := r.Frame.(codec.Teller); ok {
		f.Tell(&t, b.o.View)
	} else {
		t.Kind = r.Frame.Type()
	}
	b.name(end{r.Conn, false}, t.Client)
	b.name(end{r.Conn, true}, t.Server)
	joined := b.joiner.Add(r, decode.LinkOf(r))
	if t.Below && !b.o.All {
		b.below++
		return
	}
	a.Kind, a.Label = t.Kind, oneLine(t.Label)
	if a.Label == "" {
		a.Label = oneLine(t.Kind)
	}
	b.measure = codec.Measure{Subjects: b.measure.Subjects[:0]}
	if f, ok := r.Frame.(codec.Measured); ok {
		f.Measure(&b.measure)
		a.Error = b.measure.Error != ""
	}
	if link := decode.LinkOf(r); joined.Answers && link.Role != codec.LinkGoesOn {
		a.Answer = true
		a.Latency, a.Least = joined.To.Elapsed, joined.To.Elapsed
	}
	b.add(a)
}

// bad makes an arrow of what is no frame.
func (b *Builder) bad(a *Arrow, r *codec.Record) {
	a.Bad = true
	switch {
	case r.IsGap():
		a.Kind = "gap"
		a.Label = fmt.Sprintf("%d bytes are missing", r.Span.Len())
	case r.Err.Code == decode.CodeNotFrames && r.HTTP != nil:
		a.Kind = "http"
		a.Label = oneLine(fmt.Sprintf("%s, %s", r.HTTP, r.HTTP.MediaType))
	default:
		a.Kind = "no frame"
		a.Label = oneLine(fmt.Sprintf("%d bytes that are no frame: %s", len(r.Bytes), r.Err.Code))
	}
}

// add keeps an arrow: as one more of the last, if it says the same.
func (b *Builder) add(a Arrow) {
	if n := len(b.arrows); n > 0 && b.more == 0 && !b.o.Each && b.arrows[n-1].again(&a) {
		b.arrows[n-1].merge(&a)
		b.shown++
		return
	}
	if len(b.arrows) >= b.o.Max {
		b.more++
		return
	}
	b.name(a.from, "")
	b.name(a.to, "")
	b.arrows = append(b.arrows, a)
	b.shown++
}

// again says whether next says the same as a again, soon after.
func (a *Arrow) again(next *Arrow) bool {
	return a.from == next.from && a.to == next.to && a.Kind == next.Kind && a.Answer == next.Answer && a.Error == next.Error &&
		next.First.Sub(a.Last) < Gap
}

// merge adds one that says the same.
func (a *Arrow) merge(next *Arrow) {
	a.Count += next.Count
	a.Last = next.Last
	if next.Latency >= 0 {
		if a.Least < 0 || next.Least < a.Least {
			a.Least = next.Least
		}
		a.Latency = max(a.Latency, next.Latency)
	}
}

// name gives an end a name; the last one counts.
func (b *Builder) name(e end, name string) {
	old, known := b.names[e]
	if !known {
		if len(b.names) >= maxEnds {
			return
		}
		b.order = append(b.order, e)
	}
	if name = oneLine(name); name == "" {
		name = old
	}
	b.names[e] = name
}

// maxLabel is how long a label may be, in bytes.
const maxLabel = 200

// oneLine makes a label printable.
func oneLine(s string) string {
	if len(s) > maxLabel {
		s = s[:maxLabel] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
