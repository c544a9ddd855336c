//go:build !race

package testdata

// Race says that the race detector watches.
const Race = false
