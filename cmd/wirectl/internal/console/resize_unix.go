//go:build unix

package console

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyResize has c told of each change of the terminal's size.
func notifyResize(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH) }
