//go:build !unix

package ui

import "os"

// quiet returns f: there is no SIGPIPE.
func quiet(f *os.File) *os.File { return f }
