package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A finalRequest is a command that is being received.
type finalRequest struct {
	payload  []byte // the request's CBOR
	done     bool   // payload is whole
	haveData bool
	data     []byte // nil until a frame of it was there
}

func (r *finalRequest) clone() *finalRequest {
	c := *r
	c.payload, c.data = slices.Clone(r.payload), slices.Clone(r.data)
	return &c
}

func (r *finalRequest) size() int64 { return int64(len(r.payload) + len(r.data)) }

// requestFlags says what is wrong with the flags of a command-request.
func requestFlags(flags uint8) string {
	switch flags & (hg.RequestNew | hg.RequestContinuation) {
	case hg.RequestNew | hg.RequestContinuation:
		return "received command request frame with both new and continuation flags set"
	case 0:
		return "received command request frame with neither new nor continuation flags set"
	}
	return ""
}

// newRequest takes a frame that must begin a request.
func (s *FinalServer) newRequest(f *hg.Frame) reactor.Action {
	if f.TypeID != hg.FinalCommandRequest {
		return s.fail("expected command request frame; got %d", f.TypeID)
	}
	if fault := requestFlags(f.Flags); fault != "" {
		return s.fail("%s", fault)
	}
	id := f.RequestID
	switch {
	case s.receiving[id] != nil:
		return s.fail("request with ID %d already received", id)
	case s.active[id]:
		return s.fail("request with ID %d is already active", id)
	case f.Flags&hg.RequestNew == 0:
		return s.fail("received command request frame without new flag set")
	case len(s.receiving)+len(s.active) >= s.o.Requests():
		return s.fail("too many open requests: %d", s.o.Requests())
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	r := &finalRequest{
		payload:  slices.Clone(f.Payload),
		done:     f.Flags&hg.RequestMore == 0,
		haveData: f.Flags&hg.RequestHaveData != 0,
	}
	s.receiving[id] = r
	if r.done && !r.haveData {
		return s.run(id, r)
	}
	s.state = stateReceiving
	return reactor.Want{}
}

// goOn takes a frame while requests are being received.
func (s *FinalServer) goOn(f *hg.Frame) reactor.Action {
	if f.TypeID == hg.FinalCommandRequest {
		if f.Flags&hg.RequestNew != 0 {
			return s.newRequest(f)
		}
		if fault := requestFlags(f.Flags); fault != "" {
			return s.fail("%s", fault)
		}
	}
	r := s.receiving[f.RequestID]
	switch {
	case s.active[f.RequestID]:
		return s.fail("received frame for request that is still active: %d", f.RequestID)
	case r == nil:
		return s.fail("received frame for request that is not receiving: %d", f.RequestID)
	case f.TypeID == hg.FinalCommandRequest:
		return s.moreRequest(f, r)
	case f.TypeID == hg.FinalCommandData:
		return s.requestData(f, r)
	}
	return s.fail("received unexpected frame type: %d", f.TypeID)
}

func (s *FinalServer) moreRequest(f *hg.Frame, r *finalRequest) reactor.Action {
	switch {
	case r.done:
		return s.fail("received command request frame when request frames were supposedly done")
	case r.haveData != (f.Flags&hg.RequestHaveData != 0):
		return s.fail("mismatch between expect data flag and previous frame")
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	r.payload = append(r.payload, f.Payload...)
	r.done = f.Flags&hg.RequestMore == 0
	if r.done && !r.haveData {
		return s.run(f.RequestID, r)
	}
	return reactor.Want{}
}

func (s *FinalServer) requestData(f *hg.Frame, r *finalRequest) reactor.Action {
	switch {
	case !r.haveData:
		return s.fail("received command data frame for request that is not expecting data: %d", f.RequestID)
	case !r.done && !s.o.Compat:
		return s.fail("received command data frame before the end of the command request: %d", f.RequestID)
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	if r.data == nil {
		r.data = []byte{}
	}
	r.data = append(r.data, f.Payload...)
	switch {
	case f.Flags&hg.DataContinuation != 0:
		return reactor.Want{}
	case f.Flags&hg.DataEOS == 0:
		return s.fail("command data frame without flags")
	case !r.done:
		return s.fail("should not be called without requestdone set")
	}
	return s.run(f.RequestID, r)
}

// run hands a request that is whole to our own side.
func (s *FinalServer) run(id uint16, r *finalRequest) reactor.Action {
	delete(s.receiving, id)
	s.buffered -= r.size()
	s.state = stateIdle
	if len(s.receiving) > 0 {
		s.state = stateReceiving
	}
	m, fault := s.parseRequest(r.payload)
	if fault != "" {
		return s.fail("%s", fault)
	}
	v, ok := m.Get("name")
	if !ok {
		return s.fail(`command request missing "name" field`)
	}
	name, ok := v.Bytes()
	if !ok {
		return s.fail(`command request has a "name" field that is not a byte string`)
	}
	args, ok := m.Get("args")
	if !ok {
		args, _ = cbor.Dict()
	}
	if args.Type() != "dict" && !s.o.Compat {
		return s.fail(`command request has an "args" field that is not a map`)
	}
	redirect, ok := m.Get("redirect")
	if ok && redirect.Type() != "dict" && !s.o.Compat {
		return s.fail(`command request has a "redirect" field that is not a map`)
	}
	s.active[id] = true
	return FinalRun{Request: id, Command: string(name), Args: args, Redirect: redirect, Data: r.data}
}

// parseRequest reads the CBOR of a request. fault says what is wrong with it.
func (s *FinalServer) parseRequest(b []byte) (m cbor.Value, fault string) {
	const wrong = "error decoding CBOR from command request frame: "
	var w walker
	if err := w.check(b); err != nil {
		return m, wrong + err.Error()
	}
	switch {
	case w.values == 0:
		return m, wrong + "input data not complete"
	case !w.whole(b):
		return m, wrong + "input data not fully consumed"
	case b[0] == 0x5f:
		return m, `command request missing "name" field`
	case w.values > 1 && !s.o.Compat:
		return m, "command request frame contained multiple CBOR values"
	}
	m, _, err := parseValue(b)
	if err != nil {
		return m, wrong + err.Error()
	}
	return m, ""
}
