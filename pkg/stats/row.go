package stats

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// What rows are by. Protocols have more: "method", "command", "stream",
// "queue", "group".
const (
	ByTotal        = "total"
	ByConversation = "conversation"
	ByType         = "type"
	ByError        = "error"
	ByEncoding     = "encoding"
	ByMetric       = "metric"
	ByLargest      = "largest" // frames, which are no rows
)

// A Row is what was counted under one name.
type Row struct {
	By    string
	Proto string
	Name  string // of the type, method, …; "" for the total and a conversation
	Conn  int    // of a conversation

	Frames [2]int64 // to the server, to the client
	Bytes  [2]int64 // of the frames

	Other   [2]int64 // records that are no frame
	Raw     [2]int64 // their bytes, those of gaps not counted
	Damage  int64    // of them, those that show damage
	Gaps    int64
	Missing int64 // bytes in the gaps

	Asked      int64 // requests
	Answers    int64 // answers; on a bus a request may have several
	Unanswered int64 // requests without a last answer, on a bus without any
	Errors     int64
	Latency    Latency // from request to answer; of a metric its values

	Encoded, Plain int64 // of an encoding

	Metric, Of string // of a metric
	Number     bool   // its values are numbers, not times

	Client, Server string // of a conversation
	Dialect        string
	Note           string

	First, Last time.Time
	line        timeline
}

// frame counts a frame.
func (w *Row) frame(r *codec.Record, at slot, c *clock) {
	i := side(r.Dir)
	w.Frames[i]++
	w.Bytes[i] += r.Span.Len()
	if r.Time.IsZero() {
		return
	}
	if w.First.IsZero() {
		w.First = r.Time
	}
	w.Last = r.Time
	w.line.add(at, c)
}

// bad counts a record that is no frame.
func (w *Row) bad(r *codec.Record) {
	i := side(r.Dir)
	w.Other[i]++
	if decode.Damaged(r) {
		w.Damage++
	}
	if r.IsGap() {
		w.Gaps++
		w.Missing += r.Span.Len()
		return
	}
	w.Raw[i] += r.Span.Len()
}

// Count returns the frames of both directions.
func (w *Row) Count() int64 { return w.Frames[0] + w.Frames[1] }

// Size returns the bytes of the frames of both directions.
func (w *Row) Size() int64 { return w.Bytes[0] + w.Bytes[1] }

// Records returns the number of records: frames and others.
func (w *Row) Records() int64 { return w.Count() + w.Other[0] + w.Other[1] }

// Ratio returns how many bytes one byte of an encoding stands for; 0 when
// there is none.
func (w *Row) Ratio() float64 {
	if w.Encoded == 0 {
		return 0
	}
	return float64(w.Plain) / float64(w.Encoded)
}

func side(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}

// A Tag holds the numbers of the rows that a request counts in: its type, and
// two subjects.
type Tag uint64

const (
	tagParts = 3
	tagBits  = 21
)

func tagOf(n int) Tag { return Tag(0).with(0, n) }

func (t Tag) with(i, n int) Tag {
	return t | Tag(n+1)&(1<<tagBits-1)<<(i*tagBits)
}

func (t Tag) part(i int) (n int, ok bool) {
	n = int(t>>(i*tagBits)&(1<<tagBits-1)) - 1
	return n, n >= 0
}
