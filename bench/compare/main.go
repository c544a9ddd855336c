// Command compare measures wirectl as a user runs it, in whole processes,
// against what a user would run instead and against the limit of the machine.
//
//	go run ./bench/compare                      # all rows, as a Markdown table
//	go run ./bench/compare -only 'text/hg/.*'   # some of them
//	go run ./bench/compare -write docs/performance.md
//
// The two sides of a row run in turn, A B A B, and each round gives a ratio;
// the row shows the median of these. So the speed of the machine, and what
// else it does meanwhile, matter little. CPU is user and system time of the
// process. What a side finds in its input is checked before its time counts.
//
// Rows whose tool is not installed are left out, and it says so.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"

	"github.com/wirectl/wirectl/bench/internal/size"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	only := flag.String("only", "", "the rows to measure: a regular expression of their names")
	length := size.Flag("size", "256M", "bytes of the inputs; rows of slow tools take less")
	flag.IntVar(&c.rounds, "rounds", 5, "how often each pair runs")
	flag.StringVar(&c.wirectl, "wirectl", "", "the program to measure; else it is built")
	flag.StringVar(&c.dir, "dir", "", "where the inputs are kept for another time; else they are removed")
	write := flag.String("write", "", "put the tables into this file, between its marks")
	list := flag.Bool("list", false, "list the rows and their goals")
	peer := flag.String("peer", "", "be one of the programs to compare with, on the file that is the argument")
	flag.Parse()
	c.size = *length
	if *peer != "" {
		return runPeer(*peer, flag.Args())
	}
	pattern, err := regexp.Compile("^(?:" + *only + ")")
	if err != nil {
		return err
	}
	var rows []*row
	for _, r := range allRows() {
		if pattern.MatchString(r.name) {
			rows = append(rows, r)
		}
	}
	if *list {
		for _, r := range rows {
			fmt.Printf("%-28s %-44s %s\n", r.name, r.what, r.goal)
		}
		return nil
	}
	done, err := c.prepare()
	if err != nil {
		return err
	}
	defer done()
	var results []*result
	for _, r := range rows {
		res, err := c.measure(r)
		switch {
		case errors.Is(err, errMissing), errors.Is(err, errBusy):
			fmt.Fprintf(os.Stderr, "compare: %s: %v: left out\n", r.name, err)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", r.name, err)
		}
		results = append(results, res)
		fmt.Fprintln(os.Stderr, res.line())
	}
	if *write != "" {
		return writeTables(*write, results)
	}
	fmt.Print(tables(results))
	return nil
}

// machine says what was measured on.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.Trim(name, " \t:\n")
				break
			}
		}
	}
	return fmt.Sprintf("%d cores (%s), %s, %s/%s", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
