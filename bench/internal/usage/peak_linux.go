// Package usage says what a process used beside its time.
package usage

import (
	"os"
	"syscall"
)

// Peak returns the most memory that a process held, in MiB.
func Peak(p *os.ProcessState) float64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(u.Maxrss) / 1024
	}
	return 0
}
