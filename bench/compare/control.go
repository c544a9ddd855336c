package main

import (
	"errors"
	"sync"
	"time"
)

// errBusy says that the machine did not give two processors to anyone.
var errBusy = errors.New("no two processors to be had")

// leastCores is how much two goroutines that only compute have to get of two
// processors, for a figure about several to mean anything.
const leastCores = 1.7

// cores returns how much two goroutines get: 2 when nobody else is there, 1
// when something else takes one processor, or both are one in truth.
func cores() float64 {
	one := timed(1)
	return 2 * one.Seconds() / timed(2).Seconds()
}

// timed returns how long so many goroutines take for the same work each.
func timed(goroutines int) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() { sums.Store(goroutines, spin(100_000_000)) })
	}
	all.Wait()
	return time.Since(start)
}

// sums keeps what is computed, so that it is.
var sums sync.Map

func spin(n int) uint64 {
	x := uint64(1)
	for range n {
		x = x*6364136223846793005 + 1442695040888963407
		x ^= x >> 33
	}
	return x
}

// withCores runs a round of a row that is about several processors: again, if
// these were not there before and after it.
func withCores(round func() error) error {
	for range 30 {
		if cores() < leastCores {
			time.Sleep(time.Second)
			continue
		}
		if err := round(); err != nil {
			return err
		}
		if cores() >= leastCores {
			return nil
		}
	}
	return errBusy
}

// A pace tells whether a processor is as fast as it can be. One of a virtual
// machine may be held up by other guests for seconds.
type pace struct{ least time.Duration }

// patience is how often it is waited for full speed, and worth so many rounds of
// which only the end shows that it was not there.
const patience, lost = 40, 10

// steadily runs a round of a row about CPU time: again, if computing was held up
// just before it or after it. What cannot be had in the end is not waited for.
func (p *pace) steadily(round func() error) error {
	for tries := 0; ; {
		if tries < patience && p.held() {
			time.Sleep(300 * time.Millisecond)
			tries++
			continue
		}
		if err := round(); err != nil || tries >= patience || !p.held() {
			return err
		}
		tries += lost
	}
}

// held says whether computing takes 1.3 times what it took at best.
func (p *pace) held() bool {
	if p.least == 0 {
		p.least = p.once()
		for range 30 { // some seconds, to have seen it at its best
			time.Sleep(200 * time.Millisecond)
			p.least = min(p.least, p.once())
		}
	}
	took := p.once()
	p.least = min(p.least, took)
	return took > p.least*13/10
}

func (p *pace) once() time.Duration {
	start := time.Now()
	sums.Store(0, spin(20_000_000))
	return time.Since(start)
}
