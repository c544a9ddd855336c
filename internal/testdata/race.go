//go:build race

package testdata

// Race says that the race detector watches, which makes all some ten times as
// slow. Tests whose goroutines do the same whatever the size of what they are
// given leave out the large captures then: they are run without it, too.
const Race = true
