package hg

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
// both dialects and for this one.
type FinalServer struct {
	serverCore
	settings  settings
	encodings []string // that the client can read
	receiving map[uint16]*finalRequest
	outgoing  map[uint8]*outgoing
}

// NewFinalServer returns a server that has seen nothing.
func NewFinalServer(o reactor.Options) *FinalServer {
	return &FinalServer{
		serverCore: newServerCore(o, stateInitial), encodings: []string{stream.Identity},
		receiving: map[uint16]*finalRequest{}, outgoing: map[uint8]*outgoing{},
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
	c := &FinalServer{
		serverCore: s.clone(), settings: s.settings.clone(), encodings: s.encodings,
		receiving: make(map[uint16]*finalRequest, len(s.receiving)), outgoing: make(map[uint8]*outgoing, len(s.outgoing)),
	}
	for id, r := range s.receiving {
		c.receiving[id] = r.clone()
	}
	for id, o := range s.outgoing {
		c.outgoing[id] = o.clone()
	}
	return c
}

// Step implements [reactor.Machine].
func (s *FinalServer) Step(_ time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	return s.step(s, ev, dst)
}

// plain implements [server]: clients have no encoded streams.
func (s *FinalServer) plain(f *hg.Frame) (*hg.Frame, error) { return nil, errNotEncoded(f) }

// unfinished implements [server].
func (s *FinalServer) unfinished() string {
	switch {
	case s.state == stateSettings:
		return "sender protocol settings"
	case len(s.receiving) > 0:
		return fmt.Sprintf("requests: %v", sorted(s.receiving))
	}
	return ""
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
		switch {
		case !ok && s.o.Compat:
			names = lookedFor(v)
		case !ok:
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
