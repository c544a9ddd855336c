package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// line is the result for the terminal.
func (r *result) line() string {
	return fmt.Sprintf("%-26s %8s (%s to %s)  goal %s %s", r.name, figure(r.ratio), figure(r.lo), figure(r.hi), r.goal, r.verdict())
}

func (r *result) verdict() string {
	switch {
	case r.meets == nil:
		return ""
	case r.meets(r.ratio):
		return "met"
	}
	return "**missed**"
}

func figure(f float64) string {
	switch {
	case f < 0.1:
		return fmt.Sprintf("%.3f", f)
	case f < 10:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// group is the first part of the row's name.
func (r *row) group() string {
	g, _, _ := strings.Cut(r.name, "/")
	return g
}

// unit says what the ratio of a row is.
func (k kind) unit() string {
	switch k {
	case cpuPerByte, cpuRatio:
		return "CPU, A ÷ B"
	case timesFaster:
		return "times as fast, by CPU"
	case wallTimesFaster:
		return "times as fast"
	case peakRatio:
		return "peak, A ÷ B"
	}
	return "wall, A ÷ B"
}

// tables shows results as Markdown, one table for each group.
func tables(results []*result) string {
	var b strings.Builder
	for i, r := range results {
		if i == 0 || r.group() != results[i-1].group() {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "`go run ./bench/compare -only %s`\n\n", r.group())
			b.WriteString("| row | A | B | ratio | spread | what | goal | | A's rate, peak |\n| --- | --- | --- | ---: | --- | --- | --- | --- | --- |\n")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s–%s | %s | %s | %s | %s |\n", r.name, r.what, r.base, figure(r.ratio), figure(r.lo), figure(r.hi), r.kind.unit(), r.goal, r.verdict(), r.rate())
	}
	return b.String()
}

// rate is the figure of A alone, which is that machine's.
func (r *result) rate() string {
	if r.a.bytes == 0 {
		return fmt.Sprintf("%.1f ms wall, %.1f ms CPU, %.0f MiB", ms(r.ra.wall), ms(r.ra.cpu), r.ra.peak)
	}
	return fmt.Sprintf("%.0f MB/CPU s, %.0f MiB", float64(r.a.bytes)/1e6/r.ra.cpu.Seconds(), r.ra.peak)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// writeTables puts the tables of the groups that were measured into a
// document, each between its marks:
//
//	<!-- compare GROUP -->
//	<!-- end -->
func writeTables(path string, results []*result) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(doc)
	for len(results) > 0 {
		g := results[0].group()
		n := 1
		for n < len(results) && results[n].group() == g {
			n++
		}
		mark := regexp.MustCompile(`(?s)(<!-- compare ` + g + ` -->\n).*?(<!-- end -->)`)
		if !mark.MatchString(text) {
			return fmt.Errorf("%s has no place for %s", path, g)
		}
		table := fmt.Sprintf("%sMeasured on %s, on %s.\n\n", "${1}", time.Now().UTC().Format(time.DateOnly), machine()) + strings.ReplaceAll(tables(results[:n]), "$", "$$") + "${2}"
		text = mark.ReplaceAllString(text, table)
		results = results[n:]
	}
	return os.WriteFile(path, []byte(text), 0o666)
}
