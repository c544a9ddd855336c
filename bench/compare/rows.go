package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wirectl/wirectl/internal/synth"
)

// A row is one comparison.
type row struct {
	name  string // to select it by
	what  string // what A does
	base  string // what B does
	kind  kind
	goal  string
	meets func(ratio float64) bool // nil when there is no goal
	quick bool                     // takes milliseconds: is run more often
	sides func(*config) (a, b side, err error)
}

func atMost(limit float64) (string, func(float64) bool) {
	return fmt.Sprintf("≤ %gx", limit), func(r float64) bool { return r <= limit }
}

func atLeast(limit float64) (string, func(float64) bool) {
	return fmt.Sprintf("≥ %gx", limit), func(r float64) bool { return r >= limit }
}

func (r *row) atMost(limit float64) *row {
	r.goal, r.meets = atMost(limit)
	return r
}

func (r *row) atLeast(limit float64) *row {
	r.goal, r.meets = atLeast(limit)
	return r
}

// allRows returns the rows in the order of the tables.
func allRows() []*row {
	var rows []*row
	rows = append(rows, limitRows()...)
	rows = append(rows, frameRows()...)
	rows = append(rows, decodeRows()...)
	rows = append(rows, encodeRows()...)
	rows = append(rows, captureRows()...)
	rows = append(rows, answerRows()...)
	rows = append(rows, dumpRows()...)
	rows = append(rows, pythonRows()...)
	rows = append(rows, memoryRows()...)
	rows = append(rows, coreRows()...)
	return append(rows, startRows()...)
}

// against returns the sides of a row that sets a command against one of
// another reader of the same file.
func against(in input, a, b func(c *config, path string, t synth.Tally) side) func(*config) (side, side, error) {
	return func(c *config) (side, side, error) {
		path, t, err := c.path(in)
		if err != nil {
			return side{}, side{}, err
		}
		return a(c, path, t), b(c, path, t), nil
	}
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// reader is a command that reads the whole file, last of its arguments.
func reader(args ...string) func(*config, string, synth.Tally) side {
	return func(_ *config, path string, _ synth.Tally) side {
		return side{args: append(args[:len(args):len(args)], path), bytes: fileSize(path)}
	}
}

var cat = reader("cat")

// peerOf is a part of this program that reads the file.
func peerOf(name string, more ...string) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		s := side{args: append([]string{c.self, "-peer", name, path}, more...), bytes: fileSize(path)}
		switch name {
		case "reassembly":
			s.check = saysOne(fmt.Sprintf(":%d", t.Bytes))
		case "http2":
			s.check = saysOne(fmt.Sprintf("%d:", t.Frames))
		default:
			s.check = found(t)
		}
		return s
	}
}

// decoder is wirectl decode in one form.
func decoder(protocol, form string, more ...string) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		s := side{args: []string{c.wirectl, "decode", "-p", protocol}, bytes: fileSize(path)}
		if filepath.Ext(path) != ".pcap" {
			s.args = append(s.args, "-i", "raw")
		}
		switch form {
		case "list":
			s.args, s.check = append(s.args, "-l"), listed(t)
		case "json":
			s.args, s.check = append(s.args, "-o", form), jsonRecords(t)
		case "wire":
			s.args, s.check = append(s.args, "-o", form), wireLines(t)
		default:
			s.args = append(s.args, "-o", form)
		}
		s.args = append(append(s.args, more...), path)
		return s
	}
}

// inOneThread has a program of Go use one processor.
func inOneThread(f func(*config, string, synth.Tally) side) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		s := f(c, path, t)
		s.env = append(s.env, "GOMAXPROCS=1")
		return s
	}
}
