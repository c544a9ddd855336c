package session

import (
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// Options say how a document is to be read.
type Options struct {
	Lookup  func(name string) (codec.Protocol, error) // the protocols there are
	Codec   codec.Options                             // for the parsers; see its ReadFile and Fresh
	Proto   string                                    // of lines before any @proto; "" for none
	Dialect string                                    // of Proto
	Serve   bool                                      // we are the server: "<" is sent and ">" expected
	Vars    map[string]string                         // variables that are set from outside
	Ignore  []Path                                    // fields that may be anything in all lines, as with @ignore

	// Include returns the source that @include NAME in the file from asks
	// for, and the name under which errors tell of it, which is also how an
	// include of itself is found out. Without it nothing can be included.
	Include func(from, name string) (file string, src []byte, err error)

	// Getenv looks up what @set NAME=env:VAR asks for. Without it no document
	// can read the environment.
	Getenv func(name string) (value string, ok bool)
}

// A Document is a session that can be run. It does not change; each run has a
// [Run] of its own.
type Document struct {
	Name  string
	Steps []Step
	Start time.Time // of @start; zero without it

	// Recorded is what the document was made of, a capture: that of
	// @recorded, or "" without one.
	Recorded string

	o Options
}

// Errors are the faults of a document, in its order.
type Errors []*humanframe.Error

// Error returns the faults, one a line.
func (e Errors) Error() string {
	var lines []string
	for _, f := range e {
		lines = append(lines, f.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults.
func (e Errors) Unwrap() []error {
	var list []error
	for _, f := range e {
		list = append(list, f)
	}
	return list
}

// Sends returns the direction of what we send.
func (d *Document) Sends() codec.Direction { return d.o.sends() }

func (o *Options) sends() codec.Direction {
	if o.Serve {
		return codec.ToClient
	}
	return codec.ToServer
}

// All calls f for each step in the document's order, those of blocks after
// their block, each once. It ends when f says false.
func (d *Document) All(f func(Step) bool) { all(d.Steps, f) }

func all(steps []Step, f func(Step) bool) bool {
	for _, s := range steps {
		if !f(s) {
			return false
		}
		more := true
		switch s := s.(type) {
		case *AnyOrder:
			for _, e := range s.Expects {
				more = more && f(e)
			}
		case *Repeat:
			more = all(s.Steps, f)
		case *Retry:
			more = all(s.Steps, f)
		}
		if !more {
			return false
		}
	}
	return true
}
