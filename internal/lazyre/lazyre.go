// Package lazyre compiles regular expressions when they are first used. Those
// of package-level variables would else be compiled each time the program
// starts, which for all of them takes longer than most commands.
package lazyre

import (
	"regexp"
	"sync"
)

// New returns a function that compiles expr once, as [regexp.MustCompile]
// does. It may be called from several goroutines.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
