package main

import (
	"io"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// followInterval is how often a file that may grow is looked at.
const followInterval = 200 * time.Millisecond

// progressReader shows how much of r has been read.
func progressReader(e *env, r io.Reader, size int64) io.Reader {
	if !e.Stderr.TTY || e.Stdout.TTY {
		return r // nobody looks, or the records themselves are the progress
	}
	return &countingReader{r: r, p: ui.NewProgress(e.Stderr), size: size}
}

type countingReader struct {
	r          io.Reader
	p          *ui.Progress
	done, size int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	if err != nil {
		c.p.Clear()
	} else {
		c.p.Update(c.done, c.size)
	}
	return n, err
}
