package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
)

// output runs a command that has to end well.
func output(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), append([]string{"wirectl"}, args...), strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("%v: status %d: %s", args, code, errs.Bytes())
	}
	return out.Bytes()
}

// totals are what is added up of a capture.
type totals struct{ records, frames, bytes int64 }

// jsonTotals adds up the records of decode -o json.
func jsonTotals(t *testing.T, path string) (sum totals) {
	t.Helper()
	for line := range bytes.Lines(output(t, "decode", "--allow-damage", "-o", "json", path)) {
		var r struct {
			Length int64
			Fields json.RawMessage
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		sum.records++
		if r.Fields != nil {
			sum.frames++
			sum.bytes += r.Length
		}
	}
	return sum
}

var pageAbout = regexp.MustCompile(`<script type="application/json" id="about">(.*?)</script>`)

// pageTotals are those that a page tells.
func pageTotals(t *testing.T, path string) (sum totals) {
	t.Helper()
	var about struct {
		Records       int64
		Conversations []struct{ Frames [2]int64 }
	}
	m := pageAbout.FindSubmatch(output(t, "report", "--allow-damage", path))
	if m == nil {
		t.Fatalf("%s: the page says nothing", path)
	}
	if err := json.Unmarshal(m[1], &about); err != nil {
		t.Fatal(err)
	}
	sum.records = about.Records
	for _, c := range about.Conversations {
		sum.frames += c.Frames[0] + c.Frames[1]
	}
	return sum
}

// statsTotals are those of stats.
func statsTotals(t *testing.T, path string) (sum totals) {
	t.Helper()
	var all struct{ Frames, Bytes int64 }
	out := output(t, "stats", "--allow-damage", "--by", "total", "-o", "json", path)
	if len(bytes.TrimSpace(out)) == 0 {
		return sum // there was nothing
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return totals{frames: all.Frames, bytes: all.Bytes}
}

var arrow = regexp.MustCompile(`(?m)^\s*\w+(-?->>|-?-x)\w+:`)

// drawnTotals counts the arrows of a diagram of all records.
func drawnTotals(t *testing.T, path string) int64 {
	t.Helper()
	out := output(t, "diagram", "--allow-damage", "--everything", "--each", "--max", "10000000", "-o", "mermaid", path)
	return int64(len(arrow.FindAll(out, -1)))
}

// TestTotals wants decode, stats, diagram, report and parquet to agree about
// every capture, and stats and report about the document that decode makes of it.
func TestTotals(t *testing.T) {
	if testdata.Race {
		t.Skip("the commands' packages are watched in their own tests")
	}
	for _, pattern := range []string{"hg/captures/*/*.pcap", "zeo/captures/*.pcap", "synapse/captures/*.pcap", "msgq/captures/*.pcap", "emqp/captures/*.pcap"} {
		for _, name := range testdata.Glob(t, pattern) {
			path := testdata.Path(name)
			if _, err := os.Stat(path); err != nil {
				path += ".gz"
			}
			want, page, stats := jsonTotals(t, path), pageTotals(t, path), statsTotals(t, path)
			if page.records != want.records || page.frames != want.frames {
				t.Errorf("%s: the page has %+v, JSON %+v", name, page, want)
			}
			if stats.frames != want.frames || stats.bytes != want.bytes {
				t.Errorf("%s: stats has %+v, JSON %+v", name, stats, want)
			}
			if drawn := drawnTotals(t, path); drawn != want.records {
				t.Errorf("%s: %d arrows of %d records", name, drawn, want.records)
			}
			doc := filepath.Join(t.TempDir(), "doc.wire")
			if err := os.WriteFile(doc, output(t, "decode", "--allow-damage", "--show-secrets", path), 0o666); err != nil {
				t.Fatal(err)
			}
			if written := statsTotals(t, doc); written != stats {
				t.Errorf("%s: stats of it as a document has %+v, not %+v", name, written, stats)
			}
			if written := pageTotals(t, doc); written != page {
				t.Errorf("%s: the page of it as a document has %+v, not %+v", name, written, page)
			}
			if rows, ok := parquetRows(t, path); ok && rows != want.records {
				t.Errorf("%s: %d rows of %d records", name, rows, want.records)
			}
		}
	}
}
