//go:build !parquet

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// TestNoParquet wants to be told how to get it.
func TestNoParquet(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"wirectl", "decode", "-p", "hg", "-i", "hex", "-o", "parquet"}, strings.NewReader("05000001000101116865616473"), &out, &errs)
	if code != ui.ExitUsage || out.Len() > 0 || !strings.Contains(errs.String(), "go install -tags parquet") {
		t.Errorf("status %d: %s%s", code, out.Bytes(), errs.Bytes())
	}
}

// parquetRows says that there are none to count.
func parquetRows(*testing.T, string) (int64, bool) { return 0, false }
