package live

import (
	"errors"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Faults make a server misbehave on purpose; package faults has plans of
// them.
type Faults interface {
	// Conn returns what misbehaves on a connection.
	Conn(conn int) Saboteur
}

// A Saboteur changes what is sent on one connection.
type Saboteur interface {
	// Frame returns what is written in the place of a frame, which is wire:
	// nothing, or pieces one after the other. It does not change wire.
	Frame(f codec.Frame, wire []byte) []Piece
}

// A Piece is some bytes to be written.
type Piece struct {
	Bytes []byte
	Delay time.Duration // before it is written
	Close bool          // the connection is closed after it
	Mute  bool          // nothing is written, now and later: the client waits
	Fault string        // what was done to it; "" when it is the frame as it was
}

// ErrFault is the cause of an end that a fault wanted.
var ErrFault = errors.New("closed on purpose")

// putFaulty writes frames as a saboteur wants it.
func (c *conn) putFaulty(buf []byte, frames []queued) error {
	at := 0
	for _, f := range frames {
		if f.frame == nil {
			c.begun = append(c.begun, buf[at:f.end]...)
			n, err := c.rw.Write(buf[at:f.end])
			at = f.end
			if c.alive(n); err != nil {
				return err
			}
			continue
		}
		pieces := c.faults.Frame(f.frame, buf[at:f.end])
		at = f.end
		if len(pieces) == 0 {
			c.s.Note(c.n, dropped)
			c.tellBegun(onPurpose("the rest of a frame is not sent"))
		}
		for _, p := range pieces {
			if !c.wait(p.Delay) {
				return nil
			}
			if p.Mute {
				continue
			}
			c.tellPiece(p, f.frame)
			n, err := c.rw.Write(p.Bytes)
			if c.alive(n); err != nil {
				return err
			}
			if p.Close {
				return ErrFault
			}
		}
	}
	return nil
}

const dropped = "a frame is not sent, on purpose"

// wait waits, and says false when the connection is closed meanwhile.
func (c *conn) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.gone:
		return false
	}
}

// tellPiece tells of what is about to be written.
func (c *conn) tellPiece(p Piece, f codec.Frame) {
	if p.Fault == "" {
		c.tell(p.Bytes, f, nil)
		return
	}
	c.tell(p.Bytes, nil, &codec.SyntaxError{Code: CodeFault, Offset: c.written, Err: onPurpose(p.Fault)})
}

// CodeFault is the code of records of the server that are wrong on purpose.
const CodeFault = "fault"

func onPurpose(fault string) error { return fmt.Errorf("%s, on purpose", fault) }
