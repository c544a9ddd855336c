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
		all.Go(func() { sums.Store(goroutines, spin()) })
	}
	all.Wait()
	return time.Since(start)
}

// sums keeps what is computed, so that it is.
var sums sync.Map

func spin() uint64 {
	x := uint64(1)
	for range 100_000_000 {
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
