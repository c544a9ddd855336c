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
	for name, rows := range map[string]int64{
		"msgq/captures/s11_ping_stop.pcap": 17, "emqp/captures/emq_request.pcap": 105, "hg/captures/seed/lookup-ok.pcap": 3,
	} {
		var out, errs bytes.Buffer
		if code := run(context.Background(), []string{"wirectl", "decode", "-o", "parquet", testdata.Path(name)}, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("%s: status %d: %s", name, code, errs.Bytes())
		}
		f, err := library.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.NumRows() != rows {
			t.Errorf("%s: %d rows; want %d", name, f.NumRows(), rows)
		}
	}
	var out, errs bytes.Buffer
	two := []string{"wirectl", "decode", "-o", "parquet", testdata.Path("msgq/captures/s11_ping_stop.pcap"), testdata.Path("hg/captures/seed/lookup-ok.pcap")}
	if code := run(context.Background(), two, strings.NewReader(""), &out, &errs); code != ui.ExitUsage || !strings.Contains(errs.String(), "a file holds one protocol") {
		t.Errorf("two protocols: status %d: %s", code, errs.Bytes())
	}
}
