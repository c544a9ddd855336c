//go:build unix

package ui

import (
	"os"
	"syscall"
)

// quiet returns f under another number. A write to a pipe whose reader has
// gone is an error of any file but standard output and standard error, for
// which package os ends the process by SIGPIPE unless that is caught.
func quiet(f *os.File) *os.File {
	if n := f.Fd(); n != 1 && n != 2 {
		return f
	}
	syscall.ForkLock.RLock() // so that no program that is started keeps it open
	n, err := syscall.Dup(int(f.Fd()))
	if err == nil {
		syscall.CloseOnExec(n)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return f
	}
	return os.NewFile(uintptr(n), f.Name())
}
