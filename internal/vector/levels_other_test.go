//go:build !amd64

package vector

import "testing"

// atEachLevel runs f: there is one way only.
func atEachLevel(t *testing.T, f func(t *testing.T)) { f(t) }
