// Package hg holds the machines of Mercurial's frame protocol: [SeedServer] of
// the seed dialect, [FinalServer] and [FinalClient] of the final one.
//
// They follow the classes serverreactor and clientreactor of
// mercurial/wireprotoframing.py, of r37304 and of hg 5.8.1, states, words of
// errors and all, without their known holes; reactor.Options.Compat puts those
// back that can be seen in actions:
//
//	what                                            without Compat
//	stream-end closes the stream before the frame   after it
//	stream-begin on an open stream is taken         an error
//	errored: the stream's checks answer first       always "server already errored"
//	end of input in the middle of a command: noop   an error that names the requests
//
//	seed: eos beside have-args or have-data: eos    an error
//	wins
//	seed: arguments after eoa, data before it:      errors
//	taken
//	seed: an error response jumps the queue, and    queued; the request ends with it
//	its request stays active
//	final: data before the end of the request, a    errors
//	second item behind it: taken
//	final: settings that are no map are ignored     an error
//	final client: text-output and progress are      delivered
//	not handled
package hg

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// States of the seed dialect's server.
const (
	stateIdle      = "idle"
	stateReceiving = "command-receiving"
	stateErrored   = "errored"
)

// SeedServer is the server of the seed dialect.
type SeedServer struct {
	o         reactor.Options
	state     string
	receiving map[uint16]*request
	active    map[uint16]bool
	incoming  map[uint8]bool
	outgoing  map[uint8]*hg.Writer
	deferred  []answer
	sends     int
	unsent    map[int][]uint16 // requests that end when a Send is out
	buffered  int64
}

// An answer waits for the end of input.
type answer struct {
	request uint16
	frames  []codec.Frame
}

// NewSeedServer returns a server that has seen nothing.
func NewSeedServer(o reactor.Options) *SeedServer {
	return &SeedServer{
		o: o, state: stateIdle,
		receiving: map[uint16]*request{}, active: map[uint16]bool{}, incoming: map[uint8]bool{},
		outgoing: map[uint8]*hg.Writer{}, unsent: map[int][]uint16{},
	}
}

// State implements [reactor.Machine].
func (s *SeedServer) State() reactor.State {
	return reactor.State{
		{Name: "state", Value: s.state},
		{Name: "receiving", Value: sorted(s.receiving)},
		{Name: "active", Value: sorted(s.active)},
		{Name: "incoming_streams", Value: sorted(s.incoming)},
		{Name: "deferred", Value: len(s.deferred)},
	}
}

func sorted[K uint8 | uint16, V any](m map[K]V) []int {
	list := make([]int, 0, len(m))
	for k := range m {
		list = append(list, int(k))
	}
	slices.Sort(list)
	return list
}

// Snapshot implements [reactor.Machine].
func (s *SeedServer) Snapshot() reactor.Machine {
	c := *s
	c.receiving = make(map[uint16]*request, len(s.receiving))
	for id, r := range s.receiving {
		c.receiving[id] = r.clone()
	}
	c.outgoing = make(map[uint8]*hg.Writer, len(s.outgoing))
	for id, w := range s.outgoing {
		copied := *w
		c.outgoing[id] = &copied
	}
	c.active, c.incoming, c.unsent = maps.Clone(s.active), maps.Clone(s.incoming), maps.Clone(s.unsent)
	c.deferred = slices.Clone(s.deferred)
	return &c
}

// Step implements [reactor.Machine].
func (s *SeedServer) Step(_ time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*hg.Frame)
		if !ok {
			return append(dst, reactor.Reject{Message: fmt.Sprintf("a %T is no frame of hg", ev.Frame)})
		}
		return append(dst, s.receive(f))
	case reactor.Input:
		return append(dst, s.input(ev.Value))
	case reactor.Sent:
		for _, id := range s.unsent[ev.ID] {
			delete(s.active, id)
		}
		delete(s.unsent, ev.ID)
		return dst
	case reactor.EOF:
		return append(dst, s.eof())
	case reactor.Broken:
		s.state = stateErrored
		return append(dst, reactor.Close{Why: ev.Err.Error()})
	}
	return append(dst, reactor.Noop{})
}

// fail puts the server into its last state.
func (s *SeedServer) fail(format string, args ...any) reactor.Action {
	s.state = stateErrored
	return reactor.Fail{Message: fmt.Sprintf(format, args...)}
}

// receive checks the frame's stream and hands the frame on.
func (s *SeedServer) receive(f *hg.Frame) reactor.Action {
	if s.state == stateErrored && !s.o.Compat {
		return s.fail("server already errored")
	}
	open := s.incoming[f.StreamID]
	begins := f.StreamFlags&hg.StreamBegin != 0
	switch {
	case f.StreamID%2 == 0:
		return s.fail("received frame with even numbered stream ID: %d", f.StreamID)
	case !open && !begins:
		return s.fail("received frame on unknown inactive stream without beginning of stream flag set")
	case open && begins && !s.o.Compat:
		return s.fail("received frame with beginning of stream flag set on open stream: %d", f.StreamID)
	}
	s.incoming[f.StreamID] = true
	if f.StreamFlags&hg.StreamEncoded != 0 {
		return s.fail("received encoded frame on stream without encoding: %d", f.StreamID)
	}
	ends := f.StreamFlags&hg.StreamEnd != 0
	if ends && s.o.Compat {
		delete(s.incoming, f.StreamID)
	}
	a := s.dispatch(f)
	if ends {
		delete(s.incoming, f.StreamID)
	}
	return a
}

// dispatch handles a frame according to the state.
func (s *SeedServer) dispatch(f *hg.Frame) reactor.Action {
	switch {
	case s.state == stateErrored:
		return s.fail("server already errored")
	case f.TypeID == hg.TypeCommandName:
		return s.commandName(f)
	case s.state == stateIdle:
		return s.fail("expected command frame; got %d", f.TypeID)
	}
	r := s.receiving[f.RequestID]
	switch {
	case s.active[f.RequestID]:
		return s.fail("received frame for request that is still active: %d", f.RequestID)
	case r == nil:
		return s.fail("received frame for request that is not receiving: %d", f.RequestID)
	case f.TypeID == hg.TypeCommandArgument:
		return s.commandArgument(f, r)
	case f.TypeID == hg.TypeCommandData:
		return s.commandData(f, r)
	}
	return s.fail("received unexpected frame type: %d", f.TypeID)
}

// eof ends the client's half: what was deferred goes out.
func (s *SeedServer) eof() reactor.Action {
	if len(s.receiving) > 0 && !s.o.Compat {
		return s.fail("input ended in the middle of requests: %v", sorted(s.receiving))
	}
	if len(s.deferred) == 0 {
		return reactor.Noop{}
	}
	var frames []codec.Frame
	var ends []uint16
	for _, a := range s.deferred {
		frames = append(frames, a.frames...)
		ends = append(ends, a.request)
	}
	s.deferred = nil
	return s.send(frames, ends)
}

// send makes a Send; the requests end once it is out.
func (s *SeedServer) send(frames []codec.Frame, ends []uint16) reactor.Action {
	s.sends++
	if len(ends) > 0 {
		s.unsent[s.sends] = ends
	}
	return reactor.Send{ID: s.sends, Frames: frames}
}
