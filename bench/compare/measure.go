package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/bench/internal/usage"
)

// errMissing says that a program to compare with is not installed.
var errMissing = errors.New("not installed")

// A side is one of the two commands of a row.
type side struct {
	args  []string
	env   []string
	check checker  // of what it prints; nil when that is not looked at
	bytes int64    // that it reads, to which its time is put in proportion; 0 for none
	idle  []string // the same command with nothing to do: its time is taken off; may be nil
	less  time.Duration
}

// A checker takes what a program prints and says at the end whether it is
// what it should be.
type checker interface {
	io.Writer
	check() error
}

// A cost is what a process took.
type cost struct {
	cpu, wall time.Duration
	peak      float64 // MiB
}

// run runs a side once. Its output is kept only when it is to be checked.
func (s *side) run(check bool) (cost, error) {
	path, err := exec.LookPath(s.args[0])
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w", s.args[0], errMissing)
	}
	cmd := exec.Command(path, s.args[1:]...)
	cmd.Env = append(os.Environ(), s.env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if check {
		cmd.Stdout = s.check
	} // else /dev/null
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	held := usage.Watch(cmd.Process.Pid)
	err = cmd.Wait()
	wall := time.Since(start)
	peak := held()
	if errors.As(err, new(*exec.ExitError)) && bytes.Contains(errs.Bytes(), []byte("ModuleNotFoundError")) {
		return cost{}, fmt.Errorf("%s: %w", lastLine(errs.String()), errMissing)
	}
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", strings.Join(s.args, " "), err, lastLine(errs.String()))
	}
	if check {
		if err := s.check.check(); err != nil {
			return cost{}, fmt.Errorf("%s: %w", strings.Join(s.args, " "), err)
		}
	}
	return cost{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall: wall, peak: peak}, nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// A result is a row with what was measured.
type result struct {
	*row
	a, b   side
	ra, rb cost    // medians
	ratio  float64 // median of the rounds'
	lo, hi float64
}

// measure runs both sides in turn, after a run of each that is checked and
// warms up.
func (c *config) measure(r *row) (*result, error) {
	a, b, err := r.sides(c)
	if err != nil {
		return nil, err
	}
	res := &result{row: r, a: a, b: b}
	for _, s := range []*side{&a, &b} {
		if _, err := s.run(s.check != nil); err != nil {
			return nil, err
		}
		if s.idle != nil {
			idle := side{args: s.idle, env: s.env}
			var costs []cost
			for range 5 {
				x, err := idle.run(false)
				if err != nil {
					return nil, err
				}
				costs = append(costs, x)
			}
			s.less = median(costs).cpu
		}
	}
	rounds := c.rounds
	if r.quick {
		rounds *= 10
	}
	var as, bs []cost
	var ratios []float64
	for range rounds {
		x, y, err := r.round(c, &a, &b)
		if err != nil {
			return nil, err
		}
		as, bs = append(as, x), append(bs, y)
		ratios = append(ratios, r.kind.ratio(&a, &b, x, y))
	}
	slices.Sort(ratios)
	res.ra, res.rb = median(as), median(bs)
	res.ratio, res.lo, res.hi = middle(ratios), ratios[0], ratios[len(ratios)-1]
	return res, nil
}

// round runs both sides once.
func (r *row) round(c *config, a, b *side) (x, y cost, err error) {
	both := func() (err error) {
		if x, err = a.run(false); err == nil {
			y, err = b.run(false)
		}
		return err
	}
	switch r.kind {
	case wallTimesFaster:
		err = withCores(both)
	case peakRatio, wallRatio:
		err = both()
	default:
		err = c.pace.steadily(both)
	}
	return x, y, err
}

// median takes the medians of each of the figures.
func median(runs []cost) cost {
	var cpu, wall, peak []float64
	for _, r := range runs {
		cpu, wall, peak = append(cpu, float64(r.cpu)), append(wall, float64(r.wall)), append(peak, r.peak)
	}
	slices.Sort(cpu)
	slices.Sort(wall)
	slices.Sort(peak)
	return cost{time.Duration(middle(cpu)), time.Duration(middle(wall)), middle(peak)}
}

func middle(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// A kind is what a row compares.
type kind int

const (
	cpuPerByte kind = iota // A's CPU time for a byte in B's
	timesFaster
	wallTimesFaster
	peakRatio
	cpuRatio
	wallRatio
)

func (k kind) ratio(a, b *side, x, y cost) float64 {
	per := func(s *side, r cost) float64 {
		return float64(max(r.cpu-s.less, time.Microsecond)) / float64(max(s.bytes, 1))
	}
	switch k {
	case cpuPerByte:
		return per(a, x) / per(b, y)
	case timesFaster:
		return per(b, y) / per(a, x)
	case wallTimesFaster:
		return float64(y.wall) / float64(x.wall)
	case peakRatio:
		return x.peak / max(y.peak, 0.1)
	case wallRatio:
		return float64(x.wall) / float64(y.wall)
	}
	return float64(x.cpu) / float64(max(y.cpu, 1))
}
