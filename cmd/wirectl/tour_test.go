package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The recordings of the tours are lines of the captures that they name.
func TestTourRecordings(t *testing.T) {
	names, err := filepath.Glob("../../pkg/repl/tours/*.wire")
	if err != nil || len(names) < 6 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(string(src), "\n")
		from, _, ok := strings.Cut(strings.TrimPrefix(first, "# Of "), ",")
		if !ok {
			t.Fatalf("%s does not say where it comes from", name)
		}
		args := []string{"decode", filepath.Join("../..", from)}
		if proto := strings.TrimSuffix(filepath.Base(name), ".wire"); proto == "zmtp" {
			args = append(args, "-p", proto)
		}
		out, errs, _ := runWith(t, "", args...)
		for line := range strings.Lines(rest) {
			if !strings.Contains(out, line) {
				t.Errorf("%s: %q is not in the capture %s", name, line, errs)
			}
		}
	}
}
