// Package tap stands between a client and a server: it passes on what they
// say, unchanged, and tells what it was.
//
//	           ┌──────────────── one connection ────────────────┐
//	client ──▶ │ read ─┬─▶ write                                │ ──▶ server
//	           │       └─▶ ┐                                    │
//	           │           ├─▶ decode.Session ─▶ Observer       │
//	           │       ┌─▶ ┘                                    │
//	client ◀── │ write ◀┴─ read                                 │ ◀── server
//	           └────────────────────────────────────────────────┘
//
// A connection has a goroutine for each direction, which writes what it has
// read before it reads on, and one that decodes. What is read takes its place
// in the order of the conversation before it is written, as the answer to it
// could be read before the write has returned; it is decoded afterwards. So
// nothing that passes waits for decoding, but for an Observer that does not
// keep up: two reads of each direction may wait for it.
//
// With Rules a frame is decoded before it passes, and both directions of a
// connection take turns at that.
//
// Memory is bounded by that, by the largest frame, and by the number of
// connections.
package tap

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/live"
)

// A Proxy passes connections on. Its fields are not to be changed once it
// serves.
type Proxy struct {
	// Dial makes the connection to the server for one of a client.
	Dial func(context.Context) (net.Conn, error)

	// Decode says how to read what passes. NewSession must accept it.
	Decode decode.Options

	// Observer is told what happens; it may be nil. Of a connection that could
	// not be passed on it is told that it is closed, and not that it was
	// opened.
	Observer live.Observer

	// Rules change what passes; nil lets all pass as it is. What the Observer
	// is told is what came, before it was changed. With Rules HTTP is not
	// looked into: it passes, as what is no frame does.
	Rules *Rules

	Limits Limits

	// Now is the clock; nil means time.Now. Timers are those of package time.
	Now func() time.Time

	conns atomic.Int64 // the latest connection's number
	mu    sync.Mutex   // of what follows, and of the Observer
	sum   Summary
}

// Limits bound what a connection can take. A zero field means the default of
// its kind, a negative one means no limit.
type Limits struct {
	Connections int           // open at a time; others are closed at once
	Bytes       int64         // that may pass in both directions together; by default any number
	Idle        time.Duration // without a byte in either direction; by default any
	Total       time.Duration // that a connection may last; by default any
	Connect     time.Duration // until the server takes the connection
	Grace       time.Duration // for what has been read to be written when the Proxy ends
	Hold        time.Duration // with Rules: for a frame to be whole; then what is there passes
}

// Defaults of [Limits].
const (
	DefaultConnections = live.DefaultConnections
	DefaultConnect     = 10 * time.Second
	DefaultGrace       = live.DefaultGrace
	DefaultHold        = 2 * time.Second
)

func limit[T int | int64 | time.Duration](value, byDefault T) T {
	switch {
	case value < 0:
		return 0
	case value == 0:
		return byDefault
	}
	return value
}

// ErrConnect is in the cause of the end of a connection for which there was
// none to the server.
var ErrConnect = errors.New("no connection to the server")

// A Summary counts what a Proxy did. Of pairs the first is what went to the
// server, the second what went to the client.
type Summary struct {
	Connections int64 // passed on
	Refused     int64 // not taken, as there were too many
	Unreached   int64 // taken, but there was no connection to the server
	Failed      int64 // passed on, and ended by an error
	Frames      [2]int64
	Bytes       [2]int64
	Damage      int64 // records that are no frames
}

// Summary returns what has been done so far.
func (p *Proxy) Summary() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sum
}

func (p *Proxy) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// tell changes the summary and tells the Observer of it.
func (p *Proxy) tell(count func(*Summary), tell func(live.Observer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if count != nil {
		count(&p.sum)
	}
	if p.Observer != nil && tell != nil {
		tell(p.Observer)
	}
}

// record tells of a record.
func (p *Proxy) record(r *codec.Record) {
	p.tell(func(s *Summary) {
		if r.Frame != nil && r.Err == nil {
			s.Frames[side(r.Dir)]++
		}
		if decode.Damaged(r) {
			s.Damage++
		}
	}, func(o live.Observer) { o.Record(r) })
}

// note tells the Observer of something worth a remark; conn may be 0.
func (p *Proxy) note(conn int, text string) {
	p.tell(nil, func(o live.Observer) { o.Note(conn, text) })
}

// side returns the index of a direction in a pair.
func side(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}
