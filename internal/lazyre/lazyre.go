// Package lazyre compiles regular expressions when they are first used. Those
// of package-level variables would else be compiled each time the program
// starts, which for all of them takes longer than most commands.
package lazyre

import (
	"regexp"
	"sync"
)

// A Regexp is a regular expression that may not be compiled yet.
type Regexp struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

// New returns a regular expression that is compiled when it is first used. The
// compiler makes it constant data of the program.
func New(expr string) *Regexp { return &Regexp{expr: expr} }

// Get compiles the expression once, as [regexp.MustCompile] does. It may be
// called from several goroutines.
func (r *Regexp) Get() *regexp.Regexp {
	r.once.Do(func() { r.re = regexp.MustCompile(r.expr) })
	return r.re
}
