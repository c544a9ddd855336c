// Package tcpflow puts TCP conversations together from captured packets.
//
// Packets of any order, with any of them missing, go in; for each direction
// come out bytes in order and explicit gaps. Nothing is counted twice and
// nothing is lost: in each direction the lengths of the [Data] and [Gap]
// events add up to the distance from the first byte known of it to the last.
package tcpflow

import (
	"iter"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind says what an [Event] is about.
type Kind uint8

// The kinds of events.
const (
	Data  Kind = iota // bytes, next in order
	Gap               // bytes that were sent and are missing
	Open              // the conversation begins; the first of its events
	Close             // it is over; the last of its events
	Note              // something worth knowing, such as a limit that was hit
)

// String returns the name of k in lower case.
func (k Kind) String() string {
	switch k {
	case Data:
		return "data"
	case Gap:
		return "gap"
	case Open:
		return "open"
	case Close:
		return "close"
	}
	return "note"
}

// An Event is one thing that happened in a conversation.
//
// The events of a conversation come in the order of their times. The time is
// that of the packet that completed the event: for bytes that arrived out of
// order the packet that filled the hole before them.
type Event struct {
	Conn *Conn
	Dir  codec.Direction // of Data, Gap and most Notes
	Time time.Time       // zero when the input has no times
	Kind Kind
	Data []byte // of Data: borrowed until the next event is asked for
	Gap  int64  // of Gap: how many bytes are missing, at least 1
	Why  string // of Gap, Open, Close and Note: the reason, for people

	// Parts say what each packet brought, if Data is of several that came one
	// after the other; else it is nil. It is borrowed like Data. Time is that
	// of the last.
	Parts []Part
}

// A Part is what one packet brought of the Data of an event.
type Part struct {
	End  int       // of it in Data; it begins where the part before ends
	Time time.Time // as that of an event
}

// Each yields an event for each packet that brought the Data of e, else e itself.
func (e *Event) Each() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		if e.Parts == nil {
			yield(*e)
			return
		}
		one, from := *e, 0
		one.Parts = nil
		for _, p := range e.Parts {
			one.Data, one.Time = e.Data[from:p.End], p.Time
			if !yield(one) {
				return
			}
			from = p.End
		}
	}
}

// An Endpoint is one end of a conversation.
type Endpoint struct {
	Addr netip.AddrPort // invalid when the input has no addresses
	Name string         // a name for the address, or for the end itself; may be empty
}

// String returns the address with its port, else the name.
func (e Endpoint) String() string {
	if e.Addr.IsValid() {
		return e.Addr.String()
	}
	return e.Name
}

// A Side counts one direction of a conversation.
type Side struct {
	Packets     int64 // with and without data
	Bytes       int64 // in Data events
	Missing     int64 // in Gap events
	Resent      int64 // bytes that had been seen before
	Differing   int64 // bytes sent again with another value: the first wins
	OutOfOrder  int64 // segments that came before their turn
	OutOfWindow int64 // bytes that fit nowhere in the stream, left out with a Note

	Ended time.Time // when its sender said that no more comes (FIN, RST); zero if it did not
}

// A Conn is one conversation. Once its Open event was given only End and the
// sides change, while more events are asked for.
type Conn struct {
	ID              int // from 1, in order of first packet
	Client, Server  Endpoint
	Start, End      time.Time // of the first and of the latest packet
	JoinedMidstream bool      // the beginning is not in the capture
	ToServer        Side
	ToClient        Side
	Tag             any // for the caller; never touched here
}

// Side returns the counters of a direction.
func (c *Conn) Side(d codec.Direction) *Side {
	if d == codec.ToClient {
		return &c.ToClient
	}
	return &c.ToServer
}
