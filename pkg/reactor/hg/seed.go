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
//	seed: stream settings and encoded frames:       taken, with the encodings of
//	errors                                          the final dialect
//	seed: eos beside have-args or have-data: eos    an error
//	wins
//	seed: arguments after eoa, data before it:      errors
//	taken
//	seed: an error response jumps the queue, and    queued; the request ends with it
//	its request stays active
//	final: data before the end of the request, a    errors
//	second item behind it: taken
//	final: settings that are no map are ignored     an error
//	final: contentencodings, args and redirect      errors, but for a list of names and maps
//	may be anything
//	an answer to a request that is not active is    refused
//	sent; a Reject follows once it is out
//	final: an answer without an item is no frame    the status ok
//	final: a failure after items loses those that   they go first
//	were not sent yet
//	final: items around a redirect make an          refused
//	error-response
//	final: an item that cannot be encoded, and any  refused; sent plain
//	where the client reads none of our encodings:
//	some frames, and a Reject
//	final client: text-output and progress are      delivered
//	not handled
package hg

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// SeedServer is the server of the seed dialect.
type SeedServer struct {
	serverCore
	receiving map[uint16]*request
	outgoing  map[uint8]*hg.Writer
	encoded   map[uint8]*incoming // the client's streams that have an encoding
}

// NewSeedServer returns a server that has seen nothing.
func NewSeedServer(o reactor.Options) *SeedServer {
	return &SeedServer{newServerCore(o, stateIdle), map[uint16]*request{}, map[uint8]*hg.Writer{}, map[uint8]*incoming{}}
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

// Snapshot implements [reactor.Machine].
func (s *SeedServer) Snapshot() reactor.Machine {
	c := &SeedServer{
		s.clone(), make(map[uint16]*request, len(s.receiving)),
		make(map[uint8]*hg.Writer, len(s.outgoing)), make(map[uint8]*incoming, len(s.encoded)),
	}
	for id, r := range s.receiving {
		c.receiving[id] = r.clone()
	}
	for id, w := range s.outgoing {
		copied := *w
		c.outgoing[id] = &copied
	}
	for id, in := range s.encoded {
		c.encoded[id] = in.clone()
	}
	return c
}

// Step implements [reactor.Machine].
func (s *SeedServer) Step(_ time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	return s.step(s, ev, dst)
}

// unfinished implements [server].
func (s *SeedServer) unfinished() string {
	if len(s.receiving) > 0 {
		return fmt.Sprintf("requests: %v", sorted(s.receiving))
	}
	return ""
}

// dispatch implements [server]. A stream's encoding goes with the stream.
func (s *SeedServer) dispatch(f *hg.Frame) reactor.Action {
	if f.StreamFlags&hg.StreamBegin != 0 {
		delete(s.encoded, f.StreamID)
	}
	a := s.handle(f)
	if f.StreamFlags&hg.StreamEnd != 0 {
		delete(s.encoded, f.StreamID)
	}
	return a
}

// handle handles a frame according to the state.
func (s *SeedServer) handle(f *hg.Frame) reactor.Action {
	switch {
	case s.state == stateErrored:
		return s.fail("server already errored")
	case f.TypeID == hg.TypeStreamSettings && !s.o.Compat:
		return s.streamSettings(f)
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
