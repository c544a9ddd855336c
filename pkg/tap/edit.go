package tap

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/live"
)

// edit is pump with Rules: what is read is decoded first, and what they make
// of it passes.
func (c *conn) edit(dir codec.Direction, from, to net.Conn) {
	buf := make([]byte, minRead)
	held := false
	for {
		n, err := from.Read(buf)
		if n > 0 {
			out, waits := c.editor.take(dir, buf[:n])
			if !c.write(to, out) || !c.count(n) {
				return
			}
			if waits && (!held || len(out) > 0) || held && !waits {
				held = waits
				c.hold(from, held)
			}
		}
		switch {
		case err == nil && n == len(buf) && n < maxRead:
			buf = make([]byte, 2*n)
		case err == nil:
		case held && errors.Is(err, os.ErrDeadlineExceeded) && !c.isLeaving():
			if !c.write(to, c.editor.letGo(dir)) {
				return
			}
			held = false
			c.hold(from, held)
		default:
			if (errors.Is(err, io.EOF) || c.isLeaving()) && !c.write(to, c.editor.end(dir)) {
				return
			}
			c.over(to, err)
			return
		}
	}
}

// hold has Read of a side return when what is held back has waited long
// enough, or not any more.
func (c *conn) hold(from net.Conn, held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaving {
		return
	}
	var until time.Time
	if d := limit(c.p.Limits.Hold, DefaultHold); held && d > 0 {
		until = time.Now().Add(d)
	}
	_ = from.SetReadDeadline(until) // if not, it has gone
}

// write writes what passes to a side. It says false when nothing more is to
// be done for that direction.
func (c *conn) write(to net.Conn, out []piece) bool {
	for _, p := range out {
		c.wait(p.wait)
		if _, err := to.Write(p.bytes); err != nil {
			c.fail(err)
			return false
		}
		if p.close {
			c.fail(live.ErrFault)
			c.leave()
			return false
		}
	}
	return true
}

// wait waits, unless the connection ends meanwhile.
func (c *conn) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.left:
	}
}
