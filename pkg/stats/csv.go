package stats

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"
)

// columns are those of CSV. Times are in seconds.
var columns = []string{
	"by", "proto", "conn", "name", "client", "server",
	"frames", "frames_to_server", "frames_to_client", "bytes", "bytes_to_server", "bytes_to_client", "frames_per_second",
	"requests", "answers", "unanswered", "errors", "damage",
	"count", "min", "mean", "p50", "p90", "p99", "max",
	"encoded_bytes", "plain_bytes",
}

// AppendCSV appends the report's rows as CSV with a head, as AppendJSON does
// as JSON. The largest frames are not among them.
func (r *Report) AppendCSV(dst []byte, want func(kind string) bool) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w := csv.NewWriter(out)
	if err := w.Write(columns); err != nil {
		return dst, err
	}
	for _, row := range append([]*Row{r.Total}, r.Rows...) {
		if want != nil && !want(row.By) {
			continue
		}
		if err := w.Write(r.record(row)); err != nil {
			return dst, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func (r *Report) record(w *Row) []string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	cells := []string{
		w.By, w.Proto, "", w.Name, w.Client, w.Server,
		n(w.Count()), n(w.Frames[0]), n(w.Frames[1]), n(w.Size()), n(w.Bytes[0]), n(w.Bytes[1]), "",
		n(w.Asked), n(w.Answers), n(w.Unanswered), n(w.Errors), n(w.Damage),
	}
	if w.Conn > 0 {
		cells[2] = strconv.Itoa(w.Conn)
	}
	if rate := r.Rate(w, w.Count()); rate > 0 {
		cells[12] = strconv.FormatFloat(round(rate), 'f', -1, 64)
	}
	l := &w.Latency
	if l.Count() == 0 {
		cells = append(cells, "", "", "", "", "", "", "")
	} else {
		cells = append(cells, n(l.Count()))
		for _, v := range []int64{l.Min(), l.Mean(), l.Quantile(50), l.Quantile(90), l.Quantile(99), l.Max()} {
			cells = append(cells, w.value(v))
		}
	}
	if w.By != ByEncoding {
		return append(cells, "", "")
	}
	return append(cells, n(w.Encoded), n(w.Plain))
}

// value returns a value of the row's Latency, times in seconds.
func (w *Row) value(v int64) string {
	if w.Number {
		return strconv.FormatInt(v, 10)
	}
	return strconv.FormatFloat(time.Duration(v).Seconds(), 'f', -1, 64)
}
