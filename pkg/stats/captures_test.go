package stats_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// captures are all recordings.
func captures(t testing.TB) []string {
	var names []string
	for _, pattern := range []string{"hg/captures/*/*.pcap", "zeo/captures/*.pcap", "synapse/captures/*.pcap", "msgq/captures/*.pcap", "emqp/captures/*.pcap"} {
		names = append(names, testdata.Glob(t, pattern)...)
	}
	return names
}

// read adds up a recording; visit sees its records too.
func read(t testing.TB, name string, visit func(*codec.Record)) *stats.Report {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := func(id int) string {
		for _, sum := range s.Summaries() {
			if sum.Conn.ID == id {
				return sum.Conn.Server.String()
			}
		}
		return ""
	}
	sum := stats.New(stats.Options{Largest: 3, Server: server})
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		if visit != nil {
			visit(r)
		}
		sum.Add(r)
	}
	return sum.Finish(s.Summaries())
}

// TestTotals holds the sums to the JSON records of every recording.
func TestTotals(t *testing.T) {
	type line struct {
		Proto  string
		Conn   int
		Dir    string
		Type   string
		Length int64
		Gap    int64
		Fields json.RawMessage
	}
	for _, name := range captures(t) {
		t.Run(name, func(t *testing.T) {
			type typed struct{ proto, name string }
			var total stats.Row
			conns, types := map[int]*stats.Row{}, map[typed]*stats.Row{}
			row := func(l *line) []*stats.Row {
				if conns[l.Conn] == nil {
					conns[l.Conn] = &stats.Row{}
				}
				rows := []*stats.Row{&total, conns[l.Conn]}
				if l.Fields != nil {
					k := typed{l.Proto, l.Type}
					if types[k] == nil {
						types[k] = &stats.Row{}
					}
					rows = append(rows, types[k])
				}
				return rows
			}
			out := dump.NewJSON(dump.Options{})
			r := read(t, name, func(r *codec.Record) {
				var l line
				if err := json.Unmarshal(out.AppendRecord(nil, r), &l); err != nil {
					t.Fatal(err)
				}
				side := strings.Index("><", l.Dir)
				for _, w := range row(&l) {
					switch {
					case l.Fields != nil:
						w.Frames[side]++
						w.Bytes[side] += l.Length
					case l.Gap > 0:
						w.Gaps++
						w.Missing += l.Gap
					default:
						w.Raw[side] += l.Length
					}
				}
			})
			compare := func(what string, got, want *stats.Row) {
				if got.Frames != want.Frames || got.Bytes != want.Bytes || got.Raw != want.Raw || got.Gaps != want.Gaps || got.Missing != want.Missing {
					t.Errorf("%s: %v frames of %v bytes, %v raw, %d gaps of %d; JSON has %v, %v, %v, %d, %d", what,
						got.Frames, got.Bytes, got.Raw, got.Gaps, got.Missing, want.Frames, want.Bytes, want.Raw, want.Gaps, want.Missing)
				}
			}
			compare("total", r.Total, &total)
			for _, w := range r.By(stats.ByConversation) {
				want := conns[w.Conn]
				if want == nil {
					want = &stats.Row{}
				}
				compare("conversation", w, want)
				delete(conns, w.Conn)
			}
			for _, w := range r.By(stats.ByType) {
				k := typed{w.Proto, w.Name}
				if types[k] == nil {
					t.Errorf("type %v is in no JSON record", k)
					continue
				}
				compare(w.Name, w, types[k])
				delete(types, k)
			}
			if len(conns) > 0 || len(types) > 0 {
				t.Errorf("no rows for the conversations %v and types %v", conns, types)
			}
			for _, w := range append(r.Rows, r.Total) {
				if w.By != stats.ByMetric && w.Latency.Count() > w.Answers || w.Unanswered > w.Asked {
					t.Errorf("%s %s: %+v", w.By, w.Name, w)
				}
			}
		})
	}
}

// TestUnanswered holds the unanswered requests to those of decode --list.
func TestUnanswered(t *testing.T) {
	for _, name := range captures(t) {
		j := decode.NewJoiner()
		r := read(t, name, func(r *codec.Record) { j.Join(r, decode.LinkOf(r)) })
		want := j.Unanswered()
		sum := int64(0)
		for _, w := range r.By(stats.ByConversation) {
			if w.Unanswered != int64(want[w.Conn]) {
				t.Errorf("%s: conversation %d: %d unanswered, not %d", name, w.Conn, w.Unanswered, want[w.Conn])
			}
			sum += w.Unanswered
		}
		if sum != r.Total.Unanswered {
			t.Errorf("%s: %d unanswered in all, %d in the conversations", name, r.Total.Unanswered, sum)
		}
	}
}

// TestGolden holds reports of one recording of each kind to golden files.
func TestGolden(t *testing.T) {
	for _, name := range []string{
		"hg/captures/seed/lookup-unknown.pcap", "hg/captures/final/filedata-big-zstd.pcap",
		"zeo/captures/zeo6-lockq.pcap", "zeo/captures/zeo4_36-basic.pcap",
		"synapse/captures/v1.66-full-workers.pcap", "synapse/captures/v0.21-slow-fail.pcap",
		"msgq/captures/s06_undeliverable.pcap", "emqp/captures/emq_queues.pcap", "emqp/captures/z_plain.pcap",
	} {
		r := read(t, name, nil)
		golden(t, r.AppendJSON, name, ".json")
		golden(t, r.AppendCSV, name, ".csv")
	}
}

func golden(t *testing.T, appendTo func([]byte, func(string) bool) ([]byte, error), name, ext string) {
	t.Helper()
	got, err := appendTo(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", strings.TrimSuffix(path.Base(name), ".pcap")+ext)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v\n got\n%s\nwant\n%s", file, err, got, want)
	}
}
