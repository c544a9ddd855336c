package hg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// States of the final dialect's server beside those of the seed dialect's.
const (
	stateInitial  = "initial"
	stateSettings = "protocol-settings-receiving"
)

// FinalServer is the server of the final dialect. It follows the
// serverreactor class of mercurial/wireprotoframing.py of hg 5.8.1, states
// and words of errors and all.
//
//	initial ──▶ protocol-settings-receiving ──▶ idle ◀──▶ command-receiving
//	   └────────────────────────────────────────▲
//	any ──▶ errored
//
// [reactor.Options].Compat makes the differences that the package lists for
// both dialects, and two more: data before the request is whole is taken, and
// so are further items behind a request and settings that are no map.
type FinalServer struct {
	o         reactor.Options
	state     string
	settings  settings
	encodings []string // that the client can read
	receiving map[uint16]*finalRequest
	active    map[uint16]bool
	incoming  map[uint8]bool
	outgoing  map[uint8]*outgoing
	deferred  []finalAnswer
	sends     int
	unsent    map[int][]uint16 // requests that end when a Send is out
	buffered  int64
}

// A finalAnswer waits for the end of input.
type finalAnswer struct {
	request uint16
	frames  []codec.Frame
	ends    bool // the request is over with it
}

// NewFinalServer returns a server that has seen nothing.
func NewFinalServer(o reactor.Options) *FinalServer {
	return &FinalServer{
		o: o, state: stateInitial, encodings: []string{stream.Identity},
		receiving: map[uint16]*finalRequest{}, active: map[uint16]bool{}, incoming: map[uint8]bool{},
		outgoing: map[uint8]*outgoing{}, unsent: map[int][]uint16{},
	}
}

// State implements [reactor.Machine].
func (s *FinalServer) State() reactor.State {
	return reactor.State{
		{Name: "state", Value: s.state},
		{Name: "receiving", Value: sorted(s.receiving)},
		{Name: "active", Value: sorted(s.active)},
		{Name: "incoming_streams", Value: sorted(s.incoming)},
		{Name: "content_encodings", Value: slices.Clone(s.encodings)},
		{Name: "deferred", Value: len(s.deferred)},
	}
}

// Snapshot implements [reactor.Machine].
func (s *FinalServer) Snapshot() reactor.Machine {
	c := *s
	c.settings = s.settings.clone()
	c.receiving = make(map[uint16]*finalRequest, len(s.receiving))
	for id, r := range s.receiving {
		c.receiving[id] = r.clone()
	}
	c.outgoing = make(map[uint8]*outgoing, len(s.outgoing))
	for id, o := range s.outgoing {
		c.outgoing[id] = o.clone()
	}
	c.active, c.incoming, c.unsent = maps.Clone(s.active), maps.Clone(s.incoming), maps.Clone(s.unsent)
	c.deferred = slices.Clone(s.deferred)
	return &c
}

// Step implements [reactor.Machine].
func (s *FinalServer) Step(_ time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
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
func (s *FinalServer) fail(format string, args ...any) reactor.Action {
	s.state = stateErrored
	return reactor.Fail{Message: fmt.Sprintf(format, args...)}
}

// receive checks the frame's stream and hands the frame on.
func (s *FinalServer) receive(f *hg.Frame) reactor.Action {
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
func (s *FinalServer) dispatch(f *hg.Frame) reactor.Action {
	switch s.state {
	case stateInitial:
		switch f.TypeID {
		case hg.FinalProtocolSettings:
			s.state = stateSettings
			return s.protocolSettings(f)
		case hg.FinalCommandRequest:
			s.state = stateIdle
			return s.newRequest(f)
		}
		return s.fail("expected sender protocol settings or command request frame; got %d", f.TypeID)
	case stateSettings:
		return s.protocolSettings(f)
	case stateIdle:
		return s.newRequest(f)
	case stateReceiving:
		return s.goOn(f)
	}
	return s.fail("server already errored")
}

// protocolSettings takes what the client says about itself.
func (s *FinalServer) protocolSettings(f *hg.Frame) reactor.Action {
	const name = "sender protocol settings frame"
	if f.TypeID != hg.FinalProtocolSettings {
		return s.fail("expected %s; got %d", name, f.TypeID)
	}
	if fault := settingsFlags(name, f.Flags); fault != "" {
		return s.fail("%s", fault)
	}
	if err := s.settings.add(f.Payload); err != nil {
		return s.fail("error decoding CBOR from %s: b'%v'", name, err)
	}
	if f.Flags&hg.DataContinuation != 0 {
		return reactor.Want{}
	}
	first, n, err := s.settings.items()
	s.settings = settings{}
	switch {
	case err != nil:
		return s.fail("error decoding CBOR from %s: b'%v'", name, err)
	case n == 0:
		return s.fail("%s did not contain CBOR data", name)
	case n > 1:
		return s.fail("%s contained multiple CBOR values", name)
	}
	if first.Type() != "dict" && !(s.o.Compat && ignored(first)) {
		return s.fail("%s did not contain a map", name)
	}
	if v, ok := first.Get("contentencodings"); ok {
		names, ok := stringsOf(v)
		if !ok {
			return s.fail("contentencodings of %s is not an array of byte strings", name)
		}
		s.encodings = names
	}
	s.state = stateIdle
	return reactor.Want{}
}

// ignored says whether Mercurial looks for contentencodings in settings that
// are no map, and does not find it.
func ignored(v cbor.Value) bool {
	const key = "contentencodings"
	b, ok := v.Bytes()
	return ok && !strings.Contains(string(b), key) ||
		(v.Type() == "list" || v.Type() == "set") && !slices.ContainsFunc(v.Items(), func(e cbor.Value) bool {
			b, ok := e.Bytes()
			return ok && string(b) == key
		})
}

// settingsFlags says what is wrong with the flags of a settings frame.
func settingsFlags(name string, flags uint8) string {
	switch flags & (hg.DataContinuation | hg.DataEOS) {
	case hg.DataContinuation | hg.DataEOS:
		return name + " cannot have both continuation and end of stream flags set"
	case 0:
		return name + " must have continuation or end of stream flag set"
	}
	return ""
}

// eof ends the client's half: what was deferred goes out.
func (s *FinalServer) eof() reactor.Action {
	if s.state != stateErrored && !s.o.Compat {
		switch {
		case s.state == stateSettings:
			return s.fail("input ended in the middle of sender protocol settings")
		case len(s.receiving) > 0:
			return s.fail("input ended in the middle of requests: %v", sorted(s.receiving))
		}
	}
	if len(s.deferred) == 0 {
		return reactor.Noop{}
	}
	var frames []codec.Frame
	var ends []uint16
	for _, a := range s.deferred {
		frames = append(frames, a.frames...)
		if a.ends {
			ends = append(ends, a.request)
		}
	}
	s.deferred = nil
	return s.send(frames, ends)
}

// send makes a Send; the requests end once it is out.
func (s *FinalServer) send(frames []codec.Frame, ends []uint16) reactor.Action {
	s.sends++
	if len(ends) > 0 {
		s.unsent[s.sends] = ends
	}
	return reactor.Send{ID: s.sends, Frames: frames}
}
