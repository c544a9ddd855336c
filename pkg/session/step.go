package session

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
)

// A Step is one thing to do. It is a *Send, *Expect, *AnyOrder, *Repeat,
// *Retry, *Set, *Sleep, *Connect, *Serve, *HTTP, *End or *Gap.
type Step interface {
	// Where returns the place of the step's line.
	Where() Place
}

// A Place is a line of a document.
type Place struct {
	File string // as given to Parse, or as the include was resolved
	Line int    // from 1
	Text string // the line, its continuations joined
}

// Where returns p.
func (p Place) Where() Place { return p }

// A Head is what stands before a frame, and what the document says of it.
type Head struct {
	Place
	Dir      codec.Direction
	Conn     int           // from 1; 1 when the line does not say
	Exchange int           // of HTTP, from 1; 0 when the line does not say
	At       time.Duration // when it was seen, since the start of the capture
	Timed    bool          // At was given
	Proto    string        // as in @proto; "" only for raw bytes
	Dialect  string        // "" when the document does not say
}

// A Send is a frame that we send. [Run.Frame] and [Run.Bytes] make it.
type Send struct {
	Head
	Raw  bool // bytes as they stand, which need not be a frame
	text template
}

// Uses returns the names of the variables whose values are in the frame.
func (s *Send) Uses() []string {
	var names []string
	for i := range s.text.parts {
		if p := &s.text.parts[i]; p.kind == use {
			names = append(names, p.text)
		}
	}
	return names
}

// An Expect is a frame that we wait for. [Run.Match] holds one against it.
type Expect struct {
	Head
	Raw      bool          // a pattern of bytes, whatever they are
	Optional bool          // it may not come
	Timeout  time.Duration // how long to wait; 0 when the document does not say
	Ignore   []Path        // fields that may be anything
	Asserts  []*Assert     // what else has to hold
	Captures []string      // the variables that it sets, in the line's order
	text     template
	vars     []string // the variables that there are before it
}

// An Assert is an expression about a frame that has to be true.
type Assert struct {
	Place
	Expr   string
	filter *filter.Filter
}

// An AnyOrder waits for frames whose order does not matter. Each is met by a
// frame of its own; those of the connections of other steps wait as well.
type AnyOrder struct {
	Place
	Expects []*Expect
}

// A Repeat does its steps Count times.
type Repeat struct {
	Place
	Count int
	Name  string // the variable that counts from 1; "" for none
	Steps []Step
}

// A Retry does its steps until they pass, at most Count times.
type Retry struct {
	Place
	Count int
	Every time.Duration // the wait between two times
	Steps []Step
}

// A Set gives a variable a value: [Run.Set].
type Set struct {
	Place
	Name string
	Env  string // the variable of the environment that has the value, or ""
	text template
}

// A Sleep waits.
type Sleep struct {
	Place
	For time.Duration
}

// A Connect says where a connection goes.
type Connect struct {
	Place
	Conn     int // 0 for all that have none of their own
	URL      string
	Settings []Setting
}

// A Serve asks for a server of ours for a connection to go to.
type Serve struct {
	Place
	Conn     int // 0 for all that have none of their own
	Proto    string
	Settings []Setting
}

// A Setting is one NAME=VALUE of a directive.
type Setting struct{ Name, Value string }

// An HTTP begins an HTTP request. The frames of its exchange that follow are
// its body.
type HTTP struct {
	Head
	Method, Path string
	Header       []Setting
}

// An End is the end of a direction: ours is to be sent when it is our
// direction, and the peer's to be waited for when not.
type End struct {
	Head
	Timeout time.Duration // how long to wait; 0 when the document does not say
}

// A Gap is what a capture lacks: in the peer's direction any frames may come.
type Gap struct {
	Head
	Bytes int64
}
