package msgq

import (
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A feeder drives a Daemon with the bytes of connections.
type feeder struct {
	t       *testing.T
	d       *Daemon
	streams map[int]*codec.Stream
	sent    map[int][]*msgq.Frame
	closed  map[int]string // why
	actions []reactor.Action
	mute    map[int]bool // connections that read nothing
	heard   map[int]int  // how much a client had been sent when it last said something
	now     time.Time
	cut     func(left int) int // how much of a read comes at a time; nil for all
}

func newFeeder(t *testing.T, o DaemonOptions) *feeder {
	return &feeder{
		t: t, d: NewDaemon(o), streams: map[int]*codec.Stream{}, sent: map[int][]*msgq.Frame{},
		closed: map[int]string{}, mute: map[int]bool{}, heard: map[int]int{},
	}
}

// step gives the daemon an event and does what it says.
func (f *feeder) step(ev reactor.Event) []reactor.Action {
	f.t.Helper()
	actions := f.d.Step(f.now, ev, nil)
	f.actions = append(f.actions, actions...)
	for _, a := range actions {
		conn, inside := reactor.Unwrap(a)
		if why, ended := f.closed[conn]; ended && conn > 0 {
			f.t.Fatalf("connection %d was ended (%s) and then: %v", conn, why, a)
		}
		switch inside := inside.(type) {
		case reactor.Send:
			for _, frame := range inside.Frames {
				f.sent[conn] = append(f.sent[conn], frame.(*msgq.Frame))
			}
			if !f.mute[conn] {
				f.d.Step(f.now, reactor.From{Conn: conn, Event: reactor.Sent{ID: inside.ID}}, nil)
			}
		case reactor.Close:
			f.closed[conn] = "close " + inside.Why
		case reactor.Drop:
			f.closed[conn] = "drop " + inside.Why
		}
	}
	return actions
}

// newDecoding returns what cuts frames from one direction.
func newDecoding(t *testing.T, dir codec.Direction) *codec.Stream {
	t.Helper()
	c, err := msgq.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return codec.NewStream(c.Decoder(dir), dir)
}

func (f *feeder) open(conn int) {
	f.t.Helper()
	f.streams[conn] = newDecoding(f.t, codec.ToServer)
	f.step(reactor.From{Conn: conn, Event: reactor.Opened{}})
}

// bytes feeds what a client sent.
func (f *feeder) bytes(conn int, b []byte) {
	f.t.Helper()
	if f.streams[conn] == nil {
		f.open(conn)
	}
	for n := len(b); len(b) > 0; b, n = b[n:], len(b)-n {
		if f.cut != nil {
			n = f.cut(len(b))
		}
		f.streams[conn].Feed(b[:n])
		f.records(conn)
	}
	f.heard[conn] = len(f.sent[conn])
}

func (f *feeder) records(conn int) {
	f.t.Helper()
	for r, ok := f.streams[conn].Next(); ok; r, ok = f.streams[conn].Next() {
		if f.closed[conn] != "" {
			continue // nobody reads it
		}
		if r.Err != nil {
			f.step(reactor.From{Conn: conn, Event: reactor.Broken{Err: r.Err}})
			continue
		}
		f.step(reactor.From{Conn: conn, Event: reactor.Received{Frame: r.Frame}})
	}
}

func (f *feeder) eof(conn int) {
	f.t.Helper()
	if f.streams[conn] == nil {
		f.open(conn)
	}
	f.streams[conn].End()
	f.records(conn)
	if f.closed[conn] == "" {
		f.step(reactor.From{Conn: conn, Event: reactor.EOF{}})
	}
}
