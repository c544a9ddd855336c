//go:build parquet

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	library "github.com/parquet-go/parquet-go"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/internal/testdata"
)

// TestParquet wants a row for each record, and one protocol in a file.
func TestParquet(t *testing.T) {
	for name, want := range map[string]int64{
		"msgq/captures/s11_ping_stop.pcap": 17, "emqp/captures/emq_request.pcap": 105, "hg/captures/seed/lookup-ok.pcap": 3,
	} {
		if rows, _ := parquetRows(t, testdata.Path(name)); rows != want {
			t.Errorf("%s: %d rows; want %d", name, rows, want)
		}
	}
	var out, errs bytes.Buffer
	two := []string{"wirectl", "decode", "-o", "parquet", testdata.Path("msgq/captures/s11_ping_stop.pcap"), testdata.Path("hg/captures/seed/lookup-ok.pcap")}
	if code := run(context.Background(), two, strings.NewReader(""), &out, &errs); code != ui.ExitUsage || !strings.Contains(errs.String(), "a file holds one protocol") {
		t.Errorf("two protocols: status %d: %s", code, errs.Bytes())
	}
}

// parquetRows returns how many rows a capture has.
func parquetRows(t *testing.T, path string) (int64, bool) {
	t.Helper()
	args := []string{"decode", "--allow-damage", "-o", "parquet", path}
	if strings.Contains(path, "/emqp/") { // some conversations of which are zmtp alone
		args = append(args, "-p", "emqp")
	}
	out := output(t, args...)
	f, err := library.OpenFile(bytes.NewReader(out), int64(len(out)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f.NumRows(), true
}
