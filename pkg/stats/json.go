package stats

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
)

// Version is the number under "v" in every line of JSON.
const Version = 1

// A jsonRow is a row as JSON.
type jsonRow struct {
	Version int    `json:"v"`
	By      string `json:"by"`
	Proto   string `json:"proto,omitempty"`
	Dialect string `json:"dialect,omitempty"`
	Conn    int    `json:"conn,omitempty"`
	Name    string `json:"name,omitempty"`
	Metric  string `json:"metric,omitempty"`
	Of      string `json:"of,omitempty"`
	Client  string `json:"client,omitempty"`
	Server  string `json:"server,omitempty"`
	Note    string `json:"note,omitempty"`

	Start string   `json:"start,omitempty"`
	Took  *float64 `json:"seconds,omitempty"`

	Frames         *int64   `json:"frames,omitempty"`
	FramesToServer *int64   `json:"frames_to_server,omitempty"`
	FramesToClient *int64   `json:"frames_to_client,omitempty"`
	Bytes          *int64   `json:"bytes,omitempty"`
	BytesToServer  *int64   `json:"bytes_to_server,omitempty"`
	BytesToClient  *int64   `json:"bytes_to_client,omitempty"`
	Rate           *float64 `json:"frames_per_second,omitempty"`
	Throughput     *float64 `json:"bytes_per_second,omitempty"`

	Records *int64 `json:"records,omitempty"` // of all kinds
	Raw     int64  `json:"raw_bytes,omitempty"`
	Damage  int64  `json:"damage,omitempty"`
	Gaps    int64  `json:"gaps,omitempty"`
	Missing int64  `json:"missing_bytes,omitempty"`

	Asked      int64       `json:"requests,omitempty"`
	Answers    int64       `json:"answers,omitempty"`
	Unanswered int64       `json:"unanswered,omitempty"`
	Errors     int64       `json:"errors,omitempty"`
	Latency    *jsonValues `json:"latency,omitempty"`
	Values     *jsonValues `json:"values,omitempty"`

	Encoded int64   `json:"encoded_bytes,omitempty"`
	Plain   int64   `json:"plain_bytes,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`

	Slot float64  `json:"slot_seconds,omitempty"`
	Line []uint32 `json:"timeline,omitempty"`
	Full bool     `json:"requests_dropped,omitempty"`
}

// A jsonValues is a Latency as JSON: times in seconds.
type jsonValues struct {
	Count int64   `json:"count"`
	Min   float64 `json:"min"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func jsonValuesOf(l *Latency, number bool) *jsonValues {
	if l.Count() == 0 {
		return nil
	}
	scale := float64(time.Second)
	if number {
		scale = 1
	}
	v := func(n int64) float64 { return float64(n) / scale }
	return &jsonValues{l.Count(), v(l.Min()), v(l.Mean()), v(l.Quantile(50)), v(l.Quantile(90)), v(l.Quantile(99)), v(l.Max())}
}

type jsonLarge struct {
	Version int    `json:"v"`
	By      string `json:"by"`
	Proto   string `json:"proto,omitempty"`
	Conn    int    `json:"conn"`
	Dir     string `json:"dir"`
	Seq     int    `json:"seq"`
	Time    string `json:"time,omitempty"`
	Offset  int64  `json:"offset"`
	Length  int64  `json:"length"`
	Type    string `json:"type"`
}

// AppendJSON appends the report as lines of JSON: one for each row, the total
// first, and one for each of the largest frames. It leaves out kinds that want
// says no to; nil wants all.
func (r *Report) AppendJSON(dst []byte, want func(kind string) bool) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, w := range append([]*Row{r.Total}, r.Rows...) {
		if want == nil || want(w.By) {
			if err := enc.Encode(r.jsonRow(w)); err != nil {
				return dst, err
			}
		}
	}
	for _, l := range r.Largest {
		j := jsonLarge{Version, ByLargest, l.Proto, l.Conn, l.Dir.String(), l.Seq, stamp(l.Time), l.Offset, l.Bytes, l.Type}
		if want == nil || want(ByLargest) {
			if err := enc.Encode(j); err != nil {
				return dst, err
			}
		}
	}
	return out.Bytes(), nil
}

func (r *Report) jsonRow(w *Row) *jsonRow {
	j := &jsonRow{
		Version: Version, By: w.By, Proto: w.Proto, Dialect: w.Dialect, Conn: w.Conn, Name: w.Name, Client: w.Client, Server: w.Server, Note: w.Note,
		Damage: w.Damage, Gaps: w.Gaps, Missing: w.Missing, Raw: w.Raw[0] + w.Raw[1],
		Asked: w.Asked, Answers: w.Answers, Unanswered: w.Unanswered, Errors: w.Errors,
		Encoded: w.Encoded, Plain: w.Plain, Ratio: round(w.Ratio()),
	}
	if w.By == ByMetric {
		j.Metric, j.Of, j.Name, j.Answers = w.Metric, w.Of, "", 0
		j.Values = jsonValuesOf(&w.Latency, w.Number)
		return j
	}
	n, size := w.Count(), w.Size()
	j.Frames, j.FramesToServer, j.FramesToClient = &n, &w.Frames[0], &w.Frames[1]
	j.Bytes, j.BytesToServer, j.BytesToClient = &size, &w.Bytes[0], &w.Bytes[1]
	j.Latency = jsonValuesOf(&w.Latency, false)
	if w.By == ByTotal || w.By == ByConversation {
		all := w.Records()
		j.Records = &all
	}
	if r.Start.IsZero() {
		return j
	}
	if w.By == ByTotal || w.By == ByConversation {
		sec := w.Last.Sub(w.First).Seconds()
		j.Start, j.Took = stamp(w.First), &sec
	}
	if rate, through := round(r.Rate(w, n)), round(r.Rate(w, size)); through > 0 {
		j.Rate, j.Throughput = &rate, &through
	}
	j.Line = r.Line(w)
	if w.By == ByTotal {
		j.Slot, j.Full = r.Slot.Seconds(), r.Full
	}
	return j
}

// round takes off the digits that nobody needs.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}
