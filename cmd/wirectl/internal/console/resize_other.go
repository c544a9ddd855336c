//go:build !unix

package console

import "os"

// notifyResize does nothing: nobody tells of a change here.
func notifyResize(chan<- os.Signal) {}
