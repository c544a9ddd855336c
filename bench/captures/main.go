// Command captures measures how fast packet captures are read: by wirectl, by
// gopacket and, where it is installed, by tshark, on the same files.
//
//	go run ./bench/captures -size 256M
//
// It makes two captures of one conversation in segments of 1448 bytes, in
// order and with 1 % of the segments late or sent twice, and lets each reader
// read them in a process of its own, in turn. What a reader says it read is
// checked before its time counts.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wirectl/wirectl/bench/internal/size"
	"github.com/wirectl/wirectl/bench/internal/usage"
)

func main() {
	if err := run(os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "captures:", err)
		os.Exit(1)
	}
}

func run(stdout, stderr io.Writer) error {
	n := size.Flag("size", "64M", "bytes of the conversation (K, M, G)")
	rounds := flag.Int("rounds", 3, "how often each reader reads; the best counts")
	reader := flag.String("read", "", "read one file as wirectl or gopacket does, and say what it holds")
	flag.Parse()
	if *reader != "" {
		return readFile(stdout, *reader, flag.Arg(0))
	}
	dir, err := os.MkdirTemp("", "captures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\treader\twall s\tCPU s\tMB/CPU s\tpeak MiB")
	for _, f := range []struct {
		name     string
		disorder float64
	}{{"in order", 0}, {"1 % disorder", 0.01}} {
		path := filepath.Join(dir, strconv.Itoa(int(f.disorder*100))+".pcap")
		want, err := makeFile(path, *n, f.disorder)
		if err != nil {
			return err
		}
		readers := [][]string{{"wirectl", self, "-read", "wirectl", path}, {"gopacket", self, "-read", "gopacket", path}}
		if tshark, err := exec.LookPath("tshark"); err == nil {
			readers = append(readers, []string{"tshark -q", tshark, "-n", "-r", path, "-q", "-z", "io,stat,0"})
		} else {
			fmt.Fprintln(stderr, "captures: tshark is not installed, it is left out")
		}
		for _, r := range readers {
			best, err := measure(r[1:], want, *rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", r[0], err)
			}
			fmt.Fprintf(w, "%s\t%s\t%.2f\t%.2f\t%.0f\t%.0f\n", f.name, r[0], best.wall.Seconds(), best.cpu.Seconds(), float64(*n)/1e6/best.cpu.Seconds(), best.peak)
		}
	}
	return w.Flush()
}

// A result is what a run took.
type result struct {
	wall, cpu time.Duration
	peak      float64 // MiB
}

// measure runs a command several times and returns the run of least CPU time.
// Its output must have a field that is one of want.
func measure(args []string, want []string, rounds int) (result, error) {
	var best result
	for i := range max(rounds, 1) {
		start := time.Now()
		cmd := exec.Command(args[0], args[1:]...)
		out, err := cmd.Output()
		if err != nil {
			return best, err
		}
		r := result{
			wall: time.Since(start),
			cpu:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		}
		if !slices.ContainsFunc(strings.Fields(string(out)), func(f string) bool { return slices.Contains(want, f) }) {
			return best, fmt.Errorf("it read something else: %.200q, want one of %q", out, want)
		}
		r.peak = usage.Peak(cmd.ProcessState)
		if i == 0 || r.cpu < best.cpu {
			best = r
		}
	}
	return best, nil
}
